// Batches: a fixture whose bytes were worked out by hand, the patches that a broker makes, and walks over
// bytes that are whole, cut, or not batches at all.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, utf8 } from './bytes.ts';
import {
  BatchWalk,
  batchAt,
  batchesOf,
  batchHeaderBytes,
  batchSizeBytes,
  sequenceAfter,
  wholeBatchesOf,
} from './record-batch.ts';
import { BatchBuilder, type BatchRecord, buildBatch } from './record-batch-builder.ts';
import { decodeRecords } from './records.ts';

const record = (value: string, timestamp = 1000): BatchRecord => ({
  timestamp,
  key: null,
  value: utf8(value),
});
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/**
 * key "k", value "v", no headers, timestamp 1000; then a null key, value "w", one header h: null, timestamp
 * 1005.
 */
const fixture = buildBatch({
  records: [
    { timestamp: 1000, key: utf8('k'), value: utf8('v') },
    { timestamp: 1005, key: null, value: utf8('w'), headers: [{ key: 'h', value: null }] },
  ],
  baseOffset: 7,
  partitionLeaderEpoch: 3,
  producerId: 9,
  producerEpoch: 2,
  baseSequence: 5,
  isTransactional: true,
});

test('lays out every byte where Kafka has it', () => {
  const first = '10 00 00 00 02 6b 02 76 00';
  const second = '14 00 0a 02 01 02 77 02 02 68 01';
  const expected = [
    '0000000000000007', // baseOffset
    '00000045', // batchLength: 49 of the header and 20 of the records
    '00000003', // partitionLeaderEpoch
    '02', // magic
    hex(fixture.subarray(17, 21)), // crc, checked below
    '0010', // attributes: transactional
    '00000001', // lastOffsetDelta
    '00000000000003e8', // baseTimestamp
    '00000000000003ed', // maxTimestamp
    '0000000000000009', // producerId
    '0002', // producerEpoch
    '00000005', // baseSequence
    '00000002', // recordsCount
    first,
    second,
  ];
  expect(hex(fixture)).toBe(expected.join('').replaceAll(' ', ''));
});

test('reads the header back', () => {
  const batch = batchAt(concat([new Uint8Array(5), fixture]), 5);
  expect(batch).toMatchObject({
    position: 5,
    end: 5 + fixture.length,
    sizeBytes: fixture.length,
    baseOffset: 7,
    lastOffset: 8,
    nextOffset: 9,
    partitionLeaderEpoch: 3,
    magic: 2,
    compression: 'none',
    timestampType: 'CreateTime',
    isTransactional: true,
    isControl: false,
    deleteHorizonMs: undefined,
    baseTimestamp: 1000,
    maxTimestamp: 1005,
    hasProducerId: true,
    producerId: 9,
    producerEpoch: 2,
    baseSequence: 5,
    lastSequence: 6,
    recordsCount: 2,
  });
  expect(batch.isCrcValid()).toBe(true);
});

test('sequence numbers go on at 0 after 2^31-1', () => {
  expect(sequenceAfter(5, 3)).toBe(8);
  expect(sequenceAfter(2147483647, 0)).toBe(2147483647);
  expect(sequenceAfter(2147483647, 1)).toBe(0);
  expect(sequenceAfter(2147483646, 4)).toBe(2);
  expect(batchAt(buildBatch({ records: [record('a')] })).lastSequence).toBe(-1);
});

describe('patches in place', () => {
  test('offsets and leader epoch leave the checksum alone', () => {
    const batch = batchAt(fixture.slice());
    const crc = batch.crc;
    batch.assignOffsets(2 ** 40 + 1, 12);
    expect([batch.baseOffset, batch.lastOffset, batch.partitionLeaderEpoch]).toEqual([
      2 ** 40 + 1,
      2 ** 40 + 2,
      12,
    ]);
    expect(batch.crc).toBe(crc);
    expect(batch.isCrcValid()).toBe(true);
    expect(() => batch.assignOffsets(-1, 0)).toThrow(/at an offset that exists/);
  });

  test('log append time changes type, maxTimestamp and checksum, and what readers see', () => {
    const batch = batchAt(fixture.slice());
    const crc = batch.crc;
    batch.setLogAppendTime(5000);
    expect([batch.timestampType, batch.maxTimestamp, batch.baseTimestamp]).toEqual([
      'LogAppendTime',
      5000,
      1000,
    ]);
    expect(batch.crc).not.toBe(crc);
    expect(batch.isCrcValid()).toBe(true);
    const records = decodeRecords(batch);
    expect(records.ok && records.value.map((one) => one.timestamp)).toEqual([5000, 5000]);
    batch.setMaxTimestamp('CreateTime', 1005);
    expect(batch.crc).toBe(crc);
    expect(hex(batch.bytes)).toBe(hex(fixture));
  });

  test('a flipped bit behind the header is found, wherever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: 21, max: fixture.length - 1 }), fc.nat(7), (at, bit) => {
        const bad = fixture.slice();
        bad[at] = (bad[at] as number) ^ (1 << bit);
        expect(batchAt(bad).isCrcValid()).toBe(false);
      }),
      { seed: 8, numRuns: 200 },
    );
  });
});

