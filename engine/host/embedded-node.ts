// One node of a cluster inside this process, over its lives: each life has ports, a runtime and a broker of
// its own, and the disk stays. What ends a life without having been asked (a failed disk, a bug of ours) is
// kept as `failure`, for whoever embeds a broker is neither to be ended with it nor to be left in the dark.

import { assert } from '../base/assert.ts';
import { Broker } from '../broker.ts';
import { Runtime } from '../runtime.ts';
import { lockDirectory } from './lock-file.ts';
import type { MemoryDisk } from './memory-disk.ts';
import { type HostPorts, hostPorts } from './ports.ts';
import type { TraceListener } from './trace.ts';

export interface EmbeddedNodeOptions {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly dataDir: string | MemoryDisk;
  readonly listeners: readonly TraceListener[];
}

interface Life {
  readonly runtime: Runtime;
  readonly ports: HostPorts;
  readonly unlock: () => void;
  broker: Broker | undefined;
  /** Settles, once, the start or stop that waits for this life. */
  interrupt: (reason: Error) => void;
}

/** Its port was held for it, or was its own in an earlier life. */
const listenPatienceMs = 5_000;
/** A stop that takes longer is a kill. */
const stopWithinMs = 60_000;

export class EmbeddedNode {
  readonly name: string;
  readonly #options: EmbeddedNodeOptions;
  #life: Life | undefined;
  #failure: string | undefined;

  constructor(options: EmbeddedNodeOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Undefined while it is down, and while it starts. */
  get broker(): Broker | undefined {
    return this.#life?.broker;
  }

  get running(): boolean {
    return this.broker !== undefined;
  }

  /** Why the last life ended by itself; undefined when it did not. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Settles when it serves; rejects with every reason why it cannot. */
  async start(): Promise<void> {
    assert(this.#life === undefined, `${this.name} runs already`);
    this.#failure = undefined;
    const life = this.#newLife();
    this.#life = life;
    const { properties } = this.#options;
    const started = life.runtime.tasks.spawn('start', Broker.start(life.runtime, { properties }));
    await new Promise<void>((resolve, reject) => {
      life.interrupt = reject;
      started.onSettled((outcome) => {
        if (!outcome.ok) return this.#fail(life, outcome.error.join('; '));
        life.broker = outcome.value;
        outcome.value.halted.onSettled((reason) => this.#fail(life, reason));
        resolve();
      });
    });
  }

  /** Hands over what it leads, and still votes: the first half of a clean end. */
  async leave(): Promise<void> {
    const life = this.#life;
    if (life?.broker === undefined) return;
    const left = life.runtime.tasks.spawn('leave', life.broker.leave());
    await new Promise<void>((resolve) => {
      life.interrupt = () => resolve();
      left.onSettled(() => resolve());
    });
  }

  /** A clean end, as by SIGTERM. */
  async stop(): Promise<void> {
    const life = this.#life;
    if (life?.broker === undefined) return this.kill();
    const stopped = life.runtime.tasks.spawn('stop', life.broker.stop());
    life.broker = undefined;
    let late: ReturnType<typeof setTimeout> | undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        life.interrupt = reject;
        late = setTimeout(
          () => reject(new Error(`${this.name} did not stop within ${stopWithinMs} ms`)),
          stopWithinMs,
        );
        stopped.onSettled((outcome) => (outcome.ok ? resolve() : reject(new Error(outcome.error))));
      });
    } finally {
      clearTimeout(late);
      this.#end(life, `${this.name} stopped`);
    }
  }

  /** The end of a life as by SIGKILL: connections break, tasks and timers are dropped, what was written stays. */
  kill(): void {
    if (this.#life !== undefined) this.#end(this.#life, `${this.name} was killed`);
  }

  #newLife(): Life {
    const { dataDir, listeners } = this.#options;
    const ports = hostPorts({ dataDir, listeners, listenPatienceMs });
    const locked = typeof dataDir === 'string' ? lockDirectory(dataDir) : undefined;
    if (locked?.ok === false) {
      ports.close();
      throw new Error(locked.error);
    }
    const release = locked?.value ?? (() => {});
    process.once('exit', release);
    const unlock = (): void => {
      process.off('exit', release);
      release();
    };
    const runtime = new Runtime(ports, (error, label) => {
      const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
      this.#fail(life, `a bug in "${label}": ${stack}`);
    });
    const life: Life = { runtime, ports, unlock, broker: undefined, interrupt: () => {} };
    return life;
  }

  #fail(life: Life, reason: string): void {
    if (this.#life !== life) return;
    this.#failure = reason;
    this.#end(life, `${this.name}: ${reason}`);
  }

  #end(life: Life, reason: string): void {
    if (this.#life !== life) return;
    this.#life = undefined;
    life.broker = undefined;
    life.runtime.tasks.stop();
    life.ports.close();
    life.unlock();
    life.interrupt(new Error(reason));
  }
}
