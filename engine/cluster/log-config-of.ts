// From the configuration of a topic, in Kafka's names, to what a log obeys.

import type { TopicConfig } from '../config/topic-config.ts';
import type { LogConfig } from '../log/log-config.ts';

export function logConfigOf(config: TopicConfig): LogConfig {
  const policy = config.get('cleanup.policy');
  const timestampType = config.get('message.timestamp.type');
  return {
    segmentBytes: config.segmentBytes(),
    segmentMs: config.get('segment.ms'),
    segmentJitterMs: config.get('segment.jitter.ms'),
    segmentIndexBytes: config.get('segment.index.bytes'),
    indexIntervalBytes: config.get('index.interval.bytes'),
    retentionMs: config.get('retention.ms'),
    retentionBytes: config.get('retention.bytes'),
    cleanupPolicy: (['delete', 'compact'] as const).filter((each) => policy.includes(each)),
    flushMessages: config.get('flush.messages'),
    flushMs: config.get('flush.ms'),
    fileDeleteDelayMs: config.get('file.delete.delay.ms'),
    maxMessageBytes: config.get('max.message.bytes'),
    messageTimestampType: timestampType === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime',
    messageTimestampBeforeMaxMs: config.get('message.timestamp.before.max.ms'),
    messageTimestampAfterMaxMs: config.get('message.timestamp.after.max.ms'),
  };
}
