// Looks at the broker and at the generator's processes once a second, from the start of the load on.

import { type MachineUse, machineUse, type ProcessUse } from './process-use.ts';
import type { UseSamples } from './throughput.ts';

export class UseSampler implements UseSamples {
  readonly client: (ProcessUse | undefined)[] = [];
  readonly broker: (ProcessUse | undefined)[] = [];
  readonly machine: (MachineUse | undefined)[] = [];
  readonly #brokerUse: () => ProcessUse | undefined;
  readonly #clientUse: () => ProcessUse | undefined;
  readonly #startMs: number;
  readonly #secondsMax: number;
  readonly #onSecond: (second: number) => void;
  readonly #onSample: (second: number) => void;
  #timer: NodeJS.Timeout | undefined;
  /** The first second that has no sample yet. */
  #next = 1;

  /** `startUs` by the monotonic clock; `onSecond` is told the seconds that are over, `onSample` each that begins. */
  constructor(
    startUs: number,
    secondsMax: number,
    brokerUse: () => ProcessUse | undefined,
    clientUse: () => ProcessUse | undefined,
    onSecond: (second: number) => void,
    onSample: (second: number) => void = () => {},
  ) {
    this.#startMs = startUs / 1000;
    this.#secondsMax = secondsMax;
    this.#brokerUse = brokerUse;
    this.#clientUse = clientUse;
    this.#onSecond = onSecond;
    this.#onSample = onSample;
    this.#sample(0);
    this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    // The load may end a moment before the timer of its last second fires.
    if (this.client[this.#secondsMax] === undefined) this.#sample(this.#secondsMax);
  }

  #arm(): void {
    if (this.#next > this.#secondsMax) return;
    this.#timer = setTimeout(
      () => {
        const second = this.#secondNow();
        // Timers may fire a moment early: then this second is sampled at the next try. Asking the clock a second time
        // for which one that is would skip it, when it comes between the two questions.
        if (second >= this.#next) {
          this.#sample(second);
          this.#onSecond(second);
          this.#next = second + 1;
        }
        this.#arm();
      },
      this.#startMs + this.#next * 1000 - performance.now(),
    );
  }

  #secondNow(): number {
    return Math.floor((performance.now() - this.#startMs) / 1000);
  }

  /** A second for which the event loop had no time stays undefined. */
  #sample(second: number): void {
    if (second > this.#secondsMax) return;
    this.client[second] = this.#clientUse();
    this.machine[second] = machineUse();
    this.broker[second] = this.#brokerUse();
    this.#onSample(second);
  }
}
