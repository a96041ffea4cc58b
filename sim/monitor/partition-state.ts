// One partition as the controller committed it, with all its replicas, and what follows from both: the true high
// watermark, the committed log, and what was lawfully lost of it.
//
// Readable end: the largest offset below which every record was, at one time, on every member of the committed ISR. A
// member counts as far as its log agrees with the leader's, batch by batch (a deposed leader's own suffix is no copy),
// and what it has lost by a fault since: the leader may still count its acknowledgement. It is an upper bound of the
// high watermark of any correct leader, as long as nothing is lost.
//
// True high watermark: the highest mark that a leader of the present epoch has told, as far as the readable end allows.
// Nothing above it can have been acknowledged with acks=all by that leader, or shown to a reader. That a record is on
// all members is not enough: a leader that has not heard of it yet may lawfully admit a member without it. It only goes
// up, but for declared losses.
//
// Declared loss: a committed record is lawfully lost once every broker that the controller may still elect (ISR and
// eligible leader replicas) has had it and lost it by a fault, without having got it back; or when an election was
// declared unclean. This is KIP-966's promise: one complete member is enough, and with `m` in-sync replicas at least
// required, the loss takes `m` of them. With eligible leader replicas off the set is the ISR alone: then the last
// member standing can lose everything.

import type { Moment } from '../record/history.ts';
import { BatchList } from './batch-list.ts';
import { LogStartFacts } from './log-start-facts.ts';
import { ReplicaState } from './replica-state.ts';
import { UnknownProducers } from './unknown-producers.ts';

export interface Loss {
  readonly step: number;
  /** Everything from here on may be gone. */
  readonly from: number;
  readonly because: string;
  /**
   * By an election that may leave committed records behind; without it, faults took them. The last known leader may be
   * elected when nobody else is left (KIP-966), whatever unclean.leader.election.enable says.
   */
  readonly election?: 'unclean' | 'last-known-leader';
}

/** A replica led, or believed so, from one step to another; `superseded` when the controller moved on. */
export interface Reign {
  readonly node: string;
  readonly leaderEpoch: number;
  readonly began: number;
  /** `began` in virtual time. */
  readonly beganUs: number;
  ended: number;
  superseded: number;
}

export interface Proposal {
  readonly node: string;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
  /** The broker epoch of the fetch that justified each new member. */
  readonly justified: ReadonlyMap<number, number>;
  /** The controller has answered something since: it may have been refused. */
  answered: boolean;
}

/** The controller's word on a partition. */
export interface Committed {
  readonly topicId: string;
  readonly leader: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
  readonly replicas: readonly number[];
  readonly eligible: readonly number[];
  readonly minInsyncReplicas: number;
  readonly unclean: boolean;
}

const never = Number.MAX_SAFE_INTEGER;
/** Reigns that are remembered of one partition; of more, the oldest go. */
const reignsMax = 10_000;

