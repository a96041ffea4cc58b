import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { driftOf, isAdrift } from './drift.ts';
import { looksFor } from './looks.ts';
import { ordersOf } from './order.ts';
import { type Noise, simulatedVerdict } from './testing-noise.ts';
import { judge, type Verdict } from './verdict.ts';

const margin = 0.02;

describe('a verdict', () => {
  const judged = (ratios: number[]) => judge(ratios, margin, looksFor(10, 10).surety, 's');

  test('different: all rounds beyond the margin', () => {
    const ratios = [1.05, 1.06, 1.04, 1.05, 1.07, 1.05, 1.04, 1.06, 1.05, 1.05];
    expect(judged(ratios)).toMatchObject({ verdict: 'different' });
    expect(judged(ratios).medianRatio).toBeCloseTo(1.05, 9);
    expect(judged(ratios.map((ratio) => 1 / ratio)).verdict).toBe('different');
  });

  test('equivalent: all rounds within it, and to one side all the same', () => {
    expect(judged(Array(10).fill(1)).verdict).toBe('equivalent');
    expect(judged(Array.from({ length: 10 }, (_, at) => 1.005 + at / 10_000)).verdict).toBe('equivalent');
  });

  test('inconclusive: across the margin, or too few rounds', () => {
    expect(judged([0.9, 1.1, 0.95, 1.05, 1, 1, 0.8, 1.2, 1.01, 0.99]).verdict).toBe('inconclusive');
    expect(judged(Array(7).fill(2))).toMatchObject({ verdict: 'inconclusive', medianRatio: 2, low: null });
    expect(judged([])).toMatchObject({ verdict: 'inconclusive', medianRatio: null });
  });

  test('turns over with its ratios: B against A is A against B upside down', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.5, max: 2, noNaN: true }), { minLength: 8, maxLength: 30 }),
        (r) => {
          const [one, other] = [judged(r), judged(r.map((ratio) => 1 / ratio))];
          expect((one.medianRatio as number) * (other.medianRatio as number)).toBeCloseTo(1, 9);
          expect([one.verdict, other.verdict].toSorted()).not.toEqual(['different', 'equivalent']);
        },
      ),
    );
  });

  test('noisier rounds see less', () => {
    const rounds = (noise: number) => Array.from({ length: 12 }, (_, at) => 1 + noise * Math.sin(at * 7));
    const visible = (noise: number): number => judged(rounds(noise)).smallestVisible as number;
    expect(visible(0)).toBeCloseTo(margin, 9);
    expect(visible(0.05)).toBeGreaterThan(visible(0.01));
  });
});

describe('looks', () => {
  test('share the error out among them', () => {
    expect(looksFor(10, 40)).toEqual({
      at: [10, 16, 24, 36],
      surety: { level: 1 - 0.05 / 4, alarm: 0.01 / 4 },
    });
    expect(looksFor(10, 10)).toEqual({ at: [10], surety: { level: 0.95, alarm: 0.01 } });
    expect(looksFor(9, 9).at).toEqual([10]);
  });
});

describe('rounds', () => {
  test('come in mirrored pairs, drawn from the seed', () => {
    fc.assert(
      fc.property(fc.string(), fc.boolean(), (seed, withControl) => {
        const orders = ordersOf(12, seed, withControl);
        expect(orders).toEqual(ordersOf(12, seed, withControl));
        expect(orders).toHaveLength(12);
        for (let at = 0; at < orders.length; at += 2) {
          expect(orders[at + 1]).toEqual(orders[at]?.toReversed());
          expect(orders[at]?.toSorted()).toEqual(withControl ? ['a', 'b', 'control'] : ['a', 'b']);
        }
      }),
    );
    const firsts = new Set(Array.from({ length: 20 }, (_, at) => ordersOf(2, `${at}`, false)[0]?.[0]));
    expect(firsts).toEqual(new Set(['a', 'b']));
  });
});

describe('drift', () => {
  const rounds = (...as: number[]) => as.map((a) => ({ a, b: 1 }));

  test('is the difference of the controls of a pair of rounds, at the median', () => {
    expect(driftOf(rounds(1, 1.2, 1, 1, 5, 5))).toBe(0);
    expect(driftOf(rounds(1, 1.2, 1.2, 1, 5, 5))).toBeCloseTo(0.2, 9);
    expect(driftOf(rounds(1))).toBe(0);
  });

  test('above a tenth nothing is said, unless B lies outside of both controls throughout', () => {
    const drifting = (b: number) => [1, 1.2, 1, 1.2].map((a) => ({ a, b }));
    expect(isAdrift(drifting(1.1))).toBe(true);
    expect(isAdrift(drifting(1.5))).toBe(false);
    expect(isAdrift(drifting(0.5))).toBe(false);
    expect(isAdrift([...drifting(0.5), { a: 1, b: 2 }, { a: 1, b: 2 }])).toBe(true);
    expect(isAdrift(rounds(1, 1.05))).toBe(false);
  });
});

describe('in simulated comparisons of 10 to 36 rounds', () => {
  /** Halves that vary by `deviation`, one in ten disturbed by a tenth, a drift of a fifth and a wander. */
  const noiseOf = (deviation: number): Noise => ({
    deviation,
    disturbedShare: 0.1,
    disturbance: 0.1,
    drift: 0.2,
    wander: deviation / 2,
  });

  function shares(deviation: number, shift: number, comparisons: number): Record<Verdict, number> {
    const counts = { different: 0, equivalent: 0, inconclusive: 0 };
    for (let at = 0; at < comparisons; at++) {
      const seed = `${deviation}/${shift}/${at}`;
      counts[simulatedVerdict(noiseOf(deviation), shift, { margin, first: 10, most: 40, seed }).verdict]++;
    }
    return {
      different: counts.different / comparisons,
      equivalent: counts.equivalent / comparisons,
      inconclusive: counts.inconclusive / comparisons,
    };
  }

  test.each([
    [0.01, 300],
    [0.02, 600],
    [0.06, 300],
  ])('A against A, noise %d: fewer than 2 % of %i are called different', (deviation, comparisons) => {
    const { different, equivalent } = shares(deviation, 0, comparisons);
    expect(different).toBeLessThan(0.02);
    if (deviation === 0.01) expect(equivalent).toBeGreaterThan(0.9);
  });

  test.each([
    [0.01, 0.98],
    [0.015, 0.9],
  ])('a slip of 5 %%, noise %d: found', (deviation, atLeast) => {
    const { different, equivalent } = shares(deviation, 0.05, 300);
    expect(different).toBeGreaterThan(atLeast);
    expect(equivalent).toBeLessThan(0.01);
  });

  test('a slip of 5 %, noise 0.03: hardly ever equivalent', () => {
    expect(shares(0.03, 0.05, 300).equivalent).toBeLessThan(0.01);
  });

  test('a slip as large as the margin is called equivalent no more often than one in twenty', () => {
    expect(shares(0.01, margin, 300).equivalent).toBeLessThan(0.05);
  });
});
