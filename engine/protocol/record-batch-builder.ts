// Making record batches of format v2: all at once (`buildBatch`), or record by record while a producer
// gathers them (`BatchBuilder`). Older formats are not made.
//
// Timestamps are kept as deltas from the first record's, offsets from the base offset, so a batch may be
// built before anybody knows where it will lie.

import { assert } from '../base/assert.ts';
import { utf8, Writer, writeInt64 } from './bytes.ts';
import { type Compression, codeOf, compress } from './compression.ts';
import { crc32c } from './crc32c.ts';
import {
  attributeBits,
  batchHeaderBytes,
  batchLogOverheadBytes,
  noProducerEpoch,
  noProducerId,
  noSequence,
  noTimestamp,
  type TimestampType,
} from './record-batch.ts';

export interface BatchRecord {
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  /**
   * Distance from the base offset; what is left out is one more than the record before. Only compaction
   * leaves gaps.
   */
  readonly offsetDelta?: number;
}

/** What a batch says of itself beside its records; all of it has the meaning of "none" when left out. */
export interface BatchTraits {
  readonly baseOffset?: number | undefined;
  readonly compression?: Compression | undefined;
  readonly producerId?: number | undefined;
  readonly producerEpoch?: number | undefined;
  readonly baseSequence?: number | undefined;
  readonly isTransactional?: boolean | undefined;
  readonly isControl?: boolean | undefined;
  readonly timestampType?: TimestampType | undefined;
  /** Only with LogAppendTime: what stands in maxTimestamp, and so for every record. */
  readonly logAppendTimeMs?: number | undefined;
  readonly partitionLeaderEpoch?: number | undefined;
  /** Of a batch that compaction thinned out: the last offset it once had. */
  readonly lastOffsetDelta?: number | undefined;
  /** Set by a cleaner: baseTimestamp then holds this instead of the first record's timestamp. */
  readonly deleteHorizonMs?: number | undefined;
}

/**
 * A whole batch. With no records `lastOffsetDelta` must be given: the husk that compaction keeps for a
 * producer.
 */
export function buildBatch(batch: BatchTraits & { readonly records: readonly BatchRecord[] }): Uint8Array {
  const builder = new BatchBuilder({
    compression: batch.compression ?? 'none',
    baseTimestamp: batch.deleteHorizonMs,
  });
  for (const record of batch.records) builder.append(record);
  return builder.build(batch);
}

/** Gathers the records of one batch. */
export class BatchBuilder {
  readonly #compression: Compression;
  readonly #compressionRatio: number;
  #records = new Writer(1024);
  #count = 0;
  #baseTimestamp: number | undefined;
  #maxTimestamp = noTimestamp;
  #lastOffsetDelta = -1;

  /**
   * `compressionRatio` is what compression is expected to make of the records (0.4: two fifths of their
   * size); whoever fills batches learns it from the last one built. 1 is safe and wastes room.
   */
  constructor(options: {
    compression: Compression;
    compressionRatio?: number | undefined;
    baseTimestamp?: number | undefined;
  }) {
    this.#compression = options.compression;
    this.#compressionRatio = options.compression === 'none' ? 1 : (options.compressionRatio ?? 1);
    this.#baseTimestamp = options.baseTimestamp;
  }

  get recordsCount(): number {
    return this.#count;
  }

  /** Of the records alone, before compression. */
  get uncompressedBytes(): number {
    return this.#records.length;
  }

