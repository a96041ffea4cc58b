// Kafka's primitive types: known bytes, everything there and back, and a reader that never runs past its end.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, fromUtf8, Reader, utf8, Writer } from './bytes.ts';
import { uuidToBytes, uuidToText } from './uuid.ts';

function written(write: (writer: Writer) => void): Uint8Array {
  const writer = new Writer(1);
  write(writer);
  return writer.toBytes();
}

type NumberKind =
  | 'int8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'float64'
  | 'uvarint'
  | 'varint'
  | 'varlong';

const int = (min: number, max: number) => fc.oneof(fc.integer({ min, max }), fc.constantFrom(min, max, 0));
const safe = 2 ** 53;
const kinds: Record<NumberKind, fc.Arbitrary<number>> = {
  int8: int(-128, 127),
  int16: int(-32768, 32767),
  uint16: int(0, 65535),
  int32: int(-(2 ** 31), 2 ** 31 - 1),
  uint32: int(0, 2 ** 32 - 1),
  int64: fc.oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(-safe, safe, -(2 ** 32), 2 ** 32, 2 ** 32 - 1, -1, 2 ** 63, -(2 ** 63)),
  ),
  float64: fc.double({ noNaN: true }),
  uvarint: int(0, 2 ** 32 - 1),
  varint: int(-(2 ** 31), 2 ** 31 - 1),
  varlong: fc.oneof(
    fc.maxSafeInteger(),
    fc.constantFrom(-safe, safe, -(2 ** 31), 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1),
  ),
};

describe.each(Object.keys(kinds) as NumberKind[])('%s', (kind) => {
  test('comes back as it went, and takes exactly its bytes', () => {
    fc.assert(
      fc.property(kinds[kind], fc.nat(9), (value, before) => {
        const bytes = concat([new Uint8Array(before).fill(0xff), written((writer) => writer[kind](value))]);
        const reader = new Reader(bytes, before);
        expect(reader[kind]()).toBe(value);
        expect([reader.failure, reader.remaining]).toEqual([undefined, 0]);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  test('a cut value is a failure and reads as zero, and so does all after it', () => {
    fc.assert(
      fc.property(kinds[kind], fc.nat(8), (value, cut) => {
        const bytes = written((writer) => writer[kind](value));
        const reader = new Reader(bytes, 0, Math.min(cut, bytes.length - 1));
        expect(reader[kind]()).toBe(0);
        expect(reader.failure).toMatch(/wanted where/);
        expect([reader.int8(), reader.utf8(3), reader.remaining]).toEqual([0, '', 0]);
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});

describe('varints have the bytes of the protocol', () => {
  test.each<[string, (writer: Writer) => void, number[]]>([
    ['uvarint 0', (writer) => writer.uvarint(0), [0]],
    ['uvarint 127', (writer) => writer.uvarint(127), [0x7f]],
    ['uvarint 300', (writer) => writer.uvarint(300), [0xac, 0x02]],
    ['uvarint 2^32-1', (writer) => writer.uvarint(2 ** 32 - 1), [0xff, 0xff, 0xff, 0xff, 0x0f]],
    ['varint -1', (writer) => writer.varint(-1), [0x01]],
    ['varint 1', (writer) => writer.varint(1), [0x02]],
    ['varint -64', (writer) => writer.varint(-64), [0x7f]],
    ['varint 64', (writer) => writer.varint(64), [0x80, 0x01]],
    ['varlong 2^40', (writer) => writer.varlong(2 ** 40), [0x80, 0x80, 0x80, 0x80, 0x80, 0x40]],
  ])('%s', (_, write, expected) => {
    expect([...written(write)]).toEqual(expected);
  });

  test('too long or too large is a failure', () => {
    expect(new Reader(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f)).uvarint()).toBe(2 ** 32 - 1);
    for (const bytes of [
      [0xff, 0xff, 0xff, 0xff, 0x10],
      [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
    ]) {
      const reader = new Reader(Uint8Array.from(bytes));
      expect(reader.uvarint()).toBe(0);
      expect(reader.failure).toMatch(/varint/);
    }
    for (const last of [0x02, 0x80]) {
      const reader = new Reader(Uint8Array.from([...new Array(9).fill(0xff), last, 0]));
      expect(reader.varlong()).toBe(0);
      expect(reader.failure).toMatch(/varlong/);
    }
  });
});

test('int64 saturates beyond both ends', () => {
  expect([...written((writer) => writer.int64(2 ** 70))]).toEqual([0x7f, 255, 255, 255, 255, 255, 255, 255]);
  expect([...written((writer) => writer.int64(-(2 ** 70)))]).toEqual([0x80, 0, 0, 0, 0, 0, 0, 0]);
});

test('uuids have their text form in both directions', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const text = uuidToText(bytes);
      expect(text).toBe(Buffer.from(bytes).toString('base64url'));
      expect(uuidToBytes(text)).toEqual(bytes);
      expect(new Reader(written((writer) => writer.uuid(text))).uuid()).toBe(text);
    }),
    { seed: 3, numRuns: 300 },
  );
  expect(() => uuidToBytes('short')).toThrow(/22 characters/);
  expect(() => uuidToBytes('AAAAAAAAAAAAAAAAAAAA+A')).toThrow(/base64url/);
});

test('text comes back as it went, a byte order mark in front included', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.boolean(), (rest, mark) => {
      const text = mark ? `\uFEFF${rest}` : rest;
      const bytes = utf8(text);
      expect(fromUtf8(bytes)).toBe(text);
      expect(new Reader(bytes).utf8(bytes.length)).toBe(text);
    }),
    { seed: 4, numRuns: 500 },
  );
});

describe('the writer', () => {
  test('keeps what was written in order, whatever was copied and what was referenced', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(1500), fc.boolean()), { maxLength: 20 }), (pieces) => {
        const writer = new Writer(4);
        const expected: Uint8Array[] = [];
        for (const [index, [length, byReference]] of pieces.entries()) {
          const piece = new Uint8Array(length).fill(index + 1);
          if (byReference) writer.reference(piece);
          else writer.raw(piece);
          writer.int8(-index);
          expected.push(piece, Uint8Array.of(256 - index));
        }
        const whole = concat(expected);
        expect(writer.length).toBe(whole.length);
        expect(writer.toBytes()).toEqual(whole);
      }),
      { seed: 5, numRuns: 200 },
    );
  });

  test('does not copy what is large enough to be referenced', () => {
    const large = new Uint8Array(600);
    const writer = new Writer();
    writer.int8(1);
    writer.reference(large);
    expect(writer.finish()).toContain(large);
  });
});

