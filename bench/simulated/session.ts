// One workload on the simulated client host, as one task: the topic, the load, and then everything is read back. The
// loops are those of the real bench (`drivers/`), over the same client; only the end of the load differs, which comes
// after a number of records and not after a time.
//
// What is counted lies between `begin` and `end` of the load: the topic is there and a consumer stands at its place,
// but producers have yet to learn where the partitions are.

import {
  type Address,
  Admin,
  assert,
  Consumer,
  Producer,
  type Runtime,
  type Task,
} from '../../engine/index.ts';
import { beginAtTheStart, FollowDriver, partitionsOf } from '../drivers/consume.ts';
import { ProduceDriver } from '../drivers/produce.ts';
import { LatencyRecorder } from '../latency.ts';
import { Ledger } from '../ledger.ts';
import { Payloads } from '../payload.ts';
import { SeededRandom } from '../random.ts';
import { readBack } from '../read-back.ts';
import type { LatencyReport, LedgerReport } from '../result.ts';
import { type Schedule, scheduleOf } from '../schedule.ts';
import { consumerOptionsOf, producerOptionsOf, topicConfigs, type Workload } from '../workload.ts';
import { type CostModel, recordsOf } from './model.ts';

const topic = 'cost';
const pollMs = 100;
const closeWithinMs = 1_000;
/** Records without an acknowledgement while a topic is filled that will be read. */
const preloadOutstandingRecords = 20_000;

export interface SimulatedSession {
  readonly runtime: Runtime;
  readonly broker: Address;
  readonly workload: Workload;
  readonly model: CostModel;
  /** The load begins, and it has ended. */
  readonly begin: () => void;
  readonly end: () => void;
}

export interface SessionOutcome {
  readonly ledger: LedgerReport;
  /** Records that a consumer was given while the load ran. */
  readonly delivered: number;
  readonly latencies: readonly { readonly of: LatencyReport['of']; readonly recorder: LatencyRecorder }[];
}

type Load = Pick<SessionOutcome, 'delivered' | 'latencies'>;

/** Holds the session; a broker that refuses to work ends it with why. */
export function* holdSession(session: SimulatedSession): Task<SessionOutcome | string> {
  const { runtime, broker, workload } = session;
  const admin = new Admin(runtime, { bootstrapServers: [broker] });
  const { partitions: partitionsCount } = workload.topic;
  const [made] = yield* admin.createTopics([
    { name: topic, partitionsCount, replicationFactor: 1, configs: topicConfigs(workload) },
  ]);
  admin.close();
  if (made?.error !== null)
    return `the topic could not be made: ${made?.error} ${made?.message ?? ''}`.trim();
  const parts = new Parts(session);
  const load = yield* loadOf(parts);
  const ledger = yield* readEverythingBack(parts);
  for (const producer of parts.producers) yield* producer.close(closeWithinMs);
  return { ...load, ledger };
}

/** What the load is made with. */
class Parts {
  readonly session: SimulatedSession;
  readonly payloads: Payloads;
  readonly ledger: Ledger;
  readonly producers: readonly Producer[];
  readonly records: number;

  constructor(session: SimulatedSession) {
    const { runtime, broker, workload, model } = session;
    this.session = session;
    this.payloads = new Payloads(workload.record, model.seed);
    this.ledger = new Ledger(workload.producers);
    const options = producerOptionsOf(workload, [broker]);
    this.producers = Array.from({ length: workload.producers }, () => new Producer(runtime, options));
    const wanted = recordsOf(model, workload.record.bytes);
    this.records = workload.kind === 'consume' ? Math.min(wanted, workload.preloadRecords) : wanted;
  }

  /** The workload with the times of the model in the place of its own: no warm-up, since nothing gets warm. */
  get timed(): Workload {
    const { workload, model } = this.session;
    return { ...workload, warmupSeconds: 0, durationSeconds: model.virtualSecondsMax };
  }

  get endUs(): number {
    return this.session.model.virtualSecondsMax * 1e6;
  }

  /** After this nobody waits any more for what is under way. */
  get drainedUs(): number {
    return this.endUs + this.session.workload.drainSeconds * 1e6;
  }

