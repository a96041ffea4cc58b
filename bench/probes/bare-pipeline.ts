// The bare pipeline: the least that any broker must do for a Produce request. For each batch: is it whole, of format
// v2, is its checksum right; its offset is assigned where it lies. The bytes go to the partition's file, and the
// answer out, at the end of the turn (`bare-turn.ts`).
//
// Versions 3 to 8, whose fields all have fixed places. Left out on purpose, because a broker may do without: sequence
// numbers of idempotent producers, a look at the single records, timestamps, indexes by time, replication.

import { crc32c } from '@node-rs/crc32';
import { type BareConnection, type BareFrame, mustBeWithin } from './bare-connection.ts';
import type { BarePartition } from './bare-partition.ts';
import type { BareTopics } from './bare-topics.ts';
import type { BareTurn } from './bare-turn.ts';

export const produceKey = 0;
export const produceVersions = { first: 3, last: 8 } as const;

const none = 0;
const corruptMessage = 2;
const unknownTopicOrPartition = 3;

const batchHeaderBytes = 61;
const batchOverheadBytes = 12;
const two32 = 2 ** 32;
/** An answer is made here and copied out: it is small, unless a request names thousands of partitions. */
const scratch = Buffer.alloc(4 << 20);
const scratchReserveBytes = 64 << 10;

export class BarePipeline {
  readonly #topics: BareTopics;
  readonly #turn: BareTurn;

  constructor(topics: BareTopics, turn: BareTurn) {
    this.#topics = topics;
    this.#turn = turn;
  }

  /** `at`: behind the header. A request that does not end where it should throws RangeError. */
  produce(
    connection: BareConnection,
    frame: BareFrame,
    version: number,
    correlationId: number,
    at: number,
  ): void {
    const { bytes } = frame;
    const transactionalIdLength = bytes.readInt16BE(at);
    let read = at + 2 + Math.max(0, transactionalIdLength);
    const acks = bytes.readInt16BE(read);
    const topics = bytes.readInt32BE(read + 6);
    read += 10;
    scratch.writeInt32BE(correlationId, 4);
    let write = scratch.writeInt32BE(topics, 8);
    for (let topic = 0; topic < topics; topic++) {
      mustBeWithin(frame, read + 2);
      const nameLength = Math.max(0, bytes.readInt16BE(read));
      mustBeWithin(frame, read + 6 + nameLength);
      const name = bytes.toString('latin1', read + 2, read + 2 + nameLength);
      write += bytes.copy(scratch, write, read, read + 2 + nameLength);
      read += 2 + nameLength;
      const made = this.#topics.get(name);
      const partitions = bytes.readInt32BE(read);
      read += 4;
      write = scratch.writeInt32BE(partitions, write);
      for (let index = 0; index < partitions; index++) {
        if (write > scratch.length - scratchReserveBytes) throw new RangeError('too many partitions');
        mustBeWithin(frame, read + 8);
        const partition = bytes.readInt32BE(read);
        const length = Math.max(0, bytes.readInt32BE(read + 4));
        read += 8;
        mustBeWithin(frame, read + length);
        write = scratch.writeInt32BE(partition, write);
        write = this.#append(connection, bytes, read, read + length, made?.[partition], version, write);
        read += length;
      }
    }
    write = scratch.writeInt32BE(0, write);
    scratch.writeInt32BE(write - 4, 0);
    if (acks !== 0) connection.answer(Buffer.from(scratch.subarray(0, write)));
  }

  /** Checks and appends the batches of one partition and writes its part of the answer; returns where that ends. */
  #append(
    connection: BareConnection,
    bytes: Buffer,
    start: number,
    end: number,
    partition: BarePartition | undefined,
    version: number,
    write: number,
  ): number {
    const error = partition === undefined ? unknownTopicOrPartition : checked(bytes, start, end);
    let baseOffset = -1;
    if (partition !== undefined && error === none) {
      baseOffset = partition.nextOffset;
      for (let at = start; at < end; ) {
        const size = bytes.readInt32BE(at + 8) + batchOverheadBytes;
        const offset = partition.place(bytes.readInt32BE(at + 23) + 1, size);
        bytes.writeInt32BE(Math.floor(offset / two32), at);
        bytes.writeUInt32BE(offset % two32, at + 4);
        bytes.writeInt32BE(0, at + 12);
        at += size;
      }
      partition.append(bytes.subarray(start, end));
      this.#turn.append(partition);
      connection.lend();
    }
    let to = scratch.writeInt16BE(error, write);
    to = writeInt64(baseOffset, to);
    to = writeInt64(-1, to);
    if (version >= 5) to = writeInt64(baseOffset < 0 ? -1 : 0, to);
    if (version >= 8) to = scratch.writeInt16BE(-1, scratch.writeInt32BE(0, to));
    return to;
  }
}

/** The error code of batches that must fill their bytes to the end: 0 when all are in order. */
function checked(bytes: Buffer, start: number, end: number): number {
  if (start === end) return corruptMessage;
  for (let at = start; at < end; ) {
    if (end - at < batchHeaderBytes || bytes.readInt8(at + 16) !== 2) return corruptMessage;
    const size = bytes.readInt32BE(at + 8) + batchOverheadBytes;
    if (size < batchHeaderBytes || size > end - at) return corruptMessage;
    const lastOffsetDelta = bytes.readInt32BE(at + 23);
    if (lastOffsetDelta < 0 || bytes.readInt32BE(at + 57) !== lastOffsetDelta + 1) return corruptMessage;
    if (crc32c(bytes.subarray(at + 21, at + size)) >>> 0 !== bytes.readUInt32BE(at + 17))
      return corruptMessage;
    at += size;
  }
  return none;
}

function writeInt64(value: number, at: number): number {
  scratch.writeInt32BE(Math.floor(value / two32), at);
  return scratch.writeUInt32BE(value < 0 ? value + two32 : value % two32, at + 4);
}
