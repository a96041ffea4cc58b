// Reads: a topic over and over for throughput (`ReadDriver`), and right behind the producers for end-to-end
// latency (`FollowDriver`). What reads everything back for the ledger is `read-back.ts`.
//
// Times here are microseconds from the start of the load.

import type { ConsumedRecord, Consumer, Runtime, Task, TopicPartition } from '../../engine/index.ts';
import type { Flow } from '../faults/flow.ts';
import { LatencyRecorder } from '../latency.ts';
import type { Ledger } from '../ledger.ts';
import type { Payloads } from '../payload.ts';
import { ThroughputSeries } from '../throughput.ts';
import type { Workload } from '../workload.ts';

const pollMs = 100;

export function partitionsOf(topic: string, count: number): TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}

/**
 * Assigns every partition and makes it known where each begins, so that the first poll of the load only
 * reads.
 */
export function* beginAtTheStart(consumer: Consumer, partitions: readonly TopicPartition[]): Task<void> {
  consumer.assign(partitions);
  consumer.seekToBeginning(partitions);
  for (const partition of partitions) yield* consumer.position(partition);
}

interface Parts {
  readonly runtime: Runtime;
  readonly consumer: Consumer;
  readonly partitions: readonly TopicPartition[];
  readonly workload: Workload;
  readonly startUs?: number;
  readonly flow?: Flow | undefined;
}

/** Reads what was written before, from the first offset to the last, again and again. */
export class ReadDriver {
  readonly polls: LatencyRecorder;
  readonly series: ThroughputSeries;
  /** By the monotonic clock; set when the load starts. */
  startUs: number;
  readonly #parts: Parts;

  constructor(parts: Parts) {
    const { warmupSeconds, durationSeconds } = parts.workload;
    this.#parts = parts;
    this.startUs = parts.startUs ?? 0;
    this.polls = new LatencyRecorder(warmupSeconds, durationSeconds);
    this.series = new ThroughputSeries(warmupSeconds, durationSeconds);
  }

  nowUs(): number {
    return this.#parts.runtime.clock.monotonicUs() - this.startUs;
  }

  /** `records`: how many the topic holds; after so many it begins again. */
  *read(records: number, untilUs: number): Task<void> {
    const { consumer, partitions } = this.#parts;
    let ofThisPass = 0;
    for (let nowUs = this.nowUs(); nowUs < untilUs; nowUs = this.nowUs()) {
      const polled = yield* consumer.poll(Math.min(pollMs, (untilUs - nowUs) / 1000));
      const afterUs = this.nowUs();
      if (polled.length === 0) continue;
      this.polls.completed(nowUs, afterUs);
      this.series.add(afterUs, polled.length, bytesOf(polled));
      this.#parts.flow?.done(afterUs, polled.length);
      ofThisPass += polled.length;
      if (ofThisPass < records) continue;
      consumer.seekToBeginning(partitions);
      ofThisPass = 0;
    }
  }
}

/** Reads what is being written, and tells how old each record was when it got here. */
export class FollowDriver {
  readonly delivered: LatencyRecorder;
  readonly series: ThroughputSeries;
  /** By the monotonic clock; set when the load starts. */
  startUs: number;
  readonly #parts: Parts;
  readonly #ledger: Ledger;
  readonly #payloads: Payloads;

  readonly #backlogRecords: number;

  /** The first `backlogRecords` were written before the load began: they have no age here. */
  constructor(parts: Parts & { ledger: Ledger; payloads: Payloads; backlogRecords?: number }) {
    const { warmupSeconds, durationSeconds } = parts.workload;
    this.#parts = parts;
    this.startUs = parts.startUs ?? 0;
    this.#backlogRecords = parts.backlogRecords ?? 0;
    this.#ledger = parts.ledger;
    this.#payloads = parts.payloads;
    this.delivered = new LatencyRecorder(warmupSeconds, durationSeconds);
    this.series = new ThroughputSeries(warmupSeconds, durationSeconds);
  }

  nowUs(): number {
    return this.#parts.runtime.clock.monotonicUs() - this.startUs;
  }

  /** Until `loadIsOver` says so and everything acknowledged has come, at most until `untilUs`. */
  *follow(loadIsOver: () => boolean, untilUs: number): Task<void> {
    while (this.nowUs() < untilUs) {
      if (loadIsOver() && this.#ledger.undelivered === 0) break;
      const polled = yield* this.#parts.consumer.poll(pollMs);
      const nowUs = this.nowUs();
      for (const { key } of polled) this.#deliver(this.#payloads.sequenceOf(key), nowUs);
      this.series.add(nowUs, polled.length, bytesOf(polled));
      this.#parts.flow?.done(nowUs, polled.length);
    }
    const nowUs = this.nowUs();
    for (const sequence of this.#ledger.undeliveredRecords()) {
      if (sequence < this.#backlogRecords) continue;
      const intendedUs = this.#ledger.intendedUs(sequence);
      this.delivered.censored(intendedUs, Math.max(intendedUs, nowUs));
    }
  }

  #deliver(sequence: number | undefined, nowUs: number): void {
    // A record that is not ours is found, and told, when everything is read back.
    if (sequence === undefined || sequence >= this.#ledger.intended) return;
    if (this.#ledger.deliver(sequence) && sequence >= this.#backlogRecords)
      this.delivered.completed(this.#ledger.intendedUs(sequence), nowUs);
  }
}

function bytesOf(records: readonly ConsumedRecord[]): number {
  let bytes = 0;
  for (const { key, value } of records) bytes += (key?.length ?? 0) + (value?.length ?? 0);
  return bytes;
}
