// One workload's session with a broker: the topic, the load by processes of their own, and the read-back. What the
// probes and the judgement make of it is `harness.ts`'s affair.

import { type Address, Admin, type Task } from '../engine/index.ts';
import { GeneratorError } from './generators/load.ts';
import { type GeneratorResult, type RunOptions, runGenerator } from './generators/run-generator.ts';
import { Ledger } from './ledger.ts';
import { Payloads } from './payload.ts';
import type { Progress } from './progress.ts';
import { readBack } from './read-back.ts';
import type { LedgerReport } from './result.ts';
import type { ClientNode } from './tasks.ts';
import { topicConfigs, type Workload } from './workload.ts';

/** A broker that is not there is told soon. */
const adminWithinMs = 10_000;

/** Why a session could not be held: the broker's or the caller's fault, not a bug of ours. */
export class SessionError extends Error {}

export interface Measured {
  readonly load: GeneratorResult;
  readonly ledger: LedgerReport;
  readonly payloadGzipRatio: number;
  readonly notes: readonly string[];
}

export interface SessionOptions {
  readonly node: ClientNode;
  readonly broker: Address;
  readonly brokerProcessId: number | undefined;
  readonly topic: string;
  readonly workload: Workload;
  readonly seed: string;
  /** Where files for the generators are made, and removed again. */
  readonly folder: string;
  readonly progress: Progress;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #payloads: Payloads;
  readonly #ledger: Ledger;
  readonly #admin: Admin;
  readonly #notes: string[] = [];
  #topicIsThere = false;

  constructor(options: SessionOptions) {
    const { node, broker, workload, seed } = options;
    this.#options = options;
    this.#payloads = new Payloads(workload.record, seed);
    this.#ledger = new Ledger(Math.max(1, workload.producers / workload.generatorProcesses));
    this.#admin = new Admin(node.runtime, { bootstrapServers: [broker], defaultApiTimeoutMs: adminWithinMs });
  }

  /** Everything between the empty topic and the closed ledger. */
  async hold(): Promise<Measured> {
    const { node, progress } = this.#options;
    const refusal = await node.run('create the topic', this.#createTopic());
    if (refusal !== undefined) throw new SessionError(`the topic could not be made: ${refusal}`);
    const load = await this.#load();
    progress.step('reading everything back');
    const endOffsetsRecords = await node.run('read back', this.#readBack());
    const ledger = this.#ledger.account(endOffsetsRecords);
    return {
      load,
      ledger,
      payloadGzipRatio: this.#payloads.gzipRatio,
      notes: [...this.#notes, ...load.notes],
    };
  }

  /** Takes the topic away again: a broker that is not ours goes on living. */
  async close(): Promise<void> {
    const { node, topic } = this.#options;
    await node.run('end of the session', this.#end(topic));
  }

  *#end(topic: string): Task<void> {
    if (this.#topicIsThere) yield* this.#admin.deleteTopics([topic]);
    this.#admin.close();
  }

  /** Returns why not, if not. */
  *#createTopic(): Task<string | undefined> {
    const { topic, workload } = this.#options;
    const { partitions: partitionsCount } = workload.topic;
    const created = yield* this.#admin.createTopics([
      { name: topic, partitionsCount, replicationFactor: 1, configs: topicConfigs(workload) },
    ]);
    const refused = created.find(({ error }) => error !== null);
    this.#topicIsThere = refused === undefined;
    return refused === undefined ? undefined : `${refused.error} ${refused.message ?? ''}`.trim();
  }

  async #load(): Promise<GeneratorResult> {
    const { workload, progress } = this.#options;
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
    const { broker: address, brokerProcessId, topic, workload, seed, folder, progress } = this.#options;
    try {
      return await runGenerator({
        workload,
        address,
        brokerProcessId,
        topic,
        seed,
        folder,
        progress,
        ...more,
      });
    } catch (error) {
      if (error instanceof GeneratorError) throw new SessionError(error.message, { cause: error });
      throw error;
    }
  }

  /** What the generator says of its records, into the ledger. */
  #enter({ outcomes, counts, delivery, name }: GeneratorResult): void {
    for (const [process, part] of outcomes.entries()) this.#ledger.load(process, part);
    if (outcomes.length === 0) {
      this.#ledger.loadCounts(counts);
      this.#notes.push(
        `${name} does not tell what became of each record: ` +
          'the ledger is judged by counts, and every batch by its checksum',
      );
    }
    if (delivery !== null) this.#ledger.toldDelivery(delivery);
  }

  *#readBack(): Task<number> {
    const { node, broker, topic, progress } = this.#options;
    return yield* readBack({
      runtime: node.runtime,
      broker,
      topic,
      payloads: this.#payloads,
      ledger: this.#ledger,
      progress: (read, of) => progress.detail(`reading back ${read} of ${of} records`),
    });
  }
}

/** Who writes what is read: the generator itself, unless its records could not be known again. */
function preloaderOf({ generator }: Workload): Workload['generator'] {
  return generator === 'librdkafka' ? 'librdkafka' : 'odradek';
}
