// The host's timers: one heap of everything that is due, and one system timer armed for its top. The system's timers
// count whole milliseconds and may fire a fraction early; here a timer that is not due yet is armed again.

import { assert } from '../base/assert.ts';
import { Heap } from '../base/heap.ts';
import type { Cancel, Clock, Timers } from '../ports.ts';

/** The system fires longer ones at once (its counter has 31 bits). A far timer is armed again on the way. */
const armedMsMax = 3_600_000;
/** Below this many, cancelled entries just wait for their time. */
const sweepFrom = 1024;

interface Entry {
  readonly dueUs: number;
  readonly sequence: number;
  fire: (() => void) | undefined;
}

export class HostTimers implements Timers {
  readonly #clock: Clock;
  #heap = new Heap<Entry>(sooner);
  #sequence = 0;
  #cancelledCount = 0;
  #armedForUs = Number.POSITIVE_INFINITY;
  #disarm: () => void = () => {};
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  after(delayUs: number, fire: () => void): Cancel {
    assert(Number.isFinite(delayUs) && delayUs >= 0, `a delay is a number of microseconds, not ${delayUs}`);
    const dueUs = this.#clock.monotonicUs() + Math.ceil(delayUs) + (delayUs > 0 ? 1 : 0);
    const entry: Entry = { dueUs, sequence: this.#sequence++, fire };
    this.#heap.push(entry);
    this.#arm();
    return () => this.#cancel(entry);
  }

  /** Nothing fires any more. */
  close(): void {
    this.#closed = true;
    this.#disarm();
    this.#heap = new Heap<Entry>(sooner);
  }

  #cancel(entry: Entry): void {
    if (entry.fire === undefined) return;
    entry.fire = undefined;
    this.#cancelledCount++;
    // Nearly every request sets a timer and cancels it: without the sweep the heap would hold minutes of them.
    if (this.#cancelledCount < sweepFrom || this.#cancelledCount * 2 < this.#heap.size) return;
    const alive = this.#heap.items().filter(({ fire }) => fire !== undefined);
    this.#heap = new Heap<Entry>(sooner);
    for (const one of alive) this.#heap.push(one);
    this.#cancelledCount = 0;
  }

  #arm(): void {
    const top = this.#heap.peek();
    if (this.#closed || top === undefined || top.dueUs >= this.#armedForUs) return;
    this.#disarm();
    this.#armedForUs = top.dueUs;
    const waitMs = Math.ceil((top.dueUs - this.#clock.monotonicUs()) / 1000);
    if (waitMs <= 0) {
      const immediate = setImmediate(() => this.#ring());
      this.#disarm = () => clearImmediate(immediate);
    } else {
      const timeout = setTimeout(() => this.#ring(), Math.min(waitMs, armedMsMax));
      this.#disarm = () => clearTimeout(timeout);
    }
  }

  #ring(): void {
    this.#armedForUs = Number.POSITIVE_INFINITY;
    this.#disarm = () => {};
    // Fixed before the first of them fires: timers set meanwhile wait for the next ring, so that others get a turn.
    const nowUs = this.#clock.monotonicUs();
    const last = this.#sequence;
    for (let top = this.#heap.peek(); top !== undefined; top = this.#heap.peek()) {
      if (top.dueUs > nowUs || top.sequence >= last) break;
      this.#heap.pop();
      const { fire } = top;
      top.fire = undefined;
      if (fire === undefined) this.#cancelledCount = Math.max(0, this.#cancelledCount - 1);
      else fire();
    }
    this.#arm();
  }
}

function sooner(a: Entry, b: Entry): boolean {
  return a.dueUs < b.dueUs || (a.dueUs === b.dueUs && a.sequence < b.sequence);
}
