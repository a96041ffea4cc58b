// Broker properties about groups, committed offsets and transactions. Part of THE table, joined in
// `broker-properties.ts`. Transactions, and the groups of KIP-848, KIP-932 and KIP-1071, are not served yet:
// their properties are accepted and change nothing, so that an ordinary server.properties can be used as it
// is.

import {
  atLeast,
  between,
  bool,
  int,
  list,
  long,
  onlyDefault,
  type Property,
  short,
  withoutEffect,
} from './property.ts';

const noTransactions = withoutEffect('transactions are not served yet');
const noShareGroups = withoutEffect('share groups are not served');
const classicOnly = withoutEffect('only classic groups are served');

export const brokerCoordinatorProperties = {
  'group.consumer.heartbeat.interval.ms': int(5000, 'Heartbeat interval of KIP-848 groups.', {
    check: atLeast(1),
    support: classicOnly,
  }),
  'group.consumer.session.timeout.ms': int(45_000, 'Session timeout of KIP-848 groups.', {
    check: atLeast(1),
    support: classicOnly,
  }),
  'group.coordinator.rebalance.protocols': list('classic,consumer,streams', 'Which group protocols are on.', {
    support: withoutEffect('only classic groups are served; clients see it from the advertised APIs'),
  }),
  'group.coordinator.threads': int(4, 'Threads of the group coordinator.', {
    check: atLeast(1),
    support: withoutEffect('the broker has one thread'),
  }),
  'group.initial.rebalance.delay.ms': int(
    3000,
    'How long the first rebalance of an empty group waits for more members.',
    { check: atLeast(0) },
  ),
  'group.max.session.timeout.ms': int(1_800_000, 'Longest session timeout that a member may ask for.', {
    check: atLeast(1),
  }),
  'group.max.size': int(2_147_483_647, 'How many members a group may have.', { check: atLeast(1) }),
  'group.min.session.timeout.ms': int(6000, 'Shortest session timeout that a member may ask for.', {
    check: atLeast(1),
  }),
  'offset.metadata.max.bytes': int(
    4096,
    'How long the metadata of a committed offset may be, counted in characters as Kafka does.',
    { check: atLeast(0) },
  ),
  'offsets.commit.timeout.ms': int(5000, 'How long a commit waits until it is replicated.', {
    check: atLeast(1),
  }),
  'offsets.load.buffer.size': int(5_242_880, 'Bytes read at a time when a coordinator loads its partition.', {
    check: atLeast(1),
  }),
  'offsets.retention.check.interval.ms': long(
    600_000,
    'How often committed offsets are looked at for expiry.',
    { check: atLeast(1) },
  ),
  'offsets.retention.minutes': int(
    10_080,
    'How long the offsets of an empty group, or of an unsubscribed topic, are kept.',
    { check: atLeast(1) },
  ),
  'offsets.topic.compression.codec': int(0, 'Compression of __consumer_offsets, as a codec number.', {
    support: onlyDefault('the coordinator writes uncompressed batches'),
  }),
  'offsets.topic.num.partitions': int(50, 'Partitions of __consumer_offsets when it is created.', {
    check: atLeast(1),
  }),
  'offsets.topic.replication.factor': short(
    3,
    'Replicas of __consumer_offsets when it is created; more than there are brokers prevents that.',
    { check: atLeast(1) },
  ),
  'offsets.topic.segment.bytes': int(104_857_600, 'segment.bytes of __consumer_offsets when it is created.', {
    check: atLeast(1),
  }),
  'share.coordinator.state.topic.min.isr': short(2, 'min.insync.replicas of __share_group_state.', {
    check: atLeast(1),
    support: noShareGroups,
  }),
  'share.coordinator.state.topic.num.partitions': int(50, 'Partitions of __share_group_state.', {
    check: atLeast(1),
    support: noShareGroups,
  }),
  'share.coordinator.state.topic.replication.factor': short(3, 'Replicas of __share_group_state.', {
    check: atLeast(1),
    support: noShareGroups,
  }),
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': int(
    10_000,
    'How often timed-out transactions are looked for.',
    { check: atLeast(1), support: noTransactions },
  ),
  'transaction.max.timeout.ms': int(900_000, 'Longest transaction timeout that a producer may ask for.', {
    check: atLeast(1),
    support: noTransactions,
  }),
  'transaction.partition.verification.enable': bool(
    true,
    'Whether leaders check with the coordinator that a transaction knows their partition.',
    { support: noTransactions, update: 'cluster-wide' },
  ),
  'transaction.remove.expired.transaction.cleanup.interval.ms': int(
    3_600_000,
    'How often expired transactional ids are looked for.',
    { check: atLeast(1), support: noTransactions },
  ),
  'transaction.state.log.load.buffer.size': int(
    5_242_880,
    'Bytes read at a time when a transaction coordinator loads.',
    { check: atLeast(1), support: noTransactions },
  ),
  'transaction.state.log.min.isr': int(2, 'min.insync.replicas of __transaction_state.', {
    check: atLeast(1),
    support: noTransactions,
  }),
  'transaction.state.log.num.partitions': int(50, 'Partitions of __transaction_state.', {
    check: atLeast(1),
    support: noTransactions,
  }),
  'transaction.state.log.replication.factor': short(3, 'Replicas of __transaction_state.', {
    check: atLeast(1),
    support: noTransactions,
  }),
  'transaction.state.log.segment.bytes': int(104_857_600, 'segment.bytes of __transaction_state.', {
    check: atLeast(1),
    support: noTransactions,
  }),
  'transaction.two.phase.commit.enable': bool(
    false,
    'Whether producers may prepare transactions for an outside coordinator.',
    { support: onlyDefault('transactions are not served yet') },
  ),
  'transactional.id.expiration.ms': int(604_800_000, 'How long an unused transactional id is remembered.', {
    check: between(1, 2_147_483_647),
    support: noTransactions,
  }),
} as const satisfies Readonly<Record<string, Property>>;
