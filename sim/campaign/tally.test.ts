// What happened in a campaign: added up in any order it is the same, and the curve counts each thing once.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunOutcome } from '../outcome.ts';
import { countSources, countsOf } from './counts.ts';
import { coverageOf, Tally } from './tally.ts';

const names = ['event log-appended', 'event node-crashed', 'fault crash', 'fault pause'];
const counts = fc.dictionary(fc.constantFrom(...names), fc.integer({ min: 0, max: 9 }));
const runs = fc.array(fc.tuple(counts, fc.integer({ min: 0, max: 5_000 })), { maxLength: 40 });

test('parts of a campaign, merged in any order, are the campaign', () => {
  fc.assert(
    fc.property(
      runs,
      fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
      fc.boolean(),
      (all, parts, turned) => {
        const whole = new Tally();
        const split = Array.from({ length: 4 }, () => new Tally());
        for (const [one, place] of all) {
          whole.add(one, place);
          split[parts.next().value as number]?.add(one, place);
        }
        const merged = new Tally();
        for (const part of turned ? split.reverse() : split) merged.merge(part.stored());
        expect(merged.stored()).toEqual(whole.stored());
        expect(JSON.stringify(merged.stored())).toBe(JSON.stringify(whole.stored()));
      },
    ),
  );
});

test('what never happened is named, and the curve counts first times by thousands of seeds', () => {
  const tally = new Tally();
  tally.add({ 'fault crash': 2, 'fault pause': 0 }, 10);
  tally.add({ 'fault crash': 1, 'fault wipe': 1 }, 1_500);
  tally.add({ 'fault restart': 1 }, 2_100);
  const faults = coverageOf(tally.stored(), 2_500).find(({ sort }) => sort === 'fault');
  expect(faults).toMatchObject({ happened: 3, perThousandSeeds: [1, 2, 3] });
  expect(faults?.never).toContain('pause');
  expect(faults?.never).not.toContain('crash');
  expect(tally.stored()['fault crash']).toEqual({ times: 3, runs: 2, first: 10 });
});

test('a run is counted by events, by faults that took effect, and by marks', () => {
  const outcome = {
    counters: { 'event log-appended': 7, 'send ok': 3 },
    effects: [
      { fault: 'crash', tookEffect: true },
      { fault: 'crash', tookEffect: true },
      { fault: 'pause', tookEffect: false },
    ],
    marks: { 'torn-tail-cut': 4 },
  } as unknown as RunOutcome;
  expect(countsOf(outcome)).toEqual({ 'event log-appended': 7, 'fault crash': 2, 'mark torn-tail-cut': 4 });
  expect(countSources.map(({ sort }) => sort)).toEqual(['event', 'fault', 'mark']);
});
