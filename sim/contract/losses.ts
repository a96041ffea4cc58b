// The loss budget: what a run's faults permit to be lost, and by which fault. A loss within the budget is a witness,
// one outside is a violation.
//
// Without replicas (one broker, or a partition with one replica), what was acknowledged with acks=1 or all
// - survives any number of process crashes, pauses and network faults;
// - may be lost by a power loss, or a failed fsync, unless it lay below a recovery point that fsync had confirmed
//   before (flush.messages=1 confirms each batch before its acknowledgement);
// - may be lost by the first loss after a failed fsync, from the first write on that the failure marked clean;
// - may be lost by a wiped disk, rotten bits or a lying fsync.
//
// With replicas, what was acknowledged with acks=all may be lost only where the monitor of the cluster declared a loss
// (monitor/partition-state.ts): every broker that could be elected had lost it by faults, or an election was unclean.
// With acks=1 the same holds from the moment on at which the record was on the whole ISR; before that it may be lost
// when the leader is deposed, or loses what it had not made durable.
//
// With acks=0 only a run without any fault and any move of the leader obliges, and that from the first leader on.
//
// The monitor knows no configuration. An unclean election is within the budget only where
// unclean.leader.election.enable may have been true at that moment, or an operator asks for such elections; that of
// the last known leader always, because there is nobody else.

import { partitionKey } from '../../engine/index.ts';
import { listOf } from '../lists.ts';
import type { Effect, TracedEvent } from '../material.ts';
import type { ClusterState } from '../monitor/cluster-state.ts';
import type { Loss, PartitionState, Reign } from '../monitor/partition-state.ts';
import type { Moment } from '../record/history.ts';
import {
  type Because,
  because,
  blaming,
  effectInWords,
  endOf,
  explaining,
  feltBy,
  witnessOf,
} from './because.ts';
import type { EffectiveConfiguration } from './configuration.ts';

const never = Number.MAX_SAFE_INTEGER;

export interface Excuse {
  readonly lawful: boolean;
  /** The fault that permits it; why nothing does, when nothing does. */
  readonly because: Because;
}

const inexcusable: Excuse = { lawful: false, because: because('no fault of the run permits it') };

export class Losses {
  readonly #effects: readonly Effect[];
  readonly #lossy: readonly Effect[];
  readonly #cluster: ClusterState | undefined;
  readonly #configuration: EffectiveConfiguration;
  /** By partition key: (step, recoveryPoint), in the order of steps. */
  readonly #flushed = new Map<string, { step: number; recoveryPoint: number }[]>();
  /** By partition key: (step, logStartOffset) moved by retention or DeleteRecords. */
  readonly #trimmed = new Map<string, number>();

