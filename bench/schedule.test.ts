import { describe, expect, test } from 'vitest';
import { SeededRandom } from './random.ts';
import { PoissonSchedule, scheduleOf, UniformSchedule } from './schedule.ts';

function take(schedule: { next(): number }, count: number): number[] {
  return Array.from({ length: count }, () => schedule.next());
}

describe('intended times', () => {
  test('of a uniform schedule are multiples of the gap', () => {
    expect(take(new UniformSchedule(4), 5)).toEqual([0, 250_000, 500_000, 750_000, 1_000_000]);
  });

  test('of a uniform schedule do not drift, whatever the rate', () => {
    const schedule = new UniformSchedule(3);
    const times = take(schedule, 3_000_001);
    expect(times.at(-1)).toBe(1e12);
  });

  test('of a Poisson schedule never go back and keep the rate', () => {
    const times = take(new PoissonSchedule(1000, new SeededRandom('a')), 200_000);
    for (let at = 1; at < times.length; at++) expect(times[at]! >= times[at - 1]!).toBe(true);
    const perSecond = (times.length * 1e6) / (times.at(-1) as number);
    expect(perSecond).toBeGreaterThan(980);
    expect(perSecond).toBeLessThan(1020);
  });

  test('of a Poisson schedule have exponential gaps', () => {
    const times = take(new PoissonSchedule(1000, new SeededRandom('b')), 100_000);
    const gaps = times.slice(1).map((time, at) => time - (times[at] as number));
    // For an exponential distribution, 63.2 % lie below the mean and 86.5 % below twice the mean.
    const below = (limit: number): number => gaps.filter((gap) => gap < limit).length / gaps.length;
    expect(below(1000)).toBeCloseTo(1 - Math.exp(-1), 2);
    expect(below(2000)).toBeCloseTo(1 - Math.exp(-2), 2);
  });

  test('are the same for the same seed, and others for another', () => {
    const load = { loop: 'open', recordsPerSecond: 50, arrivals: 'poisson' } as const;
    const times = (seed: string): number[] => take(scheduleOf(load, new SeededRandom(seed)), 20);
    expect(times('x')).toEqual(times('x'));
    expect(times('x')).not.toEqual(times('y'));
  });
});

test('a fraction is never zero, so that its logarithm is finite', () => {
  const random = new SeededRandom('fractions');
  for (let draw = 0; draw < 100_000; draw++) {
    const fraction = random.fraction();
    expect(fraction > 0 && fraction <= 1).toBe(true);
  }
});
