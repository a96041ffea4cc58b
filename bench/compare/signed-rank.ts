// Wilcoxon's signed-rank test: whether values lie evenly around zero. Two-sided. Pure.
//
// Values of zero say nothing about a side and are left out; equal sizes share the mean of their ranks. Up to
// `exactMax` values the probability is exact, ties or not: all ways to give the ranks signs are counted. Above it is
// the normal approximation, with the correction for ties and for continuity.

import { normalProbability } from './normal.ts';

export const exactMax = 40;

/** The probability of ranks as one-sided as these, or more, when neither side is favoured; 1 without any value. */
export function signedRankP(values: readonly number[]): number {
  const rest = values.filter((value) => value !== 0);
  if (rest.length === 0) return 1;
  const ranks = doubledRanks(rest.map(Math.abs));
  let positive = 0;
  rest.forEach((value, at) => {
    if (value > 0) positive += ranks[at] as number;
  });
  return rest.length <= exactMax ? exactP(ranks, positive) : approximateP(ranks, positive);
}

/** Twice the rank of each: the mean of tied ranks is a half at worst, and so all are whole numbers. */
function doubledRanks(sizes: readonly number[]): number[] {
  const order = sizes.map((_, at) => at).sort((a, b) => (sizes[a] as number) - (sizes[b] as number));
  const ranks: number[] = new Array(sizes.length).fill(0);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && sizes[order[to + 1] as number] === sizes[order[from] as number]) to++;
    for (let at = from; at <= to; at++) ranks[order[at] as number] = from + to + 2;
    from = to + 1;
  }
  return ranks;
}

/** Counts, sum by sum, in how many of the 2^n ways of giving signs the positive ranks make that sum. */
function exactP(ranks: readonly number[], positive: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const ways = new Float64Array(total + 1);
  ways[0] = 1;
  let reached = 0;
  for (const rank of ranks) {
    reached += rank;
    for (let sum = reached; sum >= rank; sum--)
      ways[sum] = (ways[sum] as number) + (ways[sum - rank] as number);
  }
  const smaller = Math.min(positive, total - positive);
  let extreme = 0;
  for (let sum = 0; sum <= smaller; sum++) extreme += ways[sum] as number;
  return Math.min(1, (2 * extreme) / 2 ** ranks.length);
}

function approximateP(ranks: readonly number[], positive: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  // A rank is there or not, each with a half: its variance is a quarter of its square.
  const deviation = Math.sqrt(ranks.reduce((sum, rank) => sum + rank * rank, 0)) / 2;
  // One step of the sum of doubled ranks is 2 without ties; half of it is the correction for continuity.
  const distance = Math.max(0, Math.abs(positive - total / 2) - 1);
  return Math.min(1, 2 * (1 - normalProbability(distance / deviation)));
}
