// The books must notice what they are kept for: each kind of wrong, made by hand.

import { expect, test } from 'vitest';
import { keyOf, Ledger, textOf } from './ledger.ts';

const plan = { count: 4, valueBytes: 40 };
const clean = { sent: 4, acknowledged: 4, found: 4, duplicates: 0, lost: 0, outOfOrder: 0, damaged: 0 };

function read(numbers: readonly number[]): Ledger {
  const ledger = new Ledger(plan);
  ledger.sent(4);
  ledger.acknowledged(0, 4);
  for (const number of numbers) ledger.found(0, keyOf(number), textOf(plan, number));
  return ledger;
}

test.each([
  ['all is well', [0, 1, 2, 3], {}],
  ['one is lost', [0, 1, 3], { found: 3, lost: 1 }],
  ['one came twice', [0, 1, 2, 2, 3], { found: 5, duplicates: 1 }],
  ['one came late', [0, 2, 1, 3], { outOfOrder: 1 }],
])('%s', (_name, numbers, wrong) => {
  expect(read(numbers).account()).toEqual({ ...clean, ...wrong });
});

test('another value, another key and a record that nobody sent are damage', () => {
  const ledger = read([0, 1]);
  ledger.found(0, keyOf(2), textOf(plan, 3));
  ledger.found(0, keyOf(9), textOf(plan, 3));
  ledger.found(0, 'x3', textOf(plan, 3));
  expect(ledger.account()).toEqual({ ...clean, found: 5, damaged: 3, lost: 2 });
});

test('what was not acknowledged is not missed', () => {
  const ledger = new Ledger(plan);
  ledger.sent(4);
  ledger.acknowledged(0, 2);
  ledger.found(0, keyOf(0), textOf(plan, 0));
  expect(ledger.account()).toMatchObject({ acknowledged: 2, lost: 1 });
});

test('a milestone is passed when so many are sent, and at once when they were', async () => {
  const ledger = new Ledger(plan);
  let passed = false;
  const half = ledger.milestone(2).then(() => {
    passed = true;
  });
  ledger.sent(1);
  await Promise.resolve();
  expect(passed).toBe(false);
  ledger.sent(1);
  await half;
  await ledger.milestone(1);
  expect(passed).toBe(true);
});
