// Buffers that are used again. A broker at full speed needs a new buffer of 64 KiB ten thousand times a second; left to
// the garbage collector they cost more than the records in them (measured: a third of all processor time, most of it
// marking and page faults). So whoever knows that nobody looks at a buffer any more gives it back here.
//
// What must stay true: a buffer is given back once, by its only owner, when no port and no task holds a byte of it.
// Giving nothing back is always right, only slower. Under simulation nothing is used again; what is given back is
// scribbled over instead, so that whoever looks at it later finds nonsense, and the checkers find that.

import { assert } from './assert.ts';

/** Smaller ones are cheap as they are. */
const pooledBytesMin = 1024;
/** Larger ones are rare. */
const pooledBytesMax = 4 << 20;
/** Kept for the next use; what is beyond goes to the garbage collector. */
const idleBytesMax = 32 << 20;
const scribble = 0xdb;

export class BufferPool {
  /** By size; the one used last is taken first: its memory is warm. */
  readonly #idle = new Map<number, Uint8Array[]>();
  readonly #idleBuffers = new Set<ArrayBufferLike>();
  #idleBytes = 0;
  /** All that was made here: what comes from elsewhere may be shared with others, and is not taken in. */
  readonly #own = new WeakSet<ArrayBufferLike>();
  readonly #scribbles: boolean;

  constructor(options: { scribbles: boolean }) {
    this.#scribbles = options.scribbles;
  }

  /** A buffer of this many bytes, with anything in it: its taker overwrites all of it. */
  take(bytes: number): Uint8Array {
    if (this.#scribbles) return this.#made(bytes);
    if (bytes < pooledBytesMin || bytes > pooledBytesMax) return new Uint8Array(bytes);
    const sizeBytes = sizeFor(bytes);
    const whole = this.#idle.get(sizeBytes)?.pop();
    if (whole === undefined) return this.#made(sizeBytes).subarray(0, bytes);
    this.#idleBuffers.delete(whole.buffer);
    this.#idleBytes -= whole.length;
    return whole.length === bytes ? whole : whole.subarray(0, bytes);
  }

  #made(bytes: number): Uint8Array {
    const buffer = new Uint8Array(bytes);
    this.#own.add(buffer.buffer);
    return buffer;
  }

  /** Whether a buffer of this many bytes would cost nothing. */
  hasIdle(bytes: number): boolean {
    return bytes <= pooledBytesMax && (this.#idle.get(sizeFor(bytes))?.length ?? 0) > 0;
  }

  /** Takes back the buffer below `view`, which may be any part of it. What is not from here is left alone. */
  giveBack(view: Uint8Array): void {
    const { buffer } = view;
    const bytes = buffer.byteLength;
    if (!this.#own.has(buffer)) return;
    if (this.#scribbles) {
      new Uint8Array(buffer).fill(scribble);
      return;
    }
    assert(!this.#idleBuffers.has(buffer), 'a buffer is given back once');
    if (this.#idleBytes + bytes > idleBytesMax) return;
    let idle = this.#idle.get(bytes);
    if (idle === undefined) {
      idle = [];
      this.#idle.set(bytes, idle);
    }
    idle.push(view.length === bytes ? view : new Uint8Array(buffer));
    this.#idleBuffers.add(buffer);
    this.#idleBytes += bytes;
  }
}

/** Four sizes from each power of two to the next: few enough to meet again, and no more than a quarter too large. */
function sizeFor(bytes: number): number {
  if (bytes <= pooledBytesMin) return pooledBytesMin;
  const step = 2 ** (29 - Math.clz32(bytes - 1));
  return Math.ceil(bytes / step) * step;
}
