import { describe, expect, test } from 'vitest';
import { Ledger } from './ledger.ts';
import type { LedgerReport } from './result.ts';

/** Three records of one producer, acknowledged at offsets 0, 1, 2 of partition 0. */
function threeAcknowledged(): Ledger {
  const ledger = new Ledger(1);
  for (let sequence = 0; sequence < 3; sequence++) {
    expect(ledger.intend(sequence * 10)).toBe(sequence);
    ledger.acknowledge(sequence, 0, sequence);
  }
  ledger.close();
  return ledger;
}

function readAll(ledger: Ledger, sequences: readonly number[]): LedgerReport {
  for (const [offset, sequence] of sequences.entries()) ledger.readBack(0, offset, sequence, true);
  return ledger.account(sequences.length);
}

describe('a ledger without a gap', () => {
  test('is sound when everything acknowledged is read back once, in order, where it was said to be', () => {
    const report = readAll(threeAcknowledged(), [0, 1, 2]);
    expect(report).toMatchObject({
      intended: 3,
      acknowledged: 3,
      acknowledgedReadBack: 3,
      readBack: 3,
      sound: true,
    });
    expect(report.examples).toEqual([]);
  });

  test('adds up: intended is acknowledged, failed and unfinished', () => {
    const ledger = new Ledger(1);
    for (let sequence = 0; sequence < 6; sequence++) ledger.intend(0);
    ledger.acknowledge(0, 0, 0);
    ledger.fail(1, 'not-written');
    ledger.fail(2, 'unknown');
    expect(ledger.outstanding).toBe(3);
    ledger.close();
    ledger.readBack(0, 0, 0, true);
    const report = ledger.account(1);
    expect(report).toMatchObject({ intended: 6, acknowledged: 1, failed: 2, unfinished: 3, sound: true });
    expect([...ledger.unfinishedRecords()]).toEqual([3, 4, 5]);
  });

  test('allows records without an acknowledgement to be there or not', () => {
    const ledger = new Ledger(1);
    for (let sequence = 0; sequence < 3; sequence++) ledger.intend(0);
    ledger.fail(0, 'unknown');
    ledger.close();
    expect(readAll(ledger, [0, 1]).sound).toBe(true);
  });

  test('takes no outcome after it was closed: a late acknowledgement obliges nobody', () => {
    const ledger = new Ledger(1);
    ledger.intend(0);
    ledger.close();
    ledger.acknowledge(0, 0, 0);
    expect(ledger.account(0)).toMatchObject({ acknowledged: 0, unfinished: 1, missing: 0, sound: true });
  });

  test('counts only the first outcome of a record', () => {
    const ledger = new Ledger(1);
    ledger.intend(0);
    ledger.fail(0, 'unknown');
    ledger.acknowledge(0, 0, 0);
    expect(ledger.account(0)).toMatchObject({ acknowledged: 0, failed: 1 });
  });

  test('believes an acknowledgement that names no offset, wherever the record is', () => {
    const ledger = new Ledger(1);
    ledger.intend(0);
    ledger.acknowledge(0, 0, -1);
    ledger.readBack(0, 7, 0, true);
    expect(ledger.account(1).sound).toBe(true);
  });

  test('keeps the order of each producer apart', () => {
    const ledger = new Ledger(2);
    for (let sequence = 0; sequence < 4; sequence++) ledger.intend(0);
    // Producer 0 sent 0 and 2, producer 1 sent 1 and 3.
    expect(readAll(ledger, [1, 3, 0, 2])).toMatchObject({ reordered: 0, sound: true });
  });

  test('grows with the load', () => {
    const ledger = new Ledger(1);
    for (let sequence = 0; sequence < 200_000; sequence++) {
      ledger.intend(sequence);
      ledger.acknowledge(sequence, 0, sequence);
    }
    for (let sequence = 0; sequence < 200_000; sequence++) ledger.readBack(0, sequence, sequence, true);
    expect(ledger.intendedUs(150_000)).toBe(150_000);
    expect(ledger.account(200_000)).toMatchObject({ acknowledgedReadBack: 200_000, sound: true });
  });
});

