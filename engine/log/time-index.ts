// The `.timeindex` file of a segment in memory: the largest timestamp up to an offset. Everything after an
// entry's offset may still be older than the entry; nothing up to it is younger.

import { failure, type Outcome, success } from '../base/outcome.ts';
import { writeInt64 } from '../protocol/bytes.ts';
import { floorOf } from './offset-index.ts';

export const timeEntryBytes = 12;

export interface TimeEntry {
  readonly timestampMs: number;
  readonly offset: number;
}

export class TimeIndex {
  readonly #baseOffset: number;
  /** Timestamps strictly ascending, relative offsets ascending. */
  #timestamps: number[] = [];
  #offsets: number[] = [];

  constructor(baseOffset: number) {
    this.#baseOffset = baseOffset;
  }

  get entries(): number {
    return this.#timestamps.length;
  }

  /** One place is kept for the entry that closes the segment. */
  isFull(limitBytes: number): boolean {
    return this.#timestamps.length >= Math.floor(limitBytes / timeEntryBytes) - 1;
  }

  get last(): TimeEntry | undefined {
    const at = this.#timestamps.length - 1;
    if (at < 0) return undefined;
    return {
      timestampMs: this.#timestamps[at] as number,
      offset: this.#baseOffset + (this.#offsets[at] as number),
    };
  }

  /** Does nothing unless the timestamp is above the last entry's. */
  append(timestampMs: number, offset: number): void {
    if (timestampMs <= (this.#timestamps.at(-1) ?? -1)) return;
    this.#timestamps.push(timestampMs);
    this.#offsets.push(offset - this.#baseOffset);
  }

  /** Where to begin to look for `timestampMs`: nothing up to this offset is younger than it. */
  offsetBefore(timestampMs: number): number {
    const at = floorOf(this.#timestamps, timestampMs - 1);
    return this.#baseOffset + (at < 0 ? 0 : (this.#offsets[at] as number));
  }

  /** Forgets the entries at or above `offset`. */
  truncate(offset: number): void {
    const kept = floorOf(this.#offsets, offset - this.#baseOffset - 1) + 1;
    this.#timestamps.length = kept;
    this.#offsets.length = kept;
  }

  encode(): Uint8Array {
    const bytes = new Uint8Array(this.#timestamps.length * timeEntryBytes);
    const view = new DataView(bytes.buffer);
    for (let i = 0; i < this.#timestamps.length; i++) {
      writeInt64(view, i * timeEntryBytes, this.#timestamps[i] as number);
      view.setInt32(i * timeEntryBytes + 8, this.#offsets[i] as number);
    }
    return bytes;
  }

  static decode(baseOffset: number, bytes: Uint8Array): Outcome<TimeIndex, string> {
    if (bytes.length % timeEntryBytes !== 0) return failure(`a time index of ${bytes.length} bytes`);
    const index = new TimeIndex(baseOffset);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < bytes.length; at += timeEntryBytes) {
      const timestamp = view.getInt32(at) * 4294967296 + view.getUint32(at + 4);
      const offset = view.getInt32(at + 8);
      const ordered = timestamp > (index.#timestamps.at(-1) ?? -1) && offset >= (index.#offsets.at(-1) ?? 0);
      if (!ordered) return failure(`a time index out of order at byte ${at}`);
      index.#timestamps.push(timestamp);
      index.#offsets.push(offset);
    }
    return success(index);
  }
}
