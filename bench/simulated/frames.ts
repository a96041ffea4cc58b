// Counts the requests and responses on one connection of the broker, by looking at the bytes that pass: sizes, the
// API of each request, the correlation id by which its response is known. Nothing is kept of them, nothing is copied.

import { apiByKey, assert } from '../../engine/index.ts';
import type { Tally } from './tally.ts';

const sizeBytes = 4;
/** Of a request: API key and version (2 each), correlation id; of a response: the correlation id. */
const headBytes = { request: 8, response: 4 } as const;

export class FrameCounter {
  readonly #tally: Tally;
  readonly #requests: FrameScanner;
  readonly #responses: FrameScanner;
  /** APIs of the requests that have no response yet, by correlation id. */
  readonly #unanswered = new Map<number, string>();

  constructor(tally: Tally) {
    this.#tally = tally;
    this.#requests = new FrameScanner(headBytes.request, (head, bytes) => this.#request(head, bytes));
    this.#responses = new FrameScanner(headBytes.response, (head, bytes) => this.#response(head, bytes));
  }

  received(chunk: Uint8Array): void {
    this.#requests.scan(chunk);
  }

  sent(chunk: Uint8Array): void {
    this.#responses.scan(chunk);
  }

  #request(head: readonly number[], bytes: number): void {
    const [keyHigh = 0, keyLow = 0] = head;
    const api = apiByKey(keyHigh * 256 + keyLow)?.name ?? 'unknown';
    this.#unanswered.set(word(head, 4), api);
    this.#tally.add(`requests.${api}`);
    this.#tally.add(`requestBytes.${api}`, bytes);
  }

  #response(head: readonly number[], bytes: number): void {
    const correlationId = word(head, 0);
    const api = this.#unanswered.get(correlationId);
    assert(api !== undefined, `response ${correlationId} answers a request`);
    this.#unanswered.delete(correlationId);
    this.#tally.add(`responses.${api}`);
    this.#tally.add(`responseBytes.${api}`, bytes);
  }
}

/** Finds the frames in a stream that is cut anywhere. Tells the head of each and its bytes, the size included. */
class FrameScanner {
  readonly #headBytes: number;
  readonly #found: (head: readonly number[], bytes: number) => void;
  /** Size and head of the frame that is passing, as far as they came. */
  #start: number[] = [];
  /** Bytes of it that are still to come behind its head. */
  #left = 0;

  constructor(head: number, found: (head: readonly number[], bytes: number) => void) {
    this.#headBytes = head;
    this.#found = found;
  }

  scan(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const passing = Math.min(this.#left, chunk.length - at);
      this.#left -= passing;
      at += passing;
      while (this.#left === 0 && at < chunk.length) {
        this.#start.push(chunk[at++] as number);
        if (this.#start.length === sizeBytes + this.#headBytes) this.#head();
      }
    }
  }

  #head(): void {
    const bytes = word(this.#start, 0);
    assert(bytes >= this.#headBytes, 'a frame has a head');
    this.#left = bytes - this.#headBytes;
    this.#found(this.#start.slice(sizeBytes), sizeBytes + bytes);
    this.#start = [];
  }
}

function word(bytes: readonly number[], at: number): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.slice(at, at + 4);
  return ((a * 256 + b) * 256 + c) * 256 + d;
}
