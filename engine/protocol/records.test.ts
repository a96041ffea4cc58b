// Records: there and back in every compression, the walk over malformed ones, and the validation of a leader.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../errors.ts';
import { concat, utf8, Writer } from './bytes.ts';
import { compressions } from './compression.ts';
import { buildMarkerBatch, controlKey, controlTypeOf, decodeMarker } from './control-records.ts';
import { batchAt, type RecordBatch } from './record-batch.ts';
import { type BatchRecord, buildBatch } from './record-batch-builder.ts';
import {
  decodeRecords,
  RecordCursor,
  recordErrorsMax,
  type ValidationRules,
  validateRecords,
} from './records.ts';

const bytesOrNull = fc.option(fc.uint8Array({ maxLength: 40 }));
const anyRecord = fc.record({
  timestamp: fc.integer({ min: -1, max: 2 ** 52 }),
  key: bytesOrNull,
  value: bytesOrNull,
  headers: fc.array(fc.record({ key: fc.string({ unit: 'grapheme', maxLength: 5 }), value: bytesOrNull }), {
    maxLength: 3,
  }),
});

/** A batch whose records section is exactly `section`, whatever that is. */
function rawBatch(section: Uint8Array, recordsCount: number, attributes = 0): RecordBatch {
  const bytes = concat([
    buildBatch({ records: [{ timestamp: 0, key: null, value: null }] }).slice(0, 61),
    section,
  ]);
  const view = new DataView(bytes.buffer);
  view.setInt32(8, bytes.length - 12);
  view.setInt16(21, attributes);
  view.setInt32(23, recordsCount - 1);
  view.setInt32(57, recordsCount);
  return batchAt(bytes);
}

/** One record written by hand: its body, behind its length. */
function rawRecord(write: (body: Writer) => void, lengthOff = 0): Uint8Array {
  const body = new Writer();
  write(body);
  const bytes = body.toBytes();
  const whole = new Writer();
  whole.varint(bytes.length + lengthOff);
  whole.raw(bytes);
  return whole.toBytes();
}

describe.each(compressions)('compression %s', (compression) => {
  test('records come back as they went', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 12 }),
        fc.nat(2 ** 40),
        (records, baseOffset) => {
          const batch = batchAt(buildBatch({ records, baseOffset, compression }));
          expect(batch.isCrcValid()).toBe(true);
          expect(batch.compression).toBe(compression);
          expect(batch.maxTimestamp).toBe(Math.max(...records.map((record) => record.timestamp)));
          const expected = records.map((record, index) => ({ ...record, offset: baseOffset + index }));
          expect(decodeRecords(batch)).toEqual({ ok: true, value: expected });
        },
      ),
      { seed: 10, numRuns: 80 },
    );
  });

  test('a small decompression limit is kept', () => {
    const records = [{ timestamp: 0, key: null, value: new Uint8Array(5000) }];
    const outcome = decodeRecords(batchAt(buildBatch({ records, compression })), 4000);
    expect(outcome.ok).toBe(compression === 'none');
  });
});

describe('malformed records are answers', () => {
  const good = (body: Writer, offsetDelta = 0) => {
    body.int8(0);
    body.varlong(0);
    body.varint(offsetDelta);
    body.varint(-1);
    body.varint(1);
    body.raw(utf8('v'));
    body.varint(0);
  };
  test.each<[string, Uint8Array, RegExp]>([
    ['length above what is left', rawRecord(good, 1), /9 bytes where 8|where/],
    ['negative length', Uint8Array.of(0x01), /-1 bytes/],
    ['length below the content', rawRecord(good, -1), /early/],
    [
      'key length below -1',
      rawRecord((body) => [body.int8(0), body.varlong(0), body.varint(0), body.varint(-2)]),
      /key of -2/,
    ],
    [
      'negative count of headers',
      rawRecord((body) => [
        body.int8(0),
        body.varlong(0),
        body.varint(0),
        body.varint(-1),
        body.varint(-1),
        body.varint(-1),
      ]),
      /-1 headers/,
    ],
    [
      'header without a key',
      rawRecord((body) => [
        body.int8(0),
        body.varlong(0),
        body.varint(0),
        body.varint(-1),
        body.varint(-1),
        body.varint(1),
        body.varint(-1),
      ]),
      /without a key/,
    ],
    [
      'a billion headers in no bytes',
      rawRecord((body) => [
        body.int8(0),
        body.varlong(0),
        body.varint(0),
        body.varint(-1),
        body.varint(-1),
        body.varint(1e9),
      ]),
      /left/,
    ],
  ])('%s', (_, section, message) => {
    const outcome = decodeRecords(rawBatch(section, 1));
    expect(outcome.ok ? 'ok' : outcome.error).toMatch(message);
    expect(validateRecords(rawBatch(section, 1), rules).ok).toBe(false);
  });

  test('more or fewer records than announced', () => {
    const two = concat([rawRecord((body) => good(body, 0)), rawRecord((body) => good(body, 1))]);
    expect(decodeRecords(rawBatch(two, 2)).ok).toBe(true);
    expect(decodeRecords(rawBatch(two, 1)).ok).toBe(false);
    expect(decodeRecords(rawBatch(two, 3)).ok).toBe(false);
    const refusals = [1, 3].map((count) => validateRecords(rawBatch(two, count), rules));
    expect(refusals.map((refusal) => (refusal.ok ? '' : refusal.error.message))).toEqual([
      'more records in a batch that announces 1',
      'only 2 records in a batch that announces 3',
    ]);
  });

  test('any bytes as a records section, in any compression', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        fc.nat(7),
        fc.integer(),
        (section, attributes, count) => {
          const batch = rawBatch(section, count, attributes);
          decodeRecords(batch, 10_000);
          validateRecords(batch, rules);
          const cursor = new RecordCursor(section, 0, section.length);
          let steps = 0;
          while (cursor.next()) steps++;
          expect(steps).toBeLessThanOrEqual(section.length);
        },
      ),
      { seed: 11, numRuns: 1500 },
    );
  });
});

