// Frames and headers: a frame is an int32 size and that many bytes; inside, a header, then the body of one request or
// response. Which header a message has follows from its API and version (reference: Kafka's RequestHeader.json,
// ResponseHeader.json, and the one exception: ApiVersions answers with header v0 at every version).

import { failure, type Outcome, success } from '../base/outcome.ts';
import { bytesLength, type Reader, type Writer } from './bytes.ts';
import { isFlexible } from './codec.ts';
import type { Api } from './schema.ts';

const apiVersionsKey = 18;

/** Cuts a stream of chunks into frames. */
export class FrameAssembler {
  readonly #frameBytesMax: number;
  #parts: Uint8Array[] = [];
  #held = 0;
  #wanted = -1;

  /** `frameBytesMax` is `socket.request.max.bytes`: a larger (or negative) size ends the connection. */
  constructor(frameBytesMax: number) {
    this.#frameBytesMax = frameBytesMax;
  }

  /**
   * Takes a chunk (copied: the port wants it back) and returns the frames that it completes, without their size
   * field; or a sentence when the size is not acceptable, after which the connection must end.
   */
  push(chunk: Uint8Array): Outcome<Uint8Array[], string> {
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#wanted < 0) {
        const missing = 4 - this.#held;
        const part = chunk.slice(at, at + missing);
        at += part.length;
        this.#keep(part);
        if (this.#held < 4) break;
        const sizeBytes = new DataView(this.#take().buffer).getInt32(0);
        if (sizeBytes < 0 || sizeBytes > this.#frameBytesMax) {
          return failure(`a frame of ${sizeBytes} bytes where at most ${this.#frameBytesMax} are allowed`);
        }
        this.#wanted = sizeBytes;
      }
      const part = chunk.slice(at, at + this.#wanted - this.#held);
      at += part.length;
      this.#keep(part);
      if (this.#held < this.#wanted) break;
      frames.push(this.#take());
      this.#wanted = -1;
    }
    return success(frames);
  }

  #keep(part: Uint8Array): void {
    this.#parts.push(part);
    this.#held += part.length;
  }

  #take(): Uint8Array {
    const whole = this.#parts.length === 1 ? (this.#parts[0] as Uint8Array) : join(this.#parts, this.#held);
    this.#parts = [];
    this.#held = 0;
    return whole;
  }
}

function join(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
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
