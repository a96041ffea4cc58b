// For generators that do not tell what was acknowledged in a second: the broker is asked, at the end of each, how much
// longer the topic has become. Nobody else writes to it.

import { Consumer } from '../../engine/index.ts';
import { partitionsOf } from '../drivers/consume.ts';
import type { ClientNode } from '../tasks.ts';
import type { ThroughputSeries } from '../throughput.ts';
import type { GeneratorPlan } from './plan.ts';
import { sleepUntil } from './protocol.ts';

const offsetsWithinMs = 900;

export class EndOffsets {
  readonly #plan: GeneratorPlan;
  readonly #node: ClientNode;
  readonly #series: ThroughputSeries;
  readonly #consumer: Consumer;
  secondsCounted = 0;

  constructor(plan: GeneratorPlan, node: ClientNode, series: ThroughputSeries) {
    this.#plan = plan;
    this.#node = node;
    this.#series = series;
    const bootstrapServers = [plan.address];
    this.#consumer = new Consumer(node.runtime, { bootstrapServers, clientId: 'bench-count' });
  }

  /** Of the whole load, from what was there before it; the first of several processes asks for all of them. */
  async countSeconds(startAtUs: number, there = 0): Promise<void> {
    const { workload, process: own } = this.#plan;
    const seconds = workload.warmupSeconds + workload.durationSeconds;
    let before = there;
    for (let second = 0; second < seconds && own === 0; second++) {
      await sleepUntil(startAtUs + (second + 1) * 1e6);
      const now = await this.records();
      // A second without an answer is counted with the next one.
      if (now !== undefined) {
        this.#series.add((second + 0.5) * 1e6, now - before, (now - before) * workload.record.bytes);
        before = now;
      }
      this.secondsCounted = second + 1;
    }
    this.secondsCounted = seconds;
  }

  /** How many records the topic holds; undefined when the broker does not tell in time. */
  async records(): Promise<number | undefined> {
    const { topic, workload } = this.#plan;
    const partitions = partitionsOf(topic, workload.topic.partitions);
    const ends = await this.#node.run('offsets', this.#consumer.endOffsets(partitions, offsetsWithinMs));
    return ends.ok ? ends.value.reduce((sum, { offset }) => sum + offset, 0) : undefined;
  }
}
