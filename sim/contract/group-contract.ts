// What a run owes to the application of a group, by the moment at which it commits:
//
//   commit-before (at most once)     may skip what was committed and not yet processed, never repeats
//   commit-after (at least once)     may repeat what was processed and not yet committed, never skips
//   auto-commit, processed in poll   as commit-after
//   auto-commit-behind               commits run ahead of the work: may skip as well as repeat
//
// Where records or committed offsets were lost, a group may do both: it may begin again before what it had committed,
// or behind records that took the place of others. Losses of other partitions permit nothing.

import type { Material } from '../material.ts';
import type { DeliveryStyle, Moment, Processed } from '../record/history.ts';
import { type Because, because, effectInWords, explaining, witnessOf } from './because.ts';
import type { Clause } from './record-contract.ts';

const offsetsTopic = '__consumer_offsets';
const never = Number.MAX_SAFE_INTEGER;

/** What it may know of a run: the contract asks for no more of it. */
type Known = Pick<Material, 'losses' | 'views' | 'commits' | 'parts'>;

export class GroupContracts {
  readonly #material: Known;

  constructor(material: Known) {
    this.#material = material;
  }

  /** Whether a visible record that the group has committed may have been processed by no member. */
  skips(style: DeliveryStyle, topic: string, partition: number): Clause<'never' | 'may'> {
    if (style === 'commit-before' || style === 'auto-commit-behind') {
      return { is: 'may', because: this.#byStyle(style, 0, never) };
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
      return { is: 'may', because: this.#byStyle(style, first.at.step, again.step) };
    }
    return { is: 'never', because: because('nothing disturbed the group in between', [style]) };
  }

  #byStyle(style: DeliveryStyle, fromStep: number, toStep: number): Because {
    const effect = explaining(this.#material.losses.effects, fromStep, toStep);
    if (effect === undefined) return because(`${style}, and the group moved`, [style]);
    return because(`${style}, and ${effectInWords(effect)}`, [style], witnessOf(effect));
  }

  /** Something of the partition, or of the offsets that groups have committed, was lost. */
  #lost(topic: string, partition: number): Because | undefined {
    const { losses, parts } = this.#material;
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
