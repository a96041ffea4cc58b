// The interval of a median by the BCa bootstrap: rounds are drawn again with replacement, nothing inside of a round.
// Bias corrected and accelerated (Efron 1987): the shares at which the resampled medians are cut are moved by how
// far the median sits from the middle of them (bias) and by how unevenly single rounds pull at it (acceleration).
//
// The same seed and values give the same interval.

import { assert } from '../../engine/index.ts';
import { SeededRandom } from '../random.ts';
import { median, quantile, sorted } from './median.ts';
import { normalProbability, normalQuantile } from './normal.ts';

export interface Interval {
  readonly low: number;
  readonly high: number;
}

export const resamplesDefault = 2000;
/** Of fewer values no resampling says anything. */
export const valuesMin = 4;

/** `level`: the share of such intervals that hold the true median, 0.95 for example. */
export function bootstrapInterval(
  values: readonly number[],
  level: number,
  seed: string,
  resamples = resamplesDefault,
): Interval {
  assert(values.length >= valuesMin, `an interval wants at least ${valuesMin} values`);
  assert(level > 0 && level < 1, 'a level is between 0 and 1');
  assert(resamples >= 100, 'fewer than 100 resamples have no tails');
  const ordered = sorted(values);
  const [first, last] = [ordered[0] as number, ordered.at(-1) as number];
  if (first === last) return { low: first, high: last };
  const medians = resampledMedians(ordered, seed, resamples);
  const bias = biasOf(medians, quantile(ordered, 0.5));
  const acceleration = accelerationOf(ordered);
  const cut = (share: number): number => {
    const z = bias + normalQuantile(share);
    return quantile(medians, clamped(normalProbability(bias + z / (1 - acceleration * z))));
  };
  return { low: cut((1 - level) / 2), high: cut((1 + level) / 2) };
}

/** In order. */
function resampledMedians(ordered: readonly number[], seed: string, resamples: number): Float64Array {
  const random = new SeededRandom(`${seed}/bootstrap`);
  const { length } = ordered;
  const drawn = new Uint32Array(length);
  const medians = new Float64Array(resamples);
  for (let resample = 0; resample < resamples; resample++) {
    drawn.fill(0);
    for (let draw = 0; draw < length; draw++) {
      const at = Math.floor((random.word() / 2 ** 32) * length);
      drawn[at] = (drawn[at] as number) + 1;
    }
    medians[resample] = medianOfDrawn(ordered, drawn);
  }
  return medians.sort();
}

/** How often each value was drawn says where the middle is, without sorting. */
function medianOfDrawn(ordered: readonly number[], drawn: Uint32Array): number {
  const { length } = ordered;
  const [lower, upper] = [Math.floor((length - 1) / 2), Math.floor(length / 2)];
  let passed = 0;
  let low: number | undefined;
  for (let at = 0; at < length; at++) {
    passed += drawn[at] as number;
    if (low === undefined && passed > lower) low = ordered[at] as number;
    if (passed > upper) return ((low as number) + (ordered[at] as number)) / 2;
  }
  throw new Error('as many values are drawn as there are');
}

/** Resamples whose median is exactly the median itself count half: with few rounds that is many of them. */
function biasOf(medians: Float64Array, middle: number): number {
  let below = 0;
  for (const each of medians) below += each < middle ? 1 : each === middle ? 0.5 : 0;
  return normalQuantile(Math.min(0.99, Math.max(0.01, below / medians.length)));
}

/** By the jackknife: the median without each round in turn. */
function accelerationOf(ordered: readonly number[]): number {
  const without = ordered.map((_, left) => median(ordered.filter((_, at) => at !== left)));
  const mean = without.reduce((sum, each) => sum + each, 0) / without.length;
  // In units of the largest pull, lest the cubes of very small ones vanish.
  const pulls = without.map((each) => mean - each);
  const largest = Math.max(...pulls.map(Math.abs));
  if (largest === 0) return 0;
  const power = (n: number): number => pulls.reduce((sum, pull) => sum + (pull / largest) ** n, 0);
  return power(3) / (6 * power(2) ** 1.5);
}

function clamped(share: number): number {
  return Math.min(1, Math.max(0, share));
}
