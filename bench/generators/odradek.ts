// Our own client as a generator: all kinds of load, and the only one whose consumer follows its producers.

import { Consumer, Producer } from '../../engine/index.ts';
import { beginAtTheStart, FollowDriver, partitionsOf, ReadDriver } from '../drivers/consume.ts';
import { packageVersion } from '../environment.ts';
import { Payloads } from '../payload.ts';
import { ClientNode } from '../tasks.ts';
import { consumerOptionsOf, producerOptionsOf } from '../workload.ts';
import type { GeneratorLoad, LoadResult } from './load.ts';
import type { GeneratorPlan } from './plan.ts';
import { ProduceLoad, producersOf, transferredOf } from './produce-load.ts';
import { localStartUs } from './protocol.ts';

const closeWithinMs = 1_000;

export async function odradekLoad(plan: GeneratorPlan): Promise<GeneratorLoad> {
  if (plan.mode === 'consume') return await consumeLoad(plan);
  const node = new ClientNode('.');
  const options = producerOptionsOf(plan.workload, [plan.address]);
  const producers = Array.from({ length: producersOf(plan) }, () => new Producer(node.runtime, options));
  const settings = withoutServers((producers[0] as Producer).config);
  const load = new ProduceLoad(plan, {
    node,
    senders: producers,
    version: packageVersion(),
    settings,
    async close() {
      for (const producer of producers) await node.run('end of a producer', producer.close(closeWithinMs));
      node.close();
    },
  });
  return plan.mode === 'end-to-end' ? await followed(plan, node, load) : load;
}

async function consumeLoad(plan: GeneratorPlan): Promise<GeneratorLoad> {
  const { workload, topic, address, records } = plan;
  const node = new ClientNode('.');
  const consumer = new Consumer(node.runtime, consumerOptionsOf(workload, [address]));
  const partitions = partitionsOf(topic, workload.topic.partitions);
  await node.run('consumer to its place', beginAtTheStart(consumer, partitions));
  const driver = new ReadDriver({ runtime: node.runtime, consumer, partitions, workload });
  return {
    ready: {
      version: packageVersion(),
      settings: { producer: null, consumer: withoutServers(consumer.config) },
      processIds: [],
    },
    series: driver.series,
    async run(startAtUs) {
      driver.startUs = localStartUs(node, startAtUs);
      await node.run('load', driver.read(records, plan.untilSeconds * 1e6));
      const latencies = [transferredOf('poll', false, driver.polls)];
      return { intended: 0, acknowledged: 0, failed: 0, unfinished: 0, latencies, delivery: null, notes: [] };
    },
    outcomes: () => undefined,
    async close() {
      await node.run('end of the consumer', consumer.close(closeWithinMs));
      node.close();
    },
  };
}

/** The same load with a consumer behind it, which has the same clock and the same ledger. */
async function followed(plan: GeneratorPlan, node: ClientNode, load: ProduceLoad): Promise<GeneratorLoad> {
  const { workload, topic, address, seed, untilSeconds } = plan;
  const consumer = new Consumer(node.runtime, consumerOptionsOf(workload, [address]));
  const partitions = partitionsOf(topic, workload.topic.partitions);
  await node.run('consumer to its place', beginAtTheStart(consumer, partitions));
  const { ledger } = load;
  const payloads = new Payloads(workload.record, seed);
  const follower = new FollowDriver({
    runtime: node.runtime,
    consumer,
    partitions,
    workload,
    ledger,
    payloads,
  });
  const giveUpUs = (untilSeconds + workload.drainSeconds) * 1e6;
  return {
    ready: {
      ...load.ready,
      settings: { ...load.ready.settings, consumer: withoutServers(consumer.config) },
    },
    series: follower.series,
    async run(startAtUs): Promise<LoadResult> {
      // One look at the clocks for both: by two, a record may seem to be there before it was meant to be sent.
      const startUs = localStartUs(node, startAtUs);
      follower.startUs = startUs;
      const following = node.run(
        'follow',
        follower.follow(() => ledger.closed, giveUpUs),
      );
      const [produced] = await Promise.all([load.runFrom(startUs), following]);
      const delivered = transferredOf('end-to-end', true, follower.delivered);
      return { ...produced, latencies: [delivered, ...produced.latencies], delivery: ledger.delivery };
    },
    outcomes: () => load.outcomes(),
    async close() {
      await node.run('end of the consumer', consumer.close(closeWithinMs));
      await load.close();
    },
  };
}

function withoutServers(config: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(config).filter(([name]) => name !== 'bootstrapServers'));
}