  driver(): ProduceDriver {
    const { runtime } = this.session;
    const { producers, payloads, ledger, timed: workload } = this;
    const startUs = runtime.clock.monotonicUs();
    return new ProduceDriver({ runtime, producers, topic, workload, payloads, ledger, startUs });
  }

  consumer(): Consumer {
    const { runtime, broker, workload } = this.session;
    return new Consumer(runtime, consumerOptionsOf(workload, [broker]));
  }
}

function loadOf(parts: Parts): Task<Load> {
  const { kind } = parts.session.workload;
  if (kind === 'consume') return consume(parts);
  return kind === 'produce' ? produce(parts) : endToEnd(parts);
}

function* produce(parts: Parts): Task<Load> {
  const { begin, end } = parts.session;
  begin();
  const driver = parts.driver();
  yield* sendAll(parts, driver);
  end();
  return { delivered: 0, latencies: [{ of: 'acknowledge', recorder: driver.acknowledged }] };
}

function* endToEnd(parts: Parts): Task<Load> {
  const { session, ledger, payloads, timed } = parts;
  const { runtime, workload, begin, end } = session;
  const consumer = parts.consumer();
  const partitions = partitionsOf(topic, workload.topic.partitions);
  yield* beginAtTheStart(consumer, partitions);
  begin();
  const driver = parts.driver();
  const { startUs } = driver;
  const follower = new FollowDriver({
    runtime,
    consumer,
    partitions,
    workload: timed,
    startUs,
    ledger,
    payloads,
  });
  yield* runtime.tasks.all('load and follower', [
    sendAll(parts, driver),
    follower.follow(() => ledger.closed, parts.drainedUs),
  ]);
  end();
  yield* consumer.close(closeWithinMs);
  return {
    delivered: follower.delivered.report().count,
    latencies: [
      { of: 'end-to-end', recorder: follower.delivered },
      { of: 'acknowledge', recorder: driver.acknowledged },
    ],
  };
}

/** Fills the topic, then reads it from its beginning to its end, once. */
function* consume(parts: Parts): Task<Load> {
  const { session, records, timed, endUs } = parts;
  const { runtime, workload, begin, end } = session;
  const filler = parts.driver();
  yield* filler.closedLoop(preloadOutstandingRecords, endUs, records);
  yield* filler.drain(parts.drainedUs);
  const consumer = parts.consumer();
  yield* beginAtTheStart(consumer, partitionsOf(topic, workload.topic.partitions));
  begin();
  const polls = new LatencyRecorder(0, timed.durationSeconds);
  const startUs = runtime.clock.monotonicUs();
  const nowUs = (): number => runtime.clock.monotonicUs() - startUs;
  let read = 0;
  while (read < records && nowUs() < endUs) {
    const fromUs = nowUs();
    const polled = yield* consumer.poll(pollMs);
    if (polled.length > 0) polls.completed(fromUs, nowUs());
    read += polled.length;
  }
  end();
  yield* consumer.close(closeWithinMs);
  return { delivered: read, latencies: [{ of: 'poll', recorder: polls }] };
}

function* sendAll({ session, records, endUs, drainedUs }: Parts, driver: ProduceDriver): Task<void> {
  const { workload, model } = session;
  assert(workload.kind !== 'consume', 'a consumer sends nothing while it is measured');
  const { load } = workload;
  if (load.loop === 'closed') yield* driver.closedLoop(load.outstandingRecords, endUs, records);
  else {
    const random = new SeededRandom(`${model.seed}/arrivals`);
    yield* driver.openLoop(firstOf(scheduleOf(load, random), records), endUs);
  }
  yield* driver.drain(drainedUs);
}

/** The first `count` times of a schedule; what comes after them never comes. */
function firstOf(schedule: Schedule, count: number): Schedule {
  let given = 0;
  return { next: () => (given++ < count ? schedule.next() : Number.POSITIVE_INFINITY) };
}

function* readEverythingBack(parts: Parts): Task<LedgerReport> {
  const { session, payloads, ledger } = parts;
  const { runtime, broker } = session;
  const endOffsets = yield* readBack({ runtime, broker, topic, payloads, ledger, progress: () => {} });
  return ledger.account(endOffsets);
}
