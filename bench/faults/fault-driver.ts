// Puts the faults of a workload on our own broker while the load runs, one after the other, and writes down when each
// really began and ended: signals and timers are late on a busy machine, and what is judged is what happened.

import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { BrokerProcess } from '../broker-process.ts';
import type { Progress } from '../progress.ts';
import type { Workload } from '../workload.ts';
import type { HappenedFault } from './recovery.ts';
import { slowDisk } from './slow-disk.ts';

type Fault = Workload['faults'][number];
type Broker = Pick<BrokerProcess, 'kill' | 'startAgain' | 'pause' | 'goOn'>;

export class FaultDriver {
  readonly #broker: Broker;
  readonly #workload: Workload;
  /** On the file system of the broker's data. */
  readonly #folder: string;
  readonly #progress: Progress;
  readonly #happened: HappenedFault[] = [];
  #driven: Promise<void> | undefined;
  #startMs = 0;
  #cancelled = false;
  #antagonist: ChildProcess | undefined;
  #wake: (() => void) | undefined;
  #fail: (error: unknown) => void = () => {};
  /** Rejects when a fault could not be driven: the load need not be waited for then. */
  readonly failed: Promise<never>;

  constructor(broker: Broker, workload: Workload, folder: string, progress: Progress) {
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
    this.#broker = broker;
    this.#workload = workload;
    this.#folder = folder;
    this.#progress = progress;
  }

  /** The load begins at `startUs` of the monotonic clock. */
  begin(startUs: number): void {
    this.#startMs = startUs / 1000;
    this.#driven = this.#drive();
    this.#driven.catch(this.#fail);
  }

  /** Settles when all faults are over, with what happened. */
  async ended(): Promise<readonly HappenedFault[]> {
    await this.#driven;
    return this.#happened;
  }

  /** The load failed: no further fault, and no process left behind. */
  async cancel(): Promise<void> {
    this.#cancelled = true;
    this.#antagonist?.kill('SIGKILL');
    this.#wake?.();
    await this.#driven?.catch(() => {});
  }

  async #drive(): Promise<void> {
    for (const fault of this.#workload.faults) {
      await this.#sleepUntil(this.#startMs + (this.#workload.warmupSeconds + fault.atSeconds) * 1000);
      if (this.#cancelled) return;
      this.#progress.step(`fault: ${fault.fault} for ${fault.forSeconds} s`);
      this.#happened.push(await this.#inflict(fault));
    }
  }

  #inflict(fault: Fault): Promise<HappenedFault> {
    if (fault.fault === 'kill') return this.#kill(fault);
    return fault.fault === 'pause' ? this.#pause(fault) : this.#slowDisk(fault);
  }

  async #kill({ fault, forSeconds }: Fault): Promise<HappenedFault> {
    const fromMs = performance.now();
    await this.#broker.kill();
    await this.#sleepUntil(fromMs + forSeconds * 1000);
    const againMs = performance.now();
    await this.#broker.startAgain();
    const untilMs = performance.now();
    const what = `killed; started again after ${seconds(againMs - fromMs)}, ready ${seconds(untilMs - againMs)} later`;
    return { fault, what, ...this.#times(fromMs, untilMs) };
  }

  async #pause({ fault, forSeconds }: Fault): Promise<HappenedFault> {
    this.#broker.pause();
    const fromMs = performance.now();
    await this.#sleepUntil(fromMs + forSeconds * 1000);
    const untilMs = performance.now();
    this.#broker.goOn();
    return { fault, what: `stood still for ${seconds(untilMs - fromMs)}`, ...this.#times(fromMs, untilMs) };
  }

  async #slowDisk({ fault, forSeconds }: Fault): Promise<HappenedFault> {
    const path = join(this.#folder, 'antagonist', 'file');
    const slowed = await slowDisk(path, forSeconds * 1000, (child) => {
      this.#antagonist = child;
    });
    const { bytes, syncs, fromMs, untilMs } = slowed;
    const what = `another process wrote ${(bytes / 1e6).toFixed(0)} MB and synced it ${syncs} times`;
    return { fault, what, ...this.#times(fromMs, untilMs) };
  }

  #times(fromMs: number, untilMs: number): Pick<HappenedFault, 'fromUs' | 'untilUs'> {
    return { fromUs: (fromMs - this.#startMs) * 1000, untilUs: (untilMs - this.#startMs) * 1000 };
  }

  /** Until `atMs` of the monotonic clock, or until everything is cancelled. */
  #sleepUntil(atMs: number): Promise<void> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const arm = (): void => {
        const waitMs = atMs - performance.now();
        // Timers may fire a moment early.
        if (waitMs <= 0) resolve();
        else timer = setTimeout(arm, waitMs);
      };
      arm();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#cancelled) this.#wake();
    });
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(3)} s`;
}
