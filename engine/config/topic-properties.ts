// THE table of topic configuration: every property that Kafka 4.3 knows for a topic, with its default,
// bounds, the broker properties that stand in for it (first one set wins), and what setting it does here.
//
// Compaction is not built yet. `compact` is accepted, because clients (Connect, Schema Registry, Streams)
// check that the policy says so; nothing is cleaned, such a topic keeps every record, and with
// `compact,delete` retention applies. Recompression by the broker is not built: `compression.type` must be
// `producer`. Neither is tiered storage.

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
  type ValueOf,
  withoutEffect,
} from './property.ts';

const notCompacted = withoutEffect('compaction is not built yet: nothing is cleaned');
const notTiered = onlyDefault('there is no tiered storage');
const notRecompressed = withoutEffect('the broker keeps the compression that the producer chose');
const notThrottled = onlyDefault('replication is not throttled');
const forever = Number.POSITIVE_INFINITY;
const dayMs = 86_400_000;

export const topicProperties = {
  'cleanup.policy': list(
    'delete',
    'What happens to old segments: delete, compact, both, or (empty) nothing. Nothing is compacted yet.',
    { check: eachOneOf('delete', 'compact') },
  ),
  'compression.gzip.level': int(-1, 'Level for gzip when the broker compresses.', {
    check: (value) => (value === -1 ? undefined : between(1, 9)(value)),
    support: notRecompressed,
  }),
  'compression.lz4.level': int(9, 'Level for lz4 when the broker compresses.', {
    check: between(1, 17),
    support: notRecompressed,
  }),
  'compression.type': text(
    'producer',
    'Compression of the stored batches; producer keeps what was sent, the only choice here.',
    {
      check: oneOf('uncompressed', 'zstd', 'lz4', 'snappy', 'gzip', 'producer'),
      support: onlyDefault(
        'the broker does not recompress, it stores batches as the producer compressed them',
      ),
    },
  ),
  'compression.zstd.level': int(3, 'Level for zstd when the broker compresses.', {
    check: between(-131072, 22),
    support: notRecompressed,
  }),
  'delete.retention.ms': long(dayMs, 'How long the compactor keeps tombstones, in milliseconds.', {
    check: atLeast(0),
    support: notCompacted,
  }),
  'file.delete.delay.ms': long(
    60_000,
    'How long a removed segment file stays on the disk under a .deleted name.',
    { check: atLeast(0) },
  ),
  'flush.messages': long(forever, 'After how many records the log is fsynced before the append is done.', {
    check: atLeast(1),
  }),
  'flush.ms': long(forever, 'After how many milliseconds unsynced records are fsynced.', {
    check: atLeast(0),
  }),
  'follower.replication.throttled.replicas': list('', 'Replicas whose fetching is throttled.', {
    support: notThrottled,
  }),
  'index.interval.bytes': int(
    4096,
    'About how many bytes of log lie between two entries of the offset index.',
    { check: atLeast(0) },
  ),
  'internal.segment.bytes': unset(
    'int',
    'For tests: a segment size without the lower bound of segment.bytes, which it replaces.',
    { check: atLeast(1), internal: true },
  ),
  'leader.replication.throttled.replicas': list('', 'Replicas whose sending is throttled.', {
    support: notThrottled,
  }),
  'local.retention.bytes': long(-2, 'Bytes kept locally when segments are tiered.', {
    check: atLeast(-2),
    support: notTiered,
  }),
  'local.retention.ms': long(-2, 'Milliseconds kept locally when segments are tiered.', {
    check: atLeast(-2),
    support: notTiered,
  }),
  'max.compaction.lag.ms': long(forever, 'How long a record may wait for the compactor at most.', {
    check: atLeast(1),
    support: notCompacted,
  }),
  'max.message.bytes': int(1_048_588, 'Largest record batch that is accepted, as it was sent, in bytes.', {
    check: atLeast(0),
  }),
  'message.timestamp.after.max.ms': long(3_600_000, "How far a record's timestamp may lie in the future.", {
    check: atLeast(0),
  }),
  'message.timestamp.before.max.ms': long(forever, "How far a record's timestamp may lie in the past.", {
    check: atLeast(0),
  }),
  'message.timestamp.type': text(
    'CreateTime',
    "Whose clock stamps the records: the producer's or the broker's.",
    { check: oneOf('CreateTime', 'LogAppendTime') },
  ),
  'min.cleanable.dirty.ratio': double(
    0.5,
    'Share of uncleaned bytes from which the compactor looks at a log.',
    { check: between(0, 1), support: notCompacted },
  ),
  'min.compaction.lag.ms': long(0, 'How long a record is safe from the compactor.', {
    check: atLeast(0),
    support: notCompacted,
  }),
  'min.insync.replicas': int(
    1,
    'With acks=all: how many replicas must have the record (never more than there are).',
    { check: atLeast(1) },
  ),
  preallocate: bool(false, 'Whether segment files get their full size at once.', {
    support: onlyDefault('segment files grow as they are written'),
  }),
  'remote.copy.lag.bytes': long(0, 'Bytes before a segment is tiered.', {
    check: atLeast(-1),
    support: notTiered,
    internal: true,
  }),
  'remote.copy.lag.ms': long(0, 'Milliseconds before a segment is tiered.', {
    check: atLeast(-1),
    support: notTiered,
    internal: true,
  }),
  'remote.log.copy.disable': bool(false, 'Stops tiering of new segments.', { support: notTiered }),
  'remote.log.delete.on.disable': bool(false, 'Deletes tiered segments when tiering is switched off.', {
    support: notTiered,
  }),
  'remote.storage.enable': bool(false, 'Moves old segments to remote storage.', { support: notTiered }),
  'retention.bytes': long(
    -1,
    'How large a partition may grow before its oldest segments go; -1 for without limit.',
  ),
  'retention.ms': long(
    7 * dayMs,
    'How old a segment may get before it goes, by its newest timestamp; -1 for ever.',
    { check: atLeast(-1) },
  ),
  'segment.bytes': int(1_073_741_824, 'Size at which a segment is closed and the next one begun.', {
    check: atLeast(1_048_576),
  }),
  'segment.index.bytes': int(10_485_760, 'Size at which an index is full, which closes its segment.', {
    check: atLeast(4),
  }),
  'segment.jitter.ms': long(
    0,
    'Random part taken off segment.ms, so that segments do not all roll at once.',
    { check: atLeast(0) },
  ),
  'segment.ms': long(7 * dayMs, 'Age, between timestamps of records, at which a segment is closed.', {
    check: atLeast(1),
  }),
  'unclean.leader.election.enable': bool(
    false,
    'Whether a replica outside the ISR may lead when no other is left, losing records.',
  ),
} as const satisfies Readonly<Record<string, Property>>;

