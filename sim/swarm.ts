// Many seeds on all cores: a pool of threads that take one run after the other. Which thread runs which seed differs
// from machine to machine, and nothing that a suite says may depend on it.

import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import type { Job, Reply } from './swarm-worker.ts';

/** Real time that one run may take before its thread is ended: the world's own limits are met long before. */
const runSecondsMax = 600;

export interface SwarmOptions {
  readonly workers: number;
  /** The module that exports `work`. */
  readonly worker: URL;
}

/** The thread's module beside this one: TypeScript in a checkout, JavaScript in the published package. */
export function defaultWorker(): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./swarm-worker.${extension}`, import.meta.url);
}

export function defaultWorkers(): number {
  return availableParallelism();
}

export class Swarm {
  readonly #pool: Piscina;
  readonly #workers: number;

  constructor({ workers, worker }: SwarmOptions) {
    this.#workers = workers;
    this.#pool = new Piscina({
      filename: worker.href,
      name: 'work',
      minThreads: workers,
      maxThreads: workers,
    });
  }

  /** Runs all jobs; `onDone` hears of each as it ends, in whatever order they end. */
  async run<T extends Job>(jobs: readonly T[], onDone: (job: T, reply: Reply) => void): Promise<void> {
    const waiting = jobs.values();
    const feed = async () => {
      for (const job of waiting) onDone(job, await this.#one(job));
    };
    await Promise.all(Array.from({ length: this.#workers }, feed));
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #one({ file, text, seed, control, wanted }: Job): Promise<Reply> {
    const job: Job = { file, text, seed, control, wanted };
    try {
      const signal = AbortSignal.timeout(runSecondsMax * 1000);
      return (await this.#pool.run(job, { signal })) as Reply;
    } catch (error) {
      const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
      const hung = `the run did not end in ${runSecondsMax} s of real time`;
      return { kind: 'broken', message: name === 'AbortError' ? hung : message, stack };
    }
  }
}
