// CRC-32C: known answers, and the table road against the native road.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { utf8 } from './bytes.ts';
import { crc32c, nativeFromBytes, tableCrc32c } from './crc32c.ts';

test('gives the check values of RFC 3720', () => {
  expect(crc32c(utf8('123456789'))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Uint8Array.from({ length: 32 }, (_, index) => index))).toBe(0x46dd794e);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});

test('both roads give the same at any length and any cut', () => {
  const input = fc.uint8Array({ maxLength: 3 * nativeFromBytes });
  fc.assert(
    fc.property(input, fc.nat(), fc.nat(), (bytes, a, b) => {
      const start = a % (bytes.length + 1);
      const end = start + (b % (bytes.length - start + 1));
      const whole = new Uint8Array(2 * nativeFromBytes + end - start);
      whole.set(bytes.subarray(start, end), nativeFromBytes);
      // The same range once short enough for the table and once as a piece of something long.
      expect(crc32c(bytes, start, end)).toBe(tableCrc32c(bytes, start, end));
      expect(crc32c(whole)).toBe(tableCrc32c(whole, 0, whole.length));
    }),
    { seed: 32, numRuns: 500 },
  );
});

test('refuses a range that is not there', () => {
  expect(() => crc32c(new Uint8Array(4), 2, 5)).toThrow(/that are there/);
  expect(() => crc32c(new Uint8Array(4), 3, 2)).toThrow(/that are there/);
});
