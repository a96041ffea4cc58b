// The ledger: entries merge in any order, a damaged file is named and stays, and two processes lose no entry.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entryName, type LedgerEntry, mergeEntries, readEntry } from './ledger.ts';
import { Ledger } from './ledger-files.ts';

const times = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', '2026-01-03T00:00:00.000Z'] as const;

function entry(more: Partial<LedgerEntry> = {}): LedgerEntry {
  return {
    ...{ format: 1, kind: 'ledger-entry', scenario: 'acks/x', file: 'scenarios/acks/x.jsonc' },
    ...{
      failure: 'violated',
      control: false,
      signature: 'acked-write-lost',
      invariants: ['acked-write-lost'],
    },
    ...{
      prose: 'gone',
      status: 'open',
      count: 1,
      first: { seed: '7', text: '{}' },
      latest: { seed: '7', text: '{}' },
    },
    ...{ firstSeen: times[0], lastSeen: times[1], firstCommit: null, lastCommit: null },
    ...more,
  };
}

describe('two entries of one reason', () => {
  const someone = fc.record({
    seed: fc.constantFrom('1', '2', '10', 'a/1'),
    first: fc.constantFrom(0, 1, 2),
    length: fc.constantFrom(0, 1, 2),
    status: fc.constantFrom('open' as const, 'fixed' as const),
    count: fc.integer({ min: 1, max: 9 }),
    prose: fc.constantFrom('gone', 'lost'),
    commit: fc.constantFrom(null, 'abc', 'def'),
  });
  const entries = someone.map(({ seed, first, length, status, count, prose, commit }) => {
    const lastSeen = times[Math.min(2, first + length)] as string;
    const oneCase = { seed, text: '{}' };
    return entry({
      ...{
        status,
        count,
        prose,
        first: oneCase,
        latest: oneCase,
        firstSeen: times[first] as string,
        lastSeen,
      },
      ...{ firstCommit: commit, lastCommit: commit },
    });
  });

  test('merge to the same, whoever merges them and in whatever order', () => {
    fc.assert(
      fc.property(entries, entries, entries, (a, b, c) => {
        expect(mergeEntries(a, b)).toEqual(mergeEntries(b, a));
        expect(mergeEntries(mergeEntries(a, b), c)).toEqual(mergeEntries(a, mergeEntries(b, c)));
        const merged = mergeEntries(a, b);
        expect(merged.count).toBe(a.count + b.count);
        expect(merged.firstSeen <= merged.lastSeen).toBe(true);
      }),
    );
  });

  test('say what was seen last, and open rather than fixed', () => {
    const fixed = entry({ status: 'fixed', lastSeen: times[2] });
    expect(mergeEntries(entry(), fixed).status).toBe('fixed');
    expect(mergeEntries(entry({ lastSeen: times[2] }), fixed).status).toBe('open');
  });
});

describe('the folder', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function opened(): Ledger {
    const ledger = Ledger.open(folder);
    if (!ledger.ok) throw new Error(ledger.error);
    return ledger.value;
  }

  test('adds up what two processes record, one file for each reason, and leaves nothing half written', () => {
    const [one, two] = [opened(), opened()];
    one.record(entry());
    two.record(entry({ latest: { seed: '9', text: '{}' }, lastSeen: times[2] }));
    two.record(entry({ control: true }));
    one.record(entry({ signature: 'duplicate-append' }));
    const { entries, damaged } = one.read();
    expect(damaged).toEqual([]);
    expect(entries).toHaveLength(3);
    const merged = entries.find(({ count }) => count === 2);
    expect(merged).toMatchObject({ first: { seed: '7' }, latest: { seed: '9' }, lastSeen: times[2] });
    expect(readdirSync(folder).every((name) => name.endsWith('.json'))).toBe(true);
  });

  test('names what is damaged, keeps it as it is, and records beside it', () => {
    const ledger = opened();
    ledger.record(entry());
    const [name] = readdirSync(folder) as [string];
    writeFileSync(join(folder, name), '{ "format": 1, "kind": "ledg');
    expect(ledger.read().damaged[0]).toMatch(new RegExp(`${name}: not JSON`));
    ledger.record(entry({ count: 5 }));
    expect(readFileSync(join(folder, name), 'utf8')).toContain('"ledg');
    expect(ledger.read().entries).toMatchObject([{ count: 5 }]);
    ledger.record(entry({ count: 2 }));
    expect(ledger.read().entries).toMatchObject([{ count: 7 }]);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test('settles an entry without touching what else it holds', () => {
    const ledger = opened();
    ledger.record(entry({ count: 4 }));
    ledger.settle(entry(), { status: 'fixed' });
    expect(ledger.read().entries).toMatchObject([{ count: 4, status: 'fixed', lastSeen: times[1] }]);
  });

  test('cannot be a file', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(Ledger.open(join(folder, 'file'))).toMatchObject({ ok: false });
  });
});

test('an entry says what is wrong with it, and its name tells reasons apart', () => {
  const told = (value: unknown) => readEntry(JSON.stringify(value));
  expect(told(entry())).toEqual({ ok: true, value: entry() });
  expect(told({ ...entry(), count: 0 })).toMatchObject({
    ok: false,
    error: expect.stringContaining('count'),
  });
  expect(told({ ...entry(), firstSeen: 'yesterday' })).toMatchObject({ ok: false });
  const names = [
    entry(),
    entry({ control: true }),
    entry({ failure: 'crashed' }),
    entry({ scenario: 'acks_x' }),
  ];
  expect(new Set(names.map(entryName)).size).toBe(4);
  expect(entryName(entry({ scenario: '../../etc', signature: 'a b: c' }))).toMatch(/^[\w.-]+$/);
});
