// One partition of the bare probes: a file that grows at its end, and where each batch of it lies. What is appended
// in one turn of the event loop is written by one call; readers see what was written.
//
// An error of the system is thrown and ends the probe: a limit that lost a write is none.

import fs from 'node:fs';

/** The system takes no more pieces in one gathered write. */
const piecesPerWrite = 1024;

export class BarePartition {
  readonly file: number;
  /** The offset of the next record: assigned, though perhaps not written yet. */
  nextOffset = 0;
  /** Before this offset everything is in the file. */
  writtenOffset = 0;
  writtenBytes = 0;
  /** Where the next batch will lie. */
  #nextPosition = 0;
  /** By batch, ascending. Those at `#visible` and behind are not written yet. */
  readonly #offsets: number[] = [];
  readonly #positions: number[] = [];
  #visible = 0;
  #pending: Uint8Array[] = [];

  constructor(path: string) {
    this.file = fs.openSync(path, 'w+');
  }

  get hasPending(): boolean {
    return this.#pending.length > 0;
  }

  /** A batch of so many offsets and bytes comes next; returns its base offset. */
  place(offsets: number, bytes: number): number {
    const baseOffset = this.nextOffset;
    this.#offsets.push(baseOffset);
    this.#positions.push(this.#nextPosition);
    this.nextOffset += offsets;
    this.#nextPosition += bytes;
    return baseOffset;
  }

  /** The bytes of batches that were placed; they are not copied and have to stay as they are until `write`. */
  append(chunk: Uint8Array): void {
    this.#pending.push(chunk);
  }

  /** Writes everything pending, by one call unless the system takes only a part. */
  write(): void {
    let left = this.#pending;
    this.#pending = [];
    while (left.length > 0) {
      const pieces = left.length > piecesPerWrite ? left.slice(0, piecesPerWrite) : left;
      const count =
        pieces.length === 1
          ? fs.writeSync(this.file, pieces[0] as Uint8Array, 0, undefined, this.writtenBytes)
          : fs.writevSync(this.file, pieces, this.writtenBytes);
      this.writtenBytes += count;
      left = without(left, count);
    }
    this.#visible = this.#offsets.length;
    this.writtenOffset = this.nextOffset;
  }

  /**
   * Whole batches from the one that holds `offset` on, at most `bytesMax` of them, though always one. `offset` is in
   * the file.
   */
  range(offset: number, bytesMax: number): { position: number; bytes: number } {
    const first = lastNotAbove(this.#offsets, this.#visible, offset);
    const position = this.#positions[first] as number;
    if (this.writtenBytes - position <= bytesMax) return { position, bytes: this.writtenBytes - position };
    const last = lastNotAbove(this.#positions, this.#visible, position + bytesMax);
    // The batch after the first may be the end of the file, which has no entry.
    const end = last > first ? this.#positions[last] : this.#positions[first + 1];
    return { position, bytes: (first + 1 < this.#visible ? (end as number) : this.writtenBytes) - position };
  }

  close(): void {
    fs.closeSync(this.file);
  }
}

/** The index of the last of `values[0..count)`, which ascend, that is not above `limit`; 0 when all are. */
function lastNotAbove(values: readonly number[], count: number, limit: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((values[middle] as number) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The pieces without their first `count` bytes. */
function without(pieces: Uint8Array[], count: number): Uint8Array[] {
  let at = 0;
  let rest = count;
  while (at < pieces.length && rest >= (pieces[at] as Uint8Array).length) {
    rest -= (pieces[at] as Uint8Array).length;
    at++;
  }
  if (rest === 0) return at === pieces.length ? [] : pieces.slice(at);
  return [(pieces[at] as Uint8Array).subarray(rest), ...pieces.slice(at + 1)];
}
