// What the records carry: keys by which the ledger knows them again, values made before the clock starts.
//
//   key    12 bytes: the tag of the run (4), the number of the record (8)
//   value  one of 1021 prepared ones, chosen by the number: who reads the key knows the value
//
// A prime number of values, so that no round number of partitions or batches ever meets the same value in
// step.

import { gzipSync } from 'node:zlib';
import { crc32c } from '@node-rs/crc32';
import { SeededRandom } from './random.ts';
import type { Workload } from './workload.ts';

export const keyBytes = 12;
const valuesMax = 1021;
/** What the prepared values may take together; large records get fewer of them. */
const poolBytesMax = 64 << 20;
const two32 = 2 ** 32;

export interface Identity {
  readonly sequence: number;
  readonly intact: boolean;
}

export class Payloads {
  readonly tag: number;
  /** How much smaller gzip makes the values, a batch's worth at a time. */
  readonly gzipRatio: number;
  readonly #values: Uint8Array[];
  readonly #checksums: number[];

  constructor(record: Workload['record'], seed: string) {
    const random = new SeededRandom(`${seed}/payload`);
    this.tag = random.word();
    const valueBytes = record.bytes - keyBytes;
    const ratio = record.payload === 'random' ? 1 : record.payload.ratio;
    const count = Math.max(1, Math.min(valuesMax, Math.floor(poolBytesMax / valueBytes)));
    this.#values = Array.from({ length: count }, () => makeValue(valueBytes, ratio, random));
    this.#checksums = this.#values.map((value) => crc32c(value));
    this.gzipRatio = measuredRatio(this.#values);
  }

  keyOf(sequence: number): Uint8Array {
    const key = new Uint8Array(keyBytes);
    writeWord(key, 0, this.tag);
    writeWord(key, 4, Math.floor(sequence / two32));
    writeWord(key, 8, sequence >>> 0);
    return key;
  }

  valueOf(sequence: number): Uint8Array {
    return this.#values[sequence % this.#values.length] as Uint8Array;
  }

  /** Which record this is, as far as its key tells; undefined for one that is not of this run. */
  sequenceOf(key: Uint8Array | null): number | undefined {
    if (key === null || key.length !== keyBytes || readWord(key, 0) !== this.tag) return undefined;
    return readWord(key, 4) * two32 + readWord(key, 8);
  }

  /** Which record this is, and whether its value is the one that was sent under that number. */
  identify(key: Uint8Array | null, value: Uint8Array | null): Identity | undefined {
    const sequence = this.sequenceOf(key);
    if (sequence === undefined) return undefined;
    const at = sequence % this.#values.length;
    const expected = this.#values[at] as Uint8Array;
    const intact =
      value !== null && value.length === expected.length && crc32c(value) === this.#checksums[at];
    return { sequence, intact };
  }
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
