// Numbers that are tried in the place of another one: below it, so that no search goes round in circles.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalsOf, lower, rounder, shorter } from './numbers.ts';

test('the fewest decimals come first', () => {
  expect(rounder(1.76665)).toEqual([1, 1.7, 1.76, 1.766, 1.7666]);
  expect(rounder(0.29)).toEqual([0, 0.2]);
  expect(rounder(4)).toEqual([]);
  expect(shorter(0.8)).toEqual([0, 0.1, 0.4, 0.6]);
  expect(shorter(40)).toEqual([0, 0.1, 1, 20, 30]);
  expect(lower(9, 1)).toEqual([1, 4, 8]);
  expect(lower(1, 1)).toEqual([]);
});

test('whatever the number, all of them are below it, and rounder ones have fewer decimals', () => {
  const seconds = fc.nat(100_000_000).map((microseconds) => microseconds / 1e6);
  fc.assert(
    fc.property(seconds, (value) => {
      for (const one of rounder(value)) {
        expect(one).toBeLessThan(value);
        expect(one).toBeGreaterThanOrEqual(0);
        expect(decimalsOf(one)).toBeLessThan(decimalsOf(value));
      }
      for (const one of shorter(value)) expect(one).toBeLessThan(value);
    }),
  );
});
