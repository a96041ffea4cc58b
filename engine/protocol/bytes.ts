// Reading and writing Kafka's primitive types. The reader never throws and never reads past its end: the
// first thing that does not fit is remembered in `failure`, everything after it reads as zero, and whoever
// asked looks once at the end. No length taken from the wire allocates anything before it has been held
// against the bytes that are there.

import { assert } from '../base/assert.ts';
import { putUuid, uuidToText } from './uuid.ts';

// A byte order mark is a character like any other: a topic or key that begins with one must come back as it
// went.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();
const two31 = 2147483648;
const two32 = 4294967296;
const int64Max = 2 ** 63;

export class Reader {
  readonly bytes: Uint8Array;
  readonly #end: number;
  position: number;
  /** What did not fit, and where; undefined while all is well. */
  failure: string | undefined;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.position = start;
    this.#end = end;
  }

  get remaining(): number {
    return this.#end - this.position;
  }

  fail(reason: string): void {
    this.failure ??= `${reason} at byte ${this.position}`;
    this.position = this.#end;
  }

  /** Steps over `count` bytes and returns where they start; -1 when they are not there. */
  take(count: number): number {
    if (count < 0 || count > this.remaining) {
      this.fail(`${count} bytes wanted where ${this.remaining} are left`);
      return -1;
    }
    const at = this.position;
    this.position += count;
    return at;
  }

  // Byte by byte: a reader is made for every message, and a view for each would cost more than it saves.

  int8(): number {
    const at = this.take(1);
    return at < 0 ? 0 : ((this.bytes[at] as number) << 24) >> 24;
  }

  int16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : (uint16At(this.bytes, at) << 16) >> 16;
  }

  uint16(): number {
    const at = this.take(2);
    return at < 0 ? 0 : uint16At(this.bytes, at);
  }

  int32(): number {
    const at = this.take(4);
    return at < 0 ? 0 : int32At(this.bytes, at);
  }

  uint32(): number {
    const at = this.take(4);
    return at < 0 ? 0 : int32At(this.bytes, at) >>> 0;
  }

  int64(): number {
    const at = this.take(8);
    return at < 0 ? 0 : int32At(this.bytes, at) * two32 + (int32At(this.bytes, at + 4) >>> 0);
  }

  float64(): number {
    const at = this.take(8);
    return at < 0 ? 0 : new DataView(this.bytes.buffer, this.bytes.byteOffset + at, 8).getFloat64(0);
  }

  /** Unsigned LEB128 of at most five bytes: lengths and tags of flexible versions. */
  uvarint(): number {
    const short = this.#shortUvarint();
    if (short >= 0) return short;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const at = this.take(1);
      if (at < 0) return 0;
      const byte = this.bytes[at] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        if (value >= two32) this.fail('a varint above 32 bits');
        return this.failure === undefined ? value : 0;
      }
    }
    this.fail('a varint longer than five bytes');
    return 0;
  }

  /** Zig-zag varint of at most five bytes: lengths inside records. */
  varint(): number {
    const short = this.#shortUvarint();
    if (short >= 0) return (short >>> 1) ^ -(short & 1);
    const raw = this.uvarint();
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /**
   * The first three bytes of a varint, which is nearly always all of it; -1, and nothing read, when it is
   * not.
   */
  #shortUvarint(): number {
    const { bytes, position } = this;
    if (this.#end - position < 3) return -1;
    const first = bytes[position] as number;
    if (first < 0x80) {
      this.position = position + 1;
      return first;
    }
    const second = bytes[position + 1] as number;
    if (second < 0x80) {
      this.position = position + 2;
      return (first & 0x7f) | (second << 7);
    }
    const third = bytes[position + 2] as number;
    if (third >= 0x80) return -1;
    this.position = position + 3;
    return (first & 0x7f) | ((second & 0x7f) << 7) | (third << 14);
  }

  /** Zig-zag varint of at most ten bytes: timestamp deltas. Exact to 2^53. */
  varlong(): number {
    const short = this.#shortUvarint();
    if (short >= 0) return (short >>> 1) ^ -(short & 1);
    let low = 0;
    let high = 0;
    for (let index = 0; index < 10; index++) {
      const at = this.take(1);
      if (at < 0) return 0;
      const byte = this.bytes[at] as number;
      const part = byte & 0x7f;
      if (index < 4) low += part * 2 ** (7 * index);
      else if (index === 4) {
        low += (part & 0x0f) * 2 ** 28;
        high += part >> 4;
      } else high += part * 2 ** (7 * index - 32);
      if (byte < 0x80) {
        if (high >= two32) {
          this.fail('a varlong above 64 bits');
          return 0;
        }
        // The low bit goes first: with it, a sum above 2^53 would be rounded.
        const magnitude = (high * two32 + (low - (low & 1))) / 2;
        return low % 2 === 0 ? magnitude : -magnitude - 1;
      }
    }
    this.fail('a varlong longer than ten bytes');
    return 0;
  }

  view(count: number): Uint8Array {
    const at = this.take(count);
    return at < 0 ? new Uint8Array(0) : this.bytes.subarray(at, at + count);
  }

  utf8(count: number): string {
    const at = this.take(count);
    return at < 0 ? '' : readUtf8(this.bytes, at, count);
  }

  uuid(): string {
    const at = this.take(16);
    return at < 0 ? '' : uuidToText(this.bytes, at);
  }
}

