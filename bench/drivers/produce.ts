// Sends records and enters what becomes of each in the ledger, the histograms and the series.
//
// Times here are microseconds from the start of the load.

import type { Completion, Producer, Runtime, SendOutcome, Task } from '../../engine/index.ts';
import type { Flow } from '../faults/flow.ts';
import { openOutstandingMax } from '../generators/plan.ts';
import { LatencyRecorder } from '../latency.ts';
import type { Ledger } from '../ledger.ts';
import type { Payloads } from '../payload.ts';
import type { Schedule } from '../schedule.ts';
import { ThroughputSeries } from '../throughput.ts';
import type { Workload } from '../workload.ts';

/** Whatever sends a record and tells later what became of it. */
export type Sender = Pick<Producer, 'send'>;

/** The open loop looks at the clock at least so often within one burst of late records. */
const burstMax = 256;

export class ProduceDriver {
  readonly acknowledged: LatencyRecorder;
  readonly lateness: LatencyRecorder;
  readonly series: ThroughputSeries;
  readonly #runtime: Runtime;
  readonly #producers: readonly Sender[];
  readonly #topic: string;
  readonly #workload: Workload;
  readonly #payloads: Payloads;
  readonly #ledger: Ledger;
  readonly #flow: Flow | undefined;
  /** By the monotonic clock; set when the load starts. */
  startUs: number;
  readonly #recordBytes: number;
  /** Settled when an outcome arrives, for whoever waits for one. */
  #outcome: Completion<void> | undefined;

  constructor(parts: {
    runtime: Runtime;
    producers: readonly Sender[];
    topic: string;
    workload: Workload;
    payloads: Payloads;
    ledger: Ledger;
    startUs?: number;
    flow?: Flow | undefined;
  }) {
    const { warmupSeconds, durationSeconds } = parts.workload;
    this.#runtime = parts.runtime;
    this.#producers = parts.producers;
    this.#topic = parts.topic;
    this.#workload = parts.workload;
    this.#payloads = parts.payloads;
    this.#ledger = parts.ledger;
    this.startUs = parts.startUs ?? 0;
    this.#flow = parts.flow;
    this.#recordBytes = parts.workload.record.bytes;
    this.acknowledged = new LatencyRecorder(warmupSeconds, durationSeconds);
    this.lateness = new LatencyRecorder(warmupSeconds, durationSeconds);
    this.series = new ThroughputSeries(warmupSeconds, durationSeconds);
  }

  nowUs(): number {
    return this.#runtime.clock.monotonicUs() - this.startUs;
  }

  /** Keeps `outstandingMax` records without an outcome until `untilUs`, or until `recordsMax` were sent. */
  *closedLoop(outstandingMax: number, untilUs: number, recordsMax = Number.POSITIVE_INFINITY): Task<void> {
    for (;;) {
      let nowUs = this.nowUs();
      while (this.#ledger.outstanding < outstandingMax && this.#ledger.intended < recordsMax) {
        if (nowUs >= untilUs) return;
        this.#send(nowUs);
        nowUs = this.nowUs();
      }
      if (this.#ledger.intended >= recordsMax || nowUs >= untilUs) return;
      if (!(yield* this.#nextOutcome(untilUs))) return;
    }
  }

  /** Sends at the times of the schedule until `untilUs`; late ones at once, and not later for it. */
  *openLoop(schedule: Schedule, untilUs: number): Task<void> {
    let sinceBreath = 0;
    for (let intendedUs = schedule.next(); intendedUs < untilUs; intendedUs = schedule.next()) {
      const nowUs = this.nowUs();
      if (intendedUs > nowUs) {
        yield* this.#runtime.sleep((intendedUs - nowUs) / 1000, 'until the next send is due');
        sinceBreath = 0;
      } else if (++sinceBreath > burstMax) {
        // Late by a whole burst: the sockets get a turn, or lateness would feed on itself.
        yield* this.#runtime.sleep(0, 'between two bursts of late sends');
        sinceBreath = 0;
      }
      this.lateness.completed(intendedUs, Math.max(intendedUs, this.nowUs()));
      if (this.#ledger.outstanding < openOutstandingMax) this.#send(intendedUs);
      else this.#giveUp(intendedUs);
    }
  }

  /**
   * Waits until everything has its outcome, at most until `untilUs`; then what has none is unfinished for
   * good.
   */
  *drain(untilUs: number): Task<void> {
    yield* this.settle(untilUs);
    const nowUs = this.nowUs();
    for (const sequence of this.#ledger.unfinishedRecords()) {
      const intendedUs = this.#ledger.intendedUs(sequence);
      this.acknowledged.censored(intendedUs, Math.max(intendedUs, nowUs));
    }
    this.#ledger.close();
  }

  /** Waits until everything has its outcome, at most until `untilUs`; the ledger stays open. */
  *settle(untilUs: number): Task<void> {
    while (this.#ledger.outstanding > 0) {
      if (!(yield* this.#nextOutcome(untilUs))) break;
    }
  }

  #send(intendedUs: number): void {
    this.#flow?.meant(intendedUs);
    const sequence = this.#ledger.intend(intendedUs);
    const { length } = this.#producers;
    const producer = this.#producers[sequence % length] as Sender;
    const { partitions } = this.#workload.topic;
    const turn = Math.floor(sequence / length) % partitions;
    const partition = this.#workload.partitioning === 'round-robin' ? turn : undefined;
    const key = this.#payloads.keyOf(sequence);
    const value = this.#payloads.valueOf(sequence);
    const outcome = producer.send({ topic: this.#topic, partition, key, value });
    outcome.onSettled((settled) => this.#settled(sequence, intendedUs, settled));
  }

  #settled(sequence: number, intendedUs: number, outcome: SendOutcome): void {
    // Later than the end of the drain: it counts as unfinished already.
    if (this.#ledger.closed) return;
    const nowUs = this.nowUs();
    if (outcome.kind === 'ok') {
      this.#ledger.acknowledge(sequence, outcome.partition, outcome.offset);
      this.acknowledged.completed(intendedUs, nowUs);
      this.series.add(nowUs, 1, this.#recordBytes);
      this.#flow?.done(nowUs);
    } else {
      this.#flow?.failed(nowUs);
      this.#ledger.fail(sequence, outcome.certainty);
      this.acknowledged.censored(intendedUs, nowUs);
    }
    this.#outcome?.settle();
  }

  #giveUp(intendedUs: number): void {
    const sequence = this.#ledger.intend(intendedUs);
    this.#ledger.fail(sequence, 'not-written');
    const nowUs = Math.max(intendedUs, this.nowUs());
    this.acknowledged.censored(intendedUs, nowUs);
    this.#flow?.meant(intendedUs);
    this.#flow?.failed(nowUs);
  }

  /** False when `untilUs` came first. */
  *#nextOutcome(untilUs: number): Task<boolean> {
    const waitMs = (untilUs - this.nowUs()) / 1000;
    if (waitMs <= 0) return false;
    this.#outcome = this.#runtime.tasks.completion('an outcome of a send');
    yield* this.#runtime.within(this.#outcome, waitMs);
    this.#outcome = undefined;
    return this.nowUs() < untilUs;
  }
}
