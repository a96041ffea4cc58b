// When a comparison is looked at, and how sure each look must be. Pure.
//
// Looking again and again until the answer pleases finds differences where there are none. So the looks are fixed
// before the first round, and the 5 % that a comparison may err are shared out among them in equal parts
// (Bonferroni): whatever the rule of stopping, all intervals of all looks hold together with 95 %.

import { assert } from '../../engine/index.ts';

/** The share of comparisons whose intervals may miss the truth, over all looks of one metric. */
const missShare = 0.05;
/**
 * The share of comparisons without a difference that the signed-rank test may take for one with a difference. Less,
 * because a comparison has many metrics, and a false alarm costs a search for what is not there.
 */
const alarmShare = 0.01;
/** With fewer rounds not even rounds that all say the same are beyond doubt. */
export const roundsMin = 8;
export const roundsMax = 200;
export const roundsDefault = 10;
/** Unless told otherwise, a comparison in doubt may grow to so many times its rounds. */
export const growthDefault = 4;

export interface Looks {
  /** Numbers of rounds, rising: a verdict is sought after each of them. All are even: rounds come in mirrored pairs. */
  readonly at: readonly number[];
  readonly surety: Surety;
}

/** Of one look. */
export interface Surety {
  /** Confidence of an interval. */
  readonly level: number;
  /** The signed-rank test calls a difference what has at most this probability without one. */
  readonly alarm: number;
}

/** From `first` rounds to `most`, each look half as many rounds again as the one before. */
export function looksFor(first: number, most: number): Looks {
  assert(first >= roundsMin && most >= first && most <= roundsMax, 'checked with the options');
  const at = [even(first)];
  for (let next = even(first * 1.5); next <= most; next = even(next * 1.5)) at.push(next);
  return { at, surety: { level: 1 - missShare / at.length, alarm: alarmShare / at.length } };
}

function even(rounds: number): number {
  return 2 * Math.ceil(rounds / 2);
}
