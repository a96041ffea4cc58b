// Promises of marks: of a scenario, of a folder; kept, broken, too early to say, and badly written.

import { describe, expect, test } from 'vitest';
import type { Scenario } from '../scenario/schema.ts';
import { bucketOf, type MarkedRun, markCoverageOf, marksOfScenario } from './coverage.ts';
import { markNames } from './index.ts';
import { promiseShortage, readMarkPromise } from './promise.ts';
import { marksText } from './words.ts';

const cut = 'torn-tail-cut';

/** What `reaches` is short of when so many of so many seeds reach the mark. */
function shortOf(reaches: Scenario['reaches'], seeds: number, reaching: number): string[] {
  return promiseShortage(reaches, seeds, (mark) => (mark === cut ? reaching : 0));
}

describe('a scenario that promises a mark', () => {
  test('keeps its word with one seed in twenty, and breaks it without', () => {
    expect(shortOf([cut], 20, 1)).toEqual([]);
    const broken = `it promises to reach ${cut}: in 0 of 20 seeds, expected 1`;
    expect(shortOf([cut], 20, 0)).toEqual([broken]);
    expect(shortOf([cut], 60, 2)).toHaveLength(1);
  });

  test('has not broken it while too few seeds ran', () => {
    expect(shortOf([cut], 19, 0)).toEqual([]);
  });

  test('may promise more', () => {
    const often = [{ mark: cut, inAtLeast: { seeds: 1, of: 2 } }];
    expect(shortOf(often, 4, 2)).toEqual([]);
    expect(shortOf(often, 4, 1)).toHaveLength(1);
  });
});

describe('marks.json', () => {
  test('is read', () => {
    const text = '{ "seeds": 20, "unreached": { "fsync-lied": "no disk lies here" } }';
    expect(readMarkPromise('marks.json', text)).toMatchObject({ ok: true, value: { seeds: 20 } });
  });

  test.each([
    [
      '{ "seeds": 20,\n "unreached": { "fsync-lid": "no disk lies here" } }',
      'marks.json:2:17: .*"fsync-lied"',
    ],
    ['{ "seeds": 0, "unreached": {} }', 'marks.json:1:12: seeds'],
    ['{ "seeds": 5, "unreached": { "fsync-lied": "" } }', 'marks.json:1:44: unreached.fsync-lied'],
    ['{ "seeds": 5 ', 'marks.json:1'],
  ])('complains about %s', (text, complaint) => {
    const read = readMarkPromise('marks.json', text);
    expect(read.ok ? '' : read.error.join('\n')).toMatch(new RegExp(complaint));
  });
});

describe('a suite', () => {
  const done = (seed: string, marks: string[], control = false): MarkedRun => {
    return { scenario: 'a/one', seed, control, marks };
  };
  const some = [done('1', []), done('2', [cut]), done('2', [cut, 'bits-rotted'], true)];

  test('adds up in how many runs each mark was reached, and where first', () => {
    const coverage = markCoverageOf(some, 2, null);
    expect(
      coverage.reached.map(({ mark, runs: times, seed, control }) => [mark, times, seed, control]),
    ).toEqual([
      ['bits-rotted', 1, '2', true],
      [cut, 2, '2', false],
    ]);
    expect(coverage.never).toHaveLength(markNames.length - 2);
    expect(coverage.missing).toEqual([]);
    expect(marksOfScenario(some)).toEqual([{ mark: cut, seeds: 1, seed: '2' }]);
  });

  test('the curve counts each mark once, where it came first', () => {
    const { curve, bucketRuns } = markCoverageOf(some, 2, null);
    expect(bucketRuns).toBe(1);
    expect(curve).toEqual([
      { runs: 1, fresh: 0, total: 0 },
      { runs: 2, fresh: 1, total: 1 },
      { runs: 3, fresh: 1, total: 2 },
    ]);
    expect([12, 13, 24, 25, 600, 12_000, 12_001].map(bucketOf)).toEqual([1, 2, 2, 5, 50, 1_000, 2_000]);
  });

  test('breaks the promise of its folder by every mark that it neither reached nor excused', () => {
    const excused = markNames.filter((mark) => mark !== cut && mark !== 'fsync-lied');
    const unreached = Object.fromEntries(excused.map((mark) => [mark, 'not in this test']));
    const coverage = markCoverageOf(some, 2, { seeds: 2, unreached });
    expect(coverage.missing).toEqual([
      'the suite promises to reach fsync-lied: in none of 2 seeds of each scenario',
    ]);
    expect(markCoverageOf(some, 2, { seeds: 3, unreached }).missing).toEqual([]);
    const told = marksText(coverage);
    expect(told).toContain(`marks: 2 of ${markNames.length} reached in 3 runs`);
    expect(told).toContain('never: fsync-lied');
    expect(told).toContain('new marks per thousand runs');
  });
});
