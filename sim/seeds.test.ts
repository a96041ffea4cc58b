// Seeds count on or are numbered; shards are all of them, each once; replay commands survive a shell.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readShard, replayText, seedsFrom, shardOf } from './seeds.ts';

test('a number counts on, also beyond what a double can hold; a word is numbered', () => {
  expect(seedsFrom('7', 3)).toEqual(['7', '8', '9']);
  expect(seedsFrom('99999999999999999999', 2)).toEqual(['99999999999999999999', '100000000000000000000']);
  expect(seedsFrom('9fceb02', 2)).toEqual(['9fceb02/0', '9fceb02/1']);
  expect(seedsFrom('007', 1)).toEqual(['007/0']);
});

test('the shards of a suite are its seeds, each once', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), (count, of) => {
      const seeds = seedsFrom('1', count);
      const parts = Array.from({ length: of }, (_, index) => shardOf(seeds, { index: index + 1, of }));
      expect(parts.flat().sort()).toEqual([...seeds].sort());
      const sizes = parts.map((part) => part.length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    }),
  );
});

test.each(['0/3', '4/3', '1', 'a/b', '1/0', '-1/2'])('%s is no shard', (text) => {
  expect(readShard(text).ok).toBe(false);
});

test('a replay command names everything and survives a shell', () => {
  const plain = { file: 'scenarios/acks/x.jsonc', seed: '9fceb02/3', control: false };
  expect(replayText(plain, false)).toBe(
    'npm run -s odradek -- replay scenarios/acks/x.jsonc --seed 9fceb02/3',
  );
  expect(replayText({ ...plain, control: true }, true)).toBe(
    'odradek replay scenarios/acks/x.jsonc --seed 9fceb02/3 --control',
  );
  expect(replayText({ file: "it's mine.jsonc", seed: '$(1)', control: false }, true)).toBe(
    "odradek replay 'it'\\''s mine.jsonc' --seed '$(1)'",
  );
});
