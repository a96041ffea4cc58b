// What became of each record of one generator process, by its number: a byte of state and, where it is known, where the
// broker said that it lies. Seven bytes a record, so that tens of millions fit into memory and into a file.
//
// The file, little endian: "ODOC", version 1 as u32, count as f64; offsets u32, partitions u16, states u8, each for
// all records before the next begins. A generator in any language writes it with three large writes.
//
// Offsets are 32 bits: the topic of a run is new. One that does not fit is kept as one that no record can have, and so
// told as misplaced.

import { assert } from '../engine/index.ts';

/** States; unfinished until something is known. */
export const state = { unfinished: 0, acknowledged: 1, refused: 2, failedUnknown: 3 } as const;
export const partitionUnknown = 0xffff;
export const offsetUnknown = 0xffff_ffff;
const offsetImpossible = 0xffff_fffe;

const headerBytes = 16;
const magic = 0x434f444f;
const version = 1;
const bytesEach = 7;

export class Outcomes {
  states: Uint8Array;
  partitions: Uint16Array;
  offsets: Uint32Array;
  count: number;

  private constructor(offsets: Uint32Array, partitions: Uint16Array, states: Uint8Array, count: number) {
    this.offsets = offsets;
    this.partitions = partitions;
    this.states = states;
    this.count = count;
  }

  static empty(capacity = 1 << 16): Outcomes {
    return new Outcomes(new Uint32Array(capacity), new Uint16Array(capacity), new Uint8Array(capacity), 0);
  }

  /** A further record without an outcome; its number. */
  add(): number {
    if (this.count === this.states.length) this.#grow();
    return this.count++;
  }

  settle(record: number, outcome: number): void {
    this.states[record] = outcome;
  }

  /** `offset` -1: the broker did not say where. */
  acknowledge(record: number, partition: number, offset: number): void {
    this.states[record] = state.acknowledged;
    this.partitions[record] = partition < 0 ? partitionUnknown : partition;
    this.offsets[record] = offset === -1 ? offsetUnknown : held(offset);
  }

  /** Whether an acknowledgement of this record agrees that it lies there. */
  agrees(record: number, partition: number, offset: number): boolean {
    const said = this.partitions[record] as number;
    if (said !== partitionUnknown && said !== partition) return false;
    const saidOffset = this.offsets[record] as number;
    return saidOffset === offsetUnknown || saidOffset === offset;
  }

  placeOf(record: number): string {
    const [partition, offset] = [this.partitions[record], this.offsets[record]];
    const where = partition === partitionUnknown ? 'an unknown partition' : `partition ${partition}`;
    if (offset === offsetUnknown) return `${where}, an unknown offset`;
    return offset === offsetImpossible ? `${where}, an offset that cannot be` : `${where}, offset ${offset}`;
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(headerBytes + this.count * bytesEach);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, magic, true);
    view.setUint32(4, version, true);
    view.setFloat64(8, this.count, true);
    const parts = [this.offsets, this.partitions, this.states].map((all) => all.subarray(0, this.count));
    let at = headerBytes;
    for (const part of parts) {
      bytes.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), at);
      at += part.byteLength;
    }
    return bytes;
  }

  /** Of the bytes of a file, which it keeps; a sentence when they are none. */
  static fromBytes(bytes: Uint8Array): Outcomes | string {
    if (bytes.length < headerBytes) return `${bytes.length} bytes are no outcomes`;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    if (view.getUint32(0, true) !== magic || view.getUint32(4, true) !== version) return 'no outcomes file';
    const count = view.getFloat64(8, true);
    if (!Number.isSafeInteger(count) || count < 0) return `a count of ${count}`;
    if (bytes.length !== headerBytes + count * bytesEach)
      return `${bytes.length} bytes where ${count} records take ${headerBytes + count * bytesEach}`;
    // Views need their bytes aligned; a file that was read may lie anywhere in a pool.
    const own = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
    const at = own.byteOffset + headerBytes;
    const offsets = new Uint32Array(own.buffer, at, count);
    const partitions = new Uint16Array(own.buffer, at + 4 * count, count);
    const states = new Uint8Array(own.buffer, at + 6 * count, count);
    return new Outcomes(offsets, partitions, states, count);
  }

  #grow(): void {
    const capacity = Math.max(1 << 16, this.states.length * 2);
    assert(capacity <= 2 ** 32, 'a process makes fewer records than its numbers can tell apart');
    this.states = extended(this.states, new Uint8Array(capacity));
    this.partitions = extended(this.partitions, new Uint16Array(capacity));
    this.offsets = extended(this.offsets, new Uint32Array(capacity));
  }
}

function held(offset: number): number {
  return offset >= 0 && offset < offsetImpossible ? offset : offsetImpossible;
}

/** The same in a larger array. */
export function extended<T extends Uint8Array | Uint16Array | Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
