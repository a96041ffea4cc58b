// The broker properties that the group coordinator obeys, as the plain numbers it wants.

import type { BrokerConfig } from '../config/config.ts';
import type { GroupConfig } from './group-slot.ts';

const minuteMs = 60_000;

export function groupConfigOf(config: BrokerConfig): GroupConfig {
  return {
    groupMinSessionTimeoutMs: config.get('group.min.session.timeout.ms'),
    groupMaxSessionTimeoutMs: config.get('group.max.session.timeout.ms'),
    groupInitialRebalanceDelayMs: config.get('group.initial.rebalance.delay.ms'),
    groupMaxSize: config.get('group.max.size'),
    offsetMetadataMaxBytes: config.get('offset.metadata.max.bytes'),
    offsetsRetentionMs: config.get('offsets.retention.minutes') * minuteMs,
    offsetsRetentionCheckIntervalMs: config.get('offsets.retention.check.interval.ms'),
    offsetsTopicPartitions: config.get('offsets.topic.num.partitions'),
    offsetsCommitTimeoutMs: config.get('offsets.commit.timeout.ms'),
    loadBufferBytes: config.get('offsets.load.buffer.size'),
  };
}
