// What a run owes to the application of a group, by the moment at which it commits:
//
//   commit-before (at most once)     may skip what was committed and not yet processed, never repeats
//   commit-after (at least once)     may repeat what was processed and not yet committed, never skips
//   auto-commit, processed in poll   as commit-after
//   auto-commit-behind               commits run ahead of the work: may skip as well as repeat
//
// Where records or committed offsets were lost, a group may do both: it may begin again before what it had committed,
// or behind records that took the place of others. So it may where the log that readers see began further back again,
// because a deletion was not acknowledged, or lost. Losses of other partitions permit nothing.

import { partitionKey } from '../../engine/index.ts';
import type { Effect, Material } from '../material.ts';
import type { DeliveryStyle, Moment, Processed } from '../record/history.ts';
import { type Because, because, effectInWords, endOf, explaining, feltBy, witnessOf } from './because.ts';
import type { Clause } from './record-contract.ts';

const offsetsTopic = '__consumer_offsets';
const never = Number.MAX_SAFE_INTEGER;

/** What it may know of a run: the contract asks for no more of it. */
type Known = Pick<Material, 'losses' | 'logStarts' | 'views' | 'commits' | 'parts'>;

interface Place {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export class GroupContracts {
  readonly #material: Known;
  readonly #felt = new Map<string, Effect[]>();
  readonly #disturbedLast = new Map<string, number>();
  /** By partition key; null where nothing was lost. */
  readonly #lostOf = new Map<string, Because | null>();

  constructor(material: Known) {
    this.#material = material;
  }

  /** Whether a visible record that the group has committed may have been processed by no member. */
  skips(style: DeliveryStyle, group: string, place: Place): Clause<'never' | 'may'> {
    const { topic, partition } = place;
    if (style === 'commit-before' || style === 'auto-commit-behind') {
      return { is: 'may', because: this.#afterCommit(style, group, place) };
    }
    const lost = this.#lost(topic, partition);
    return lost === undefined
      ? { is: 'never', because: because('committed behind the work', [style]) }
      : { is: 'may', because: lost };
  }

  /**
   * Whether a record that a member had processed may be processed again, at `again`: after something happened in
   * between (a fault, another assignment, a commit that did not succeed), or by a member that took over meanwhile.
   */
  repeats(
    style: DeliveryStyle,
    first: Processed,
    again: Moment & { readonly session?: string },
  ): Clause<'never' | 'may'> {
    const lost = this.#lost(first.topic, first.partition);
    if (lost !== undefined) return { is: 'may', because: lost };
    if (style === 'commit-before') {
      return { is: 'never', because: because('committed before the work', [style]) };
    }
    if (this.#disturbed(first, again) || this.#tookOver(first, again)) {
      const effect = explaining(this.#feltBy(first.group), first.at.step, again.step);
      return { is: 'may', because: byStyle(style, effect) };
    }
    return { is: 'never', because: because('nothing disturbed the group in between', [style]) };
  }

  /** `skips` for all records of a partition at once, without reasons: for counting. */
  maySkip(style: DeliveryStyle, topic: string, partition: number): boolean {
    const ahead = style === 'commit-before' || style === 'auto-commit-behind';
    return ahead || this.#lost(topic, partition) !== undefined;
  }

  /** `repeats` at any time until the end of the run, without reasons: for counting. */
  mayRepeat(style: DeliveryStyle, { topic, partition, group, at }: Processed): boolean {
    if (this.#lost(topic, partition) !== undefined) return true;
    return style !== 'commit-before' && at.step <= this.#lastDisturbed(group);
  }

  /** The last step in which anything happened after which a group may begin again. */
  #lastDisturbed(group: string): number {
    const known = this.#disturbedLast.get(group);
    if (known !== undefined) return known;
    const { losses, views, commits } = this.#material;
    let last = -1;
    for (const effect of losses.effects) last = Math.max(last, endOf(effect));
    for (const view of views.values()) if (view.group === group) last = Math.max(last, view.at.step);
    for (const commit of commits) {
      if (commit.group !== group || commit.outcome === 'ok') continue;
      last = Math.max(last, commit.completed?.step ?? never);
    }
    this.#disturbedLast.set(group, last);
    return last;
  }

  /** Why the work behind a commit was not done: the fault at work when it was made, or the next one. */
  #afterCommit(style: DeliveryStyle, group: string, { topic, partition, offset }: Place): Because {
    const covering = this.#material.commits.find(
      (commit) =>
        commit.group === group &&
        commit.outcome !== 'failed' &&
        commit.offsets.some(
          (one) => one.topic === topic && one.partition === partition && one.offset > offset,
        ),
    );
    const felt = this.#feltBy(group);
    const fromStep = covering?.invoked.step ?? 0;
    const toStep = covering?.completed?.step ?? fromStep;
    const atWork = felt.findLast((effect) => effect.began.step <= toStep && endOf(effect) >= fromStep);
    return byStyle(style, atWork ?? felt.find((effect) => effect.began.step >= fromStep));
  }