  constructor(
    effects: readonly Effect[],
    events: readonly TracedEvent[],
    configuration: EffectiveConfiguration,
    cluster?: ClusterState,
  ) {
    this.#configuration = configuration;
    this.#effects = effects.filter((effect) => effect.tookEffect);
    this.#lossy = lossyOf(this.#effects);
    this.#cluster = cluster;
    for (const { step, event } of events) {
      if (event.kind !== 'log-flushed' && event.kind !== 'log-start-moved') continue;
      const key = partitionKey(event['topic'] as string, event['partition'] as number);
      if (event.kind === 'log-flushed') {
        listOf(this.#flushed, key).push({ step, recoveryPoint: event['recoveryPoint'] as number });
      } else if (event['reason'] === 'retention' || event['reason'] === 'delete-records') {
        this.#trimmed.set(key, Math.max(this.#trimmed.get(key) ?? 0, event['logStartOffset'] as number));
      }
    }
  }

  /** The faults that were felt, in the order in which they began. */
  get effects(): readonly Effect[] {
    return this.#effects;
  }

  /** Those of them that can take data away. */
  get lossy(): readonly Effect[] {
    return this.#lossy;
  }

  /** Whether anything may have been lost anywhere in the run. */
  get anyLossy(): boolean {
    return this.lossyBetween(0, never);
  }

  /** Whether anything may be missing since `step`: a fault that loses data was at work at that time or later. */
  lossySince(step: number, topic: string, partition: number): boolean {
    const state = this.replicated(topic, partition);
    if (state !== undefined) return this.#lossOf(state, never, step) !== undefined;
    return this.#lossy.some((effect) => endOf(effect) >= step && this.#touches(effect, topic, partition));
  }

  /** Whether retention or DeleteRecords removed `offset`. */
  trimmed(topic: string, partition: number, offset: number): boolean {
    return offset < (this.#trimmed.get(partitionKey(topic, partition)) ?? 0);
  }

  /** Whether what was sent at `step` and acknowledged at `offset` may lawfully be missing at the end, and why. */
  excuse(acks: number, topic: string, partition: number, offset: number, step: number): Excuse {
    if (acks === 0) return this.#excuseUnacknowledged(this.#cluster?.known(topic, partition), step);
    const state = this.replicated(topic, partition);
    if (state === undefined) return this.#excuseUnreplicated(topic, partition, offset, step);
    const loss = this.#lossOf(state, offset < 0 ? never : offset, step);
    if (loss !== undefined) return this.#excuseDeclared(state, loss);
    return acks === 1 ? this.#excuseUncommitted(state, offset, step) : inexcusable;
  }

  /** The first loss declared of `offset` since `step` that the configuration of its moment permits. */
  #lossOf(state: PartitionState, offset: number, step: number): Loss | undefined {
    return state.losses.find(
      (loss) => loss.step >= step && loss.from <= offset && this.#isPermitted(state.topic, loss),
    );
  }

  #isPermitted(topic: string, { election, step }: Loss): boolean {
    if (election !== 'unclean' || this.#configuration.electsUncleanly) return true;
    return this.#configuration.maybe(topic, 'unclean.leader.election.enable', 'true', 0, step);
  }

  #excuseUnacknowledged(state: PartitionState | undefined, step: number): Excuse {
    const settings = ['acks=0'];
    const next = this.#effects.find((effect) => effect.began.step >= step);
    const effect = this.#effects.findLast((one) => one.began.step <= step && endOf(one) >= step) ?? next;
    const nearest = effect ?? this.#effects.at(-1);
    if (nearest !== undefined) {
      const prose = `acks=0 and ${effectInWords(nearest)}`;
      return { lawful: true, because: because(prose, settings, witnessOf(nearest)) };
    }
    const moved = state !== undefined && state.reigns.length > 1;
    if (moved) return { lawful: true, because: because('acks=0 and the leader moved', settings) };
    // Everybody may have been told already who shall lead, but for whom it concerns: also where he is the only replica.
    const early = state !== undefined && step < (state.reigns[0]?.began ?? never);
    return early ? { lawful: true, because: because('acks=0 and nobody led yet', settings) } : inexcusable;
  }

  #excuseUnreplicated(topic: string, partition: number, offset: number, step: number): Excuse {
    for (const effect of this.#lossy) {
      if (endOf(effect) < step || !this.#touches(effect, topic, partition)) continue;
      const durable = this.durableBelow(topic, partition, effect.began.step);
      if (effect.damage !== 'anything-lost' && offset < durable) continue;
      const settings = this.#configuration.inWords(topic, 'flush.messages', step);
      return { lawful: true, because: because(effectInWords(effect), settings, witnessOf(effect)) };
    }
    return inexcusable;
  }

