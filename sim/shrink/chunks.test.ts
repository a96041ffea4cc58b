// What is left of a list when everything that can go has gone.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Fails, withoutChunks } from './chunks.ts';

/** Runs the search against a plain predicate; also how often it was asked. */
function kept<T>(items: readonly T[], fails: (items: readonly T[]) => boolean) {
  let asked = 0;
  const asking: Fails<T, never, never> = function* (some) {
    asked++;
    return fails(some);
  };
  const turn = withoutChunks(items, asking).next();
  return { left: turn.value as readonly T[], asked };
}

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

test('two items far apart are found in few questions', () => {
  const { left, asked } = kept(numbers(1_000), (some) => some.includes(3) && some.includes(900));
  expect(left).toEqual([3, 900]);
  expect(asked).toBeLessThan(60);
});

test('what fails without anything keeps nothing', () => {
  expect(kept(numbers(9), () => true)).toEqual({ left: [], asked: 1 });
});

test('an item that was there only for another one goes when that one has gone', () => {
  // 7 needs 2, and nothing needs 7.
  const { left } = kept(numbers(10), (some) => some.includes(5) && (!some.includes(7) || some.includes(2)));
  expect(left).toEqual([5]);
});

test('whatever is asked for, the rest fails, keeps its order, and no single item of it can go', () => {
  const needed = fc.uniqueArray(fc.nat(60), { maxLength: 5 });
  fc.assert(
    fc.property(needed, fc.integer({ min: 61, max: 120 }), fc.nat(3), (all, length, spare) => {
      // Some of several may do: of the needed, all but `spare`.
      const fails = (some: readonly number[]) =>
        all.filter((one) => some.includes(one)).length >= all.length - spare;
      const { left } = kept(numbers(length), fails);
      expect(fails(left)).toBe(true);
      expect([...left].sort((a, b) => a - b)).toEqual(left);
      for (const one of left) expect(fails(left.filter((other) => other !== one))).toBe(false);
    }),
  );
});
