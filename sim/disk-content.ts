// The bytes of a file, in pages that copies share until one of them writes (copy on write): what is on the
// platter, what is in the page cache and what an fsync promised differ in few pages, so they cost little more
// than one copy.

import { assert } from '../engine/index.ts';
import { fileBytes } from './limits.ts';

export const pageBytes = 4096;
export const sectorBytes = 512;

const slabBytes = 256 * 1024;
let slab = new ArrayBuffer(slabBytes);
let slabUsed = 0;

/**
 * Zeroed bytes from a slab: a page costs a view, not a call of malloc (which was two thirds of the time of a
 * run that writes much). A slab lives as long as one of its pages; nothing is used twice, so nothing is
 * observable here.
 */
export function freshBytes(length: number): Uint8Array {
  if (length * 8 > slabBytes) return new Uint8Array(length);
  if (slabUsed + length > slabBytes) {
    slab = new ArrayBuffer(slabBytes);
    slabUsed = 0;
  }
  const bytes = new Uint8Array(slab, slabUsed, length);
  slabUsed += length;
  return bytes;
}

export class Content {
  #sizeBytes = 0;
  /** undefined is a page of zeros. */
  #pages: (Uint8Array | undefined)[] = [];
  /** Whether a page belongs to this copy alone. */
  #own: boolean[] = [];

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The same bytes; pages are shared until either side writes. */
  copy(): Content {
    const copy = new Content();
    copy.#sizeBytes = this.#sizeBytes;
    copy.#pages = this.#pages.slice();
    copy.#own = new Array<boolean>(this.#pages.length).fill(false);
    this.#own.fill(false);
    return copy;
  }

  /** Writes at `position`; a gap behind the end is zeros. */
  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length;
    assert(end <= fileBytes, `a simulated file has at most ${fileBytes} bytes`);
    if (bytes.length === 0) return;
    for (let at = position; at < end; ) {
      const index = Math.floor(at / pageBytes);
      const inPage = at - index * pageBytes;
      const length = Math.min(pageBytes - inPage, end - at);
      const from = at - position;
      this.#writable(index).set(bytes.subarray(from, from + length), inPage);
      at += length;
    }
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
  }

  /** Fills `into` from `position`; returns how many bytes there were. */
  read(position: number, into: Uint8Array): number {
    const length = Math.max(0, Math.min(into.length, this.#sizeBytes - position));
    for (let done = 0; done < length; ) {
      const index = Math.floor((position + done) / pageBytes);
      const inPage = position + done - index * pageBytes;
      const part = Math.min(pageBytes - inPage, length - done);
      const page = this.#pages[index];
      if (page === undefined) into.fill(0, done, done + part);
      else into.set(page.subarray(inPage, inPage + part), done);
      done += part;
    }
    return length;
  }

  /** Cuts, or extends with zeros. */
  truncate(sizeBytes: number): void {
    assert(sizeBytes >= 0 && sizeBytes <= fileBytes, 'a file has a size');
    if (sizeBytes < this.#sizeBytes) {
      const pages = Math.ceil(sizeBytes / pageBytes);
      if (this.#pages.length > pages) this.#pages.length = pages;
      if (this.#own.length > pages) this.#own.length = pages;
      const rest = sizeBytes % pageBytes;
      // What was cut must not come back when the file grows again.
      if (rest > 0 && this.#pages[pages - 1] !== undefined) this.#writable(pages - 1).fill(0, rest);
    }
    this.#sizeBytes = sizeBytes;
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(this.#sizeBytes);
    this.read(0, bytes);
    return bytes;
  }

  /** The first position below `endBytes` at which two contents differ; -1 when there is none. */
  firstDifference(other: Content, endBytes: number): number {
    const mine = new Uint8Array(pageBytes);
    const theirs = new Uint8Array(pageBytes);
    for (let position = 0; position < endBytes; position += pageBytes) {
      const index = position / pageBytes;
      if (this.#pages[index] === other.#pages[index] && this.#sizeBytes === other.#sizeBytes) continue;
      const length = Math.min(pageBytes, endBytes - position);
      const here = this.read(position, mine.subarray(0, length));
      const there = other.read(position, theirs.subarray(0, length));
      for (let at = 0; at < Math.min(here, there); at++) if (mine[at] !== theirs[at]) return position + at;
      if (here !== there) return position + Math.min(here, there);
    }
    return -1;
  }

  #writable(index: number): Uint8Array {
    while (this.#pages.length <= index) {
      this.#pages.push(undefined);
      this.#own.push(false);
    }
    const page = this.#pages[index];
    if (page !== undefined && this.#own[index]) return page;
    const own = freshBytes(pageBytes);
    if (page !== undefined) own.set(page);
    this.#pages[index] = own;
    this.#own[index] = true;
    return own;
  }
}