const rules: ValidationRules = {
  requireKey: false,
  timestampType: 'CreateTime',
  nowMs: 1_000_000,
  timestampBeforeMaxMs: 1000,
  timestampAfterMaxMs: 500,
  decompressedBytesMax: 100_000,
};

describe('what a leader accepts', () => {
  const at = (timestamp: number, key: Uint8Array | null = utf8('k')): BatchRecord => ({
    timestamp,
    key,
    value: null,
  });
  const now = rules.nowMs;

  test.each(compressions)('the largest timestamp and the first record that has it (%s)', (compression) => {
    const records = [at(now - 10), at(now + 5), at(now + 5), at(-1)];
    const outcome = validateRecords(batchAt(buildBatch({ records, compression })), rules);
    expect(outcome).toEqual({ ok: true, value: { maxTimestamp: now + 5, maxTimestampOffsetDelta: 1 } });
  });

  test('bounds are themselves inside; no timestamp is exempt; all bad records are named', () => {
    const good = [at(now - 1000), at(now + 500), at(-1)];
    expect(validateRecords(batchAt(buildBatch({ records: good })), rules).ok).toBe(true);
    const bad = [at(now), at(now - 1001), at(now), at(now + 501)];
    const outcome = validateRecords(batchAt(buildBatch({ records: bad })), rules);
    expect(outcome).toMatchObject({ ok: false, error: { code: ErrorCode.INVALID_TIMESTAMP } });
    expect(outcome.ok ? [] : outcome.error.recordErrors.map((error) => error.batchIndex)).toEqual([1, 3]);
    const unbounded = { ...rules, timestampType: 'LogAppendTime' as const };
    expect(validateRecords(batchAt(buildBatch({ records: bad })), unbounded).ok).toBe(true);
    const wide = { ...rules, timestampBeforeMaxMs: 2 ** 63, timestampAfterMaxMs: 2 ** 63 };
    expect(validateRecords(batchAt(buildBatch({ records: bad })), wide).ok).toBe(true);
  });

  test('append time from a client: refused where the broker stamps, taken where clients do', () => {
    const stamped = batchAt(buildBatch({ records: [at(now)], timestampType: 'LogAppendTime' }));
    expect(validateRecords(stamped, rules).ok).toBe(true);
    expect(validateRecords(stamped, { ...rules, timestampType: 'LogAppendTime' })).toMatchObject({
      ok: false,
      error: { code: ErrorCode.INVALID_TIMESTAMP, recordErrors: [{ batchIndex: 0 }] },
    });
  });

  test('a small batch of very many bad records names only so many of them', () => {
    const records = Array.from({ length: recordErrorsMax + 5 }, () => at(0));
    const many = { ...rules, decompressedBytesMax: 1_000_000 };
    const outcome = validateRecords(batchAt(buildBatch({ records, compression: 'zstd' })), many);
    expect(outcome.ok ? '' : outcome.error.message).toBe('10005 of 10005 records are invalid');
    expect(outcome.ok ? [] : outcome.error.recordErrors).toHaveLength(recordErrorsMax);
  });

  test('a compacted topic wants keys; a timestamp error beside it gives the code', () => {
    const keyed = { ...rules, requireKey: true };
    const keyless = batchAt(buildBatch({ records: [at(now, null), at(now), at(now, new Uint8Array(0))] }));
    expect(validateRecords(keyless, rules).ok).toBe(true);
    expect(validateRecords(keyless, keyed)).toMatchObject({
      ok: false,
      error: { code: ErrorCode.INVALID_RECORD, recordErrors: [{ batchIndex: 0 }] },
    });
    const both = batchAt(buildBatch({ records: [at(now, null), at(0)] }));
    expect(validateRecords(both, keyed)).toMatchObject({
      ok: false,
      error: { code: ErrorCode.INVALID_TIMESTAMP, recordErrors: [{ batchIndex: 0 }, { batchIndex: 1 }] },
    });
  });

  test.each<[string, Parameters<typeof buildBatch>[0], number]>([
    ['control records', { records: [at(now)], isControl: true }, ErrorCode.INVALID_RECORD],
    [
      'a producer without sequence',
      { records: [at(now)], producerId: 4, producerEpoch: 0 },
      ErrorCode.INVALID_RECORD,
    ],
    [
      'gaps between offsets',
      { records: [at(now), { ...at(now), offsetDelta: 2 }] },
      ErrorCode.INVALID_RECORD,
    ],
    ['more offsets than records', { records: [at(now)], lastOffsetDelta: 1 }, ErrorCode.INVALID_RECORD],
    ['no records', { records: [], lastOffsetDelta: 0 }, ErrorCode.INVALID_RECORD],
    [
      'more than may be unpacked',
      { records: [{ timestamp: now, key: null, value: new Uint8Array(200_000) }], compression: 'zstd' },
      ErrorCode.MESSAGE_TOO_LARGE,
    ],
  ])('refuses %s', (_, batch, code) => {
    expect(validateRecords(batchAt(buildBatch(batch)), rules)).toMatchObject({ ok: false, error: { code } });
  });

  test('refuses offset deltas that do not count up, and codes of no compression', () => {
    const swapped = concat(
      [1, 0].map((delta) =>
        rawRecord((body) => [
          body.int8(0),
          body.varlong(now),
          body.varint(delta),
          body.varint(-1),
          body.varint(-1),
          body.varint(0),
        ]),
      ),
    );
    const outcome = validateRecords(rawBatch(swapped, 2), rules);
    expect(outcome.ok ? [] : outcome.error.recordErrors.map((error) => error.batchIndex)).toEqual([0, 1]);
    expect(validateRecords(rawBatch(swapped, 2, 6), rules)).toMatchObject({
      ok: false,
      error: { code: ErrorCode.INVALID_RECORD, message: 'no compression has the code 6' },
    });
  });
});

