// THE table of broker configuration. Rows on logs and on coordinators are in files of their own; here are
// identity, listeners, network and replication, and the three are joined.
//
// A property of Kafka that is not in the table is unknown to this broker: a properties file may name it, with
// a warning, as with Kafka. A property that is known and not built refuses any value but the default.

import { brokerCoordinatorProperties } from './broker-coordinator-properties.ts';
import { brokerLogProperties } from './broker-log-properties.ts';
import {
  atLeast,
  between,
  bool,
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

const oneThread = withoutEffect('the broker has one thread');
const oneListener = withoutEffect('brokers talk to each other on the listener that clients use');
const noSecurity = onlyDefault('connections are neither encrypted nor authenticated');
const noQuotas = onlyDefault('quotas are not enforced');
const clusterWide = { update: 'cluster-wide' } as const;

const generalProperties = {
  'advertised.listeners': unset(
    'list',
    'Where clients are told to connect, when that is not where the broker listens: NAME://host:port.',
  ),
  'allow.everyone.if.no.acl.found': bool(false, 'What the authorizer does without a rule.', {
    support: withoutEffect('there is no authorizer: everybody may do everything'),
  }),
  'alter.config.policy.class.name': unset('class', 'A plugin that judges configuration changes.', {
    support: onlyDefault('plugins cannot be loaded'),
  }),
  'authorizer.class.name': text('', 'The plugin that decides who may do what.', {
    support: onlyDefault('there is no authorizer'),
  }),
  'auto.create.topics.enable': bool(true, 'Whether asking for the metadata of an unknown topic creates it.'),
  'auto.leader.rebalance.enable': bool(true, 'Whether leadership moves back to the preferred replicas.'),
  'broker.heartbeat.interval.ms': int(2000, 'How often a broker reports to the controller.', {
    check: atLeast(1),
  }),
  'broker.id': int(-1, 'Older name of node.id. When both are set they must agree.'),
  'broker.rack': unset('string', 'The rack that this broker stands in, told to clients.'),
  'broker.session.timeout.ms': int(9000, 'How long the controller waits for a report of a broker.', {
    check: atLeast(1),
  }),
  'connections.max.idle.ms': long(
    600_000,
    'How long a connection may be idle before it is closed; negative for ever.',
  ),
  'controlled.shutdown.enable': bool(true, 'Whether a broker hands over its leaderships before it stops.'),
  'controller.listener.names': list('', 'The listener where a controller takes brokers and controllers.'),
  'controller.quorum.bootstrap.servers': list('', 'Where the controllers are.', {
    support: withoutEffect('controller.quorum.voters says who the controllers are'),
  }),
  'controller.quorum.election.backoff.max.ms': int(1000, 'Longest wait after an election that nobody won.', {
    check: atLeast(1),
  }),
  'controller.quorum.election.timeout.ms': int(1000, 'How long a controller waits for votes.', {
    check: atLeast(1),
  }),
  'controller.quorum.fetch.timeout.ms': int(2000, 'How long a controller waits for the leader.', {
    check: atLeast(1),
  }),
  'controller.quorum.request.timeout.ms': int(2000, 'How long a question to another controller may take.', {
    check: atLeast(1),
  }),
  'controller.quorum.retry.backoff.ms': int(20, 'Pause before another controller is asked again.', {
    check: atLeast(1),
  }),
  'controller.quorum.voters': list(
    '',
    'The controllers, as id@host:port. Without any, a node that is broker and controller is on its own.',
  ),
  'create.topic.policy.class.name': unset('class', 'A plugin that judges new topics.', {
    support: onlyDefault('plugins cannot be loaded'),
  }),
  'default.replication.factor': int(1, 'Replicas of a topic that is created without saying how many.', {
    check: atLeast(1),
  }),
  'delete.topic.enable': bool(true, 'Whether topics may be deleted.'),
  'fetch.max.bytes': int(
    57_671_680,
    'Bytes of records that one Fetch response holds at most (one whole batch always fits).',
    { check: atLeast(1024) },
  ),
  'inter.broker.listener.name': unset('string', 'The listener that brokers use among themselves.', {
    support: oneListener,
  }),
  'leader.imbalance.check.interval.seconds': long(300, 'How often leadership is rebalanced.', {
    check: atLeast(1),
  }),
  'leader.imbalance.per.broker.percentage': int(10, 'Share of misplaced leaders that is let be.', {
    support: withoutEffect('as with Kafka under KRaft every misplaced leader is moved'),
  }),
  'listener.security.protocol.map': list(
    'SASL_SSL:SASL_SSL,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT',
    'The security protocol of each listener name. Only PLAINTEXT is spoken.',
  ),
  listeners: list(
    'PLAINTEXT://:9092',
    'Where the broker listens: NAME://host:port; no host is every interface, port 0 any free port.',
  ),
  'max.connection.creation.rate': int(2_147_483_647, 'New connections per second.', {
    check: atLeast(0),
    support: noQuotas,
    ...clusterWide,
  }),
  'max.connections': int(2_147_483_647, 'How many client connections may be open at a time.', {
    check: atLeast(0),
    ...clusterWide,
  }),
  'max.connections.per.ip': int(2_147_483_647, 'How many connections one address may have open.', {
    check: atLeast(0),
    support: onlyDefault('connections are counted in total only (max.connections)'),
    ...clusterWide,
  }),
  'max.connections.per.ip.overrides': text('', 'Exceptions from max.connections.per.ip.', {
    support: onlyDefault('connections are counted in total only (max.connections)'),
    ...clusterWide,
  }),
  'max.incremental.fetch.session.cache.slots': int(1000, 'How many fetch sessions are remembered.', {
    check: atLeast(0),
  }),
  'max.request.partition.size.limit': int(
    2000,
    'How many partitions one DescribeTopicPartitions response holds at most.',
    { check: atLeast(1) },
  ),
  'metadata.log.dir': unset('string', 'A directory of its own for the metadata log.', {
    support: onlyDefault('the metadata log lies beside the others'),
  }),
  'metadata.log.max.record.bytes.between.snapshots': long(
    20_971_520,
    'Committed bytes of the metadata log after which its image is written as a snapshot, and the log shortened.',
    { check: atLeast(1) },
  ),
  'metric.reporters': list('', 'Plugins that take the metrics.', {
    support: onlyDefault('plugins cannot be loaded'),
  }),
  'metrics.num.samples': int(2, 'Samples of a metric.', {
    check: atLeast(1),
    support: withoutEffect('metrics keep no samples'),
  }),
  'metrics.sample.window.ms': long(30_000, 'Width of a sample of a metric.', {
    check: atLeast(1),
    support: withoutEffect('metrics keep no samples'),
  }),
  'node.id': int(
    1,
    'Number of this broker. Kafka has no default for it; here a broker of its own is number 1.',
    { check: atLeast(0) },
  ),
  'num.io.threads': int(8, 'Threads that serve requests.', {
    check: atLeast(1),
    support: oneThread,
    ...clusterWide,
  }),
  'num.network.threads': int(3, 'Threads that serve connections.', {
    check: atLeast(1),
    support: oneThread,
    ...clusterWide,
  }),
  'num.partitions': int(1, 'Partitions of a topic that is created without saying how many.', {
    check: atLeast(1),
  }),
  'num.replica.fetchers': int(1, 'Threads that fetch from other brokers.', {
    support: withoutEffect('one fetcher for each leader: the broker has one thread anyway'),
    ...clusterWide,
  }),
  'odradek.cluster.id': unset(
    'string',
    'Ours, not of Kafka: the cluster id that an empty directory gets, where Kafka has a tool for formatting.',
    { internal: true },
  ),
  'odradek.format.eligible.leader.replicas.version': int(
    1,
    'Ours, not of Kafka: the level of eligible.leader.replicas.version that a new cluster begins with.',
    { check: between(0, 1), internal: true },
  ),
  'odradek.queued.response.max.bytes': int(
    134_217_728,
    'Ours, not of Kafka: unread response bytes at which no more requests of a connection are read.',
    { check: atLeast(1) },
  ),
  'principal.builder.class': text(
    'org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder',
    'The plugin that names who is connected.',
    { support: onlyDefault('plugins cannot be loaded') },
  ),
  'process.roles': list(
    'broker,controller',
    'Whether this node is a broker, a controller or both. Kafka has no default for it; here it is both.',
  ),
  'queued.max.request.bytes': long(-1, 'Request bytes waiting in the broker.', {
    support: onlyDefault('a connection has one request in process, which bounds the sum'),
  }),
  'queued.max.requests': int(500, 'Requests waiting for a thread.', {
    check: atLeast(1),
    support: oneThread,
  }),
  'replica.fetch.backoff.ms': int(1000, 'Pause of a follower after an error.', {
    check: atLeast(0),
  }),
  'replica.fetch.max.bytes': int(1_048_576, "Bytes of one partition in a follower's fetch.", {
    check: atLeast(0),
  }),
  'replica.fetch.min.bytes': int(1, "Bytes that a follower's fetch waits for.", { check: atLeast(0) }),
  'replica.fetch.response.max.bytes': int(10_485_760, "Bytes of a follower's fetch.", {
    check: atLeast(0),
  }),
  'replica.fetch.wait.max.ms': int(500, "How long a follower's fetch waits.", { check: atLeast(0) }),
  'replica.lag.time.max.ms': long(30_000, 'How long a follower may lag before it leaves the ISR.', {
    check: atLeast(1),
  }),
  'replica.selector.class': unset(
    'class',
    'Who chooses a replica for a consumer to read from: nobody, or RackAwareReplicaSelector.',
    { check: oneOf('org.apache.kafka.common.replica.RackAwareReplicaSelector') },
  ),
  'replica.socket.receive.buffer.bytes': int(65_536, "Receive buffer of a follower's socket.", {
    support: withoutEffect('left to the host'),
  }),
  'replica.socket.timeout.ms': int(30_000, "How long a follower's request may wait for its answer.", {
    check: atLeast(1),
  }),
  'request.timeout.ms': int(
    30_000,
    'How long the broker waits for its own requests, such as those to the controller.',
    { check: atLeast(0) },
  ),
  'sasl.enabled.mechanisms': list('GSSAPI', 'SASL mechanisms of the listeners that have SASL.', {
    support: withoutEffect('no listener has SASL'),
  }),
  'security.inter.broker.protocol': text('PLAINTEXT', 'Security protocol among brokers.', {
    check: oneOf('PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'),
    support: noSecurity,
  }),
  'socket.listen.backlog.size': int(50, 'Connections that wait to be accepted.', {
    check: atLeast(1),
    support: withoutEffect('left to the host'),
  }),
  'socket.receive.buffer.bytes': int(102_400, 'Receive buffer of a socket.', {
    support: withoutEffect('left to the host'),
  }),
  'socket.request.max.bytes': int(104_857_600, 'Largest request; a larger one closes the connection.', {
    check: atLeast(1),
  }),
  'socket.send.buffer.bytes': int(102_400, 'Send buffer of a socket.', {
    support: withoutEffect('left to the host'),
  }),
  'ssl.client.auth': text('none', 'Whether clients must show a certificate.', {
    check: oneOf('none', 'requested', 'required'),
    support: noSecurity,
  }),
  'ssl.keystore.location': unset('string', 'Keys of the TLS listeners.', { support: noSecurity }),
  'ssl.keystore.password': unset('password', 'Password of the keys.', { support: noSecurity }),
  'super.users': text('', 'Who may do everything.', {
    support: withoutEffect('there is no authorizer: everybody may do everything'),
  }),
  'quota.window.num': int(11, 'Samples of a quota.', {
    check: atLeast(1),
    support: withoutEffect('quotas are not enforced'),
  }),
  'quota.window.size.seconds': int(1, 'Width of a sample of a quota.', {
    check: atLeast(1),
    support: withoutEffect('quotas are not enforced'),
  }),
  'remote.log.storage.system.enable': bool(false, 'Whether tiered storage is on.', {
    support: onlyDefault('there is no tiered storage'),
  }),
  'controller.quota.window.num': int(11, 'Samples of a controller quota.', {
    check: atLeast(1),
    support: withoutEffect('quotas are not enforced'),
  }),
} as const satisfies Readonly<Record<string, Property>>;

export const brokerProperties = {
  ...brokerLogProperties,
  ...brokerCoordinatorProperties,
  ...generalProperties,
} as const satisfies Readonly<Record<string, Property>>;

export type BrokerPropertyName = keyof typeof brokerProperties;
export type BrokerPropertyValue<N extends BrokerPropertyName> = ValueOf<(typeof brokerProperties)[N]>;

const names = (Object.keys(brokerProperties) as BrokerPropertyName[]).sort();

/** Every broker property, sorted by name. */
export function brokerPropertyNames(): readonly BrokerPropertyName[] {
  return names;
}

export function brokerProperty(name: string): Property | undefined {
  return Object.hasOwn(brokerProperties, name) ? brokerProperties[name as BrokerPropertyName] : undefined;
}

/** Broker properties that say the same thing in other units, in order of precedence. */
const alternatives: readonly (readonly BrokerPropertyName[])[] = [
  ['log.retention.ms', 'log.retention.minutes', 'log.retention.hours'],
  ['log.roll.ms', 'log.roll.hours'],
  ['log.roll.jitter.ms', 'log.roll.jitter.hours'],
  ['log.flush.interval.ms', 'log.flush.scheduler.interval.ms'],
  ['log.dirs', 'log.dir'],
  ['node.id', 'broker.id'],
];

/** The names that DescribeConfigs looks at for the synonyms of a broker property. */
export function alternativesOf(name: string): readonly string[] {
  return alternatives.find((group) => group.some((member) => member === name)) ?? [name];
}
