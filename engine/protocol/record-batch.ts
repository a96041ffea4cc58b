// A record batch of format v2, seen where it lies: a view with accessors for the header and the few patches
// that a broker makes in place. Nothing is copied and the records are not looked at (`records.ts` does that).
//
//   0 baseOffset i64       8 batchLength i32       12 partitionLeaderEpoch i32   16 magic i8
//  17 crc u32             21 attributes i16        23 lastOffsetDelta i32        27 baseTimestamp i64
//  35 maxTimestamp i64    43 producerId i64        51 producerEpoch i16          53 baseSequence i32
//  57 recordsCount i32    61 records
//
// The checksum covers byte 21 to the end, so offset and leader epoch may be assigned without touching it, and
// the timestamp type and maxTimestamp may not. Formats v0 and v1 have their magic byte at the same place:
// they are recognised, named and refused (Kafka 4 still serves old segments of them; we do not).

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { writeInt64 } from './bytes.ts';
import { type Compression, compressionOf } from './compression.ts';
import { crc32c } from './crc32c.ts';

/** Size of the header of format v2, which is also the size of the smallest batch. */
export const batchHeaderBytes = 61;
/** baseOffset and batchLength: they stand in front of what batchLength counts. */
export const batchLogOverheadBytes = 12;
/** Up to here the header must be there for the format to be known. */
const magicEndBytes = 17;

export const noProducerId = -1;
export const noProducerEpoch = -1;
export const noSequence = -1;
/** A record or batch without a timestamp. */
export const noTimestamp = -1;

const int32Max = 0x7fffffff;
const two32 = 4294967296;

const at = {
  baseOffset: 0,
  batchLength: 8,
  partitionLeaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordsCount: 57,
} as const;

export const attributeBits = {
  compression: 0x07,
  logAppendTime: 0x08,
  transactional: 0x10,
  control: 0x20,
  deleteHorizon: 0x40,
} as const;

export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** The sequence number `delta` records after `sequence`: from 2^31-1 it goes on at 0. */
export function sequenceAfter(sequence: number, delta: number): number {
  return sequence > int32Max - delta ? delta - (int32Max - sequence) - 1 : sequence + delta;
}

export class RecordBatch {
  readonly bytes: Uint8Array;
  /** Where the batch starts in `bytes`. */
  readonly position: number;
  readonly #view: DataView;

  /** For `BatchWalk` and `batchAt`, which have looked that a whole batch of format v2 lies there. */
  constructor(bytes: Uint8Array, position: number, view: DataView) {
    this.bytes = bytes;
    this.position = position;
    this.#view = view;
  }

  get baseOffset(): number {
    return this.#int64(at.baseOffset);
  }

  /** What the header says: bytes after the first twelve. */
  get batchLength(): number {
    return this.#view.getInt32(this.position + at.batchLength);
  }

  /** The whole batch, from its base offset to its last record. */
  get sizeBytes(): number {
    return this.batchLength + batchLogOverheadBytes;
  }

  /** Where the batch ends in `bytes`. */
  get end(): number {
    return this.position + this.sizeBytes;
  }

  get partitionLeaderEpoch(): number {
    return this.#view.getInt32(this.position + at.partitionLeaderEpoch);
  }

  get magic(): number {
    return this.#view.getInt8(this.position + at.magic);
  }

  get crc(): number {
    return this.#view.getUint32(this.position + at.crc);
  }

  get attributes(): number {
    return this.#view.getInt16(this.position + at.attributes);
  }

  get compressionCode(): number {
    return this.attributes & attributeBits.compression;
  }

  /** undefined for the codes that have no meaning. */
  get compression(): Compression | undefined {
    return compressionOf(this.compressionCode);
  }

  get timestampType(): TimestampType {
    return this.attributes & attributeBits.logAppendTime ? 'LogAppendTime' : 'CreateTime';
  }

  get isTransactional(): boolean {
    return (this.attributes & attributeBits.transactional) !== 0;
  }

  get isControl(): boolean {
    return (this.attributes & attributeBits.control) !== 0;
  }

  /**
   * When the tombstones and markers of the batch may go, once a cleaner has decided it; it lives in
   * baseTimestamp.
   */
  get deleteHorizonMs(): number | undefined {
    return this.attributes & attributeBits.deleteHorizon ? this.baseTimestamp : undefined;
  }

  get lastOffsetDelta(): number {
    return this.#view.getInt32(this.position + at.lastOffsetDelta);
  }

  /** Survives compaction: the offset of the last record there ever was, not of the last that is left. */
  get lastOffset(): number {
    return this.baseOffset + this.lastOffsetDelta;
  }

  get nextOffset(): number {
    return this.lastOffset + 1;
  }

  get baseTimestamp(): number {
    return this.#int64(at.baseTimestamp);
  }

  get maxTimestamp(): number {
    return this.#int64(at.maxTimestamp);
  }

  get producerId(): number {
    return this.#int64(at.producerId);
  }

  get hasProducerId(): boolean {
    return this.producerId > noProducerId;
  }

  get producerEpoch(): number {
    return this.#view.getInt16(this.position + at.producerEpoch);
  }

  get baseSequence(): number {
    return this.#view.getInt32(this.position + at.baseSequence);
  }

  /** -1 when the batch has no sequence numbers. */
  get lastSequence(): number {
    const first = this.baseSequence;
    return first === noSequence ? noSequence : sequenceAfter(first, this.lastOffsetDelta);
  }

  /** How many records the batch says it has; after compaction fewer than offsets, even none. */
  get recordsCount(): number {
    return this.#view.getInt32(this.position + at.recordsCount);
  }

  /** The bytes behind the header, still compressed. */
  get recordsBytes(): Uint8Array {
    return this.bytes.subarray(this.position + batchHeaderBytes, this.end);
  }

