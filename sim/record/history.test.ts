// A history counts, refuses to end an operation twice, and survives being written down.

import { expect, test } from 'vitest';
import { History, historyLines, readHistoryLines } from './history.ts';

function recorded(): History {
  let step = 0;
  const history = new History(() => ({ step: ++step, timeUs: step * 10 }));
  const settings = { acks: -1, idempotent: true, maxInFlight: 5, key: null } as const;
  const place = { client: 'produce-1', session: 'produce-1#1', topic: 'orders', partition: 0 };
  const first = history.send({ ...place, ...settings, n: 0 });
  history.send({ ...place, ...settings, n: 1 });
  history.end(first, 'ok', null);
  const view = history.beginView({ ...place, group: null, why: 'assigned', from: null });
  const what = { value: 'produce-1#1/0', valueTopic: 'orders', valuePartition: 0 };
  history.fetched({ client: 'reader', view, topic: 'orders', partition: 0, offset: 0, ...what });
  return history;
}

test('counts what ended and what was read', () => {
  expect(recorded().counts).toMatchObject({ sent: 2, acked: 1, completed: 1, fetched: 1 });
});

test('an operation ends once', () => {
  const history = recorded();
  const [first] = history.entries;
  if (first?.kind !== 'send') throw new Error('the first entry is a send');
  expect(() => history.end(first, 'failed', 'again')).toThrow(/ends only once/);
});

test('written as lines and read again it is the same', () => {
  const { entries } = recorded();
  expect(readHistoryLines(historyLines(entries))).toEqual(entries);
});
