// Records that a scenario lists one by one: each at its moment, from its client, in its life; and what a run drew,
// listed.

import { expect, test } from 'vitest';
import type { RunOutcome } from './outcome.ts';
import type { SendOperation } from './record/history.ts';
import { registries } from './registries.ts';
import { run, runToEnd } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import { withDrawnFaults, withDrawnSends } from './shrink/concretize.ts';
import { type Draft, faultsOf } from './shrink/draft.ts';
import { allSends } from './shrink/edits-workloads.ts';

const reader = new ScenarioReader(registries);

function drafted(produce: object, faults: readonly object[] = []): Draft {
  const text = JSON.stringify({
    story: 'a broker, two producers, and what is listed for them',
    seed: '5',
    cluster: { brokers: 1, topics: { orders: { partitions: 2 } } },
    phases: [
      {
        name: 'work',
        until: { virtualSeconds: [3, 4] },
        workloads: [{ workload: 'produce', topic: 'orders', clients: 2, ...produce }],
        faults,
      },
    ],
    expect: { verdict: 'pass' },
  });
  const read = reader.read('x', text);
  if (!read.ok) throw new Error(read.error.join('\n'));
  return read.value as Draft;
}

function played(draft: Draft): RunOutcome {
  return runToEnd(run(draft, draft.seed, { trace: true }));
}

function sendsIn(outcome: RunOutcome) {
  const begunUs = outcome.course?.phases[0]?.begunUs ?? 0;
  return (outcome.history ?? [])
    .filter((entry): entry is SendOperation => entry.kind === 'send')
    .map(({ session, n, partition, key, invoked, outcome: fate }) => {
      return { session, n, partition, key, ms: Math.round((invoked.timeUs - begunUs) / 1_000), fate };
    });
}

test('each record is sent at its moment, by its client, in its life', () => {
  const sends = [
    { at: 1.5 },
    { at: 0.25, partition: 1 },
    { at: 0.5, client: 2, key: 'k' },
    { at: 0.1, client: 2, life: 2 },
  ];
  const crash = { fault: 'client-crash', target: 'produce-2', at: 1, for: 0.5 };
  expect(sendsIn(played(drafted({ sends }, [crash])))).toEqual([
    { session: 'produce-1#1', n: 0, partition: 1, key: null, ms: 250, fate: 'ok' },
    { session: 'produce-2#1', n: 0, partition: -1, key: 'k', ms: 500, fate: 'ok' },
    { session: 'produce-1#1', n: 1, partition: 0, key: null, ms: 1_500, fate: 'ok' },
    { session: 'produce-2#2', n: 0, partition: 0, key: null, ms: 1_600, fate: 'ok' },
  ]);
});

test('what a run drew can be listed, and the list is sent as it was drawn', () => {
  const faults = [
    { fault: 'client-crash', target: 'one', every: [0.4, 1.2], for: [0.1, 0.3] },
    { oneOf: [{ fault: 'pause' }, { fault: 'disk-slow' }], every: [1, 2] },
  ];
  const drawn = drafted({ perSecond: 20 }, faults);
  const first = played(drawn);
  const listed = withDrawnSends(withDrawnFaults(drawn, first, 'timed'), first) as Draft;
  expect(reader.read('x', JSON.stringify(listed)).ok).toBe(true);
  expect(allSends(listed).length).toBeGreaterThan(80);
  expect(allSends(listed).some((send) => send.life === 2)).toBe(true);
  const placed = faultsOf(listed).map(({ fault }) => fault);
  expect(placed.length).toBeGreaterThan(2);
  expect(placed.every((fault) => 'at' in fault && typeof fault.at === 'number')).toBe(true);
  const facts = (outcome: RunOutcome) =>
    outcome.effects.map(({ fault, target, began }) => `${fault} of ${target} at ${began.timeUs}`);
  const second = played(listed);
  expect(facts(second).slice(0, 3)).toEqual(facts(first).slice(0, 3));
  // Until the first fault nothing differs, not even by a microsecond; then ties may fall otherwise.
  const early = (outcome: RunOutcome) => sendsIn(outcome).filter(({ ms }) => ms < 300);
  expect(early(second)).toEqual(early(first));
});
