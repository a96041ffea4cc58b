// What was meant to happen, happened, and failed, in thousandths of a second: from this a fault's backlog, its
// recovery and the working off of a backlog are read. Pure; kept only where faults or a backlog are asked for.
//
// Times are microseconds from the start of the load.

const slotUs = 1000;
/** An hour of load, and what is under way at its end. */
const slotsMax = 2 * 3600 * 1000;

export class Flow {
  readonly #meant = new Slots();
  readonly #done = new Slots();
  readonly #failed = new Slots();

  meant(atUs: number, records = 1): void {
    this.#meant.add(atUs, records);
  }

  done(atUs: number, records = 1): void {
    this.#done.add(atUs, records);
  }

  failed(atUs: number, records = 1): void {
    this.#failed.add(atUs, records);
  }

  /** How many were done before each thousandth of a second up to `untilUs`; index n is for n of them. */
  doneBefore(untilUs: number): Float64Array {
    return this.#done.before(untilUs);
  }

  /** How many were meant, and neither done nor given up, at each thousandth of a second up to `untilUs`. */
  waiting(untilUs: number): Float64Array {
    const meant = this.#meant.before(untilUs);
    const [done, failed] = [this.#done.before(untilUs), this.#failed.before(untilUs)];
    return meant.map((records, at) => records - (done[at] as number) - (failed[at] as number));
  }
}

/** The index at or before a time in what `doneBefore` and `waiting` give. */
export function slotAt(atUs: number): number {
  return Math.max(0, Math.floor(atUs / slotUs));
}

export function secondOf(slot: number): number {
  return (slot * slotUs) / 1e6;
}

class Slots {
  #counts = new Uint32Array(16_384);

  add(atUs: number, records: number): void {
    const slot = slotAt(atUs);
    if (slot >= slotsMax) return;
    if (slot >= this.#counts.length) this.#grow(slot);
    this.#counts[slot] = (this.#counts[slot] as number) + records;
  }

  before(untilUs: number): Float64Array {
    const sums = new Float64Array(slotAt(untilUs) + 1);
    for (let at = 1; at < sums.length; at++)
      sums[at] = (sums[at - 1] as number) + (this.#counts[at - 1] ?? 0);
    return sums;
  }

  #grow(slot: number): void {
    const grown = new Uint32Array(Math.min(slotsMax, Math.max(slot + 1, this.#counts.length * 2)));
    grown.set(this.#counts);
    this.#counts = grown;
  }
}
