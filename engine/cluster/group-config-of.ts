// The broker properties that the group coordinator obeys, as the plain numbers it wants.

import type { BrokerConfig } from '../config/config.ts';
import type { GroupConfig } from './group-slot.ts';

const minuteMs = 60_000;

/**
 * `offsetsPartitions` is how many partitions `__consumer_offsets` has, if it is there already. They decide where a
 * group's offsets are, not the property: that one is for making the topic, and may have been changed since. As in
 * Kafka, partitions that are added later count from the next start.
 */
export function groupConfigOf(config: BrokerConfig, offsetsPartitions: number | undefined): GroupConfig {
  return {
    groupMinSessionTimeoutMs: config.get('group.min.session.timeout.ms'),
    groupMaxSessionTimeoutMs: config.get('group.max.session.timeout.ms'),
    groupInitialRebalanceDelayMs: config.get('group.initial.rebalance.delay.ms'),
    groupMaxSize: config.get('group.max.size'),
    offsetMetadataMaxBytes: config.get('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.get('offsets.retention.minutes') * minuteMs,
    offsetsRetentionCheckIntervalMs: config.get('offsets.retention.check.interval.ms'),
    offsetsTopicPartitions: offsetsPartitions ?? config.get('offsets.topic.num.partitions'),
    offsetsCommitTimeoutMs: config.get('offsets.commit.timeout.ms'),
    loadBufferBytes: config.get('offsets.load.buffer.size'),
  };
}
