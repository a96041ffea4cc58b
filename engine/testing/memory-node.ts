// One node for unit tests: a disk in memory, a clock that moves when told, random numbers from a counter, and
// the trace kept as a list, pipes without delay to talk to what listens. A life ends with `crash` or
// `powerLoss`, and the next one finds the same disk.

import { assert } from '../base/assert.ts';
import type { Task } from '../base/task.ts';
import type { Cancel, Ports } from '../ports.ts';
import { uuidToText } from '../protocol/uuid.ts';
import { Runtime } from '../runtime.ts';
import type { TraceEvent, TraceEventFields, TraceEventKind } from '../trace-events.ts';
import { MemoryDisk } from './memory-disk.ts';
import { MemoryNetwork } from './memory-network.ts';

interface Timer {
  readonly atUs: number;
  readonly fire: () => void;
}

export class MemoryNode {
  readonly disk: MemoryDisk;
  readonly network = new MemoryNetwork();
  nowMs = 1_700_000_000_000;
  events: TraceEvent[] = [];
  timersFired = 0;
  runtime: Runtime;
  #timers = new Set<Timer>();
  #drawn = 0;
  #bug: { readonly error: unknown } | undefined;

  constructor() {
    this.disk = new MemoryDisk(() => this.nowMs);
    this.runtime = this.#life();
  }

  /** Runs a task to its end, disk operation after disk operation. Timers stand still. */
  run<T>(task: Task<T>): T {
    const ended = this.runtime.tasks.spawn('test', task);
    let result: { value: T } | undefined;
    ended.onSettled((value) => {
      result = { value };
    });
    while (result === undefined && this.#step()) this.#throwBug();
    this.#throwBug();
    assert(result !== undefined, `the task must end: ${JSON.stringify(this.runtime.tasks.pending())}`);
    return result.value;
  }

  /** Lets the disk and the network finish all that was asked of them. */
  settle(): void {
    while (this.#step()) this.#throwBug();
    this.#throwBug();
  }

  /** The network first: what a client sent is with the broker before the next disk operation ends. */
  #step(): boolean {
    return this.network.step() || this.disk.step();
  }

  /** Moves the clock, fires what is due in order, and lets the disk finish after each. */
  advance(ms: number): void {
    const untilUs = (this.nowMs + ms) * 1000;
    for (;;) {
      const due = [...this.#timers].filter(({ atUs }) => atUs <= untilUs).sort((a, b) => a.atUs - b.atUs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.nowMs = Math.max(this.nowMs, due.atUs / 1000);
      this.timersFired++;
      due.fire();
      this.settle();
    }
    this.nowMs = untilUs / 1000;
  }

  /** Moves the clock and fires what is due at its end, but lets the disk finish nothing. */
  beginAdvance(ms: number): void {
    this.nowMs += ms;
    const due = [...this.#timers].filter(({ atUs }) => atUs <= this.nowMs * 1000);
    for (const timer of due.sort((a, b) => a.atUs - b.atUs)) {
      this.#timers.delete(timer);
      timer.fire();
    }
    this.#throwBug();
  }

  eventsOf<K extends TraceEventKind>(kind: K): TraceEventFields[K][] {
    return this.events.filter((event) => event.kind === kind) as unknown as TraceEventFields[K][];
  }

  /** The process dies; the next life finds everything that was written. */
  crash(): void {
    this.disk.crash();
    this.#reborn();
  }

  /** The next life finds what was durable. */
  powerLoss(): void {
    this.disk.powerLoss();
    this.#reborn();
  }

  #reborn(): void {
    this.runtime.tasks.stop();
    this.#timers.clear();
    this.disk.fault = undefined;
    this.network.reset();
    this.events = [];
    this.runtime = this.#life();
  }

  #life(): Runtime {
    const ports: Ports = {
      clock: { wallMs: () => this.nowMs, monotonicUs: () => this.nowMs * 1000 },
      timers: { after: (delayUs, fire) => this.#after(delayUs, fire) },
      disk: this.disk,
      network: this.network,
      random: { below: (n) => this.#drawn++ % n, uuid: () => this.#uuid() },
      trace: { wants: () => true, emit: (event) => this.events.push(event) },
    };
    return new Runtime(ports, (error) => {
      this.#bug ??= { error };
    });
  }

  #after(delayUs: number, fire: () => void): Cancel {
    const timer: Timer = { atUs: this.nowMs * 1000 + delayUs, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  #uuid(): string {
    const bytes = new Uint8Array(16);
    new DataView(bytes.buffer).setUint32(8, ++this.#drawn);
    return uuidToText(bytes);
  }

  #throwBug(): void {
    const bug = this.#bug;
    this.#bug = undefined;
    if (bug !== undefined) throw bug.error;
  }
}
