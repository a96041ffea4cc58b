// What a generated scenario draws its cluster and configuration from: one row per property, with the values
// it may take and the share of the seeds that set it at all.
//
// Left out, because what Kafka promises under it is not what the checkers judge:
//   producer.id.expiration.ms     a producer that is forgotten while it retries is taken for a new one
//   offsets.retention.minutes     a group whose members are all away for long loses its offsets by right
//   cleanup.policy compact        has no implementation yet
//   message.timestamp.before.max.ms, message.timestamp.after.max.ms
//                                 clocks jump here, and a refused record says INVALID_TIMESTAMP by right
//   max.message.bytes, message.max.bytes
//                                 a batch that is too large is refused by right, and nothing else is learnt from it
//   offsets.topic.segment.bytes   below a mebibyte, the least of segment.bytes, the topic cannot be made
//   internal.segment.bytes below the largest batch (see clients.ts)
//   compression.type, preallocate  the broker supports their defaults only, and says so
//   min.insync.replicas above the replicas there are: nothing would ever be acknowledged

import type { Drawer, Weighted } from './draw.ts';

export type Setting = string | number | boolean;

/** What is drawn before anything else, and what everything else depends on. */
export interface Topology {
  readonly brokers: number;
  readonly controllers: 'combined' | 1 | 3 | undefined;
  readonly racks: readonly string[] | undefined;
  readonly topics: Readonly<Record<string, TopicPlan>>;
}

export interface TopicPlan {
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly minInsyncReplicas: number;
}

interface PropertyRow {
  readonly property: string;
  /** In so many of 24 seeds it is set. */
  readonly share: number;
  readonly values: readonly Setting[];
  readonly needs?: (topology: Topology) => boolean;
}

export const topicProperties: readonly PropertyRow[] = [
  { property: 'internal.segment.bytes', share: 12, values: [4_000, 10_000, 30_000] },
  { property: 'index.interval.bytes', share: 4, values: [1, 200, 1_000] },
  { property: 'flush.messages', share: 6, values: [1, 3, 20] },
  { property: 'flush.ms', share: 3, values: [50, 1_000] },
  { property: 'message.timestamp.type', share: 4, values: ['LogAppendTime'] },
  { property: 'retention.bytes', share: 3, values: [4_000, 20_000] },
  { property: 'segment.ms', share: 3, values: [1_000, 5_000] },
  { property: 'file.delete.delay.ms', share: 3, values: [0, 300] },
];

const isCluster = ({ brokers, controllers }: Topology) => brokers > 1 || controllers !== undefined;

export const brokerProperties: readonly PropertyRow[] = [
  { property: 'log.retention.check.interval.ms', share: 12, values: [300, 1_000, 5_000] },
  { property: 'log.initial.task.delay.ms', share: 12, values: [300, 1_000] },
  { property: 'log.flush.offset.checkpoint.interval.ms', share: 6, values: [200, 2_000] },
  { property: 'log.flush.start.offset.checkpoint.interval.ms', share: 6, values: [200, 2_000] },
  { property: 'replica.high.watermark.checkpoint.interval.ms', share: 6, values: [100, 1_000] },
  { property: 'log.flush.interval.messages', share: 3, values: [1, 10] },
  { property: 'broker.session.timeout.ms', share: 6, values: [1_500, 6_000], needs: isCluster },
  { property: 'replica.lag.time.max.ms', share: 6, values: [1_000, 1_500, 5_000], needs: isCluster },
  { property: 'replica.fetch.wait.max.ms', share: 6, values: [20, 100], needs: isCluster },
  { property: 'replica.fetch.max.bytes', share: 4, values: [300, 2_000], needs: isCluster },
  { property: 'replica.fetch.backoff.ms', share: 4, values: [50, 1_000], needs: isCluster },
  { property: 'controller.quorum.election.timeout.ms', share: 4, values: [500, 2_000], needs: isCluster },
  { property: 'controller.quorum.fetch.timeout.ms', share: 4, values: [1_000, 4_000], needs: isCluster },
  {
    property: 'metadata.log.max.record.bytes.between.snapshots',
    share: 6,
    values: [2_000],
    needs: isCluster,
  },
  { property: 'offsets.topic.num.partitions', share: 6, values: [1, 5], needs: isCluster },
  { property: 'group.initial.rebalance.delay.ms', share: 6, values: [0, 1_000] },
  { property: 'fetch.max.bytes', share: 4, values: [1_024, 10_000] },
  { property: 'max.incremental.fetch.session.cache.slots', share: 6, values: [0, 1, 3] },
  { property: 'unclean.leader.election.enable', share: 2, values: [true], needs: isCluster },
  {
    property: 'odradek.format.eligible.leader.replicas.version',
    share: 8,
    values: [0, 1],
    needs: isCluster,
  },
  {
    property: 'auto.leader.rebalance.enable',
    share: 6,
    values: [true, false],
    needs: isCluster,
  },
  { property: 'leader.imbalance.check.interval.seconds', share: 6, values: [1, 3], needs: isCluster },
];

const brokerCounts: readonly Weighted<number>[] = [
  { value: 1, weight: 3 },
  { value: 2, weight: 2 },
  { value: 3, weight: 7 },
  { value: 4, weight: 3 },
  { value: 5, weight: 3 },
];

const controllerChoices: readonly Weighted<'combined' | 1 | 3>[] = [
  { value: 'combined', weight: 4 },
  { value: 1, weight: 1 },
  { value: 3, weight: 2 },
];

export function drawTopology(draw: Drawer): Topology {
  const brokers = draw.weighted('brokers', brokerCounts);
  const drawn = draw.weighted('controllers', controllerChoices);
  // One broker is most often alone, its own quorum.
  const alone = draw.chance('alone', 2, 3) && brokers === 1;
  const hasRacks = draw.chance('racks', 1, 3) && brokers > 1;
  const racks = hasRacks ? ['a', 'b', 'c'].slice(0, draw.between('rack count', 2, 3)) : undefined;
  const topics: Record<string, TopicPlan> = { orders: drawTopic(draw, 'orders', brokers) };
  if (draw.chance('payments', 1, 3)) topics['payments'] = drawTopic(draw, 'payments', brokers);
  return { brokers, controllers: alone ? undefined : drawn, racks, topics };
}

function drawTopic(draw: Drawer, name: string, brokers: number): TopicPlan {
  const most = Math.min(3, brokers);
  const replicationFactor = draw.weighted(`${name}/replicas`, [
    { value: most, weight: 6 },
    { value: Math.min(2, most), weight: 1 },
    { value: 1, weight: 1 },
  ]);
  const minInsyncReplicas = draw.weighted(`${name}/min.insync.replicas`, [
    { value: Math.min(2, replicationFactor), weight: 4 },
    { value: 1, weight: 1 },
    { value: replicationFactor, weight: replicationFactor === 2 ? 1 : 0 },
  ]);
  return { partitions: draw.between(`${name}/partitions`, 1, 3), replicationFactor, minInsyncReplicas };
}

/** The properties that a seed sets, each drawn by its own name. */
export function drawProperties(
  draw: Drawer,
  of: string,
  rows: readonly PropertyRow[],
  topology: Topology,
): Record<string, Setting> {
  const drawn: Record<string, Setting> = {};
  for (const { property, share, values, needs } of rows) {
    const isSet = draw.chance(`${of}/${property}`, share, 24);
    const value = draw.pick(`${of}/${property}/value`, values);
    if (isSet && (needs === undefined || needs(topology))) drawn[property] = value;
  }
  return drawn;
}