  /** The batch alone; a view, not a copy. */
  get batchBytes(): Uint8Array {
    return this.bytes.subarray(this.position, this.end);
  }

  isCrcValid(): boolean {
    return crc32c(this.bytes, this.position + at.attributes, this.end) === this.crc;
  }

  /** What a leader does to every batch it appends. The checksum does not cover these fields. */
  assignOffsets(baseOffset: number, partitionLeaderEpoch: number): void {
    assert(baseOffset >= 0, 'a batch is placed at an offset that exists');
    writeInt64(this.#view, this.position + at.baseOffset, baseOffset);
    this.#view.setInt32(this.position + at.partitionLeaderEpoch, partitionLeaderEpoch);
  }

  /**
   * The broker's clock stands for every record of the batch; their deltas stay as they are and mean nothing.
   */
  setLogAppendTime(timestampMs: number): void {
    this.setMaxTimestamp('LogAppendTime', timestampMs);
  }

  /** Sets the timestamp type and maxTimestamp; the checksum is made anew if that changed anything. */
  setMaxTimestamp(type: TimestampType, maxTimestampMs: number): void {
    if (this.timestampType === type && this.maxTimestamp === maxTimestampMs) return;
    const others = this.attributes & ~attributeBits.logAppendTime;
    const attributes = type === 'LogAppendTime' ? others | attributeBits.logAppendTime : others;
    this.#view.setInt16(this.position + at.attributes, attributes);
    writeInt64(this.#view, this.position + at.maxTimestamp, maxTimestampMs);
    const crc = crc32c(this.bytes, this.position + at.attributes, this.end);
    this.#view.setUint32(this.position + at.crc, crc);
  }

  #int64(offset: number): number {
    const position = this.position + offset;
    return this.#view.getInt32(position) * two32 + this.#view.getUint32(position + 4);
  }
}

/**
 * Why a walk ended before the end of its bytes: the next batch is not all there, or what is there is not one.
 */
export type WalkStop = { readonly kind: 'cut' } | { readonly kind: 'malformed'; readonly message: string };

/**
 * Steps through batches that lie one after another, as in a file or a Fetch response, where the last may be
 * cut: `wholeBytesEnd` is where the whole ones end, `stop` says why it went no further.
 */
export class BatchWalk {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #end: number;
  #position: number;
  #stop: WalkStop | undefined;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    assert(start >= 0 && start <= end && end <= bytes.length, 'a walk goes over bytes that are there');
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#position = start;
    this.#end = end;
  }

  /** Where the last batch given out ended: everything before is whole. */
  get wholeBytesEnd(): number {
    return this.#position;
  }

  get stop(): WalkStop | undefined {
    return this.#stop;
  }

  next(): RecordBatch | undefined {
    if (this.#stop !== undefined || this.#position === this.#end) return undefined;
    const left = this.#end - this.#position;
    if (left < magicEndBytes) return this.#cease({ kind: 'cut' });
    const magic = this.#view.getInt8(this.#position + at.magic);
    const sizeBytes = this.#view.getInt32(this.#position + at.batchLength) + batchLogOverheadBytes;
    if (magic !== 2) return this.#cease({ kind: 'malformed', message: wrongMagic(magic) });
    if (sizeBytes < batchHeaderBytes) {
      const message = `a batch of ${sizeBytes} bytes where the header alone has ${batchHeaderBytes}`;
      return this.#cease({ kind: 'malformed', message });
    }
    if (sizeBytes > left) return this.#cease({ kind: 'cut' });
    const batch = new RecordBatch(this.#bytes, this.#position, this.#view);
    this.#position += sizeBytes;
    return batch;
  }

  #cease(stop: WalkStop): undefined {
    this.#stop = stop;
    return undefined;
  }
}

function wrongMagic(magic: number): string {
  if (magic === 0 || magic === 1) return `message format v${magic} is not supported, only v2`;
  return `no message format has the magic byte ${magic}`;
}

/** All batches of bytes that must end where the last one ends: what a Produce request carries. */
export function batchesOf(bytes: Uint8Array): Outcome<RecordBatch[], string> {
  const batches: RecordBatch[] = [];
  const walk = new BatchWalk(bytes);
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) batches.push(batch);
  if (walk.stop === undefined) return success(batches);
  if (walk.stop.kind === 'malformed') return failure(walk.stop.message);
  return failure(
    `the batch at byte ${walk.wholeBytesEnd} is cut after ${bytes.length - walk.wholeBytesEnd} bytes`,
  );
}

/** The whole batches at the front of bytes whose tail may be cut: what files and Fetch responses have. */
export function wholeBatchesOf(bytes: Uint8Array): {
  batches: RecordBatch[];
  wholeBytes: number;
  stop: WalkStop | undefined;
} {
  const batches: RecordBatch[] = [];
  const walk = new BatchWalk(bytes);
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) batches.push(batch);
  return { batches, wholeBytes: walk.wholeBytesEnd, stop: walk.stop };
}

/** The batch that is known to lie at `position`: bytes of our own making. */
export function batchAt(bytes: Uint8Array, position = 0): RecordBatch {
  const batch = new BatchWalk(bytes, position).next();
  assert(batch !== undefined, `a whole batch lies at byte ${position}`);
  return batch;
}

/**
 * For whoever reads headers out of a file: how long the batch is that starts with these bytes; undefined if
 * unclear.
 */
export function batchSizeBytes(header: Uint8Array, position = 0): number | undefined {
  if (header.length - position < batchLogOverheadBytes) return undefined;
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const sizeBytes = view.getInt32(position + at.batchLength) + batchLogOverheadBytes;
  return sizeBytes < batchHeaderBytes ? undefined : sizeBytes;
}
