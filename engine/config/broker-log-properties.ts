// Broker properties about logs: the stand-ins for topic properties (`topic-properties.ts` maps them), log
// directories, and the periods of the background work on logs. Part of THE table, joined in
// `broker-properties.ts`.

import {
  atLeast,
  between,
  bool,
  double,
  eachOneOf,
  int,
  list,
  long,
  oneOf,
  onlyDefault,
  type Property,
  text,
  unset,
  withoutEffect,
} from './property.ts';

const forever = Number.POSITIVE_INFINITY;
const dayMs = 86_400_000;
const clusterWide = { update: 'cluster-wide' } as const;
const notCompacted = withoutEffect('compaction is not built yet: nothing is cleaned');
const notRecompressed = withoutEffect('the broker keeps the compression that the producer chose');

export const brokerLogProperties = {
  'compression.gzip.level': int(-1, 'Stand-in for the topic property of the same name.', {
    check: (value) => (value === -1 ? undefined : between(1, 9)(value)),
    support: notRecompressed,
    ...clusterWide,
  }),
  'compression.lz4.level': int(9, 'Stand-in for the topic property of the same name.', {
    check: between(1, 17),
    support: notRecompressed,
    ...clusterWide,
  }),
  'compression.type': text('producer', 'Stand-in for the topic property of the same name.', {
    check: oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
    support: onlyDefault('the broker does not recompress, it stores batches as the producer compressed them'),
    ...clusterWide,
  }),
  'compression.zstd.level': int(3, 'Stand-in for the topic property of the same name.', {
    check: between(-131072, 22),
    support: notRecompressed,
    ...clusterWide,
  }),
  'log.cleaner.backoff.ms': long(15_000, 'Pause of an idle compactor.', {
    check: atLeast(0),
    support: notCompacted,
    ...clusterWide,
  }),
  'log.cleaner.dedupe.buffer.size': long(134_217_728, "Memory for the compactor's key map.", {
    support: notCompacted,
    ...clusterWide,
  }),
  'log.cleaner.delete.retention.ms': long(dayMs, 'Stand-in for delete.retention.ms.', {
    check: atLeast(0),
    support: notCompacted,
    ...clusterWide,
  }),
  'log.cleaner.enable': bool(true, 'Whether the compactor runs.', { support: notCompacted }),
  'log.cleaner.max.compaction.lag.ms': long(forever, 'Stand-in for max.compaction.lag.ms.', {
    check: atLeast(1),
    support: notCompacted,
    ...clusterWide,
  }),
  'log.cleaner.min.cleanable.ratio': double(0.5, 'Stand-in for min.cleanable.dirty.ratio.', {
    check: between(0, 1),
    support: notCompacted,
    ...clusterWide,
  }),
  'log.cleaner.min.compaction.lag.ms': long(0, 'Stand-in for min.compaction.lag.ms.', {
    check: atLeast(0),
    support: notCompacted,
    ...clusterWide,
  }),
  'log.cleaner.threads': int(1, 'Threads of the compactor.', {
    check: atLeast(0),
    support: notCompacted,
    ...clusterWide,
  }),
  'log.cleanup.policy': list('delete', 'Stand-in for cleanup.policy.', {
    check: eachOneOf('delete', 'compact'),
    ...clusterWide,
  }),
  'log.dir': text('/tmp/kafka-logs', 'The directory of the logs, when log.dirs is not set.'),
  'log.dirs': unset('list', 'The directory of the logs. Exactly one: several are not supported.', {
    check: (value) =>
      Array.isArray(value) && value.length !== 1
        ? 'names exactly one directory: several are not supported'
        : undefined,
  }),
  'log.flush.interval.messages': long(forever, 'Stand-in for flush.messages.', {
    check: atLeast(1),
    ...clusterWide,
  }),
  'log.flush.interval.ms': unset(
    'long',
    'Stand-in for flush.ms; log.flush.scheduler.interval.ms when not set.',
    clusterWide,
  ),
  'log.flush.offset.checkpoint.interval.ms': int(60_000, 'How often the recovery points are written down.', {
    check: atLeast(0),
  }),
  'log.flush.scheduler.interval.ms': long(
    forever,
    'How often logs are looked at for flush.ms; also the last stand-in for flush.ms.',
  ),
  'log.flush.start.offset.checkpoint.interval.ms': int(
    60_000,
    'How often the log start offsets are written down.',
    { check: atLeast(0) },
  ),
  'log.index.interval.bytes': int(4096, 'Stand-in for index.interval.bytes.', {
    check: atLeast(0),
    ...clusterWide,
  }),
  'log.index.size.max.bytes': int(10_485_760, 'Stand-in for segment.index.bytes.', {
    check: atLeast(4),
    ...clusterWide,
  }),
  'log.initial.task.delay.ms': long(30_000, 'How long after the start the periodic work on logs begins.', {
    check: atLeast(0),
    internal: true,
    support: withoutEffect('each kind of work begins one of its intervals after the start'),
  }),
  'log.message.timestamp.after.max.ms': long(3_600_000, 'Stand-in for message.timestamp.after.max.ms.', {
    check: atLeast(0),
    ...clusterWide,
  }),
  'log.message.timestamp.before.max.ms': long(forever, 'Stand-in for message.timestamp.before.max.ms.', {
    check: atLeast(0),
    ...clusterWide,
  }),
  'log.message.timestamp.type': text('CreateTime', 'Stand-in for message.timestamp.type.', {
    check: oneOf('CreateTime', 'LogAppendTime'),
    ...clusterWide,
  }),
  'log.preallocate': bool(false, 'Stand-in for preallocate.', {
    support: onlyDefault('segment files grow as they are written'),
    ...clusterWide,
  }),
  'log.retention.bytes': long(-1, 'Stand-in for retention.bytes.', clusterWide),
  'log.retention.check.interval.ms': long(300_000, 'How often retention looks for segments to delete.', {
    check: atLeast(1),
  }),
  'log.retention.hours': int(168, 'Stand-in for retention.ms, in hours; the last of three.'),
  'log.retention.minutes': unset('int', 'Stand-in for retention.ms, in minutes; the second of three.'),
  'log.retention.ms': unset('long', 'Stand-in for retention.ms; the first of three.', {
    check: atLeast(-1),
    ...clusterWide,
  }),
  'log.roll.hours': int(168, 'Stand-in for segment.ms, in hours, when log.roll.ms is not set.', {
    check: atLeast(1),
  }),
  'log.roll.jitter.hours': int(
    0,
    'Stand-in for segment.jitter.ms, in hours, when log.roll.jitter.ms is not set.',
    { check: atLeast(0) },
  ),
  'log.roll.jitter.ms': unset('long', 'Stand-in for segment.jitter.ms.', {
    check: atLeast(0),
    ...clusterWide,
  }),
  'log.roll.ms': unset('long', 'Stand-in for segment.ms.', { check: atLeast(1), ...clusterWide }),
  'log.segment.bytes': int(1_073_741_824, 'Stand-in for segment.bytes.', {
    check: atLeast(1_048_576),
    ...clusterWide,
  }),
  'log.segment.delete.delay.ms': long(60_000, 'Stand-in for file.delete.delay.ms.', {
    check: atLeast(0),
    ...clusterWide,
  }),
  'message.max.bytes': int(1_048_588, 'Stand-in for max.message.bytes.', {
    check: atLeast(0),
    ...clusterWide,
  }),
  'min.insync.replicas': int(1, 'Stand-in for the topic property of the same name.', {
    check: atLeast(1),
    ...clusterWide,
  }),
  'num.recovery.threads.per.data.dir': int(2, 'Threads that open logs at the start.', {
    check: atLeast(1),
    support: withoutEffect('logs are opened one after the other'),
    ...clusterWide,
  }),
  'producer.id.expiration.check.interval.ms': int(600_000, 'How often idle producer ids are looked for.', {
    check: atLeast(1),
    internal: true,
  }),
  'producer.id.expiration.ms': int(
    86_400_000,
    'How long after its last record a producer id is forgotten by a log.',
    { check: atLeast(1), ...clusterWide },
  ),
  'replica.high.watermark.checkpoint.interval.ms': long(
    5000,
    'How often the high watermarks are written down.',
    { check: atLeast(1) },
  ),
  'unclean.leader.election.enable': bool(
    false,
    'Stand-in for the topic property of the same name.',
    clusterWide,
  ),
  'unclean.leader.election.interval.ms': long(
    300_000,
    'How often leaders are looked for where an unclean one is allowed.',
    { check: atLeast(1), internal: true },
  ),
} as const satisfies Readonly<Record<string, Property>>;