  /** Every copy that could lead was lost, or the election did not ask for one. */
  #excuseDeclared(state: PartitionState, loss: Loss): Excuse {
    const isUnclean = loss.election === 'unclean';
    const setting = isUnclean ? 'unclean.leader.election.enable' : 'flush.messages';
    const settings = [setting, 'min.insync.replicas'] as const;
    const lossy = this.#lossy.findLast(
      (one) => one.began.step <= loss.step && state.replicas.has(one.target),
    );
    const effect = isUnclean || lossy === undefined ? explaining(this.#effects, loss.step, loss.step) : lossy;
    const inEffect = settings.flatMap((name) => this.#configuration.inWords(state.topic, name, loss.step));
    const witness = effect === undefined ? null : witnessOf(effect);
    return { lawful: true, because: because(loss.because, inEffect, witness) };
  }

  /** acks=1: nothing was promised until the record was on the whole ISR. */
  #excuseUncommitted(state: PartitionState, offset: number, step: number): Excuse {
    const committedStep = stepOfCommit(state, offset);
    const deposed = state.reigns.find(
      (reign) => reign.ended >= step && reign.began <= committedStep && reign.superseded <= committedStep,
    );
    if (deposed !== undefined && deposed.superseded !== never) return this.#excuseDeposed(deposed);
    const lost = state.leaderLosses.find(
      (loss) => loss.step >= step && loss.step <= committedStep && (offset < 0 || loss.from <= offset),
    );
    if (lost === undefined) return inexcusable;
    const effect = explaining(this.#lossy, lost.step, lost.step);
    const witness = effect === undefined ? null : witnessOf(effect);
    return { lawful: true, because: because(`acks=1 and ${lost.because}`, ['acks=1'], witness) };
  }

  /** The deposition is the witness; the fault is the one that brought it about, as far as there was one. */
  #excuseDeposed({ node, leaderEpoch, superseded }: Reign): Excuse {
    const prose = `acks=1 and ${node}, leader of epoch ${leaderEpoch}, was deposed at step ${superseded}`;
    const servers = feltBy(this.#effects, new Set());
    const effect = explaining(servers, superseded, superseded, node);
    if (effect === undefined) return { lawful: true, because: because(`${prose}: it was moved`, ['acks=1']) };
    return { lawful: true, because: blaming(prose, effect, ['acks=1']) };
  }

  /** Bits of this partition rotted somewhere: whoever reads from there meets the damage. */
  rotten(topic: string, partition: number): Excuse {
    const rot = this.#lossy.find(
      (effect) => effect.fault === 'bit-rot' && this.#touches(effect, topic, partition),
    );
    if (rot === undefined) return inexcusable;
    return { lawful: true, because: because(effectInWords(rot), [], witnessOf(rot)) };
  }

  /** The recovery point of a partition that fsync had confirmed at `step`. */
  durableBelow(topic: string, partition: number, step: number): number {
    let durable = 0;
    for (const flush of this.#flushed.get(partitionKey(topic, partition)) ?? []) {
      if (flush.step > step) break;
      durable = Math.max(durable, flush.recoveryPoint);
    }
    return durable;
  }

  /** Whether a failed fsync had marked writes clean, and no loss had shown it yet, at `step`. */
  markedCleanAt(step: number): boolean {
    return this.#lossy.some(
      (effect) => effect.damage === 'marked-clean' && effect.began.step <= step && endOf(effect) >= step,
    );
  }

  /** Whether anything may have been lost between two steps. */
  lossyBetween(fromStep: number, toStep: number): boolean {
    const replicated = this.#allReplicated();
    if (replicated !== undefined) {
      return replicated.some(({ topic, losses }) =>
        losses.some((loss) => loss.step >= fromStep && loss.step <= toStep && this.#isPermitted(topic, loss)),
      );
    }
    return this.#lossy.some((effect) => effect.began.step <= toStep && endOf(effect) >= fromStep);
  }

  /** Whether anything disturbed the clients of a run between two steps (any fault at all). */
  disturbedBetween(fromStep: number, toStep: number): boolean {
    return this.#effects.some((effect) => effect.began.step <= toStep && endOf(effect) >= fromStep);
  }

  /** The same, with what a fault leaves behind: bytes that a cut held up arrive a while after it was taken away. */
  heldUpBetween(from: Moment, toStep: number): boolean {
    const lingersUs = 1_000_000;
    return this.#effects.some(
      ({ began, ended }) =>
        began.step <= toStep && (ended === null || ended.timeUs + lingersUs >= from.timeUs),
    );
  }

  /** The partition as the monitor knows it, when it has more than one replica. */
  replicated(topic: string, partition: number): PartitionState | undefined {
    const state = this.#cluster?.known(topic, partition);
    return (state?.now?.replicas.length ?? 0) > 1 ? state : undefined;
  }

  /** All partitions, when every one of them is replicated: then only declared losses count. */
  #allReplicated(): PartitionState[] | undefined {
    const known = [...(this.#cluster?.partitions() ?? [])].filter(({ now }) => now !== undefined);
    const all = known.length > 0 && known.every(({ now }) => (now?.replicas.length ?? 0) > 1);
    return all ? known : undefined;
  }

  /** Whether an effect can have touched the data of a partition: of its log, on a node that holds it. */
  #touches(effect: Effect, topic: string, partition: number): boolean {
    if (effect.partition !== null && effect.partition !== partitionKey(topic, partition)) return false;
    const state = this.#cluster?.known(topic, partition);
    return state?.now === undefined || state.replicas.has(effect.target);
  }
}

/** When the offset became committed; never, when it did not. */
function stepOfCommit(state: PartitionState, offset: number): number {
  const place = offset < 0 ? -1 : state.committed.placeOf(offset);
  if (place < 0 || state.committed.baseAt(place) > offset) return never;
  return state.committed.stepAt(place);
}

/**
 * The effects that lose data. What was marked clean is at work until something else has lost data on the same
 * machine; a further failed fsync may show it, when it drops the cache, or hide it as the first did, and does not
 * end it.
 */
function lossyOf(effects: readonly Effect[]): Effect[] {
  const lossy = effects.filter((effect) => effect.damage !== 'harmless');
  return lossy.map((effect) => {
    if (effect.damage !== 'marked-clean') return effect;
    const later = lossy.filter(
      ({ target, began }) => target === effect.target && began.step > effect.began.step,
    );
    // A disk that only fails takes nothing out of the cache.
    const other = later.find(({ damage, excusesHalt }) => damage !== 'marked-clean' && !excusesHalt);
    if (other !== undefined) return { ...effect, ended: other.ended };
    return { ...effect, ended: later.at(-1)?.ended ?? effect.ended };
  });
}
