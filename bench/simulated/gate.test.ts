import { expect, test } from 'vitest';
import type { CostBaseline, CostDocument } from './document.ts';
import { compareWithBaseline, gateText, rewritten } from './gate.ts';
import { costModel } from './model.ts';
import type { Counts } from './tally.ts';

function cost(name: string, counts: Counts): CostDocument['workloads'][number] {
  return { name, durability: 'page cache', counts, sound: true, gaps: [] };
}

function document(...workloads: CostDocument['workloads']): CostDocument {
  return { format: 'odradek-bench-simulated/1', model: costModel, workloads };
}

function baseline(...workloads: CostDocument['workloads']): CostBaseline {
  return { ...document(...workloads), reasons: [{ on: '2026-01-01', because: 'first', changes: 0 }] };
}

test('a change of 0.1 % is named, in either direction, and less is not', () => {
  const before = baseline(cost('a', { up: 1000, down: 1000, still: 100_000, same: 7 }));
  const after = document(cost('a', { up: 1001, down: 999, still: 100_099, same: 7 }));
  const { differences, complaints } = compareWithBaseline(before, after, true);
  expect(complaints).toEqual([]);
  expect(differences).toEqual([
    { workload: 'a', count: 'down', before: 1000, after: 999, percent: -0.1 },
    { workload: 'a', count: 'up', before: 1000, after: 1001, percent: 0.1 },
  ]);
});

test('what begins to happen and what ceases to happen are changes', () => {
  const verdict = compareWithBaseline(baseline(cost('a', { old: 3 })), document(cost('a', { new: 2 })), true);
  expect(verdict.differences).toEqual([
    { workload: 'a', count: 'new', before: 0, after: 2, percent: null },
    { workload: 'a', count: 'old', before: 3, after: 0, percent: -100 },
  ]);
  const text = gateText(verdict).join('\n');
  expect(text).toContain('a: new was 0, is 2 (was not there)');
  expect(text).toContain('a: old was 3, is 0 (-100.0 %)');
  expect(text).toContain('bench --simulated --write --because');
});

test('a workload that the baseline does not know fails, and so does one that is gone', () => {
  const verdict = compareWithBaseline(baseline(cost('gone', {})), document(cost('new', {})), true);
  expect(verdict.complaints).toEqual([
    'new: the baseline does not know this workload',
    'gone: in the baseline, and no such workload is there',
  ]);
  expect(compareWithBaseline(baseline(cost('a', {}), cost('b', {})), document(cost('a', {})), false)).toEqual(
    {
      differences: [],
      complaints: [],
    },
  );
});

test('another model is named, number by number', () => {
  const after = { ...document(), model: { ...costModel, diskSyncUs: 2_000 } };
  const [complaint] = compareWithBaseline(baseline(), after, true).complaints;
  expect(complaint).toBe('the model is another one: diskSyncUs was 1000, is 2000');
});

test('a baseline is rewritten with its reason, and keeps what was not run', () => {
  const before = baseline(cost('a', { x: 1 }), cost('c', { x: 1 }));
  const reason = { on: '2026-02-02', because: 'fewer copies' };
  const next = rewritten(before, document(cost('b', { x: 5 }), cost('a', { x: 2 })), reason, false);
  expect(next).toMatchObject({
    workloads: [cost('a', { x: 2 }), cost('b', { x: 5 }), cost('c', { x: 1 })],
    reasons: [{ because: 'first' }, { ...reason, changes: 1 }],
  });
  const whole = rewritten(before, document(cost('a', { x: 2 })), reason, true);
  expect(whole).toMatchObject({ workloads: [{ name: 'a' }] });
});

test('some workloads of a new model do not mix with others of the old one', () => {
  const after = { ...document(cost('a', {})), model: { ...costModel, diskSyncUs: 2_000 } };
  const reason = { on: '2026-02-02', because: 'a slower disk' };
  expect(rewritten(baseline(cost('a', {}), cost('b', {})), after, reason, false)).toContain(
    'write all workloads',
  );
  expect(rewritten(baseline(cost('a', {}), cost('b', {})), after, reason, true)).toMatchObject({
    model: { diskSyncUs: 2_000 },
  });
});