function uint16At(bytes: Uint8Array, at: number): number {
  return ((bytes[at] as number) << 8) | (bytes[at + 1] as number);
}

function int32At(bytes: Uint8Array, at: number): number {
  return (uint16At(bytes, at) << 16) | uint16At(bytes, at + 2);
}

// Names of topics, groups and clients come again with nearly every message. The last one of each hash is kept, and
// given out again when it is just what the bytes say: that is cheaper than making it, and whoever looks it up in a map
// finds its hash already worked out. What is kept is bounded and changes no answer.
const keptCount = 256;
const keptTextBytesMax = 64;
const keptTexts: string[] = new Array(keptCount).fill('');

function readUtf8(bytes: Uint8Array, at: number, count: number): string {
  if (count > keptTextBytesMax) return decoder.decode(bytes.subarray(at, at + count));
  let hash = count;
  for (let i = at; i < at + count; i++) {
    const code = bytes[i] as number;
    if (code >= 0x80) return decoder.decode(bytes.subarray(at, at + count));
    hash = (Math.imul(hash, 31) + code) | 0;
  }
  const slot = (hash ^ (hash >>> 8)) & (keptCount - 1);
  const kept = keptTexts[slot] as string;
  if (isSame(kept, bytes, at, count)) return kept;
  let text = '';
  for (let i = at; i < at + count; i++) text += String.fromCharCode(bytes[i] as number);
  keptTexts[slot] = text;
  return text;
}

function isSame(text: string, bytes: Uint8Array, at: number, count: number): boolean {
  if (text.length !== count) return false;
  for (let i = 0; i < count; i++) if (text.charCodeAt(i) !== bytes[at + i]) return false;
  return true;
}

// Small messages are most messages, and a typed array of its own costs more than filling it: writers begin in a slab
// that they share. A region is given once and never again, so what a writer made stays as it is for as long as somebody
// holds it; the slab goes when nobody holds any of it.
const slabBytes = 65_536;
const slabRegionBytesMax = 8192;
let slab = new Uint8Array(slabBytes);
let slabView = new DataView(slab.buffer);
let slabUsed = 0;

function newSlab(atLeastBytes: number): void {
  slab = new Uint8Array(Math.max(slabBytes, atLeastBytes));
  slabView = new DataView(slab.buffer);
  slabUsed = 0;
}

/**
 * Builds a message as a list of chunks: small fields gather in a buffer of its own, `reference` puts large
 * ones in between without copying them.
 */
export class Writer {
  #buffer: Uint8Array;
  #view: DataView;
  #start: number;
  #at: number;
  /** The buffer is this writer's up to here. */
  #end: number;
  #chunks: Uint8Array[] = [];
  #flushedBytes = 0;

  constructor(initialBytes = 256) {
    if (slabUsed + initialBytes > slab.length) newSlab(initialBytes);
    this.#buffer = slab;
    this.#view = slabView;
    this.#start = slabUsed;
    this.#at = slabUsed;
    slabUsed += initialBytes;
    this.#end = slabUsed;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.#flushedBytes + this.#at - this.#start;
  }

  int8(value: number): void {
    const at = this.#room(1);
    this.#view.setInt8(at, value);
  }

  int16(value: number): void {
    const at = this.#room(2);
    this.#view.setInt16(at, value);
  }

  uint16(value: number): void {
    const at = this.#room(2);
    this.#view.setUint16(at, value);
  }

  int32(value: number): void {
    const at = this.#room(4);
    this.#view.setInt32(at, value);
  }

  uint32(value: number): void {
    const at = this.#room(4);
    this.#view.setUint32(at, value);
  }

