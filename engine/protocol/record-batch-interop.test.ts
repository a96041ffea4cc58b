// Batches between us and two clients that we did not write, by their own encoders and decoders, in every
// compression that they have. Both keep these modules to themselves, so they are loaded by their files; the
// versions are pinned in package.json.

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { utf8 } from './bytes.ts';
import { compressions } from './compression.ts';
import { batchAt, batchesOf, type RecordBatch } from './record-batch.ts';
import { buildBatch } from './record-batch-builder.ts';
import { decodeRecords, validateRecords } from './records.ts';

// biome-ignore lint/suspicious/noExplicitAny: other people's modules, without types of their own
type Foreign = any;

const require = createRequire(import.meta.url);
const platformatic = dirname(require.resolve('@platformatic/kafka'));
const { createRecordsBatch, readRecordsBatches }: Foreign = await import(
  join(platformatic, 'protocol/records.js')
);
const { Reader: PlatformaticReader }: Foreign = await import(join(platformatic, 'protocol/reader.js'));
const kafkajsRecord: Foreign = require('kafkajs/src/protocol/recordBatch/record/v0');
const kafkajsBatch: Foreign = require('kafkajs/src/protocol/recordBatch/v0');
const kafkajsDecode: Foreign = require('kafkajs/src/protocol/recordBatch/v0/decoder');
const KafkajsDecoder: Foreign = require('kafkajs/src/protocol/decoder');

const now = 1_700_000_000_000;
const story = [
  {
    key: 'k1',
    value: 'a value that says the same again and again. '.repeat(2000),
    timestamp: now,
    header: 'h1',
  },
  { key: 'k2', value: '', timestamp: now + 70_000, header: 'значение' },
  { key: 'k3', value: 'end', timestamp: now - 5, header: '' },
];
const rules = {
  requireKey: true,
  timestampType: 'CreateTime',
  nowMs: now,
  timestampBeforeMaxMs: 1000,
  timestampAfterMaxMs: 100_000,
  decompressedBytesMax: 200_000,
} as const;

function expectStory(batch: RecordBatch): void {
  expect(batch.isCrcValid()).toBe(true);
  expect(validateRecords(batch, rules)).toEqual({
    ok: true,
    value: { maxTimestamp: now + 70_000, maxTimestampOffsetDelta: 1 },
  });
  expect(decodeRecords(batch)).toEqual({
    ok: true,
    value: story.map(({ key, value, timestamp, header }, offset) => ({
      offset,
      timestamp,
      key: utf8(key),
      value: utf8(value),
      headers: [{ key: 'header', value: utf8(header) }],
    })),
  });
}

const records = story.map(({ key, value, timestamp, header }) => ({
  key: utf8(key),
  value: utf8(value),
  timestamp,
  headers: [{ key: 'header', value: utf8(header) }],
}));

describe.each(compressions)('@platformatic/kafka, %s', (compression) => {
  test('its batches are read here', () => {
    const messages = story.map(({ key, value, timestamp, header }) => ({
      key: Buffer.from(key),
      value: Buffer.from(value),
      timestamp: BigInt(timestamp),
      headers: new Map([[Buffer.from('header'), Buffer.from(header)]]),
    }));
    const batches = batchesOf(new Uint8Array(createRecordsBatch(messages, { compression }).buffer));
    expect(batches.ok && batches.value).toHaveLength(1);
    if (batches.ok) expectStory(batches.value[0] as RecordBatch);
  });

  test('our batches are read there', () => {
    const bytes = buildBatch({
      records,
      compression,
      baseOffset: 40,
      producerId: 3,
      producerEpoch: 1,
      baseSequence: 0,
    });
    const [batch] = readRecordsBatches(PlatformaticReader.from(Buffer.from(bytes)));
    expect([batch.firstOffset, batch.producerId, batch.maxTimestamp]).toEqual([
      40n,
      3n,
      BigInt(now + 70_000),
    ]);
    const values = batch.records.map((record: Foreign) => [String(record.key), String(record.value)]);
    expect(values).toEqual(story.map(({ key, value }) => [key, value]));
    expect(batch.records.map((record: Foreign) => Number(record.timestampDelta))).toEqual([0, 70_000, -5]);
    expect(batch.records.map((record: Foreign) => String(record.headers[0][1]))).toEqual(
      story.map((one) => one.header),
    );
  });
});

describe.each([
  ['none', 0],
  ['gzip', 1],
] as const)('kafkajs, %s', (compression, code) => {
  test('its batches are read here', async () => {
    const encoded = story.map(({ key, value, timestamp, header }, offsetDelta) =>
      kafkajsRecord({ offsetDelta, timestampDelta: timestamp - now, key, value, headers: { header } }),
    );
    const encoder = await kafkajsBatch.RecordBatch({
      compression: code,
      firstTimestamp: now,
      maxTimestamp: now + 70_000,
      lastOffsetDelta: story.length - 1,
      records: encoded,
    });
    expectStory(batchAt(new Uint8Array(encoder.buffer)));
  });

  test('our batches are read there', async () => {
    const bytes = buildBatch({ records, compression, baseOffset: 40, isTransactional: true });
    const batch = await kafkajsDecode(new KafkajsDecoder(Buffer.from(bytes)));
    expect([batch.firstOffset, batch.inTransaction, batch.records.length]).toEqual(['40', true, 3]);
    const seen = batch.records.map((record: Foreign) => [
      record.offset,
      record.timestamp,
      String(record.value),
    ]);
    expect(seen).toEqual(
      story.map(({ timestamp, value }, index) => [String(40 + index), String(timestamp), value]),
    );
    expect(batch.records.map((record: Foreign) => String(record.headers.header))).toEqual(
      story.map((one) => one.header),
    );
  });
});
