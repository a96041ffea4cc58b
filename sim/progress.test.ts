// Plain progress: a line now and then, unexpected runs at once, and one line at the end.

import { expect, test } from 'vitest';
import { PlainProgress } from './progress.ts';

test('tells unexpected runs at once and the rest now and then', () => {
  const lines: string[] = [];
  let nowMs = 0;
  const progress = new PlainProgress({ line: (text) => void lines.push(text), monotonicMs: () => nowMs });
  progress.begin(4);
  nowMs = 1_000;
  progress.done();
  progress.done('acks/x, seed 2: violated: acked-write-lost');
  expect(lines).toEqual(['acks/x, seed 2: violated: acked-write-lost']);
  nowMs = 6_000;
  progress.done();
  expect(lines.at(-1)).toBe('3 of 4 runs, 0.5 a second, 1 unexpected');
  progress.done();
  progress.end();
  expect(lines).toHaveLength(3);
  expect(lines.at(-1)).toBe('4 of 4 runs, 0.7 a second, 1 unexpected');
});