export type TopicPropertyName = keyof typeof topicProperties;
export type TopicPropertyValue<N extends TopicPropertyName> = ValueOf<(typeof topicProperties)[N]>;

/** A broker property that stands in for a topic property; its unit may be larger. */
export interface BrokerSynonym {
  readonly name: string;
  /** Milliseconds in one unit of the broker property. */
  readonly factor: number;
}

const hourMs = 3_600_000;
const minuteMs = 60_000;

function same(name: string): BrokerSynonym {
  return { name, factor: 1 };
}

/** In order of precedence. What is not listed is configured on topics only. */
export const brokerSynonyms: Readonly<Partial<Record<TopicPropertyName, readonly BrokerSynonym[]>>> = {
  'cleanup.policy': [same('log.cleanup.policy')],
  'compression.gzip.level': [same('compression.gzip.level')],
  'compression.lz4.level': [same('compression.lz4.level')],
  'compression.type': [same('compression.type')],
  'compression.zstd.level': [same('compression.zstd.level')],
  'delete.retention.ms': [same('log.cleaner.delete.retention.ms')],
  'file.delete.delay.ms': [same('log.segment.delete.delay.ms')],
  'flush.messages': [same('log.flush.interval.messages')],
  'flush.ms': [same('log.flush.interval.ms'), same('log.flush.scheduler.interval.ms')],
  'index.interval.bytes': [same('log.index.interval.bytes')],
  'max.compaction.lag.ms': [same('log.cleaner.max.compaction.lag.ms')],
  'max.message.bytes': [same('message.max.bytes')],
  'message.timestamp.after.max.ms': [same('log.message.timestamp.after.max.ms')],
  'message.timestamp.before.max.ms': [same('log.message.timestamp.before.max.ms')],
  'message.timestamp.type': [same('log.message.timestamp.type')],
  'min.cleanable.dirty.ratio': [same('log.cleaner.min.cleanable.ratio')],
  'min.compaction.lag.ms': [same('log.cleaner.min.compaction.lag.ms')],
  'min.insync.replicas': [same('min.insync.replicas')],
  preallocate: [same('log.preallocate')],
  'retention.bytes': [same('log.retention.bytes')],
  'retention.ms': [
    same('log.retention.ms'),
    { name: 'log.retention.minutes', factor: minuteMs },
    { name: 'log.retention.hours', factor: hourMs },
  ],
  'segment.bytes': [same('log.segment.bytes')],
  'segment.index.bytes': [same('log.index.size.max.bytes')],
  'segment.jitter.ms': [same('log.roll.jitter.ms'), { name: 'log.roll.jitter.hours', factor: hourMs }],
  'segment.ms': [same('log.roll.ms'), { name: 'log.roll.hours', factor: hourMs }],
  'unclean.leader.election.enable': [same('unclean.leader.election.enable')],
};

const names = (Object.keys(topicProperties) as TopicPropertyName[]).sort();

/** Every topic property, sorted by name. */
export function topicPropertyNames(): readonly TopicPropertyName[] {
  return names;
}

export function topicProperty(name: string): Property | undefined {
  return Object.hasOwn(topicProperties, name) ? topicProperties[name as TopicPropertyName] : undefined;
}
