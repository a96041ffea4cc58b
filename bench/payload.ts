// What the records carry: keys by which the ledger knows them again, values made before the clock starts.
//
//   key    12 bytes: the tag of the run (4), the generator process (4), the number of the record in it (4)
//   value  one of 1021 prepared ones, chosen by that number: who reads the key knows the value
//
// Process and number together are the record's number in the run: the process is its high word.
//
// A prime number of values, so that no round number of partitions or batches ever meets the same value in
// step.

import { gzipSync } from 'node:zlib';
import { SeededRandom } from './random.ts';
import type { Workload } from './workload.ts';

export const keyBytes = 12;
const valuesMax = 1021;
/** What the prepared values may take together; large records get fewer of them. */
const poolBytesMax = 64 << 20;
const two32 = 2 ** 32;

/** Shorter values are compared byte by byte: a native call has its price. */
const nativeFromBytes = 200;

export class Payloads {
  readonly tag: number;
  /** How much smaller gzip makes the values, a batch's worth at a time. */
  readonly gzipRatio: number;
  readonly #process: number;
  readonly #values: Uint8Array[];

  /** `process`: whose records `keyOf` makes keys for. */
  constructor(record: Workload['record'], seed: string, process = 0) {
    this.#process = process;
    const random = new SeededRandom(`${seed}/payload`);
    this.tag = random.word();
    const valueBytes = record.bytes - keyBytes;
    const ratio = record.payload === 'random' ? 1 : record.payload.ratio;
    const count = Math.max(1, Math.min(valuesMax, Math.floor(poolBytesMax / valueBytes)));
    this.#values = Array.from({ length: count }, () => makeValue(valueBytes, ratio, random));
    this.gzipRatio = measuredRatio(this.#values);
  }

  /** The values one after the other: what generators in other languages are given. */
  poolBytes(): Uint8Array {
    return Buffer.concat(this.#values);
  }

  get valuesCount(): number {
    return this.#values.length;
  }

  keyOf(sequence: number): Uint8Array {
    const key = new Uint8Array(keyBytes);
    writeWord(key, 0, this.tag);
    writeWord(key, 4, this.#process + Math.floor(sequence / two32));
    writeWord(key, 8, sequence >>> 0);
    return key;
  }

  valueOf(sequence: number): Uint8Array {
    return this.#values[(sequence % two32) % this.#values.length] as Uint8Array;
  }

  /** Which record this is, as far as its key tells; undefined for one that is not of this run. */
  sequenceOf(key: Uint8Array | null): number | undefined {
    return key === null ? undefined : this.sequenceAt(key, 0, key.length);
  }

  /** The same of a key that lies somewhere in `bytes`; `length` -1 for none. */
  sequenceAt(bytes: Uint8Array, at: number, length: number): number | undefined {
    if (length !== keyBytes || readWord(bytes, at) !== this.tag) return undefined;
    return readWord(bytes, at + 4) * two32 + readWord(bytes, at + 8);
  }

  /** Whether the value that lies there is the one that was sent under that number. */
  isValueAt(sequence: number, bytes: Uint8Array, at: number, length: number): boolean {
    const expected = this.#values[(sequence % two32) % this.#values.length] as Uint8Array;
    if (length !== expected.length) return false;
    if (length >= nativeFromBytes) return compare(bytes, at, length, expected);
    for (let index = 0; index < length; index++) {
      if (bytes[at + index] !== expected[index]) return false;
    }
    return true;
  }
}

function compare(bytes: Uint8Array, at: number, length: number, expected: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).equals(expected);
}

/** One byte of `ratio` is random; what stands between is the same in every value. */
function makeValue(bytes: number, ratio: number, random: SeededRandom): Uint8Array {
  const value = new Uint8Array(bytes).fill(0x2e);
  const randomBytes = new Uint8Array(Math.ceil(bytes / ratio));
  random.fill(randomBytes);
  value.set(randomBytes);
  return value;
}

function measuredRatio(values: readonly Uint8Array[]): number {
  const sample = values.slice(0, Math.max(1, Math.ceil(65_536 / Math.max(1, values[0]?.length ?? 1))));
  const bytes = sample.reduce((sum, value) => sum + value.length, 0);
  return bytes / gzipSync(Buffer.concat(sample)).length;
}

function writeWord(into: Uint8Array, at: number, word: number): void {
  into[at] = word >>> 24;
  into[at + 1] = word >>> 16;
  into[at + 2] = word >>> 8;
  into[at + 3] = word;
}

function readWord(from: Uint8Array, at: number): number {
  const high = ((from[at] as number) << 24) | ((from[at + 1] as number) << 16);
  return (high | ((from[at + 2] as number) << 8) | (from[at + 3] as number)) >>> 0;
}
