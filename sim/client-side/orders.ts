// The second pass: the log of every key, as far as clients saw it. An offset counts when a send that must
// have happened was acknowledged at it, or when anybody read there. Offsets have holes (markers of
// transactions take some), so neighbours are judged by *index*: the place among the offsets that are known to
// hold something.

import type { Facts } from './facts.ts';
import type { Ledger } from './ledger.ts';

export interface KeyOrder {
  /** By index. */
  readonly offsets: Float64Array;
  /** The value at each index; where several were seen, the one that was seen first. */
  readonly picked: Int32Array;
  /** By index, where several were seen: all of them. */
  readonly conflicts: ReadonlyMap<number, readonly number[]>;
}

/** A key whose offsets lie this much further apart than they are many is sorted, not counted. */
const sparseness = 4;

export class Orders {
  readonly byKey: readonly KeyOrder[];
  /**
   * Of each value: the last index at which it was picked, the first and the last at which it was seen; or -1.
   */
  readonly index: Int32Array;
  readonly first: Int32Array;
  readonly last: Int32Array;
  /** Of values that were seen at several offsets: all of them. */
  readonly several: ReadonlyMap<number, readonly number[]>;

  constructor(ledger: Ledger, facts: Facts) {
    const seen = new Seen(ledger);
    for (let operation = 0; operation < ledger.operations; operation++) {
      const [from, to] = [ledger.sendsFrom(operation), ledger.sendsFrom(operation + 1)];
      if (from < to && facts.mustHaveCommitted(operation)) {
        for (let send = from; send < to; send++) seen.at(ledger.sendValue(send), ledger.sendOffset(send));
      }
      for (let read = ledger.readsFrom(operation); read < ledger.readsFrom(operation + 1); read++) {
        seen.at(ledger.readValue(read), ledger.readOffset(read));
      }
    }
    this.index = new Int32Array(ledger.values).fill(-1);
    this.first = new Int32Array(ledger.values).fill(-1);
    this.last = new Int32Array(ledger.values).fill(-1);
    this.several = seen.several;
    this.byKey = seen.byKey.map(({ offsets, values }) => this.#order(offsets, values));
  }

  /** How many indexes lie between two values of a key; 1 where one of the two is not in the log. */
  delta(before: number, after: number): number {
    const from = this.index[before] as number;
    const to = this.index[after] as number;
    return from < 0 || to < 0 ? 1 : to - from;
  }

  #order(offsets: readonly number[], values: readonly number[]): KeyOrder {
    const sorted = byOffset(offsets);
    const kept = new Float64Array(sorted.length);
    const picked = new Int32Array(sorted.length);
    const conflicts = new Map<number, number[]>();
    let index = -1;
    for (const entry of sorted) {
      const offset = offsets[entry] as number;
      const value = values[entry] as number;
      if (index >= 0 && kept[index] === offset) {
        const others = conflicts.get(index);
        if (others === undefined) conflicts.set(index, [picked[index] as number, value]);
        else others.push(value);
      } else {
        index++;
        kept[index] = offset;
        picked[index] = value;
        this.index[value] = index;
      }
      if (this.first[value] === -1) this.first[value] = index;
      this.last[value] = index;
    }
    return { offsets: kept.slice(0, index + 1), picked: picked.slice(0, index + 1), conflicts };
  }
}

/** Gathers (offset, value), each pair once, in the order in which they were seen. */
class Seen {
  readonly byKey: { offsets: number[]; values: number[] }[];
  readonly several = new Map<number, number[]>();
  readonly #ledger: Ledger;
  /** The first offset of each value; -1 when none is known. */
  readonly #offset: Float64Array;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
    this.#offset = new Float64Array(ledger.values).fill(-1);
    this.byKey = Array.from({ length: ledger.keys.count }, () => ({ offsets: [], values: [] }));
  }

  at(value: number, offset: number): void {
    if (offset < 0) return;
    const known = this.#offset[value];
    if (known === offset) return;
    if (known === -1) this.#offset[value] = offset;
    else {
      const offsets = this.several.get(value);
      if (offsets === undefined) this.several.set(value, [known as number, offset]);
      else if (offsets.includes(offset)) return;
      else offsets.push(offset);
    }
    const log = this.byKey[this.#ledger.keyOf(value)] as { offsets: number[]; values: number[] };
    log.offsets.push(offset);
    log.values.push(value);
  }
}

/**
 * The places of the entries in the order of their offsets; equal offsets stay in the order in which they
 * came.
 */
function byOffset(offsets: readonly number[]): Int32Array {
  const places = Int32Array.from(offsets.keys());
  let lowest = Number.POSITIVE_INFINITY;
  let highest = Number.NEGATIVE_INFINITY;
  let before = -1;
  let ascending = true;
  for (const offset of offsets) {
    if (offset < before) ascending = false;
    before = offset;
    if (offset < lowest) lowest = offset;
    if (offset > highest) highest = offset;
  }
  if (ascending) return places;
  const range = highest - lowest + 1;
  if (range > sparseness * offsets.length + 1024) {
    return places.sort((a, b) => (offsets[a] as number) - (offsets[b] as number) || a - b);
  }
  const starts = new Int32Array(range + 1);
  for (const offset of offsets) (starts[offset - lowest + 1] as number)++;
  for (let place = 1; place <= range; place++) {
    starts[place] = (starts[place] as number) + (starts[place - 1] as number);
  }
  for (let entry = 0; entry < offsets.length; entry++) {
    const slot = (offsets[entry] as number) - lowest;
    const place = starts[slot] as number;
    starts[slot] = place + 1;
    places[place] = entry;
  }
  return places;
}
