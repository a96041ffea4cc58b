import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../random.ts';
import { bootstrapInterval } from './bootstrap.ts';
import { median, quantile, sorted } from './median.ts';
import { normalProbability, normalQuantile } from './normal.ts';
import { exactMax, signedRankP } from './signed-rank.ts';

const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true });
const some = (minLength: number, maxLength = 40) => fc.array(finite, { minLength, maxLength });

/** Sums of twelve are near enough to normal for what is asked of them here. */
function normals(count: number, seed: string): number[] {
  const random = new SeededRandom(seed);
  const one = (): number => Array.from({ length: 12 }, () => random.fraction()).reduce((a, b) => a + b) - 6;
  return Array.from({ length: count }, one);
}

describe('the normal distribution', () => {
  test('has the values of the tables', () => {
    expect(normalProbability(0)).toBe(0.5);
    expect(normalProbability(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalProbability(-3)).toBeCloseTo(0.0013498980316301, 12);
    expect(normalProbability(7)).toBeCloseTo(1 - 1.279812543885835e-12, 15);
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 9);
    expect(normalQuantile(0)).toBe(Number.NEGATIVE_INFINITY);
  });

  test('its quantile is the inverse of its probability', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 1 - 1e-6, noNaN: true }), (share) => {
        expect(normalProbability(normalQuantile(share))).toBeCloseTo(share, 9);
      }),
    );
  });
});

describe('the median', () => {
  test('has as many values below it as above', () => {
    fc.assert(
      fc.property(some(1), (values) => {
        const middle = median(values);
        expect(values.filter((value) => value < middle).length).toBeLessThanOrEqual(values.length / 2);
        expect(values.filter((value) => value > middle).length).toBeLessThanOrEqual(values.length / 2);
      }),
    );
  });

  test('quantiles rise, from the least to the greatest', () => {
    const ordered = sorted([3, 1, 2, 10]);
    expect([0, 0.5, 1].map((share) => quantile(ordered, share))).toEqual([1, 2.5, 10]);
  });
});

describe('the interval by the bootstrap', () => {
  test('lies within the values, and the same seed gives it again', () => {
    fc.assert(
      fc.property(some(4), fc.string(), (values, seed) => {
        const interval = bootstrapInterval(values, 0.95, seed, 200);
        expect(interval.low).toBeLessThanOrEqual(interval.high);
        expect(interval.low).toBeGreaterThanOrEqual(Math.min(...values));
        expect(interval.high).toBeLessThanOrEqual(Math.max(...values));
        expect(bootstrapInterval(values, 0.95, seed, 200)).toEqual(interval);
      }),
    );
  });

  test('values that are all the same leave no doubt', () => {
    expect(bootstrapInterval(Array(10).fill(0.3), 0.95, 's')).toEqual({ low: 0.3, high: 0.3 });
  });

  test('does not care about the order of the rounds, and moves with them', () => {
    const values = normals(20, 'v');
    const interval = bootstrapInterval(values, 0.95, 's');
    expect(bootstrapInterval(values.toReversed(), 0.95, 's')).toEqual(interval);
    const moved = bootstrapInterval(
      values.map((value) => value + 100),
      0.95,
      's',
    );
    expect(moved.low).toBeCloseTo(interval.low + 100, 9);
    expect(moved.high).toBeCloseTo(interval.high + 100, 9);
  });

  test('more confidence is a wider interval', () => {
    const values = normals(16, 'w');
    const width = (level: number): number => {
      const { low, high } = bootstrapInterval(values, level, 's');
      return high - low;
    };
    expect(width(0.99)).toBeGreaterThan(width(0.9));
  });

  test.each([10, 11, 16, 24])('of %i rounds holds the true median about as often as it says', (rounds) => {
    const tries = 400;
    let held = 0;
    for (let at = 0; at < tries; at++) {
      const { low, high } = bootstrapInterval(normals(rounds, `${rounds}/${at}`), 0.95, `${at}`, 1000);
      if (low <= 0 && high >= 0) held++;
    }
    expect(held / tries).toBeGreaterThan(0.89);
    expect(held / tries).toBeLessThan(0.995);
  });
});

describe('the signed-rank test', () => {
  test('has the values of the tables', () => {
    // All of one side: two of the 2^n ways.
    expect(signedRankP([1, 2, 3, 4, 5, 6, 7, 8])).toBe(2 / 2 ** 8);
    // The critical value of n = 10 at 5 % is a sum of 8: p = 0.048828125.
    expect(signedRankP([-1, -7, 2, 3, 4, 5, 6, 8, 9, 10])).toBe(0.048828125);
    expect(signedRankP([])).toBe(1);
    expect(signedRankP([0, 0, 0])).toBe(1);
  });

  test('counts all ways of signs where sizes are tied', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 1, maxLength: 9 }), (values) => {
        expect(signedRankP(values)).toBeCloseTo(byAllSigns(values), 12);
      }),
    );
  });

  test('both sides are alike, and the unit does not matter', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 60 }), (values) => {
        const p = signedRankP(values);
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(signedRankP(values.map((value) => -value))).toBeCloseTo(p, 12);
        expect(signedRankP(values.map((value) => value * 4))).toBe(p);
      }),
    );
  });

  test('the approximation goes on where the exact count ends', () => {
    const values = normals(exactMax + 1, 'a').map((value) => value + 0.4);
    const without = values.toSorted((a, b) => Math.abs(a) - Math.abs(b)).slice(1);
    expect(signedRankP(values)).toBeGreaterThan(0.3 * signedRankP(without));
    expect(signedRankP(values)).toBeLessThan(3 * signedRankP(without));
    const even = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? at + 1 : -at));
    expect(signedRankP(even)).toBeGreaterThan(0.5);
  });
});

/** The same by its definition: every way of giving the midranks signs. */
function byAllSigns(values: readonly number[]): number {
  const rest = values.filter((value) => value !== 0);
  const sizes = rest.map(Math.abs);
  const ranks = sizes.map((size) => {
    const below = sizes.filter((other) => other < size).length;
    return below + (sizes.filter((other) => other === size).length + 1) / 2;
  });
  const half = ranks.reduce((sum, rank) => sum + rank, 0) / 2;
  const distance = (signs: (at: number) => boolean): number =>
    Math.abs(ranks.reduce((sum, rank, at) => sum + (signs(at) ? rank : 0), 0) - half);
  const observed = distance((at) => (rest[at] as number) > 0);
  let extreme = 0;
  for (let ways = 0; ways < 2 ** rest.length; ways++) {
    if (distance((at) => ((ways >> at) & 1) === 1) >= observed) extreme++;
  }
  return extreme / 2 ** rest.length;
}
