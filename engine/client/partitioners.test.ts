// The partitioners, against the vectors of Kafka's own tests and by what they promise.

import { expect, test } from 'vitest';
import { utf8 } from '../protocol/bytes.ts';
import { drawPartition, murmur2, partitionOfKey, StickyPartition } from './partitioners.ts';

test('murmur2 gives what Kafka gives', () => {
  const vectors: [string, number][] = [
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['abc', 479470107],
  ];
  for (const [text, hash] of vectors) expect(murmur2(utf8(text))).toBe(hash);
});

test('a negative hash loses its sign bit, not its sign', () => {
  expect(partitionOfKey(utf8('21'), 6)).toBe((-973932308 & 0x7fffffff) % 6);
});

test('longer queues are drawn less often, and the longest is still drawn', () => {
  const loads = [
    { partition: 4, queuedBatches: 0 },
    { partition: 7, queuedBatches: 2 },
    { partition: 9, queuedBatches: 1 },
  ];
  const drawn = Array.from({ length: 6 }, (_, n) =>
    drawPartition(loads, (below) => {
      expect(below).toBe(6);
      return n;
    }),
  );
  expect(drawn).toEqual([4, 4, 4, 7, 9, 9]);
});

test('sticks for a batch of bytes, longer when a switch would leave half a batch, never beyond two', () => {
  const sticky = new StickyPartition(100);
  let next = 0;
  const current = () =>
    sticky.current(
      () => next++,
      () => true,
    );
  expect(current()).toBe(0);
  sticky.appended(90, true);
  expect(current()).toBe(0);
  sticky.appended(20, false);
  expect(current()).toBe(0);
  sticky.appended(10, true);
  expect(current()).toBe(1);
  sticky.appended(200, false);
  expect(current()).toBe(2);
  expect(
    sticky.current(
      () => 8,
      (partition) => partition !== 2,
    ),
  ).toBe(8);
});
