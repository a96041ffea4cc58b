// One workload's session with a broker: the clients, the topic, the load itself, and the read-back. What the
// probes and the judgement make of it is `harness.ts`'s affair.

import { type Address, Admin, assert, Consumer, Producer, type Task } from '../engine/index.ts';
import { beginAtTheStart, FollowDriver, partitionsOf, ReadDriver, readBack } from './drivers/consume.ts';
import { ProduceDriver } from './drivers/produce.ts';
import { Flow } from './faults/flow.ts';
import { drainReportOf } from './faults/recovery.ts';
import type { LatencyRecorder } from './latency.ts';
import { Ledger } from './ledger.ts';
import { Payloads } from './payload.ts';
import type { ProcessUse } from './process-use.ts';
import type { Progress } from './progress.ts';
import { SeededRandom } from './random.ts';
import type { DrainReport, LatencyReport, LedgerReport } from './result.ts';
import { scheduleOf } from './schedule.ts';
import type { ClientNode } from './tasks.ts';
import type { ThroughputSeries } from './throughput.ts';
import { UseSampler } from './use-sampler.ts';
import { consumerOptionsOf, producerOptionsOf, topicConfigs, type Workload } from './workload.ts';

const preloadOutstandingRecords = 20_000;
const preloadWithinSeconds = 600;
/** How many records a poll of the read-back hands out. */
const readBackPollRecords = 10_000;
/** A broker that is not there is told soon. */
const adminWithinMs = 10_000;
const closeWithinMs = 1_000;

/** Why a session could not be held: the broker's or the caller's fault, not a bug of ours. */
export class SessionError extends Error {}

export interface Measured {
  readonly series: ThroughputSeries;
  readonly samples: UseSampler;
  readonly latencies: LatencyReport[];
  readonly ledger: LedgerReport;
  readonly payloadGzipRatio: number;
  /** What a fault is judged by: of the producers, or of the consumer where none produces. */
  readonly flow: Flow | undefined;
  readonly drain: DrainReport | undefined;
  readonly settings: { producer: Record<string, unknown>; consumer: Record<string, unknown> | null };
}

type Load = Omit<Measured, 'ledger' | 'payloadGzipRatio' | 'settings'>;

export interface SessionOptions {
  readonly node: ClientNode;
  readonly broker: Address;
  readonly brokerUse: () => ProcessUse | undefined;
  /** Told when the load begins, by the monotonic clock. */
  readonly loadBegins: (startUs: number) => void;
  readonly topic: string;
  readonly workload: Workload;
  readonly seed: string;
  readonly progress: Progress;
  /** Told each second of the load when it begins. */
  readonly onSecond?: ((second: number) => void) | undefined;
}

export class Session {
  readonly #options: SessionOptions;
  readonly #payloads: Payloads;
  readonly #ledger: Ledger;
  readonly #admin: Admin;
  readonly #producers: readonly Producer[];
  readonly #consumer: Consumer | undefined;
  #topicIsThere = false;

  constructor(options: SessionOptions) {
    const { node, broker, workload, seed } = options;
    this.#options = options;
    this.#payloads = new Payloads(workload.record, seed);
    this.#ledger = new Ledger(workload.producers);
    this.#admin = new Admin(node.runtime, { bootstrapServers: [broker], defaultApiTimeoutMs: adminWithinMs });
    this.#producers = Array.from(
      { length: workload.producers },
      () => new Producer(node.runtime, producerOptionsOf(workload, [broker])),
    );
    this.#consumer =
      workload.kind === 'produce'
        ? undefined
        : new Consumer(node.runtime, consumerOptionsOf(workload, [broker]));
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
      ...load,
      ledger,
      payloadGzipRatio: this.#payloads.gzipRatio,
      settings: {
        producer: withoutServers((this.#producers[0] as Producer).config),
        consumer: this.#consumer === undefined ? null : withoutServers(this.#consumer.config),
      },
    };
  }

