// How far behind readers were, by hand.

import { describe, expect, test } from 'vitest';
import { consumeCounts } from './consume-counts.ts';
import { worstLag } from './lag.ts';
import { parsedLines } from './testing-toy-log.ts';

type Value = readonly unknown[];

/** One line a microsecond. */
function history(...lines: readonly (readonly [process: number, type: string, f: string, value: Value])[]) {
  const documents = lines.map(([process, type, f, value], time) => {
    return { time: time * 1000, process, type, f, value } as never;
  });
  const { ledger, complaints } = parsedLines(documents);
  expect(complaints).toEqual([]);
  return ledger;
}

const send = (offset: number) => [
  [0, 'invoke', 'send', [['send', 'x', offset]]] as const,
  [0, 'ok', 'send', [['send', 'x', [offset, offset]]]] as const,
];

describe('the worst lag', () => {
  test('none, for a reader that is up to date', () => {
    const assign = [1, 'ok', 'assign', ['x']] as const;
    const before = [
      [1, 'invoke', 'poll', [['poll']]] as const,
      [1, 'ok', 'poll', [['poll', { x: [] }]]] as const,
    ];
    const polls = [
      [1, 'invoke', 'poll', [['poll']]] as const,
      [1, 'ok', 'poll', [['poll', { x: [[0, 0]] }]]] as const,
    ];
    expect(worstLag(history(assign, ...before, ...send(0), ...polls))).toBeNull();
  });

  test('since the record that it does not see was acknowledged, until its poll began', () => {
    // Offset 0 is acknowledged in line 2; the poll begins in line 5 and brings nothing.
    const polls = [[1, 'invoke', 'poll', [['poll']]] as const, [1, 'ok', 'poll', [['poll', {}]]] as const];
    const ledger = history([1, 'ok', 'assign', ['x']], ...send(0), ...send(1), ...polls);
    expect(worstLag(ledger)).toEqual({ lagNs: 3_000, timeNs: 5_000, process: '1', key: 'x' });
  });

  test('from where it stands: what it read does not count', () => {
    const polls = [
      [1, 'invoke', 'poll', [['poll']]] as const,
      [1, 'ok', 'poll', [['poll', { x: [[0, 0]] }]]] as const,
    ];
    const ledger = history([1, 'ok', 'assign', ['x']], ...send(0), ...send(1), ...polls);
    expect(worstLag(ledger)?.lagNs).toBe(1_000);
  });

  test('a subscriber is behind only in what it was given', () => {
    const polls = [[1, 'invoke', 'poll', [['poll']]] as const, [1, 'ok', 'poll', [['poll', {}]]] as const];
    expect(worstLag(history([1, 'ok', 'subscribe', ['x']], ...send(0), ...polls))).toBeNull();
  });
});

test('consume counts: of subscribers, by operations that were ok', () => {
  const poll = (type: string) => [1, type, 'poll', [['poll', { x: [[0, 0]] }]]] as const;
  const assigned = history(...send(0), poll('ok'), poll('ok'));
  expect(consumeCounts(assigned)).toBeNull();
  const ledger = history(
    ...send(0),
    poll('ok'),
    [1, 'ok', 'subscribe', ['x']],
    poll('ok'),
    poll('fail'),
    poll('ok'),
  );
  expect(consumeCounts(ledger)).toEqual({
    distribution: { 2: 1 },
    repeated: [{ process: '1', key: 'x', value: 0, times: 2 }],
  });
});
