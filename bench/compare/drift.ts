// Whether the machine stood still while it measured: the A of two mirrored rounds are controls on both sides of what
// came between them. Pure.
//
// When they differ by more than a tenth (the median over the pairs), a comparison is inconclusive, unless B lies
// outside of both controls, on the same side, in every pair. Dekaf's stress suite has the rule from which this one is
// made.

import { median } from './median.ts';

export const driftMax = 0.1;

export interface RoundValues {
  readonly a: number;
  readonly b: number;
}

/** Of pairs of rounds, in order; a last one without a partner says nothing. */
export function driftOf(rounds: readonly RoundValues[]): number {
  const pairs = pairsOf(rounds);
  return pairs.length === 0 ? 0 : median(pairs.map(([one, other]) => apart(one.a, other.a)));
}

export function isAdrift(rounds: readonly RoundValues[]): boolean {
  if (driftOf(rounds) <= driftMax) return false;
  const sides = pairsOf(rounds).map(sideOf);
  return !(sides.every((side) => side === 'above') || sides.every((side) => side === 'below'));
}

function sideOf([one, other]: readonly [RoundValues, RoundValues]): 'above' | 'below' | 'between' {
  const [low, high] = [Math.min(one.a, other.a), Math.max(one.a, other.a)];
  if (one.b > high && other.b > high) return 'above';
  return one.b < low && other.b < low ? 'below' : 'between';
}

function pairsOf(rounds: readonly RoundValues[]): [RoundValues, RoundValues][] {
  const pairs: [RoundValues, RoundValues][] = [];
  for (let at = 0; at + 1 < rounds.length; at += 2) {
    pairs.push([rounds[at] as RoundValues, rounds[at + 1] as RoundValues]);
  }
  return pairs;
}

/** 0.1 when the larger is a tenth above the smaller. */
function apart(one: number, other: number): number {
  const low = Math.min(one, other);
  return low <= 0 ? (one === other ? 0 : Number.POSITIVE_INFINITY) : Math.max(one, other) / low - 1;
}
