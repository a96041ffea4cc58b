// The fast road against the slow one: it may answer "unclear" whenever it likes, and else nothing but the truth.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type RecordSummary, scanRecords } from './record-scan.ts';
import { RecordCursor } from './records.ts';

const zigzag = (value: number): number[] => {
  let raw = value >= 0 ? value * 2 : -value * 2 - 1;
  const bytes: number[] = [];
  while (raw >= 0x80) {
    bytes.push((raw % 0x80) | 0x80);
    raw = Math.floor(raw / 0x80);
  }
  return [...bytes, raw];
};

interface Sketch {
  readonly timestampDelta: number;
  readonly key: number;
  readonly value: number;
  readonly headers: readonly { key: number; value: number }[];
}

const field = (length: number): number[] => [...zigzag(length), ...new Array(Math.max(0, length)).fill(0x61)];

function recordBytes({ timestampDelta, key, value, headers }: Sketch, index: number): number[] {
  const body = [
    0,
    ...zigzag(timestampDelta),
    ...zigzag(index),
    ...field(key),
    ...field(value),
    ...zigzag(headers.length),
    ...headers.flatMap((of) => [...field(of.key), ...field(of.value)]),
  ];
  return [...zigzag(body.length), ...body];
}

const sketch: fc.Arbitrary<Sketch> = fc.record({
  timestampDelta: fc.oneof(
    fc.integer({ min: -300, max: 300 }),
    fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
  ),
  key: fc.integer({ min: -1, max: 20 }),
  value: fc.oneof(fc.integer({ min: -1, max: 20 }), fc.integer({ min: 100, max: 9000 })),
  headers: fc.array(fc.record({ key: fc.nat(5), value: fc.integer({ min: -1, max: 5 }) }), { maxLength: 3 }),
});

const blank = (): RecordSummary => ({
  timestampDeltaMin: 0,
  timestampDeltaMax: 0,
  timestampDeltaMaxAt: 0,
  hasNullKey: false,
});

/** What the slow road makes of the same bytes; undefined where it finds a fault. */
function slow(bytes: Uint8Array, start: number, end: number, count: number): RecordSummary | undefined {
  const cursor = new RecordCursor(bytes, start, end);
  const found = blank();
  for (let index = 0; index < count; index++) {
    if (!cursor.next() || cursor.offsetDelta !== index) return undefined;
    const { timestampDelta } = cursor;
    if (index === 0 || timestampDelta > found.timestampDeltaMax) {
      found.timestampDeltaMax = timestampDelta;
      found.timestampDeltaMaxAt = index;
    }
    if (index === 0 || timestampDelta < found.timestampDeltaMin) found.timestampDeltaMin = timestampDelta;
    if (cursor.keyLength < 0) found.hasNullKey = true;
  }
  return cursor.atEnd ? found : undefined;
}

describe('the fast scan of records', () => {
  test('takes ordinary records, and says of them what the cursor says', () => {
    const ordinary = sketch.filter(({ timestampDelta }) => Math.abs(timestampDelta) <= 300);
    fc.assert(
      fc.property(fc.array(ordinary, { minLength: 1, maxLength: 200 }), fc.nat(9), (sketches, before) => {
        const records = sketches.flatMap(recordBytes);
        const bytes = Uint8Array.from([...new Array(before).fill(0xff), ...records, 0xff]);
        const end = bytes.length - 1;
        const found = blank();
        expect(scanRecords(bytes, before, end, sketches.length, found)).toBe(true);
        expect(found).toEqual(slow(bytes, before, end, sketches.length));
      }),
    );
  });

  test('takes batches whose offset deltas have one, two and three bytes', () => {
    const tiny = { timestampDelta: 0, key: -1, value: -1, headers: [] };
    const bytes = Uint8Array.from(
      Array.from({ length: 20_000 }, (_, index) => recordBytes(tiny, index)).flat(),
    );
    for (const count of [64, 65, 8192, 8193, 20_000]) {
      let end = 0;
      for (let record = 0; record < count; record++) end += 1 + ((bytes[end] as number) >> 1);
      const found = blank();
      expect(scanRecords(bytes, 0, end, count, found)).toBe(true);
      expect(found).toEqual(slow(bytes, 0, end, count));
    }
    const other = Uint8Array.from([...recordBytes(tiny, 0), ...recordBytes(tiny, 2)]);
    expect(scanRecords(other, 0, other.length, 2, blank())).toBe(false);
  });

  test('never takes what the cursor refuses, whatever was changed in the bytes', () => {
    const change = fc.record({ at: fc.nat(), to: fc.nat(255) });
    const usually0 = (other: fc.Arbitrary<number>) =>
      fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: other });
    const input = fc.tuple(
      fc.array(sketch, { minLength: 1, maxLength: 5 }),
      fc.array(change, { maxLength: 2 }),
      usually0(fc.integer({ min: -2, max: 2 })),
      usually0(fc.nat(3)),
    );
    let taken = 0;
    fc.assert(
      fc.property(input, ([sketches, edits, more, cut]) => {
        const bytes = Uint8Array.from(sketches.flatMap(recordBytes));
        for (const { at, to } of edits) bytes[at % bytes.length] = to;
        const end = Math.max(0, bytes.length - cut);
        const count = Math.max(0, sketches.length + more);
        const found = blank();
        if (!scanRecords(bytes, 0, end, count, found)) return;
        taken++;
        expect(found).toEqual(slow(bytes, 0, end, count));
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
  });

  test('leaves to the cursor what is rare: deltas beyond three bytes', () => {
    const rare = { timestampDelta: 2 ** 30, key: 1, value: 1, headers: [] };
    const bytes = Uint8Array.from(recordBytes(rare, 0));
    expect(scanRecords(bytes, 0, bytes.length, 1, blank())).toBe(false);
    expect(slow(bytes, 0, bytes.length, 1)).toBeDefined();
  });
});