  /** Takes the topic away again (a broker that is not ours goes on living) and ends the clients. */
  async close(): Promise<void> {
    const { node, topic } = this.#options;
    await node.run('end of the session', this.#end(topic));
  }

  *#end(topic: string): Task<void> {
    for (const producer of this.#producers) yield* producer.close(closeWithinMs);
    if (this.#consumer !== undefined) yield* this.#consumer.close(closeWithinMs);
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

  #load(): Promise<Load> {
    const { workload } = this.#options;
    if (workload.kind === 'consume') return this.#consume(workload.preloadRecords);
    return workload.kind === 'produce' ? this.#produce() : this.#endToEnd(workload);
  }

  // ---- the three kinds

  async #produce(): Promise<Load> {
    const { node } = this.#options;
    const flow = flowOf(this.#options.workload);
    const driver = this.#produceDriver(node.nowUs(), flow);
    const samples = this.#sample(driver.series, driver);
    await node.run('load', this.#sendAll(driver));
    samples.stop();
    return { series: driver.series, samples, latencies: this.#sendLatencies(driver), flow, drain: undefined };
  }

  async #endToEnd(workload: Extract<Workload, { kind: 'end-to-end' }>): Promise<Load> {
    const { node, topic, progress } = this.#options;
    const consumer = this.#consumer as Consumer;
    const partitions = partitionsOf(topic, workload.topic.partitions);
    const { backlogRecords } = workload;
    if (backlogRecords > 0) {
      progress.step(`writing a backlog of ${backlogRecords} records`);
      await this.#preload(backlogRecords, 'more follow');
    }
    await node.run('consumer to its place', beginAtTheStart(consumer, partitions));
    const [written, read] = [flowOf(workload), flowOf(workload)];
    const driver = this.#produceDriver(node.nowUs(), written);
    const follower = new FollowDriver({
      runtime: node.runtime,
      consumer,
      partitions,
      workload,
      startUs: driver.startUs,
      ledger: this.#ledger,
      payloads: this.#payloads,
      flow: read,
      backlogRecords,
    });
    const samples = this.#sample(follower.series, driver);
    const followed = node.run(
      'follow',
      follower.follow(() => this.#ledger.closed, this.#endUs() + workload.drainSeconds * 1e6),
    );
    await Promise.all([node.run('load', this.#sendAll(driver)), followed]);
    samples.stop();
    const delivered = latencyReport('end-to-end', true, follower.delivered);
    const latencies = [delivered, ...this.#sendLatencies(driver)];
    const drain =
      backlogRecords === 0 || written === undefined || read === undefined
        ? undefined
        : drainReportOf(backlogRecords, written, read, workload);
    return { series: follower.series, samples, latencies, flow: written, drain };
  }

  async #consume(preloadRecords: number): Promise<Load> {
    const { node, workload, topic, progress } = this.#options;
    progress.step(`writing ${preloadRecords} records to read`);
    await this.#preload(preloadRecords, 'that is all');
    const consumer = this.#consumer as Consumer;
    const partitions = partitionsOf(topic, workload.topic.partitions);
    await node.run('consumer to its place', beginAtTheStart(consumer, partitions));
    const startUs = node.nowUs();
    const flow = flowOf(workload);
    const driver = new ReadDriver({ runtime: node.runtime, consumer, partitions, workload, startUs, flow });
    const samples = this.#sample(driver.series, { startUs });
    await node.run('load', driver.read(preloadRecords, this.#endUs()));
    samples.stop();
    const latencies = [latencyReport('poll', false, driver.polls)];
    return { series: driver.series, samples, latencies, flow, drain: undefined };
  }

  // ---- parts of them

  *#sendAll(driver: ProduceDriver): Task<void> {
    const { workload, seed } = this.#options;
    assert(workload.kind !== 'consume', 'a consumer sends nothing while it is measured');
    const { load } = workload;
    const endUs = this.#endUs();
    if (load.loop === 'closed') yield* driver.closedLoop(load.outstandingRecords, endUs, load.recordsMax);
    else yield* driver.openLoop(scheduleOf(load, new SeededRandom(`${seed}/arrivals`)), endUs);
    yield* driver.drain(endUs + workload.drainSeconds * 1e6);
  }

  async #preload(records: number, then: 'that is all' | 'more follow'): Promise<void> {
    const { node } = this.#options;
    const driver = this.#produceDriver(node.nowUs());
    const untilUs = preloadWithinSeconds * 1e6;
    await node.run('preload', driver.closedLoop(preloadOutstandingRecords, untilUs, records));
    await node.run('preload', then === 'more follow' ? driver.settle(untilUs) : driver.drain(untilUs));
    const written = this.#ledger.acknowledgedCount;
    if (written < records) throw new SessionError(`only ${written} of ${records} records could be written`);
  }

  *#readBack(): Task<number> {
    const { node, broker, topic, workload, progress } = this.#options;
    const options = {
      ...consumerOptionsOf(workload, [broker]),
      maxPollRecords: readBackPollRecords,
      checkCrcs: true,
    };
    const consumer = new Consumer(node.runtime, options);
    const records = yield* readBack({
      runtime: node.runtime,
      consumer,
      partitions: partitionsOf(topic, workload.topic.partitions),
      payloads: this.#payloads,
      ledger: this.#ledger,
      progress: (read, of) => progress.detail(`reading back ${read} of ${of} records`),
    });
    yield* consumer.close(closeWithinMs);
    return records;
  }

  #produceDriver(startUs: number, flow?: Flow): ProduceDriver {
    const { node, topic, workload } = this.#options;
    const [payloads, ledger, producers] = [this.#payloads, this.#ledger, this.#producers];
    return new ProduceDriver({
      runtime: node.runtime,
      producers,
      topic,
      workload,
      payloads,
      ledger,
      startUs,
      flow,
    });
  }

  #sample(series: ThroughputSeries, { startUs }: { startUs: number }): UseSampler {
    const { workload, brokerUse, loadBegins, progress, onSecond } = this.#options;
    loadBegins(startUs);
    const seconds = workload.warmupSeconds + workload.durationSeconds;
    progress.step(`${workload.warmupSeconds} s of warm-up, ${workload.durationSeconds} s measured`);
    const tell = (second: number): void => {
      const records = series.recordsIn(second - 1);
      progress.detail(`second ${second} of ${seconds}, ${records} records/s`);
    };
    return new UseSampler(startUs, seconds, brokerUse, tell, onSecond);
  }

  #sendLatencies(driver: ProduceDriver): LatencyReport[] {
    const { workload } = this.#options;
    const open = workload.kind !== 'consume' && workload.load.loop === 'open';
    const acknowledge = latencyReport('acknowledge', open, driver.acknowledged);
    return open ? [acknowledge, latencyReport('send-lateness', true, driver.lateness)] : [acknowledge];
  }

  /** From the start of the load. */
  #endUs(): number {
    const { warmupSeconds, durationSeconds } = this.#options.workload;
    return (warmupSeconds + durationSeconds) * 1e6;
  }
}

function latencyReport(
  of: LatencyReport['of'],
  fromIntendedTime: boolean,
  recorder: LatencyRecorder,
): LatencyReport {
  return { of, fromIntendedTime, whole: recorder.report(), perSecond: recorder.perSecond() };
}

/** Only where something is read from it: it costs memory for each thousandth of a second. */
function flowOf(workload: Workload): Flow | undefined {
  const backlog = workload.kind === 'end-to-end' && workload.backlogRecords > 0;
  return backlog || workload.faults.length > 0 ? new Flow() : undefined;
}

function withoutServers(config: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'bootstrapServers'));
}
