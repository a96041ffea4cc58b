// The bare read-and-send loop: the least that any broker must do for a Fetch request. Each partition's batches are
// read from its file straight into a pooled buffer, behind the few bytes that the answer says about them, and leave
// in one write. What is there stays whole batches, so no client gets bytes that it throws away.
//
// Versions 4 to 11, whose fields all have fixed places. No fetch sessions: each request names what it wants. A request
// that asks for more than there is waits, as it said, for the next append or for its time.

import fs from 'node:fs';
import { type BareConnection, type BareFrame, mustBeWithin } from './bare-connection.ts';
import type { BarePartition } from './bare-partition.ts';
import type { BareTopics } from './bare-topics.ts';

export const fetchKey = 1;
export const fetchVersions = { first: 4, last: 11 } as const;

const none = 0;
const offsetOutOfRange = 1;
const unknownTopicOrPartition = 3;

const two32 = 2 ** 32;
/** What an answer says of one partition in the longest version, and of one topic beside its name; generously. */
const partitionBytes = 64;
const topicBytes = 16;
/** What a request says of a partition in the shortest version. */
const partitionBytesMin = 16;
const poolBuffersMax = 8;
const smallestBufferBytes = 64 << 10;
/** Below this a request's own limits rule. */
const answerBytesMax = 256 << 20;

interface Waiting {
  readonly connection: BareConnection;
  readonly frame: BareFrame;
  readonly version: number;
  readonly correlationId: number;
  readonly at: number;
  readonly timer: NodeJS.Timeout;
}

/** One partition of a request, and what it gets. */
interface Part {
  readonly index: number;
  readonly error: number;
  readonly partition: BarePartition | undefined;
  readonly position: number;
  readonly bytes: number;
}

interface Wanted {
  readonly topics: readonly { readonly name: string; readonly parts: readonly Part[] }[];
  readonly recordsBytes: number;
  readonly headBytes: number;
  readonly maxWaitMs: number;
  readonly minBytes: number;
  readonly hasError: boolean;
}

export class BareReadSend {
  readonly #topics: BareTopics;
  readonly #waiting = new Set<Waiting>();
  #pool: Buffer[] = [];

  constructor(topics: BareTopics) {
    this.#topics = topics;
  }

  /** `at`: behind the header. */
  fetch(
    connection: BareConnection,
    frame: BareFrame,
    version: number,
    correlationId: number,
    at: number,
  ): void {
    const wanted = this.#understand(frame, at, version);
    const { maxWaitMs, minBytes, recordsBytes, hasError } = wanted;
    if (recordsBytes >= minBytes || maxWaitMs <= 0 || hasError) {
      this.#send(connection, wanted, version, correlationId);
      return;
    }
    // The slab will be used again before there is an answer.
    const bytes = Buffer.from(frame.bytes.subarray(frame.start, frame.end));
    const kept = { bytes, start: 0, end: bytes.length };
    const waiting: Waiting = {
      connection,
      frame: kept,
      version,
      correlationId,
      at: at - frame.start,
      timer: setTimeout(() => this.#again(waiting, true), maxWaitMs),
    };
    connection.wait();
    this.#waiting.add(waiting);
  }

  /** There is more to read than before. */
  moreWritten(): void {
    for (const waiting of this.#waiting) this.#again(waiting, false);
  }

  #again(waiting: Waiting, isTime: boolean): void {
    const { connection, frame, version, correlationId, at, timer } = waiting;
    if (connection.open) {
      const wanted = this.#understand(frame, at, version);
      if (!isTime && wanted.recordsBytes < wanted.minBytes) return;
      this.#send(connection, wanted, version, correlationId);
    }
    clearTimeout(timer);
    this.#waiting.delete(waiting);
    connection.goOn();
  }

  #understand(frame: BareFrame, at: number, version: number): Wanted {
    const { bytes } = frame;
    const maxWaitMs = bytes.readInt32BE(at + 4);
    const minBytes = bytes.readInt32BE(at + 8);
    let left = Math.min(answerBytesMax, bytes.readInt32BE(at + 12));
    let read = at + 17 + (version >= 7 ? 8 : 0);
    const topics: { name: string; parts: Part[] }[] = [];
    let recordsBytes = 0;
    let headBytes = partitionBytes;
    let hasError = false;
    const count = bytes.readInt32BE(read);
    read += 4;
    for (let topic = 0; topic < count; topic++) {
      mustBeWithin(frame, read + 2);
      const nameLength = Math.max(0, bytes.readInt16BE(read));
      mustBeWithin(frame, read + 6 + nameLength);
      const name = bytes.toString('latin1', read + 2, read + 2 + nameLength);
      read += 2 + nameLength;
      const made = this.#topics.get(name);
      const parts: Part[] = [];
      const partitions = bytes.readInt32BE(read);
      read += 4;
      for (let each = 0; each < partitions; each++) {
        mustBeWithin(frame, read + partitionBytesMin);
        const index = bytes.readInt32BE(read);
        read += version >= 9 ? 8 : 4;
        const offset = bytes.readInt32BE(read) * two32 + bytes.readUInt32BE(read + 4);
        read += version >= 5 ? 16 : 8;
        const bytesMax = Math.min(left, bytes.readInt32BE(read));
        read += 4;
        // One batch is sent however small the limits are, but only one.
        const part = partOf(index, made?.[index], offset, bytesMax, recordsBytes === 0);
        recordsBytes += part.bytes;
        left = Math.max(0, left - part.bytes);
        hasError ||= part.error !== none;
        parts.push(part);
      }
      topics.push({ name, parts });
      headBytes += topicBytes + nameLength + partitions * partitionBytes;
    }
    return { topics, recordsBytes, headBytes, maxWaitMs, minBytes, hasError };
  }

