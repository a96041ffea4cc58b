// The load of a session from generator processes: what they say of their records goes into the ledger.

import { GeneratorError } from './generators/load.ts';
import { type GeneratorResult, type RunOptions, runGenerator } from './generators/run-generator.ts';
import type { Load, LoadParts } from './session.ts';
import { SessionError } from './session-error.ts';
import type { Workload } from './workload.ts';

export class GeneratorLoad {
  readonly #parts: LoadParts;
  readonly #notes: string[] = [];

  constructor(parts: LoadParts) {
    this.#parts = parts;
  }

  async run(): Promise<Load> {
    const { name, version, processes, series, samples, latencies, settings, notes } = await this.#loaded();
    return {
      generator: { name, version, processes },
      series,
      samples,
      latencies,
      settings,
      flow: undefined,
      drain: undefined,
      notes: [...this.#notes, ...notes],
    };
  }

  /** Its processes have ended with the load. */
  async close(): Promise<void> {}

  async #loaded(): Promise<GeneratorResult> {
    const { workload, progress } = this.#parts;
    if (workload.kind !== 'consume') {
      const load = await this.#run({});
      this.#enter(load);
      return load;
    }
    const { preloadRecords: records } = workload;
    progress.step(`writing ${records} records to read`);
    const generator = preloaderOf(workload);
    const written = await this.#run({ mode: 'preload', records, workload: { ...workload, generator } });
    this.#enter(written);
    if (written.counts.acknowledged < records)
      throw new SessionError(`only ${written.counts.acknowledged} of ${records} records could be written`);
    this.#notes.push(`written by ${generator} before the clock started`);
    return await this.#run({ records });
  }

  async #run(more: Partial<RunOptions>): Promise<GeneratorResult> {
    const { broker: address, brokerUse, topic, workload, seed, folder, progress, onSecond } = this.#parts;
    try {
      return await runGenerator({
        workload,
        address,
        brokerUse,
        topic,
        seed,
        folder,
        progress,
        onSecond,
        ...more,
      });
    } catch (error) {
      if (error instanceof GeneratorError) throw new SessionError(error.message, { cause: error });
      throw error;
    }
  }

  #enter({ outcomes, counts, delivery, name }: GeneratorResult): void {
    const { ledger } = this.#parts;
    for (const [process, part] of outcomes.entries()) ledger.load(process, part);
    if (outcomes.length === 0) {
      ledger.loadCounts(counts);
      this.#notes.push(
        `${name} does not tell what became of each record: ` +
          'the ledger is judged by counts, and every batch by its checksum',
      );
    }
    if (delivery !== null) ledger.toldDelivery(delivery);
  }
}

/** Who writes what is read: the generator itself, unless its records could not be known again. */
function preloaderOf({ generator }: Workload): Workload['generator'] {
  return generator === 'librdkafka' ? 'librdkafka' : 'odradek';
}
