// The segments of one log, oldest first: there is always one, and the last one is active. Looked up by
// offset, added at the end, taken from either end; whoever takes one removes its files. Also here: which of
// those that were left keep their indexes in memory.

import { assert } from '../base/assert.ts';
import type { Segment } from './segment.ts';

/** Left segments whose indexes stay in memory. */
const warmSegmentsMax = 8;

export class Segments {
  readonly #list: Segment[];
  readonly #make: (baseOffset: number) => Segment;
  #warm: Segment[] = [];

  /** `list` is ascending and has one at least; `make` makes a new one, without touching the disk. */
  constructor(list: readonly Segment[], make: (baseOffset: number) => Segment) {
    assert(list.length > 0, 'a log has a segment');
    this.#list = [...list];
    this.#make = make;
  }

  /** As they are now, and as they change. */
  get all(): readonly Segment[] {
    return this.#list;
  }

  get active(): Segment {
    return this.#list.at(-1) as Segment;
  }

  get baseOffsets(): number[] {
    return this.#list.map(({ baseOffset }) => baseOffset);
  }

  /** What is planned counts too. */
  get sizeBytes(): number {
    let bytes = 0;
    for (const { plannedBytes } of this.#list) bytes += plannedBytes;
    return bytes;
  }

  /** The segment that holds `offset` and all after it; all there are where it lies below the first. */
  from(offset: number): Segment[] {
    let low = 0;
    let high = this.#list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#list[middle] as Segment).baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return this.#list.slice(Math.max(0, low - 1));
  }

  /** A new active segment; the one before becomes one that was left. */
  begin(baseOffset: number): Segment {
    this.active.leave();
    const segment = this.#make(baseOffset);
    this.#list.push(segment);
    return segment;
  }

  /** All that were there are gone; one that is empty begins at `baseOffset`. */
  beginAgain(baseOffset: number): void {
    for (const segment of this.#list.splice(0)) segment.deleted = true;
    this.#warm = [];
    this.#list.push(this.#make(baseOffset));
  }

  /** Takes out the oldest `count`, for good. */
  takeFirst(count: number): Segment[] {
    assert(count < this.#list.length, 'the active segment stays');
    const taken = this.#list.splice(0, count);
    for (const segment of taken) segment.deleted = true;
    return taken;
  }

  /** Takes out those that begin above `offset`, the last one first; the first of all stays. */
  takeAbove(offset: number): Segment[] {
    const behind = this.#list.findIndex(({ baseOffset }, index) => index > 0 && baseOffset > offset);
    return behind < 0 ? [] : this.#list.splice(behind).reverse();
  }

  /** The indexes of `segment` were used: they stay, and those that were not used for longest go. */
  keepWarm(segment: Segment): void {
    if (!segment.left || this.#warm.at(-1) === segment) return;
    this.#warm = [...this.#warm.filter((other) => other !== segment), segment];
    if (this.#warm.length > warmSegmentsMax) this.#warm.shift()?.dropIndexes();
  }

  closeFiles(): void {
    for (const segment of this.#list) segment.close();
  }
}
