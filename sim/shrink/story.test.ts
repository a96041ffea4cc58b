// What a small run is told by: times from its first phase, what is of one kind on one line, leaders once.

import { expect, test } from 'vitest';
import type { RunOutcome } from '../outcome.ts';
import { storyOf } from './story.ts';
import { draftOf, outcomeOf } from './testing-draft.ts';

const beganUs = 5_000_000;
const at = (seconds: number) => ({ step: 1, timeUs: beganUs + seconds * 1e6 });

function send(n: number, seconds: number, outcome: string, offset: number) {
  const place = {
    kind: 'send',
    client: 'produce-1',
    session: 'produce-1#1',
    topic: 'orders',
    partition: 0,
    acks: -1,
  };
  const error = outcome === 'ok' ? null : 'TIMED_OUT';
  return { ...place, n, invoked: at(seconds), completed: at(seconds + 0.25), outcome, offset, error };
}

function leads(node: string, seconds: number, leaderEpoch: number) {
  const event = { kind: 'leader-began', topic: 'orders', partition: 0, leaderEpoch };
  return { ...at(seconds), cause: 0, node, incarnation: 1, event };
}

test('a story in a few lines', () => {
  const draft = draftOf();
  const crash = { ...outcomeOf(draft, null).effects[0], fault: 'crash', detail: 'the process died' };
  const offsets = [{ topic: 'orders', partition: 0, offset: 1 }];
  const operation = {
    kind: 'commit',
    client: 'reader-1',
    group: 'billing',
    offsets,
    outcome: 'ok',
    error: null,
  };
  const commit = { ...operation, invoked: at(7), completed: at(7.5) };
  const outcome = {
    ...outcomeOf(draft, 'acked-write-lost'),
    course: { phases: [{ phase: 'hurt', begunUs: beganUs, endedUs: beganUs + 9e6 }], faults: [] },
    history: [commit, send(0, 1, 'ok', 0), send(1, 1.5, 'unknown', -1), send(2, 6, 'ok', 0)],
    effects: [
      { ...crash, began: at(2), ended: at(3.5), target: 'broker-1', tookEffect: true },
      { ...crash, began: at(2), ended: at(2), target: 'broker-3', tookEffect: false },
    ],
    trace: [leads('broker-1', -1, 0), leads('broker-1', 0.5, 0), leads('broker-2', 2.5, 1)],
  } as unknown as RunOutcome;
  const finding = {
    invariant: 'acked-write-lost',
    prose: 'record 0 is gone',
    step: 1,
    timeUs: 1,
    evidence: {},
  };
  expect(storyOf(draft, outcome, finding)).toEqual([
    '3 brokers, orders with 2 partitions on 3.',
    '1 s produce-1 sends record 0 to orders/0, acks=all: acknowledged at 1.25 s with offset 0; ' +
      '1.5 s produce-1 sends record 1 to orders/0, acks=all: unknown (TIMED_OUT).',
    '2 s crash of broker-1 (the process died), until 3.5 s.',
    '2.5 s broker-2 leads orders/0 in epoch 1.',
    '6 s produce-1 sends record 2 to orders/0, acks=all: acknowledged at 6.25 s with offset 0; ' +
      '7 s reader-1 commits 1 of orders/0 for billing: acknowledged at 7.5 s.',
    'So acked-write-lost: record 0 is gone.',
  ]);
});
