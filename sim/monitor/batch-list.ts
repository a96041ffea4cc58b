// A list of batches by offset, as parallel arrays of numbers: a run records hundreds of thousands of them, and each is
// asked for by binary search. No object per batch.

/** One batch, for whoever wants to speak of it. */
export interface Batch {
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly leaderEpoch: number;
  readonly crc: number;
  /** -1: no producer numbered it. */
  readonly producerId: number;
}

/** Batches before the first kept one are dropped from memory in portions of this size. */
const trimmedMax = 4_096;

export class BatchList {
  #bases: number[] = [];
  #lasts: number[] = [];
  #epochs: number[] = [];
  #crcs: number[] = [];
  #producerIds: number[] = [];
  /** The step of the run at which each was added. */
  #steps: number[] = [];
  #first = 0;

  get length(): number {
    return this.#bases.length - this.#first;
  }

  /** Appends; whatever begins at or behind `baseOffset` goes before. */
  push(batch: Batch, step: number): void {
    const { baseOffset, lastOffset, leaderEpoch, crc, producerId } = batch;
    if (this.length > 0 && (this.#lasts.at(-1) as number) >= baseOffset) this.cutTo(baseOffset);
    this.#bases.push(baseOffset);
    this.#lasts.push(lastOffset);
    this.#epochs.push(leaderEpoch);
    this.#crcs.push(crc);
    this.#producerIds.push(producerId);
    this.#steps.push(step);
  }

  /** Forgets every batch that reaches to `offset` or behind it; gives those back, in their order. */
  cutTo(offset: number): Batch[] {
    let keep = this.#bases.length;
    while (keep > this.#first && (this.#lasts[keep - 1] as number) >= offset) keep--;
    const cut: Batch[] = [];
    for (let index = keep; index < this.#bases.length; index++) cut.push(this.at(index));
    for (const list of this.#lists()) list.length = keep;
    return cut;
  }

  /** Forgets every batch that ends before `offset`. */
  trimTo(offset: number): void {
    while (this.#first < this.#bases.length && (this.#lasts[this.#first] as number) < offset) this.#first++;
    if (this.#first < trimmedMax) return;
    for (const list of this.#lists()) list.splice(0, this.#first);
    this.#first = 0;
  }

  /** The place of the batch that covers `offset`, or of the next one behind it; -1 when there is none. */
  placeOf(offset: number): number {
    let low = this.#first;
    let high = this.#bases.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#lasts[middle] as number) < offset) low = middle + 1;
      else high = middle;
    }
    return low < this.#bases.length ? low : -1;
  }

  /** The place of the last batch that ends before `offset`; -1 when there is none. */
  placeBefore(offset: number): number {
    const next = this.placeOf(offset);
    const place = (next < 0 ? this.#bases.length : next) - 1;
    return place >= this.#first ? place : -1;
  }

  baseAt(place: number): number {
    return this.#bases[place] as number;
  }

  lastAt(place: number): number {
    return this.#lasts[place] as number;
  }

  epochAt(place: number): number {
    return this.#epochs[place] as number;
  }

  crcAt(place: number): number {
    return this.#crcs[place] as number;
  }

  stepAt(place: number): number {
    return this.#steps[place] as number;
  }

  /** The place of the last batch of this producer; -1 when there is none. */
  placeOfProducer(producerId: number): number {
    const place = this.#producerIds.lastIndexOf(producerId);
    return place >= this.#first ? place : -1;
  }

  /** Whether `other` has, at its `place`, the very batch that lies here at the same offset. */
  agreesWith(other: BatchList, place: number): 'same' | 'other' | 'absent' {
    const base = other.baseAt(place);
    const mine = this.placeOf(base);
    if (mine < 0 || this.baseAt(mine) > other.lastAt(place)) return 'absent';
    const same =
      this.baseAt(mine) === base &&
      this.lastAt(mine) === other.lastAt(place) &&
      this.epochAt(mine) === other.epochAt(place) &&
      this.crcAt(mine) === other.crcAt(place);
    return same ? 'same' : 'other';
  }

  at(place: number): Batch {
    return {
      baseOffset: this.baseAt(place),
      lastOffset: this.lastAt(place),
      leaderEpoch: this.epochAt(place),
      crc: this.crcAt(place),
      producerId: this.#producerIds[place] as number,
    };
  }

  #lists(): number[][] {
    return [this.#bases, this.#lasts, this.#epochs, this.#crcs, this.#producerIds, this.#steps];
  }
}
