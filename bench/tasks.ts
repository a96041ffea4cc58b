// The border between promises (processes, probes) and tasks (clients): a task's result as a promise.

import { type HostPorts, hostPorts } from '../engine/host/index.ts';
import { Runtime, type Task } from '../engine/index.ts';

/** A node without a broker: where the clients of the load generator live. */
export class ClientNode {
  readonly runtime: Runtime;
  readonly #ports: HostPorts;
  #fail: ((error: unknown) => void)[] = [];

  /** `dataDir` is there because a host has a disk; clients write nothing. */
  constructor(dataDir: string) {
    this.#ports = hostPorts({ dataDir });
    this.runtime = new Runtime(this.#ports, (error, label) => this.#onBug(error, label));
  }

  /** Microseconds of the one clock by which everything here is measured. */
  nowUs(): number {
    return this.runtime.clock.monotonicUs();
  }

  /** Rejects when any task of this node throws: then nothing measured means anything. */
  run<T>(label: string, task: Task<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#fail.push(reject);
      const ended = this.runtime.tasks.spawn(label, task);
      ended.onSettled((value) => {
        this.#fail = this.#fail.filter((each) => each !== reject);
        resolve(value);
      });
    });
  }

  close(): void {
    this.runtime.tasks.stop();
    this.#ports.close();
  }

  #onBug(error: unknown, label: string): void {
    const failing = this.#fail;
    this.#fail = [];
    if (failing.length === 0) throw error;
    for (const reject of failing) reject(new Error(`a bug in "${label}"`, { cause: error }));
  }
}
