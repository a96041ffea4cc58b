// The `.index` file of a segment in memory: from offset to position, one entry every `index.interval.bytes`.
// An entry names the last offset of the batch that starts at its position, so the floor entry of an offset is
// never past it.

import { failure, type Outcome, success } from '../base/outcome.ts';

const entryBytes = 8;

export class OffsetIndex {
  readonly #baseOffset: number;
  /** Relative offsets and positions, both strictly ascending. */
  #offsets: number[] = [];
  #positions: number[] = [];

  constructor(baseOffset: number) {
    this.#baseOffset = baseOffset;
  }

  get entries(): number {
    return this.#offsets.length;
  }

  isFull(limitBytes: number): boolean {
    return this.#offsets.length >= Math.floor(limitBytes / entryBytes);
  }

  append(offset: number, position: number): void {
    this.#offsets.push(offset - this.#baseOffset);
    this.#positions.push(position);
  }

  /**
   * Position of the last entry whose offset is not above `offset`; the segment's start when there is none.
   */
  positionBefore(offset: number): number {
    const at = floorOf(this.#offsets, offset - this.#baseOffset);
    return at < 0 ? 0 : (this.#positions[at] as number);
  }

  get lastPosition(): number {
    return this.#positions.at(-1) ?? 0;
  }

  /** Keeps the entries of batches that start below `position`. */
  truncate(position: number): void {
    const kept = floorOf(this.#positions, position - 1) + 1;
    this.#offsets.length = kept;
    this.#positions.length = kept;
  }

  /** The file's content. */
  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#offsets.length * entryBytes);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < this.#offsets.length; i++) {
      view.setInt32(i * entryBytes, this.#offsets[i] as number);
      view.setInt32(i * entryBytes + 4, this.#positions[i] as number);
    }
    return bytes;
  }

  /** Reads a file that belongs to a segment of `logBytes`; what contradicts itself must be built again. */
  static decode(baseOffset: number, bytes: Uint8Array, logBytes: number): Outcome<OffsetIndex, string> {
    if (bytes.length % entryBytes !== 0) return failure(`an offset index of ${bytes.length} bytes`);
    const index = new OffsetIndex(baseOffset);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let lastOffset = -1;
    let lastPosition = -1;
    for (let at = 0; at < bytes.length; at += entryBytes) {
      const offset = view.getInt32(at);
      const position = view.getInt32(at + 4);
      if (offset <= lastOffset || position <= lastPosition || position >= logBytes) {
        return failure(`an offset index out of order at byte ${at}`);
      }
      lastOffset = offset;
      lastPosition = position;
      index.#offsets.push(offset);
      index.#positions.push(position);
    }
    return success(index);
  }
}

/** Index of the last of `ascending` that is not above `value`; -1 when all are. */
export function floorOf(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ascending[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