describe('a gap voids the run:', () => {
  const gaps: readonly [name: string, count: keyof LedgerReport, report: () => LedgerReport][] = [
    ['a record is missing', 'missing', () => readAll(threeAcknowledged(), [0, 1])],
    ['a record is there twice', 'duplicated', () => readAll(threeAcknowledged(), [0, 1, 2, 2])],
    ['two records changed places', 'reordered', () => readAll(threeAcknowledged(), [0, 2, 1])],
    ['a record lies elsewhere', 'misplaced', () => readAll(threeAcknowledged(), [1, 0, 2])],
    [
      'a record lies in another partition',
      'misplaced',
      () => {
        const ledger = threeAcknowledged();
        ledger.readBack(1, 0, 0, true);
        ledger.readBack(0, 1, 1, true);
        ledger.readBack(0, 2, 2, true);
        return ledger.account(3);
      },
    ],
    [
      'a value is not the one that was sent',
      'corrupt',
      () => {
        const ledger = threeAcknowledged();
        for (let at = 0; at < 3; at++) ledger.readBack(0, at, at, at !== 1);
        return ledger.account(3);
      },
    ],
    [
      'a partition cannot be read on',
      'corrupt',
      () => {
        const ledger = threeAcknowledged();
        for (let at = 0; at < 3; at++) ledger.readBack(0, at, at, true);
        ledger.unreadable(0, 3, 'the checksum is wrong');
        return ledger.account(3);
      },
    ],
    [
      'there is a record that nobody sent',
      'foreign',
      () => {
        const ledger = threeAcknowledged();
        for (let at = 0; at < 3; at++) ledger.readBack(0, at, at, true);
        ledger.readBack(0, 3, undefined, false);
        return ledger.account(4);
      },
    ],
    [
      'there is a number that was never given out',
      'foreign',
      () => readAll(threeAcknowledged(), [0, 1, 2, 3]),
    ],
    [
      'a record is there that failed for certain',
      'refusedButThere',
      () => {
        const ledger = new Ledger(1);
        ledger.intend(0);
        ledger.fail(0, 'not-written');
        return readAll(ledger, [0]);
      },
    ],
    [
      'the broker hands out an offset again',
      'reordered',
      () => {
        const ledger = threeAcknowledged();
        for (const at of [0, 1, 1, 2]) ledger.readBack(0, at, at, true);
        return ledger.account(4);
      },
    ],
    [
      'the end offsets speak of more than can be read',
      'uncounted',
      () => {
        const ledger = threeAcknowledged();
        for (let at = 0; at < 3; at++) ledger.readBack(0, at, at, true);
        return ledger.account(4);
      },
    ],
  ];

  test.each(gaps)('%s', (_name, count, report) => {
    const found = report();
    expect(found[count]).toBeGreaterThan(0);
    expect(found.sound).toBe(false);
    expect(found.examples.length).toBeGreaterThan(0);
  });

  test('a consumer that follows was given a record twice', () => {
    const ledger = threeAcknowledged();
    for (const sequence of [0, 1, 1, 2]) ledger.deliver(sequence);
    const report = readAll(ledger, [0, 1, 2]);
    expect(report.delivery).toEqual({ delivered: 3, undelivered: 0, deliveredAgain: 1 });
    expect(report.sound).toBe(false);
  });
});

describe('deliveries', () => {
  test('count whether the record or its acknowledgement came first', () => {
    const ledger = new Ledger(1);
    for (let sequence = 0; sequence < 3; sequence++) ledger.intend(0);
    ledger.acknowledge(0, 0, 0);
    ledger.deliver(0);
    ledger.deliver(1);
    ledger.acknowledge(1, 0, 1);
    ledger.acknowledge(2, 0, 2);
    expect(ledger.undelivered).toBe(1);
    expect([...ledger.undeliveredRecords()]).toEqual([2]);
  });

  test('that are late are told and are no gap: the record is read back', () => {
    const ledger = threeAcknowledged();
    ledger.deliver(0);
    const report = readAll(ledger, [0, 1, 2]);
    expect(report.delivery).toEqual({ delivered: 1, undelivered: 2, deliveredAgain: 0 });
    expect(report.sound).toBe(true);
  });
});