export class PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** By node. */
  readonly replicas = new Map<string, ReplicaState>();
  now: Committed | undefined;
  before: Committed | undefined;
  proposal: Proposal | undefined;
  /** The last that had a leader and an ISR: where nobody is left, the deposed may lead on with its own followers. */
  lastLed: Committed | undefined;
  /** What a leader has read of the metadata log, which may be before the controller tells of it. */
  read: Pick<Committed, 'leader' | 'isr' | 'partitionEpoch'> | undefined;
  /** What is committed, with the step at which it became so. */
  committed = new BatchList();
  trueHighWatermark = 0;
  readableEnd = 0;
  /** The log start that retention or DeleteRecords moved, on whichever replica is furthest. */
  logStartOffset = 0;
  /** Where its logs start, and what DeleteRecords promised. */
  starts = new LogStartFacts();
  losses: Loss[] = [];
  /** What the committed leader lost of its own log, committed or not. */
  leaderLosses: Loss[] = [];
  reigns: Reign[] = [];
  unknownProducers = new UnknownProducers();
  /** By broker: the last fault that may have taken something from its log. */
  readonly everLost = new Map<number, string>();
  /** Who led last, by the controller's word. */
  #lastLeader = -1;
  /** Steps and values at which the readable end reached a new maximum. */
  #readableSteps: number[] = [];
  #readableEnds: number[] = [];

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  get name(): string {
    return `${this.topic}/${this.partition}`;
  }

  replica(node: string, brokerId: number): ReplicaState {
    let replica = this.replicas.get(node);
    if (replica === undefined) {
      replica = new ReplicaState(node, brokerId);
      this.replicas.set(node, replica);
    }
    return replica;
  }

  replicaOf(brokerId: number): ReplicaState | undefined {
    for (const replica of this.replicas.values()) if (replica.brokerId === brokerId) return replica;
    return undefined;
  }

  /** Another incarnation of the topic: nothing of the old one counts. */
  recreated(): void {
    this.now = undefined;
    this.before = undefined;
    this.proposal = undefined;
    this.read = undefined;
    this.lastLed = undefined;
    this.committed = new BatchList();
    this.trueHighWatermark = 0;
    this.readableEnd = 0;
    this.logStartOffset = 0;
    this.starts = new LogStartFacts();
    this.losses = [];
    this.leaderLosses = [];
    this.reigns = [];
    this.unknownProducers = new UnknownProducers();
    this.everLost.clear();
    this.#lastLeader = -1;
    this.#readableSteps = [];
    this.#readableEnds = [];
  }

  // ---- what the controller commits

  /** `removed`: those who are eligible leaders no more because they are back after an unclean end. */
  commit(next: Committed, step: number, removed: readonly number[] = []): void {
    this.before = this.now;
    this.now = next;
    if (next.leader >= 0 && next.isr.length > 0) this.lastLed = next;
    const { proposal } = this;
    if (proposal !== undefined && next.partitionEpoch > proposal.partitionEpoch) this.proposal = undefined;
    for (const reign of this.reigns) {
      if (reign.leaderEpoch < next.leaderEpoch && reign.superseded === never) reign.superseded = step;
    }
    if (next.unclean) this.#uncleanElection(next, step, removed);
    if (next.leader >= 0) this.#lastLeader = next.leader;
    this.declareLosses(step);
    this.advance(step);
  }

  reignBegan(node: string, leaderEpoch: number, { step, timeUs }: Moment): void {
    const superseded = (this.now?.leaderEpoch ?? -1) > leaderEpoch ? step : never;
    if (this.reigns.length >= reignsMax) this.reigns.splice(0, reignsMax / 2);
    this.reigns.push({ node, leaderEpoch, began: step, beganUs: timeUs, ended: never, superseded });
  }

  reignEnded(node: string, step: number): void {
    const reign = this.reigns.findLast((one) => one.node === node);
    if (reign !== undefined && reign.ended === never) reign.ended = step;
  }

  effectiveMinimum(): number {
    return Math.min(this.now?.minInsyncReplicas ?? 1, this.now?.replicas.length ?? 1);
  }

  // ---- the true high watermark

  /** Takes in what the members of the ISR agree upon by now. */
  advance(step: number): void {
    const { now, read, lastLed } = this;
    if (now === undefined) return;
    const present = read !== undefined && read.partitionEpoch > now.partitionEpoch ? read : now;
    // Whoever was deposed has at least the members of the last ISR in its own: it cannot show more than these have.
    const { leader, isr } = present.leader < 0 || present.isr.length === 0 ? (lastLed ?? present) : present;
    const leading = this.replicaOf(leader);
    if (leading === undefined || isr.length === 0) return;
    const readable = this.#reach(leading, this.#members(isr), this.readableEnd);
    if (readable <= this.readableEnd) return;
    this.readableEnd = readable;
    if (readable <= (this.#readableEnds.at(-1) ?? 0)) return;
    this.#readableSteps.push(step);
    this.#readableEnds.push(readable);
  }

  /** A leader told its high watermark: what it covers is committed. */
  told(leader: ReplicaState, highWatermark: number, leaderEpoch: number, step: number): void {
    const { now } = this;
    if (now === undefined || leaderEpoch < now.leaderEpoch) return;
    const { batches, writtenEnd } = leader.log;
    const end = Math.min(highWatermark, this.readableEnd, writtenEnd);
    while (this.trueHighWatermark < end) {
      const place = batches.placeOf(this.trueHighWatermark);
      if (place < 0 || batches.lastAt(place) >= end) return;
      const last = batches.lastAt(place);
      this.committed.push(batches.at(place), step);
      this.trueHighWatermark = last + 1;
    }
  }

  #members(ids: readonly number[]): readonly (ReplicaState | undefined)[] {
    return ids.map((id) => this.replicaOf(id));
  }

  /** How far, from `from` on, all members agree with the leader on written batches. */
  #reach(leader: ReplicaState, members: readonly (ReplicaState | undefined)[], from: number): number {
    let reached = from;
    const { batches } = leader.log;
    for (;;) {
      const place = batches.placeOf(reached);
      if (place < 0) return reached;
      const last = batches.lastAt(place);
      for (const member of members) {
        if (last < (member?.lost?.to ?? 0)) continue;
        if (member === undefined || member.log.writtenEnd <= last) return reached;
        if (member !== leader && !holds(member, batches, place)) return reached;
      }
      reached = last + 1;
    }
  }

  /** The highest end that a reader could have been shown by `step`. */
  readableBy(step: number): number {
    let low = 0;
    let high = this.#readableSteps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#readableSteps[middle] as number) <= step) low = middle + 1;
      else high = middle;
    }
    return this.#readableEnds[low - 1] ?? 0;
  }

  // ---- losses

  /** Declares lost what every electable broker has lost by faults. */
  declareLosses(step: number): void {
    const { now } = this;
    if (now === undefined) return;
    const electable = [...now.isr, ...now.eligible];
    if (electable.length === 0) return;
    let from = 0;
    const reasons: string[] = [];
    for (const id of electable) {
      const lost = this.replicaOf(id)?.lost;
      if (lost === undefined || !lost.decided) return;
      from = Math.max(from, lost.from);
      reasons.push(lost.because);
    }
    this.declareLoss(
      from,
      `all that could be elected (${electable.join(', ')}) had lost it: ${reasons.join(', ')}`,
      step,
    );
  }

  declareLoss(from: number, because: string, step: number, election?: Loss['election']): void {
    if (from >= this.trueHighWatermark && from >= this.readableEnd) return;
    this.losses.push({ step, from, because, ...(election === undefined ? {} : { election }) });
    this.committed.cutTo(from);
    this.trueHighWatermark = Math.min(this.trueHighWatermark, from);
    this.readableEnd = Math.min(this.readableEnd, from);
    for (const replica of this.replicas.values()) replica.comparedTo = Math.min(replica.comparedTo, from);
  }

  /** Whether anything at or above `offset` was declared lost since `step`. */
  lossOf(offset: number, sinceStep: number): Loss | undefined {
    return this.losses.find((loss) => loss.step >= sinceStep && loss.from <= offset);
  }

  /** The new leader's log is the truth from now on: what it lacks of the committed log is lost. */
  #uncleanElection(next: Committed, step: number, removed: readonly number[]): void {
    const elected = this.replicaOf(next.leader);
    let kept = 0;
    let place = this.committed.placeBefore(never);
    while (elected !== undefined && place >= 0) {
      const agrees = elected.log.batches.agreesWith(this.committed, place);
      if (agrees === 'same' && elected.log.writtenEnd > this.committed.lastAt(place)) {
        kept = this.committed.lastAt(place) + 1;
        break;
      }
      const lower = this.committed.placeBefore(this.committed.baseAt(place));
      if (lower < 0) break;
      place = lower;
    }
    const { before } = this;
    const isRemoved = (brokerId: number) => removed.includes(brokerId);
    const nobodyLeft = before !== undefined && before.isr.length === 0 && before.eligible.every(isRemoved);
    const isLastKnown = nobodyLeft && next.leader === this.#lastLeader;
    const which = isLastKnown
      ? 'the last known leader led again when nobody else was left'
      : 'an unclean election';
    const because = `${which}: broker ${next.leader} in epoch ${next.leaderEpoch}`;
    this.declareLoss(kept, because, step, isLastKnown ? 'last-known-leader' : 'unclean');
  }
}

/** Whether a member has the batch: below its log start it had it once. */
function holds(member: ReplicaState, batches: BatchList, place: number): boolean {
  if (batches.lastAt(place) < member.log.logStartOffset) return true;
  return member.log.batches.agreesWith(batches, place) === 'same';
}