  /** The whole batch as it would be built now: exact without compression, expected with it. */
  get sizeEstimateBytes(): number {
    return batchHeaderBytes + Math.ceil(this.#records.length * this.#compressionRatio);
  }

  /** Whether the batch with this record would stay within `batchBytesMax`; a first record always fits. */
  hasRoomFor(record: BatchRecord, batchBytesMax: number): boolean {
    if (this.#count === 0) return true;
    const grown = this.#records.length + this.#recordSizeBytes(record);
    return batchHeaderBytes + Math.ceil(grown * this.#compressionRatio) <= batchBytesMax;
  }

  append(record: BatchRecord): void {
    this.#baseTimestamp ??= record.timestamp;
    const offsetDelta = record.offsetDelta ?? this.#lastOffsetDelta + 1;
    assert(offsetDelta > this.#lastOffsetDelta, 'offsets ascend inside a batch');
    const body = this.#bodySizeBytes(record, offsetDelta, this.#baseTimestamp);
    writeRecord(this.#records, record, body, offsetDelta, record.timestamp - this.#baseTimestamp);
    this.#lastOffsetDelta = offsetDelta;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, record.timestamp);
    this.#count++;
  }

  /** The batch; the builder is spent. */
  build(traits: BatchTraits = {}): Uint8Array {
    const lastOffsetDelta = traits.lastOffsetDelta ?? this.#lastOffsetDelta;
    assert(lastOffsetDelta >= 0, 'a batch has records, or says which offsets it once had');
    assert(lastOffsetDelta >= this.#lastOffsetDelta, "a batch's last offset is not before its last record");
    const records =
      this.#count === 0 ? new Uint8Array(0) : compress(this.#compression, this.#records.toBytes());
    const batch = new Uint8Array(batchHeaderBytes + records.length);
    batch.set(records, batchHeaderBytes);
    const view = new DataView(batch.buffer);
    const appendTime = traits.timestampType === 'LogAppendTime';
    writeInt64(view, 0, traits.baseOffset ?? 0);
    view.setInt32(8, batch.length - batchLogOverheadBytes);
    view.setInt32(12, traits.partitionLeaderEpoch ?? -1);
    view.setInt8(16, 2);
    view.setInt16(21, this.#attributes(traits));
    view.setInt32(23, lastOffsetDelta);
    writeInt64(view, 27, this.#baseTimestamp ?? noTimestamp);
    writeInt64(view, 35, appendTime ? (traits.logAppendTimeMs ?? this.#maxTimestamp) : this.#maxTimestamp);
    writeInt64(view, 43, traits.producerId ?? noProducerId);
    view.setInt16(51, traits.producerEpoch ?? noProducerEpoch);
    view.setInt32(53, traits.baseSequence ?? noSequence);
    view.setInt32(57, this.#count);
    view.setUint32(17, crc32c(batch, 21, batch.length));
    return batch;
  }

  #attributes(traits: BatchTraits): number {
    let attributes = this.#count === 0 ? 0 : codeOf(this.#compression);
    if (traits.timestampType === 'LogAppendTime') attributes |= attributeBits.logAppendTime;
    if (traits.isTransactional) attributes |= attributeBits.transactional;
    if (traits.isControl) attributes |= attributeBits.control;
    if (traits.deleteHorizonMs !== undefined) attributes |= attributeBits.deleteHorizon;
    return attributes;
  }

  #recordSizeBytes(record: BatchRecord): number {
    const offsetDelta = record.offsetDelta ?? this.#lastOffsetDelta + 1;
    const body = this.#bodySizeBytes(record, offsetDelta, this.#baseTimestamp ?? record.timestamp);
    return varintBytes(body) + body;
  }

  #bodySizeBytes(record: BatchRecord, offsetDelta: number, baseTimestamp: number): number {
    let size = 1 + varintBytes(record.timestamp - baseTimestamp) + varintBytes(offsetDelta);
    size += nullableBytes(record.key) + nullableBytes(record.value);
    const headers = record.headers ?? [];
    size += varintBytes(headers.length);
    for (const header of headers) size += nullableBytes(utf8(header.key)) + nullableBytes(header.value);
    return size;
  }
}

function writeRecord(
  writer: Writer,
  record: BatchRecord,
  bodyBytes: number,
  offsetDelta: number,
  timestampDelta: number,
): void {
  writer.varint(bodyBytes);
  const start = writer.length;
  writer.int8(0);
  writer.varlong(timestampDelta);
  writer.varint(offsetDelta);
  writeNullable(writer, record.key);
  writeNullable(writer, record.value);
  const headers = record.headers ?? [];
  writer.varint(headers.length);
  for (const header of headers) {
    writeNullable(writer, utf8(header.key));
    writeNullable(writer, header.value);
  }
  assert(writer.length - start === bodyBytes, 'a record is as long as it was measured');
}

function writeNullable(writer: Writer, bytes: Uint8Array | null): void {
  writer.varint(bytes === null ? -1 : bytes.length);
  if (bytes !== null) writer.raw(bytes);
}

function nullableBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintBytes(bytes.length) + bytes.length;
}

/** How many bytes a zig-zag varint of any size takes. */
function varintBytes(value: number): number {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  let count = 1;
  for (; rest >= 128; rest = Math.floor(rest / 128)) count++;
  return count;
}
