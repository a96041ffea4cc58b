// Values survive the trip, and no harm to them goes unseen.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { makeValue, readValue } from './value.ts';

const parts = { topic: 'orders', partition: 3, session: 'produce-1#2', n: 17 };

test('a value says what was put into it, in the size asked for', () => {
  const bytes = makeValue(parts, 200);
  expect(bytes.length).toBe(200);
  expect(readValue(bytes)).toEqual(parts);
  expect(readValue(makeValue({ ...parts, partition: -1 }, 100))).toEqual({ ...parts, partition: -1 });
});

test('one changed bit, anywhere, makes it nobody’s', () => {
  fc.assert(
    fc.property(fc.nat(199), fc.nat(7), (at, bit) => {
      const bytes = makeValue(parts, 200);
      bytes[at] = (bytes[at] as number) ^ (1 << bit);
      expect(readValue(bytes)).toBeUndefined();
    }),
  );
});

test('bytes of others are nobody’s', () => {
  expect(readValue(null)).toBeUndefined();
  expect(readValue(new TextEncoder().encode('hello'))).toBeUndefined();
  expect(readValue(makeValue(parts, 100).subarray(0, 90))).toBeUndefined();
});
