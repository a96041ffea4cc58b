// The method held to what it says of itself: how often it sees what is not there, what it finds, and where.

import { describe, expect, test } from 'vitest';
import { alarmRate, StepFinder } from './change-points.ts';

/** Even numbers from 0 to 1, from a seed. */
function drawing(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** Nearly normal, with a standard deviation of 1. */
function normal(draw: () => number): number {
  let sum = -6;
  for (let of = 0; of < 12; of++) sum += draw();
  return sum;
}

/** One result in eight was disturbed, by up to ten times the noise. */
function disturbed(draw: () => number): number {
  return normal(draw) + (draw() < 0.125 ? 10 * draw() : 0);
}

function coin(draw: () => number): number {
  return Math.floor(draw() * 2);
}

const finder = new StepFinder();

/** How many of so many series have a step. */
function found(times: number, series: () => number[]): number {
  return Array.from({ length: times }, series).filter((values) => finder.stepsIn(values).length > 0).length;
}

describe('noise alone', () => {
  // 1,000 series, of which 10 may be called changed; three standard deviations above that are 19.
  const times = 1_000;
  const most = times * alarmRate + 3 * Math.sqrt(times * alarmRate);

  test.each([
    ['even', 10, normal],
    ['even', 20, normal],
    ['even', 40, normal],
    ['with disturbed results', 20, disturbed],
    ['of two values', 20, coin],
  ])('%s, %d results: an alarm is as rare as is said', (_, count, noise) => {
    const draw = drawing(count);
    const alarms = found(times, () => Array.from({ length: count }, () => noise(draw)));
    expect(alarms).toBeLessThanOrEqual(most);
    // Nor is it bought by never saying anything.
    expect(alarms).toBeGreaterThan(0);
  });

  test('beside a step that is there makes hardly a second one', () => {
    const draw = drawing(3);
    const steps = Array.from({ length: 500 }, () =>
      finder.stepsIn(Array.from({ length: 24 }, (_, at) => normal(draw) + (at < 12 ? 0 : 6))),
    );
    expect(steps.every((one) => one.length >= 1)).toBe(true);
    expect(steps.filter((one) => one.length > 1).length).toBeLessThanOrEqual(12);
  });
});

describe('a step', () => {
  test.each([
    [10, 5, 4, 0.9],
    [20, 10, 3, 0.95],
    [20, 15, 4, 0.95],
    [40, 37, 4, 0.9],
  ])('in %d results, at %d, of %d standard deviations: found in a share of %d and more', (...given) => {
    const [count, place, size, share] = given;
    const draw = drawing(count * place);
    const series = Array.from({ length: 200 }, () =>
      Array.from({ length: count }, (_, at) => normal(draw) + (at < place ? 0 : size)),
    );
    const steps = series.map((values) => finder.stepsIn(values)[0]?.at ?? Number.NaN);
    expect(steps.filter((at) => !Number.isNaN(at)).length).toBeGreaterThanOrEqual(200 * share);
    // Where it is, to one result.
    expect(steps.filter((at) => Math.abs(at - place) <= 1).length).toBeGreaterThanOrEqual(200 * share * 0.95);
  });

  test('is where the levels fit, also when the first result behind it is the nearest to what was before', () => {
    const before = [151, 150, 152, 149, 150.5, 151.5, 149.5];
    const after = [122, 120, 119, 121, 120.5, 118, 119.5, 121.5];
    expect(finder.stepsIn([...before, ...after])).toMatchObject([{ at: 7 }]);
  });

  test('there may be several', () => {
    const draw = drawing(5);
    const values = Array.from({ length: 45 }, (_, at) => normal(draw) + (at < 15 ? 0 : at < 30 ? 20 : 10));
    expect(finder.stepsIn(values).map(({ at }) => at)).toEqual([15, 30]);
  });

  test('and back, which no single cut shows, is an episode', () => {
    const draw = drawing(6);
    const series = Array.from({ length: 100 }, () =>
      Array.from({ length: 30 }, (_, at) => normal(draw) + (at >= 12 && at < 20 ? 5 : 0)),
    );
    const steps = series.map((values) => finder.stepsIn(values).map(({ at }) => at));
    expect(steps.filter((at) => at.length === 2).length).toBeGreaterThanOrEqual(90);
    expect(steps.filter((at) => at[0] === 12 && at[1] === 20).length).toBeGreaterThanOrEqual(80);
  });

  test('is not made by results that were disturbed alone or in pairs', () => {
    const values = Array.from({ length: 40 }, (_, at) => ((at * 37) % 41) / 100);
    for (const at of [12, 13, 39]) values[at] = 1_000;
    expect(finder.stepsIn(values)).toEqual([]);
  });
});

test('too few values, and values that are all the same, have no step', () => {
  expect(finder.stepsIn([])).toEqual([]);
  expect(finder.stepsIn([1, 1, 2, 2])).toEqual([]);
  expect(finder.stepsIn(Array.from({ length: 30 }, () => 7))).toEqual([]);
});

test('says how many results it wants, and is as good as that', () => {
  const draw = drawing(7);
  const levels = (before: number, after: number) =>
    Array.from({ length: before + after }, (_, at) => normal(draw) + (at < before ? 0 : 100));
  expect(finder.resultsWanted()).toBe(10);
  expect(finder.stepsIn(levels(5, 5))).toMatchObject([{ at: 5 }]);
  expect(finder.stepsIn(levels(4, 5))).toEqual([]);
  const wanted = finder.resultsWanted(3);
  expect(wanted).toBeGreaterThan(10);
  expect(finder.stepsIn(levels(wanted - 3, 3))).toMatchObject([{ at: wanted - 3 }]);
  expect(finder.stepsIn(levels(wanted - 4, 3))).toEqual([]);
});

test('the same series has the same answer, whatever was asked before', () => {
  const draw = drawing(8);
  const values = Array.from({ length: 30 }, (_, at) => normal(draw) + (at < 18 ? 0 : 2));
  expect(new StepFinder().stepsIn(values)).toEqual(finder.stepsIn(values));
  // Ranks are what counts: another unit changes nothing.
  expect(finder.stepsIn(values.map((value) => 1_000 * value))).toEqual(finder.stepsIn(values));
});
