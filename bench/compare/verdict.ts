// From the ratios of the rounds to one of three verdicts. Pure.
//
//   different     the interval of the median ratio lies wholly outside of 1/(1+m) .. 1+m, and the signed-rank test
//                 finds one side favoured too
//   equivalent    the interval lies wholly inside of it (two one-sided tests)
//   inconclusive  anything else: more rounds may tell, or the machine was not quiet enough to be asked
//
// With one margin for both, no interval can be different and equivalent. A difference smaller than the margin is
// never called one, which is what keeps the verdicts of A against A from crying wolf.

import { assert } from '../../engine/index.ts';
import { bootstrapInterval } from './bootstrap.ts';
import { roundsMin, type Surety } from './looks.ts';
import { median } from './median.ts';
import { normalQuantile } from './normal.ts';
import { signedRankP } from './signed-rank.ts';

export const verdicts = ['different', 'equivalent', 'inconclusive'] as const;
export type Verdict = (typeof verdicts)[number];

export interface Judged {
  readonly medianRatio: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly signedRankP: number | null;
  readonly verdict: Verdict;
  readonly smallestVisible: number | null;
}

const unknown: Judged = {
  medianRatio: null,
  low: null,
  high: null,
  signedRankP: null,
  verdict: 'inconclusive',
  smallestVisible: null,
};

/** The seed names the resamples. */
export function judge(ratios: readonly number[], margin: number, surety: Surety, seed: string): Judged {
  assert(margin > 0, 'without a margin nothing is ever equivalent');
  if (ratios.length < roundsMin) {
    return { ...unknown, medianRatio: ratios.length === 0 ? null : median(ratios) };
  }
  // In logarithms twice as much and half as much are equally far from the same.
  const logs = ratios.map(Math.log);
  const { level, alarm } = surety;
  const interval = bootstrapInterval(logs, level, seed);
  const p = signedRankP(logs);
  return {
    medianRatio: Math.exp(median(logs)),
    low: Math.exp(interval.low),
    high: Math.exp(interval.high),
    signedRankP: p,
    verdict: verdictOf(interval.low, interval.high, Math.log1p(margin), p <= alarm),
    smallestVisible: smallestVisible(interval.high - interval.low, margin, level),
  };
}

function verdictOf(low: number, high: number, margin: number, oneSided: boolean): Verdict {
  if (low >= -margin && high <= margin) return 'equivalent';
  const outside = low > margin || high < -margin;
  return outside && oneSided ? 'different' : 'inconclusive';
}

/**
 * The smallest true difference, as a ratio minus 1, that rounds of this width would have called one four times in
 * five: the margin, half of the interval, and the quantile of the four fifths on top.
 */
function smallestVisible(width: number, margin: number, level: number): number {
  const half = width / 2;
  const more = normalQuantile(0.8) / normalQuantile((1 + level) / 2);
  return Math.expm1(Math.log1p(margin) + half * (1 + more));
}
