// The load of a session from this process, by our own client: three kinds of it, with what faults and a backlog are
// judged by.

import { assert, Consumer, Producer, type Task } from '../engine/index.ts';
import { beginAtTheStart, FollowDriver, partitionsOf, ReadDriver } from './drivers/consume.ts';
import { ProduceDriver } from './drivers/produce.ts';
import { packageVersion } from './environment.ts';
import { Flow } from './faults/flow.ts';
import { drainReportOf } from './faults/recovery.ts';
import type { LatencyRecorder } from './latency.ts';
import { ownUse } from './process-use.ts';
import { SeededRandom } from './random.ts';
import type { LatencyReport } from './result.ts';
import { scheduleOf } from './schedule.ts';
import type { Load, LoadParts } from './session.ts';
import { SessionError } from './session-error.ts';
import type { ThroughputSeries } from './throughput.ts';
import { UseSampler } from './use-sampler.ts';
import { consumerOptionsOf, producerOptionsOf, type Workload } from './workload.ts';

const preloadOutstandingRecords = 20_000;
const preloadWithinSeconds = 600;
const closeWithinMs = 1_000;

type Made = Pick<Load, 'series' | 'samples' | 'latencies' | 'flow' | 'drain'>;

export class OwnLoad {
  readonly #options: LoadParts;
  readonly #producers: readonly Producer[];
  readonly #consumer: Consumer | undefined;

  constructor(options: LoadParts) {
    const { node, broker, workload } = options;
    this.#options = options;
    this.#producers = Array.from(
      { length: workload.producers },
      () => new Producer(node.runtime, producerOptionsOf(workload, [broker])),
    );
    this.#consumer =
      workload.kind === 'produce'
        ? undefined
        : new Consumer(node.runtime, consumerOptionsOf(workload, [broker]));
  }

  async close(): Promise<void> {
    await this.#options.node.run('end of the clients', this.#end());
  }

  *#end(): Task<void> {
    for (const producer of this.#producers) yield* producer.close(closeWithinMs);
    if (this.#consumer !== undefined) yield* this.#consumer.close(closeWithinMs);
  }

  async run(): Promise<Load> {
    const { workload } = this.#options;
    const { kind } = workload;
    const made =
      kind === 'consume'
        ? await this.#consume(workload.preloadRecords)
        : kind === 'produce'
          ? await this.#produce()
          : await this.#endToEnd(workload);
    return {
      ...made,
      generator: { name: 'odradek', version: packageVersion(), processes: 1 },
      settings: {
        producer: withoutServers((this.#producers[0] as Producer).config),
        consumer: this.#consumer === undefined ? null : withoutServers(this.#consumer.config),
      },
      notes: [],
    };
  }

  // ---- the three kinds

  async #produce(): Promise<Made> {
    const { node } = this.#options;
    const flow = flowOf(this.#options.workload);
    const driver = this.#produceDriver(node.nowUs(), flow);
    const samples = this.#sample(driver.series, driver);
    await node.run('load', this.#sendAll(driver));
    samples.stop();
    return { series: driver.series, samples, latencies: this.#sendLatencies(driver), flow, drain: undefined };
  }

  async #endToEnd(workload: Extract<Workload, { kind: 'end-to-end' }>): Promise<Made> {
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
      ledger: this.#options.ledger,
      payloads: this.#options.payloads,
      flow: read,
      backlogRecords,
    });
    const samples = this.#sample(follower.series, driver);
    const followed = node.run(
      'follow',
      follower.follow(() => this.#options.ledger.closed, this.#endUs() + workload.drainSeconds * 1e6),
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

  async #consume(preloadRecords: number): Promise<Made> {
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
    const written = this.#options.ledger.acknowledgedCount;
    if (written < records) throw new SessionError(`only ${written} of ${records} records could be written`);
  }

  #produceDriver(startUs: number, flow?: Flow): ProduceDriver {
    const { node, topic, workload } = this.#options;
    const [payloads, ledger, producers] = [this.#options.payloads, this.#options.ledger, this.#producers];
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
    return new UseSampler(startUs, seconds, brokerUse, ownUse, tell, onSecond);
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