test('writers at work at the same time keep out of each other', () => {
  const step = fc.record({ who: fc.nat(4), length: fc.nat(400), ends: fc.integer({ min: 0, max: 9 }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const atWork = new Map<number, { writer: Writer; expected: Uint8Array[] }>();
      const ended: { chunks: Uint8Array[]; expected: Uint8Array[] }[] = [];
      for (const [index, { who, length, ends }] of steps.entries()) {
        const one = atWork.get(who) ?? { writer: new Writer(64), expected: [] };
        atWork.set(who, one);
        const piece = new Uint8Array(length).fill(index + 1);
        one.writer.raw(piece);
        one.expected.push(piece);
        if (ends > 2) continue;
        ended.push({ chunks: one.writer.finish(), expected: one.expected });
        atWork.delete(who);
      }
      for (const { writer, expected } of atWork.values()) ended.push({ chunks: writer.finish(), expected });
      for (const { chunks, expected } of ended) expect(concat(chunks)).toEqual(concat(expected));
    }),
    { seed: 6, numRuns: 300 },
  );
});

test('texts and ids that are kept are those of the bytes, however many there are', () => {
  const one = fc.tuple(
    fc.string({ unit: 'grapheme-ascii', maxLength: 4 }),
    fc.constantFrom('', 'x'.repeat(61)),
  );
  const ids = fc.uint8Array({ min: 0, max: 1, minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(fc.array(one, { minLength: 300, maxLength: 600 }), fc.array(ids), (texts, uuids) => {
      for (const [front, behind] of texts) {
        const bytes = utf8(front + behind);
        expect(new Reader(bytes).utf8(bytes.length)).toBe(front + behind);
        bytes.fill(0x20);
      }
      for (const bytes of uuids) {
        const expected = Buffer.from(bytes).toString('base64url');
        expect(uuidToText(bytes)).toBe(expected);
        bytes[15] = 0xff;
      }
    }),
    { seed: 7, numRuns: 20 },
  );
});
