// One workload's session with a broker: the topic, the load, and the read-back. What the probes and the judgement make
// of it is `harness.ts`'s affair.
//
// The load comes from generator processes (`generators/`). Faults, a backlog and a fixed number of records want to be
// driven from here, by our own client in this process (`own-load.ts`): what becomes of each record is looked at more
// closely, or the load is over in less time than a process takes to start.

import { type Address, Admin, type Task } from '../engine/index.ts';
import type { Flow } from './faults/flow.ts';
import { GeneratorLoad } from './generator-load.ts';
import { Ledger } from './ledger.ts';
import { OwnLoad } from './own-load.ts';
import { Payloads } from './payload.ts';
import type { ProcessUse } from './process-use.ts';
import type { Progress } from './progress.ts';
import { readBack } from './read-back.ts';
import type { DrainReport, LatencyReport, LedgerReport, WorkloadRun } from './result.ts';
import { SessionError } from './session-error.ts';
import type { ClientNode } from './tasks.ts';
import type { ThroughputSeries } from './throughput.ts';
import type { UseSampler } from './use-sampler.ts';
import { recordsMaxOf, topicConfigs, type Workload } from './workload.ts';

/** A broker that is not there is told soon. */
const adminWithinMs = 10_000;

/** What a load was, whoever made it. */
export interface Load {
  readonly generator: WorkloadRun['generator'];
  readonly series: ThroughputSeries;
  readonly samples: UseSampler;
  readonly latencies: readonly LatencyReport[];
  /** What a fault is judged by: of the producers, or of the consumer where none produces. */
  readonly flow: Flow | undefined;
  readonly drain: DrainReport | undefined;
  readonly settings: { producer: Record<string, unknown> | null; consumer: Record<string, unknown> | null };
  readonly notes: readonly string[];
}

export interface Measured extends Load {
  readonly ledger: LedgerReport;
  readonly payloadGzipRatio: number;
}

export interface SessionOptions {
  readonly node: ClientNode;
  readonly broker: Address;
  readonly brokerUse: () => ProcessUse | undefined;
  /** Told when the load begins, by the monotonic clock. */
  readonly loadBegins: (startUs: number) => void;
  readonly topic: string;
  readonly workload: Workload;
  readonly seed: string;
  /** Where files for the generators are made, and removed again. */
  readonly folder: string;
  readonly progress: Progress;
  /** Told each second of the load when it begins. */
  readonly onSecond?: ((second: number) => void) | undefined;
}

/** The topic is there; what is sent and what becomes of it goes to the ledger. */
export interface LoadParts extends SessionOptions {
  readonly payloads: Payloads;
  readonly ledger: Ledger;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #payloads: Payloads;
  readonly #ledger: Ledger;
  readonly #admin: Admin;
  readonly #load: OwnLoad | GeneratorLoad;
  #topicIsThere = false;

  constructor(options: SessionOptions) {
    const { node, broker, workload, seed } = options;
    this.#options = options;
    this.#payloads = new Payloads(workload.record, seed);
    this.#ledger = new Ledger(Math.max(1, workload.producers / workload.generatorProcesses));
    this.#admin = new Admin(node.runtime, { bootstrapServers: [broker], defaultApiTimeoutMs: adminWithinMs });
    const parts = { ...options, payloads: this.#payloads, ledger: this.#ledger };
    this.#load = isDrivenHere(workload) ? new OwnLoad(parts) : new GeneratorLoad(parts);
  }

  /** Everything between the empty topic and the closed ledger. */
  async hold(): Promise<Measured> {
    const { node, progress } = this.#options;
    const refusal = await node.run('create the topic', this.#createTopic());
    if (refusal !== undefined) throw new SessionError(`the topic could not be made: ${refusal}`);
    const load = await this.#load.run();
    progress.step('reading everything back');
    const endOffsetsRecords = await node.run('read back', this.#readBack());
    const ledger = this.#ledger.account(endOffsetsRecords);
    return { ...load, ledger, payloadGzipRatio: this.#payloads.gzipRatio };
  }

  /** Takes the topic away again (a broker that is not ours goes on living) and ends the clients. */
  async close(): Promise<void> {
    const { node, topic } = this.#options;
    await this.#load.close();
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

/** Whether our own client in this process makes the load. */
export function isDrivenHere(workload: Workload): boolean {
  const backlog = workload.kind === 'end-to-end' && workload.backlogRecords > 0;
  return workload.faults.length > 0 || backlog || recordsMaxOf(workload) !== undefined;
}