  #feltBy(group: string): Effect[] {
    const known = this.#felt.get(group);
    if (known !== undefined) return known;
    const members = new Set<string>();
    for (const view of this.#material.views.values()) if (view.group === group) members.add(view.client);
    const felt = feltBy(this.#material.losses.effects, members);
    this.#felt.set(group, felt);
    return felt;
  }

  /** Something of the partition, or of the offsets that groups have committed, was lost. */
  #lost(topic: string, partition: number): Because | undefined {
    const key = partitionKey(topic, partition);
    const known = this.#lostOf.get(key);
    if (known !== undefined) return known ?? undefined;
    const lost = this.#findLost(topic, partition);
    this.#lostOf.set(key, lost ?? null);
    return lost;
  }

  #findLost(topic: string, partition: number): Because | undefined {
    const { losses, logStarts, parts } = this.#material;
    const back = logStarts.wentDown(topic, partition);
    if (back !== undefined) return back;
    const kept = parts.monitor?.cluster.partitionsOf(offsetsTopic) ?? [];
    const places = [{ topic, partition }, ...kept.filter(({ now }) => now !== undefined)];
    // Nobody told where offsets are kept: then any loss may have been theirs.
    const isLost =
      kept.length === 0
        ? losses.anyLossy
        : places.some((place) => losses.lossySince(0, place.topic, place.partition));
    if (!isLost) return undefined;
    const effect = explaining(losses.lossy, 0, never);
    if (effect === undefined) return because('an unclean election left records behind');
    return because(`records or offsets were lost by ${effectInWords(effect)}`, [], witnessOf(effect));
  }

  #disturbed(first: Processed, to: Moment): boolean {
    const { losses, views, commits } = this.#material;
    const from = first.at;
    if (losses.disturbedBetween(from.step, to.step)) return true;
    for (const view of views.values()) {
      if (view.group === first.group && view.at.step >= from.step && view.at.step <= to.step) return true;
    }
    return commits.some(
      (commit) =>
        commit.group === first.group &&
        commit.outcome !== 'ok' &&
        commit.invoked.step <= to.step &&
        (commit.completed?.step ?? to.step) >= from.step,
    );
  }

  /**
   * Another member began where the group stood, before the first had committed what it processed: it may have been the
   * owner for a while already when the first, who had not heard of it, processed the record.
   */
  #tookOver(first: Processed, again: Moment & { readonly session?: string }): boolean {
    if (again.session === undefined || first.session === again.session) return false;
    const { group, topic, partition, offset } = first;
    let begun: Moment | undefined;
    for (const view of this.#material.views.values()) {
      const isItsOwn = view.session === again.session && view.topic === topic && view.partition === partition;
      if (isItsOwn && view.at.step <= again.step) begun = view.at;
    }
    if (begun === undefined) return false;
    const { step } = begun;
    return !this.#material.commits.some(
      (commit) =>
        commit.group === group &&
        commit.outcome === 'ok' &&
        (commit.completed?.step ?? step) < step &&
        commit.offsets.some(
          (one) => one.topic === topic && one.partition === partition && one.offset > offset,
        ),
    );
  }
}

function byStyle(style: DeliveryStyle, effect: Effect | undefined): Because {
  if (effect === undefined) return because(`${style}, and the group moved`, [style]);
  return because(`${style}, and ${effectInWords(effect)}`, [style], witnessOf(effect));
}
