// The witnesses of cycles: short, closed, and of the kind that they are called.

import { expect, test } from 'vitest';
import { judgeHistory } from './judge.ts';
import { parsedLines } from './testing-toy-log.ts';

type Line = readonly [process: number, type: string, value: readonly unknown[]];

function cyclesOf(lines: readonly Line[]) {
  const documents = lines.map(([process, type, value], time) => ({ time, process, type, f: 'txn', value }));
  const { ledger, complaints } = parsedLines(documents as never);
  expect(complaints).toEqual([]);
  return judgeHistory(ledger).anomalies.filter(({ type }) => /^G[01]/.test(type) && type !== 'G1a');
}

const begin = (...processes: readonly number[]): Line[] =>
  processes.map((process) => [process, 'invoke', []]);
const send = (key: string, offset: number) => ['send', key, [offset, `${key}${offset}`]];
const poll = (key: string, offset: number) => ['poll', { [key]: [[offset, `${key}${offset}`]] }];

test('the shortest of several is told', () => {
  // Three read from one another in a ring; two of them in both directions.
  const found = cyclesOf([
    ...begin(1, 2, 3),
    [1, 'ok', [send('x', 0), poll('z', 0), poll('y', 0)]],
    [2, 'ok', [send('y', 0), poll('x', 0)]],
    [3, 'ok', [send('z', 0), poll('y', 0)]],
  ]);
  expect(found.map(({ type, count }) => [type, count])).toEqual([['G1c', 1]]);
  const [witness] = found[0]?.witnesses ?? [];
  expect(witness?.operations.map(({ process }) => process).sort()).toEqual(['1', '2']);
});

test('what an operation reads of its own makes no cycle, alone or with others', () => {
  const found = cyclesOf([
    ...begin(1, 2),
    [1, 'ok', [send('x', 0), poll('x', 0), poll('y', 0)]],
    [2, 'ok', [send('y', 0), poll('x', 0)]],
  ]);
  expect(found[0]?.witnesses[0]?.operations.length).toBe(2);
});

test('components are told apart', () => {
  const ring = (first: number, key: string): Line[] => [
    ...begin(first, first + 1),
    [first, 'ok', [send(`${key}-a`, 0), poll(`${key}-b`, 0)]],
    [first + 1, 'ok', [send(`${key}-b`, 0), poll(`${key}-a`, 0)]],
  ];
  const found = cyclesOf([...ring(1, 'x'), ...ring(3, 'y'), ...ring(5, 'z')]);
  expect(found.map(({ type, count }) => [type, count])).toEqual([['G1c', 3]]);
});

test('a ring of many operations is told whole', () => {
  const size = 50;
  const all = Array.from({ length: size }, (_, process) => process);
  const lines = all.map((process): Line => {
    return [process, 'ok', [send(`k${process}`, 0), poll(`k${(process + 1) % size}`, 0)]];
  });
  const [found] = cyclesOf([...begin(...all), ...lines]);
  expect(found?.witnesses[0]?.prose.match(/ which /g)?.length).toBe(size);
});
