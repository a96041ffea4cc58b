// The clock of a machine. Fault model: an oscillator that runs faster or slower than true time by whole parts
// per million (both clocks feel it: timers run late or early in true time, never early by the node's own
// clock), and a wall clock that starts off by some amount and can be set to any other time while the node
// runs. Monotonic time never goes back and starts at an arbitrary value in each life.
//
// Integer arithmetic only: local progress = elapsed + floor(elapsed * ppm / 10^6), computed in two exact
// halves.

import { assert, type Cancel, type Clock, type Timers } from '../engine/index.ts';
import { driftPartsPerMillionMax } from './limits.ts';
import { label, type Owner, type Scheduler } from './scheduler.ts';

/** True wall time at virtual time 0: an arbitrary moment in November 2023, in milliseconds. */
export const epochMs = 1_700_000_000_000;

const timerLabel = label('timer');

/** One machine's clock; it outlives the processes that read it. */
export class MachineClock {
  readonly #scheduler: Scheduler;
  #partsPerMillion = 0;
  /** A machine that is made later begins with the time that it is then. */
  readonly #madeUs: number;
  /** Since the last change of the drift: true time then, and local time then. */
  #sinceUs: number;
  #localUs = 0;
  #wallOffsetUs: number;

  constructor(scheduler: Scheduler, wallOffsetMs: number) {
    this.#scheduler = scheduler;
    this.#madeUs = scheduler.nowUs;
    this.#sinceUs = scheduler.nowUs;
    this.#wallOffsetUs = wallOffsetMs * 1000;
  }

  /** Microseconds of the oscillator since the machine was made. */
  localUs(): number {
    return this.#localUs + drifted(this.#scheduler.nowUs - this.#sinceUs, this.#partsPerMillion);
  }

  wallMs(): number {
    return epochMs + Math.floor((this.#madeUs + this.localUs() + this.#wallOffsetUs) / 1000);
  }

  /** How far the wall clock is from true time. */
  get errorMs(): number {
    return this.wallMs() - epochMs - Math.floor(this.#scheduler.nowUs / 1000);
  }

  get driftPartsPerMillion(): number {
    return this.#partsPerMillion;
  }

  /** Sets the wall clock forward (or back, when negative). */
  jump(byMs: number): void {
    assert(Number.isInteger(byMs), 'a clock jumps by whole milliseconds');
    this.#wallOffsetUs += byMs * 1000;
  }

  /**
   * From now on the oscillator runs faster by so many parts per million, or slower. Timers under way keep
   * their promise.
   */
  drift(partsPerMillion: number): void {
    assert(Math.abs(partsPerMillion) <= driftPartsPerMillionMax, 'a clock is not that wrong');
    assert(Number.isInteger(partsPerMillion), 'drift is whole parts per million');
    this.#localUs = this.localUs();
    this.#sinceUs = this.#scheduler.nowUs;
    this.#partsPerMillion = partsPerMillion;
  }

  /**
   * The first moment of virtual time at which `localUs()` is `localUs` or later, if the drift stays as it is.
   */
  whenLocal(localUs: number): number {
    const wanted = localUs - this.#localUs;
    const parts = this.#partsPerMillion;
    let elapsed = Math.floor((wanted / (1_000_000 + parts)) * 1_000_000);
    while (elapsed > 0 && drifted(elapsed, parts) > wanted) elapsed--;
    while (drifted(elapsed, parts) < wanted) elapsed++;
    return Math.max(this.#scheduler.nowUs, this.#sinceUs + elapsed);
  }
}

function drifted(elapsedUs: number, partsPerMillion: number): number {
  if (partsPerMillion === 0) return elapsedUs;
  const seconds = Math.floor(elapsedUs / 1_000_000);
  const rest = elapsedUs - seconds * 1_000_000;
  return elapsedUs + seconds * partsPerMillion + Math.floor((rest * partsPerMillion) / 1_000_000);
}

/** The Clock port of one life. */
export function clockPort(clock: MachineClock, startUs: number): Clock {
  const bornUs = clock.localUs();
  return {
    wallMs: () => clock.wallMs(),
    monotonicUs: () => startUs + clock.localUs() - bornUs,
  };
}

/** The Timers port of one life: timers run on the machine's own clock. */
export function timersPort(scheduler: Scheduler, owner: Owner, clock: MachineClock): Timers {
  return {
    after(delayUs: number, fire: () => void): Cancel {
      assert(delayUs >= 0, 'a delay is not negative');
      const deadlineUs = clock.localUs() + Math.ceil(delayUs);
      let event = 0;
      const arm = () => {
        event = scheduler.at(clock.whenLocal(deadlineUs), owner, timerLabel, () => {
          // The clock may have slowed down since: then it is too early still.
          if (clock.localUs() < deadlineUs) arm();
          else fire();
        });
      };
      arm();
      return () => scheduler.cancel(event);
    },
  };
}
