// When the records of an open loop are meant to be sent: worked out from the rate alone, never from how the
// broker is doing. A schedule that waits for a slow broker would leave out exactly the records that suffered
// (coordinated omission).

import type { SeededRandom } from './random.ts';
import type { OpenLoad } from './workload.ts';

export interface Schedule {
  /** Microseconds from the start of the load to the next send; never less than the one before. */
  next(): number;
}

export function scheduleOf(load: OpenLoad, random: SeededRandom): Schedule {
  return load.arrivals === 'uniform'
    ? new UniformSchedule(load.recordsPerSecond)
    : new PoissonSchedule(load.recordsPerSecond, random);
}

/** The n-th send at n/rate: multiplied, not added up, so that nothing drifts. */
export class UniformSchedule implements Schedule {
  readonly #recordsPerSecond: number;
  #sent = 0;

  constructor(recordsPerSecond: number) {
    this.#recordsPerSecond = recordsPerSecond;
  }

  next(): number {
    return (this.#sent++ * 1e6) / this.#recordsPerSecond;
  }
}

/** Independent senders look like this from afar: gaps are exponential, bursts happen. */
export class PoissonSchedule implements Schedule {
  readonly #meanGapUs: number;
  readonly #random: SeededRandom;
  #atUs = 0;

  constructor(recordsPerSecond: number, random: SeededRandom) {
    this.#meanGapUs = 1e6 / recordsPerSecond;
    this.#random = random;
  }

  next(): number {
    this.#atUs -= Math.log(this.#random.fraction()) * this.#meanGapUs;
    return this.#atUs;
  }
}

/** The part of one of several processes that share a schedule: its sends are theirs together, none twice. */
export class EveryNth implements Schedule {
  readonly #all: Schedule;
  readonly #of: number;
  #skip: number;

  constructor(all: Schedule, first: number, of: number) {
    this.#all = all;
    this.#of = of;
    this.#skip = first;
  }

  next(): number {
    for (; this.#skip > 0; this.#skip--) this.#all.next();
    this.#skip = this.#of - 1;
    return this.#all.next();
  }
}