  int64(value: number): void {
    const at = this.#room(8);
    writeInt64(this.#view, at, value);
  }

  float64(value: number): void {
    const at = this.#room(8);
    this.#view.setFloat64(at, value);
  }

  uvarint(value: number): void {
    assert(value >= 0 && value < two32, 'an unsigned varint holds 32 bits');
    let rest = value;
    while (rest >= 0x80) {
      this.#byte((rest & 0x7f) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.#byte(rest);
  }

  varint(value: number): void {
    this.uvarint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  varlong(value: number): void {
    if (value >= -two31 && value < two31) return this.varint(value);
    let rest = value >= 0 ? BigInt(value) * 2n : -BigInt(value) * 2n - 1n;
    while (rest >= 0x80n) {
      this.#byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    this.#byte(Number(rest));
  }

  /** Copies `bytes` in. */
  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length);
    this.#buffer.set(bytes, at);
  }

  /** Puts `bytes` in by reference: nobody may change them until the message is sent. */
  reference(bytes: Uint8Array): void {
    if (bytes.length < 512) {
      this.raw(bytes);
      return;
    }
    this.#cut();
    this.#chunks.push(bytes);
    this.#flushedBytes += bytes.length;
  }

  utf8(text: string): void {
    if (isShortAscii(text)) this.ascii(text);
    else this.raw(encoder.encode(text));
  }

  /** Text whose every character is one byte: `isShortAscii` said so. */
  ascii(text: string): void {
    const at = this.#room(text.length);
    for (let i = 0; i < text.length; i++) this.#buffer[at + i] = text.charCodeAt(i);
  }

  uuid(text: string): void {
    const at = this.#room(16);
    putUuid(text, this.#buffer, at);
  }

  /** The message; the writer is spent. */
  finish(): Uint8Array[] {
    this.#cut();
    this.#giveBack();
    return this.#chunks;
  }

  /** The message in one piece. */
  toBytes(): Uint8Array {
    return concat(this.finish());
  }

  #cut(): void {
    if (this.#at === this.#start) return;
    this.#chunks.push(this.#buffer.subarray(this.#start, this.#at));
    this.#flushedBytes += this.#at - this.#start;
    this.#start = this.#at;
  }

  #byte(value: number): void {
    const at = this.#room(1);
    this.#buffer[at] = value;
  }

  /**
   * Where `count` bytes go. To be called before buffer or view are named: it may put others in their place.
   */
  #room(count: number): number {
    const at = this.#at;
    if (at + count > this.#end) this.#grow(count);
    const start = this.#at;
    this.#at += count;
    return start;
  }

  #grow(count: number): void {
    if (this.#growInSlab(count)) return;
    const pending = this.#at - this.#start;
    const grown = new Uint8Array(Math.max((this.#end - this.#start) * 2, pending + count + 256));
    grown.set(this.#buffer.subarray(this.#start, this.#at));
    this.#buffer = grown;
    this.#view = new DataView(grown.buffer);
    this.#start = 0;
    this.#at = pending;
    this.#end = grown.length;
  }

  /** The last writer of the slab may go on where nobody has begun; a long message gets a buffer of its own. */
  #growInSlab(count: number): boolean {
    const end = Math.max(this.#end + (this.#end - this.#start), this.#at + count + 256);
    const isLast = this.#buffer === slab && this.#end === slabUsed;
    if (!isLast || end > slab.length || end - this.#start > slabRegionBytesMax) return false;
    slabUsed = end;
    this.#end = end;
    return true;
  }

  /** What the last writer of the slab did not need is for the next one. */
  #giveBack(): void {
    if (this.#buffer === slab && this.#end === slabUsed) slabUsed = this.#at;
    this.#end = this.#at;
  }
}

/** Whether a text can be written character by character, which for a short one is cheaper than an encoder. */
export function isShortAscii(text: string): boolean {
  if (text.length > 64) return false;
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) >= 0x80) return false;
  }
  return true;
}

/** Two's complement of 64 bits, saturating at both ends: `base/ids.ts` says why a number is enough. */
export function writeInt64(view: DataView, at: number, value: number): void {
  if (value >= int64Max) {
    view.setInt32(at, 0x7fffffff);
    view.setUint32(at + 4, 0xffffffff);
    return;
  }
  const clamped = Math.max(value, -int64Max);
  const high = Math.floor(clamped / two32);
  view.setInt32(at, high);
  view.setUint32(at + 4, clamped - high * two32);
}

export function concat(chunks: readonly Uint8Array[]): Uint8Array {
  if (chunks.length === 1) return chunks[0] as Uint8Array;
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

export function bytesLength(chunks: readonly Uint8Array[]): number {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  return length;
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

export function fromUtf8(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