describe('control records', () => {
  test.each(['commit', 'abort'] as const)(
    'a %s marker is one transactional control record without sequence',
    (type) => {
      const marker = { type, coordinatorEpoch: 17, producerId: 5, producerEpoch: 3, timestampMs: 99 };
      const batch = batchAt(buildMarkerBatch(marker));
      expect(batch).toMatchObject({
        isControl: true,
        isTransactional: true,
        baseSequence: -1,
        recordsCount: 1,
      });
      expect(batch).toMatchObject({ producerId: 5, producerEpoch: 3, maxTimestamp: 99 });
      const records = decodeRecords(batch);
      if (!records.ok) throw new Error(records.error);
      const [record] = records.value;
      expect([...(record?.key ?? [])]).toEqual([0, 0, 0, type === 'abort' ? 0 : 1]);
      expect([...(record?.value ?? [])]).toEqual([0, 0, 0, 0, 0, 17]);
      expect(record && decodeMarker(record)).toEqual({ ok: true, value: { type, coordinatorEpoch: 17 } });
    },
  );

  test('later versions are read by their first bytes, later types are unknown', () => {
    const value = Uint8Array.of(0, 1, 0, 0, 0, 8, 9);
    const key = Uint8Array.of(0, 1, 0, 1, 42);
    expect(decodeMarker({ key, value })).toEqual({
      ok: true,
      value: { type: 'commit', coordinatorEpoch: 8 },
    });
    expect(controlTypeOf({ key: Uint8Array.of(0, 0, 0, 99) })).toEqual({ ok: true, value: 'unknown' });
    expect(decodeMarker({ key: controlKey('leaderChange'), value: null })).toEqual({
      ok: true,
      value: undefined,
    });
    expect(controlTypeOf({ key: null }).ok).toBe(false);
    expect(controlTypeOf({ key: Uint8Array.of(0, 0, 0) }).ok).toBe(false);
    expect(decodeMarker({ key: controlKey('abort'), value: null }).ok).toBe(false);
    expect(decodeMarker({ key: controlKey('abort'), value: new Uint8Array(5) }).ok).toBe(false);
  });
});
