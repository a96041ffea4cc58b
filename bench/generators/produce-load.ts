// The produce loops around any client in Node that can send a record and tell what became of it.

import { ProduceDriver, type Sender } from '../drivers/produce.ts';
import type { LatencyRecorder } from '../latency.ts';
import { Ledger } from '../ledger.ts';
import type { Outcomes } from '../outcomes.ts';
import { Payloads } from '../payload.ts';
import { SeededRandom } from '../random.ts';
import { EveryNth, scheduleOf } from '../schedule.ts';
import type { ClientNode } from '../tasks.ts';
import type { ThroughputSeries } from '../throughput.ts';
import type { GeneratorLoad, LoadResult } from './load.ts';
import { type GeneratorPlan, outstandingOf, partOf } from './plan.ts';
import { localStartUs, type TransferredLatencies } from './protocol.ts';

interface Client {
  readonly node: ClientNode;
  readonly senders: readonly Sender[];
  readonly version: string;
  readonly settings: Record<string, unknown>;
  close(): Promise<void>;
}

export class ProduceLoad implements GeneratorLoad {
  readonly ready: GeneratorLoad['ready'];
  readonly ledger: Ledger;
  readonly #plan: GeneratorPlan;
  readonly #client: Client;
  readonly #driver: ProduceDriver;

  constructor(plan: GeneratorPlan, client: Client) {
    const { workload, seed, topic } = plan;
    const { node, senders, version, settings } = client;
    this.#plan = plan;
    this.#client = client;
    this.ready = { version, settings: { producer: settings, consumer: null }, processIds: [] };
    this.ledger = new Ledger(senders.length);
    const payloads = new Payloads(workload.record, seed, plan.process);
    const { runtime } = node;
    this.#driver = new ProduceDriver({
      runtime,
      producers: senders,
      topic,
      workload,
      payloads,
      ledger: this.ledger,
    });
  }

  get series(): ThroughputSeries {
    return this.#driver.series;
  }

  run(startAtUs: number): Promise<LoadResult> {
    return this.runFrom(localStartUs(this.#client.node, startAtUs));
  }

  /** From `startUs` by the clock of the node, for who measures beside it by the same. */
  async runFrom(startUs: number): Promise<LoadResult> {
    const { node } = this.#client;
    const driver = this.#driver;
    const { workload, mode, untilSeconds, seed } = this.#plan;
    driver.startUs = startUs;
    const untilUs = untilSeconds * 1e6;
    const open = mode !== 'preload' && workload.kind !== 'consume' && workload.load.loop === 'open';
    if (mode === 'preload') {
      const { records } = this.#plan;
      await node.run('preload', driver.closedLoop(outstandingOf(this.#plan), untilUs, records));
    } else if (workload.kind !== 'consume' && workload.load.loop === 'open') {
      const all = scheduleOf(workload.load, new SeededRandom(`${seed}/arrivals`));
      const own = new EveryNth(all, this.#plan.process, this.#plan.processes);
      await node.run('load', driver.openLoop(own, untilUs));
    } else {
      await node.run('load', driver.closedLoop(outstandingOf(this.#plan), untilUs));
    }
    // A preload may end long before its time: it is over when everything has its outcome.
    await node.run('drain', driver.drain(untilUs + workload.drainSeconds * 1e6));
    const acknowledge = transferredOf('acknowledge', open, driver.acknowledged);
    const latencies = open
      ? [acknowledge, transferredOf('send-lateness', true, driver.lateness)]
      : [acknowledge];
    return { ...this.ledger.counts, latencies, delivery: null, notes: [] };
  }

  outcomes(): Outcomes {
    return this.ledger.outcomes;
  }

  close(): Promise<void> {
    return this.#client.close();
  }
}

/** How many of the workload's producers this process has. */
export function producersOf(plan: GeneratorPlan): number {
  return Math.max(1, partOf(plan.workload.producers, plan));
}

export function transferredOf(
  of: TransferredLatencies['of'],
  fromIntendedTime: boolean,
  recorder: LatencyRecorder,
): TransferredLatencies {
  return { of, fromIntendedTime, seconds: recorder.transferred() };
}
