// Frames and headers: a frame is an int32 size and that many bytes; inside, a header, then the body of one
// request or response. Which header a message has follows from its API and version (reference: Kafka's
// RequestHeader.json, ResponseHeader.json, and the one exception: ApiVersions answers with header v0 at every
// version).

import { BufferPool } from '../base/buffer-pool.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { bytesLength, type Reader, type Writer } from './bytes.ts';
import { isFlexible } from './codec.ts';
import type { Api } from './schema.ts';

const apiVersionsKey = 18;

/**
 * What a frame gets before its first bytes are here: a size from the wire alone allocates no more than this (where a
 * larger buffer lies idle it costs nothing).
 */
const firstReserveBytes = 64 * 1024;

/** Cuts a stream of chunks into frames. */
export class FrameAssembler {
  readonly #frameBytesMax: number;
  readonly #buffers: BufferPool;
  readonly #size = new Uint8Array(4);
  /** How much of the size field, and then of the frame, is here. */
  #sizeHeld = 0;
  #held = 0;
  #wanted = 0;
  #frame: Uint8Array = new Uint8Array(0);
  #broken: string | undefined;

  /**
   * `frameBytesMax` is `socket.request.max.bytes`: a larger (or negative) size ends the connection. Frames are made
   * from `buffers`, and may be given back there.
   */
  constructor(frameBytesMax: number, buffers = new BufferPool({ scribbles: false })) {
    this.#frameBytesMax = frameBytesMax;
    this.#buffers = buffers;
  }

  /**
   * Takes a chunk (copied: the port wants it back) and returns the frames that it completes, without their
   * size field; or a sentence when the size is not acceptable, after which the connection must end (and
   * whatever is pushed is answered with the same sentence).
   */
  push(chunk: Uint8Array): Outcome<Uint8Array[], string> {
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length && this.#broken === undefined) {
      at += this.#sizeHeld < 4 ? this.#takeSize(chunk, at) : this.#takeBody(chunk, at);
      if (this.#sizeHeld === 4 && this.#held === this.#wanted) {
        frames.push(this.#frame);
        this.#sizeHeld = 0;
      }
    }
    return this.#broken === undefined ? success(frames) : failure(this.#broken);
  }

  #takeSize(chunk: Uint8Array, at: number): number {
    const count = Math.min(4 - this.#sizeHeld, chunk.length - at);
    this.#size.set(chunk.subarray(at, at + count), this.#sizeHeld);
    this.#sizeHeld += count;
    if (this.#sizeHeld < 4) return count;
    this.#held = 0;
    this.#wanted = new DataView(this.#size.buffer).getInt32(0);
    if (this.#wanted < 0 || this.#wanted > this.#frameBytesMax) {
      this.#broken = `a frame of ${this.#wanted} bytes where at most ${this.#frameBytesMax} are allowed`;
      this.#wanted = -1;
      return count;
    }
    const here = chunk.length - at - count;
    const reserve = this.#buffers.hasIdle(this.#wanted) ? this.#wanted : Math.max(here, firstReserveBytes);
    this.#frame = this.#buffers.take(Math.min(this.#wanted, reserve));
    return count;
  }

  #takeBody(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#wanted - this.#held, chunk.length - at);
    if (this.#held + count > this.#frame.length) {
      const grown = this.#buffers.take(
        Math.min(this.#wanted, Math.max(2 * this.#frame.length, this.#held + count)),
      );
      grown.set(this.#frame.subarray(0, this.#held));
      this.#buffers.giveBack(this.#frame);
      this.#frame = grown;
    }
    this.#frame.set(chunk.subarray(at, at + count), this.#held);
    this.#held += count;
    return count;
  }
}

/** Puts the size in front of a message. */
export function frame(chunks: readonly Uint8Array[]): Uint8Array[] {
  const size = new Uint8Array(4);
  new DataView(size.buffer).setInt32(0, bytesLength(chunks));
  return [size, ...chunks];
}

export interface RequestHeader {
  readonly apiKey: number;
  readonly version: number;
  readonly correlationId: number;
  /** A null client id reads as "". */
  readonly clientId: string;
}

/** Reads the part that every header has; `skipHeaderTags` reads the rest once the API is known. */
export function readRequestHeader(reader: Reader): Outcome<RequestHeader, string> {
  const apiKey = reader.int16();
  const version = reader.int16();
  const correlationId = reader.int32();
  const length = reader.int16();
  const clientId = length < 0 ? '' : reader.utf8(length);
  if (reader.failure !== undefined) return failure(`request header: ${reader.failure}`);
  return success({ apiKey, version, correlationId, clientId });
}

/** Steps over the tagged fields of a flexible header: none is known to us. */
export function skipHeaderTags(reader: Reader): void {
  const count = reader.uvarint();
  for (let i = 0; i < count && reader.failure === undefined; i++) {
    reader.uvarint();
    reader.take(reader.uvarint());
  }
}

export function writeRequestHeader(api: Api, header: Omit<RequestHeader, 'apiKey'>, writer: Writer): void {
  const clientId = new TextEncoder().encode(header.clientId);
  writer.int16(api.key);
  writer.int16(header.version);
  writer.int32(header.correlationId);
  writer.int16(clientId.length);
  writer.raw(clientId);
  if (isFlexible(api, header.version)) writer.uvarint(0);
}

export function writeResponseHeader(api: Api, version: number, correlationId: number, writer: Writer): void {
  writer.int32(correlationId);
  if (isFlexible(api, version) && api.key !== apiVersionsKey) writer.uvarint(0);
}

/** Reads a response header and returns its correlation id; the body follows in `reader`. */
export function readResponseHeader(api: Api, version: number, reader: Reader): number {
  const correlationId = reader.int32();
  if (isFlexible(api, version) && api.key !== apiVersionsKey) skipHeaderTags(reader);
  return correlationId;
}