  #send(connection: BareConnection, wanted: Wanted, version: number, correlationId: number): void {
    const buffer = this.#take(wanted.recordsBytes + wanted.headBytes);
    let to = buffer.writeInt32BE(correlationId, 4);
    to = buffer.writeInt32BE(0, to);
    if (version >= 7) to = buffer.writeInt32BE(0, buffer.writeInt16BE(none, to));
    to = buffer.writeInt32BE(wanted.topics.length, to);
    for (const { name, parts } of wanted.topics) {
      to = buffer.writeInt16BE(name.length, to);
      to += buffer.write(name, to, 'latin1');
      to = buffer.writeInt32BE(parts.length, to);
      for (const part of parts) to = writePart(buffer, part, version, to);
    }
    buffer.writeInt32BE(to - 4, 0);
    connection.answer(buffer.subarray(0, to), () => this.#giveBack(buffer));
  }

  #take(bytes: number): Buffer {
    const at = this.#pool.findIndex((buffer) => buffer.length >= bytes);
    const pooled = at < 0 ? undefined : this.#pool.splice(at, 1)[0];
    return pooled ?? Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(smallestBufferBytes, bytes))));
  }

  #giveBack(buffer: Buffer): void {
    // The youngest fit best: sizes settle at what the load asks for.
    this.#pool = [buffer, ...this.#pool].slice(0, poolBuffersMax);
  }
}

function partOf(
  index: number,
  partition: BarePartition | undefined,
  offset: number,
  bytesMax: number,
  isFirst: boolean,
): Part {
  const nothing = { index, partition, position: 0, bytes: 0 };
  if (partition === undefined) return { ...nothing, error: unknownTopicOrPartition };
  if (offset < 0 || offset > partition.writtenOffset) return { ...nothing, error: offsetOutOfRange };
  if (offset === partition.writtenOffset || (bytesMax <= 0 && !isFirst)) return { ...nothing, error: none };
  const range = partition.range(offset, Math.max(0, bytesMax));
  if (range.bytes > bytesMax && !isFirst) return { ...nothing, error: none };
  return { index, partition, ...range, error: none };
}

/** What is said of one partition, and its batches from the file; returns where they end. */
function writePart(buffer: Buffer, part: Part, version: number, at: number): number {
  const { index, error, partition, position, bytes } = part;
  const end = partition?.writtenOffset ?? -1;
  let to = buffer.writeInt32BE(index, at);
  to = buffer.writeInt16BE(error, to);
  to = writeInt64(buffer, end, to);
  to = writeInt64(buffer, end, to);
  if (version >= 5) to = writeInt64(buffer, partition === undefined ? -1 : 0, to);
  to = buffer.writeInt32BE(-1, to);
  if (version >= 11) to = buffer.writeInt32BE(-1, to);
  to = buffer.writeInt32BE(bytes, to);
  if (partition === undefined || bytes === 0) return to;
  let done = 0;
  while (done < bytes) {
    const count = fs.readSync(partition.file, buffer, to + done, bytes - done, position + done);
    if (count === 0) throw new Error(`the file ends ${bytes - done} bytes before what was written to it`);
    done += count;
  }
  return to + done;
}

function writeInt64(buffer: Buffer, value: number, at: number): number {
  buffer.writeInt32BE(Math.floor(value / two32), at);
  return buffer.writeUInt32BE(value < 0 ? value + two32 : value % two32, at + 4);
}