describe('walks', () => {
  const three = ['a', 'b'.repeat(50), 'c'].map((value) => buildBatch({ records: [record(value)] }));
  const bytes = concat(three);
  const boundaries = [0, 1, 2, 3].map((count) =>
    three.slice(0, count).reduce((sum, one) => sum + one.length, 0),
  );

  test('a cut anywhere gives the whole batches before it', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const whole = boundaries.filter((boundary) => boundary <= cut).length - 1;
      const { batches, wholeBytes, stop } = wholeBatchesOf(bytes.subarray(0, cut));
      expect(batches).toHaveLength(whole);
      expect(wholeBytes).toBe(boundaries[whole]);
      expect(stop?.kind).toBe(cut === wholeBytes ? undefined : 'cut');
      expect(batchesOf(bytes.subarray(0, cut)).ok).toBe(cut === wholeBytes);
    }
  });

  test('walks from a start to an end', () => {
    const walk = new BatchWalk(bytes, boundaries[1], boundaries[2]);
    expect(walk.next()?.position).toBe(boundaries[1]);
    expect(walk.next()).toBeUndefined();
    expect([walk.wholeBytesEnd, walk.stop]).toEqual([boundaries[2], undefined]);
  });

  test.each([
    [0, 'message format v0 is not supported, only v2'],
    [1, 'message format v1 is not supported, only v2'],
    [3, 'no message format has the magic byte 3'],
  ])('magic %i is named', (magic, message) => {
    const old = concat([three[0] as Uint8Array, (three[1] as Uint8Array).slice()]);
    old[(three[0] as Uint8Array).length + 16] = magic;
    expect(batchesOf(old)).toEqual({ ok: false, error: message });
    expect(wholeBatchesOf(old)).toMatchObject({
      wholeBytes: boundaries[1],
      stop: { kind: 'malformed', message },
    });
  });

  test.each([-1, -12, 0, 48, -2147483648])('a batch length of %i is not one', (length) => {
    const bad = fixture.slice();
    new DataView(bad.buffer).setInt32(8, length);
    const outcome = batchesOf(bad);
    expect(outcome.ok ? '' : outcome.error).toMatch(/where the header alone has 61/);
    expect(batchSizeBytes(bad)).toBeUndefined();
  });

  test('the size of a batch is known from twelve bytes', () => {
    expect(batchSizeBytes(fixture.subarray(0, 12))).toBe(fixture.length);
    expect(batchSizeBytes(fixture.subarray(0, 11))).toBeUndefined();
  });

  test('any bytes at all: never a throw, and what is given out lies inside', () => {
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length)).map(([at, value, cut]) => {
        const bad = bytes.slice(0, cut);
        if (at < bad.length) bad[at] = value;
        return bad;
      }),
    );
    fc.assert(
      fc.property(anything, (input) => {
        const { batches, wholeBytes } = wholeBatchesOf(input);
        expect(wholeBytes).toBeLessThanOrEqual(input.length);
        for (const batch of batches) {
          expect(batch.end).toBeLessThanOrEqual(input.length);
          batch.isCrcValid();
          const records = decodeRecords(batch, 10_000);
          if (records.ok) expect(records.value).toHaveLength(batch.recordsCount);
        }
      }),
      { seed: 9, numRuns: 1000 },
    );
  });
});

describe('the builder', () => {
  test('knows its size, exactly where nothing is compressed', () => {
    const builder = new BatchBuilder({ compression: 'none' });
    expect(builder.sizeEstimateBytes).toBe(batchHeaderBytes);
    const big = { ...record('x'.repeat(300), -5), headers: [{ key: 'ключ', value: utf8('y') }] };
    for (const one of [record('a'), big, record('b', 2 ** 45)]) {
      const before = builder.sizeEstimateBytes;
      expect(builder.hasRoomFor(one, before)).toBe(builder.recordsCount === 0);
      builder.append(one);
      expect(builder.sizeEstimateBytes).toBeGreaterThan(before);
    }
    const estimate = builder.sizeEstimateBytes;
    expect(builder.build()).toHaveLength(estimate);
  });

  test('hasRoomFor is exact to the byte', () => {
    const builder = new BatchBuilder({ compression: 'none' });
    builder.append(record('first'));
    const probe = new BatchBuilder({ compression: 'none' });
    probe.append(record('first'));
    probe.append(record('second', 900));
    expect(builder.hasRoomFor(record('second', 900), probe.sizeEstimateBytes)).toBe(true);
    expect(builder.hasRoomFor(record('second', 900), probe.sizeEstimateBytes - 1)).toBe(false);
  });

  test('expects of compression what it is told', () => {
    const builder = new BatchBuilder({ compression: 'gzip', compressionRatio: 0.1 });
    builder.append(record('z'.repeat(10_000)));
    expect(builder.sizeEstimateBytes).toBeLessThan(1200);
    expect(builder.uncompressedBytes).toBeGreaterThan(10_000);
    expect(builder.build().length).toBeLessThan(200);
  });

  test('leaves the gaps and the last offset of a compacted batch, and the husk of an empty one', () => {
    const gaps = [0, 4].map((offsetDelta) => ({ ...record('g'), offsetDelta }));
    const batch = batchAt(
      buildBatch({ records: gaps, baseOffset: 100, lastOffsetDelta: 9, deleteHorizonMs: 77 }),
    );
    expect([batch.lastOffset, batch.recordsCount, batch.deleteHorizonMs]).toEqual([109, 2, 77]);
    const records = decodeRecords(batch);
    expect(records.ok && records.value.map((one) => [one.offset, one.timestamp])).toEqual([
      [100, 1000],
      [104, 1000],
    ]);
    const husk = batchAt(buildBatch({ records: [], baseOffset: 3, lastOffsetDelta: 2, compression: 'zstd' }));
    expect([husk.sizeBytes, husk.lastOffset, husk.recordsCount, husk.compression]).toEqual([
      61,
      5,
      0,
      'none',
    ]);
    expect(husk.isCrcValid()).toBe(true);
    expect(decodeRecords(husk)).toEqual({ ok: true, value: [] });
    expect(() => buildBatch({ records: [] })).toThrow(/has records, or says/);
    expect(() => buildBatch({ records: [...gaps].reverse() })).toThrow(/offsets ascend/);
  });
});
