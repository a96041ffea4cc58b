import { expect, test } from 'vitest';
import { countCopies, inside, outside } from './copies.ts';
import { Tally } from './tally.ts';

test('copies are charged to whose code runs, and what lies behind a port to nobody', () => {
  const tally = new Tally();
  const charged = { tally, node: 'broker' };
  const from = Uint8Array.of(1, 2, 3, 4, 5);
  const stop = countCopies();
  try {
    new Uint8Array(8).set(from);
    inside(charged, () => {
      const into = new Uint8Array(8);
      into.set(from, 2);
      expect([...into]).toEqual([0, 0, 1, 2, 3, 4, 5, 0]);
      expect([...from.slice(1, 3)]).toEqual([2, 3]);
      expect([...into.copyWithin(6, 0)]).toEqual([0, 0, 1, 2, 3, 4, 0, 0]);
      outside(() => into.set(from));
      new Float64Array(4).set([1, 2]);
      inside({ tally, node: 'client' }, () => into.set(from.subarray(0, 1)));
    });
  } finally {
    stop();
  }
  inside(charged, () => new Uint8Array(8).set(from));
  expect(tally.counts()).toEqual({
    'broker.copiedBytes': 5 + 2 + 2,
    'broker.copies': 3,
    'client.copiedBytes': 1,
    'client.copies': 1,
  });
});

test('a thread counts for one simulation at a time', () => {
  const stop = countCopies();
  expect(() => countCopies()).toThrow('one simulation at a time');
  stop();
});
