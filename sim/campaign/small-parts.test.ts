// The small pure parts of campaigns: durations, annotations, the order of seeds.

import { describe, expect, test } from 'vitest';
import { compareSeeds, seedAt, seedsFrom } from '../seeds.ts';
import type { StoredSuite } from '../store.ts';
import { annotationsOf, tellsGithub } from './annotations.ts';
import { readDuration } from './duration.ts';
import { seedsOf } from './merged-seeds.ts';

test('a duration is read as people write it, and nothing else is', () => {
  const read = (text: string) => {
    const duration = readDuration(text);
    return duration.ok ? duration.value : 'no';
  };
  expect(['90s', '10m', '1h30m', '1d'].map(read)).toEqual([90_000, 600_000, 5_400_000, 86_400_000]);
  expect(['', '10', 'm', '1.5h', '0s', '400d', '10 m', '-1s'].map(read)).toEqual(Array(8).fill('no'));
});

describe('seeds', () => {
  test('go on for ever, and sort as they count', () => {
    expect(seedAt('9007199254740993', 2)).toBe('9007199254740995');
    for (const first of ['98', 'abc', '9fceb02']) {
      const seeds = seedsFrom(first, 12);
      expect(seeds.map((_, index) => seedAt(first, index))).toEqual(seeds);
      expect([...seeds].reverse().sort(compareSeeds)).toEqual(seeds);
      expect([...seeds].sort()).not.toEqual(seeds);
    }
    expect(compareSeeds('7', '7')).toBe(0);
    expect(['b/1', 'a/2', '3', 'a'].sort(compareSeeds)).toEqual(['3', 'a', 'a/2', 'b/1']);
  });

  test('of shards: all of them are the whole, and those that are missing are named', () => {
    const part = (first: string, count: number, shard: string | null) => ({
      suite: { seeds: { first, count, shard } },
    });
    const rows = [{ seed: '1' }, { seed: '2' }];
    const whole = [part('1', 9, '1/3'), part('1', 9, '3/3'), part('1', 9, '2/3')];
    expect(seedsOf(whole, rows)).toEqual({ seeds: { first: '1', count: 9, shard: null }, missing: [] });
    expect(seedsOf(whole.slice(0, 2), rows)).toEqual({
      seeds: { first: '1', count: 9, shard: '1/3, 3/3' },
      missing: ['2/3'],
    });
    const again = [part('1', 9, '1/3, 3/3'), part('1', 9, '2/3')];
    expect(seedsOf(again, rows).missing).toEqual([]);
    expect(seedsOf([part('1', 5, null), part('4', 5, null)], rows).seeds).toEqual({
      first: '1',
      count: 2,
      shard: null,
    });
  });
});

describe('annotations for GitHub', () => {
  const suite = {
    result: 'violated',
    fingerprint: 'abcd',
    notes: ['missing: shard 2/3'],
    scenarios: [
      {
        name: 'acks/one, two: three',
        file: 'scenarios/acks/one.jsonc',
        text: '// a comment\n{\n  "story": "x",\n  "expect": {}\n}',
        result: 'violated',
        missing: ['acked-write-lost in 0 of 9 seeds'],
        failures: [
          {
            ...{
              kind: 'violated',
              control: false,
              signature: 'acked-write-lost',
              seed: '7',
              seeds: ['7', '9'],
            },
            finding: { prose: '100% gone\r\nindeed' },
            replay: 'odradek replay x --seed 7',
          },
        ],
      },
    ],
    ledger: [
      { status: 'fixed', scenario: 'a', signature: 'b', prose: '', replay: '' },
      { status: 'still fails', scenario: 'a', signature: 'c', prose: 'p', replay: 'r' },
    ],
  } as unknown as StoredSuite;

  test('are one line each, escaped, at the line of the expectation', () => {
    expect(annotationsOf(suite)).toEqual([
      '::error file=scenarios/acks/one.jsonc,line=4,title=acks/one%2C two%3A three%3A violated%3A acked-write-lost' +
        '::100%25 gone%0D%0Aindeed (seed 7, 2 in all)%0Aodradek replay x --seed 7',
      '::error file=scenarios/acks/one.jsonc,line=4,title=acks/one%2C two%3A three%3A not shown' +
        '::acked-write-lost in 0 of 9 seeds',
      '::error title=a%3A still fails%3A c::p%0Ar',
      '::notice title=odradek sim::violated: 0 of 1 scenarios as expected, fingerprint abcd%0Amissing: shard 2/3',
    ]);
  });

  test('say the beginning of what is long', () => {
    const [scenario] = suite.scenarios;
    const [failure] = scenario?.failures ?? [];
    const wordy = { ...failure, finding: { ...failure?.finding, prose: 'x'.repeat(9_000) } };
    const told = annotationsOf({ ...suite, scenarios: [{ ...scenario, failures: [wordy] }] } as StoredSuite);
    expect(told[0]?.length).toBeLessThan(700);
    expect(told[0]).toMatch(/x \.\.\. \(seed 7/);
  });

  test('are written where GitHub runs us, or where somebody asks', () => {
    const told = (asked: string | undefined, onGithub: boolean) => {
      const tells = tellsGithub(asked, onGithub);
      return tells.ok ? tells.value : tells.error;
    };
    expect([told(undefined, false), told(undefined, true), told('github', false)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(told('gitlab', true)).toContain('github is known');
  });
});
