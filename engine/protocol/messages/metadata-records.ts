// The records of `__cluster_metadata`: all that a cluster knows of itself, one change a record. Left out: those of
// ACLs, quotas, delegation tokens, SCRAM credentials, and of the migration from ZooKeeper.

import {
  array,
  bool,
  int8,
  int16,
  int32,
  int64,
  list,
  message,
  string,
  struct,
  uint16,
  uuid,
} from '../schema.ts';

export const registerBrokerRecord = message({
  name: 'RegisterBrokerRecord',
  versions: '0-4',
  flexible: '0+',
  apiKey: 0,
  body: struct({
    brokerId: int32('0+'),
    isMigratingZkBroker: bool('2+', { default: false }),
    incarnationId: uuid('0+'),
    brokerEpoch: int64('0+'),
    endPoints: array(
      '0+',
      struct({
        name: string('0+'),
        host: string('0+'),
        port: uint16('0+'),
        securityProtocol: int16('0+'),
      }),
    ),
    features: array(
      '0+',
      struct({
        name: string('0+'),
        minSupportedVersion: int16('0+'),
        maxSupportedVersion: int16('0+'),
      }),
    ),
    rack: string('0+', { nullable: '0+' }),
    fenced: bool('0+', { default: true }),
    inControlledShutdown: bool('1+', { default: false }),
    logDirs: list('3+', 'uuid', { tagged: '3+', tag: 0 }),
    cordonedLogDirs: list('4+', 'uuid', { nullable: '4+', tagged: '4+', tag: 1, default: null }),
  }),
});

export const unregisterBrokerRecord = message({
  name: 'UnregisterBrokerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 1,
  body: struct({
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
  }),
});

export const topicRecord = message({
  name: 'TopicRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 2,
  body: struct({
    name: string('0+'),
    topicId: uuid('0+'),
  }),
});

export const partitionRecord = message({
  name: 'PartitionRecord',
  versions: '0-2',
  flexible: '0+',
  apiKey: 3,
  body: struct({
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    replicas: list('0+', 'int32'),
    isr: list('0+', 'int32'),
    removingReplicas: list('0+', 'int32'),
    addingReplicas: list('0+', 'int32'),
    leader: int32('0+', { default: -1 }),
    leaderRecoveryState: int8('0+', { tagged: '0+', tag: 0, default: 0 }),
    leaderEpoch: int32('0+', { default: -1 }),
    partitionEpoch: int32('0+', { default: -1 }),
    directories: list('1+', 'uuid'),
    eligibleLeaderReplicas: list('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 1, default: null }),
    lastKnownElr: list('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 2, default: null }),
  }),
});

export const configRecord = message({
  name: 'ConfigRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 4,
  body: struct({
    resourceType: int8('0+'),
    resourceName: string('0+'),
    name: string('0+'),
    value: string('0+', { nullable: '0+' }),
  }),
});

export const partitionChangeRecord = message({
  name: 'PartitionChangeRecord',
  versions: '0-2',
  flexible: '0+',
  apiKey: 5,
  body: struct({
    partitionId: int32('0+', { default: -1 }),
    topicId: uuid('0+'),
    isr: list('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
    leader: int32('0+', { tagged: '0+', tag: 1, default: -2 }),
    replicas: list('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 2, default: null }),
    removingReplicas: list('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 3, default: null }),
    addingReplicas: list('0+', 'int32', { nullable: '0+', tagged: '0+', tag: 4, default: null }),
    leaderRecoveryState: int8('0+', { tagged: '0+', tag: 5, default: -1 }),
    directories: list('1+', 'uuid', { nullable: '1+', tagged: '1+', tag: 8, default: null }),
    eligibleLeaderReplicas: list('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 6, default: null }),
    lastKnownElr: list('2+', 'int32', { nullable: '2+', tagged: '2+', tag: 7, default: null }),
  }),
});

export const fenceBrokerRecord = message({
  name: 'FenceBrokerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 7,
  body: struct({
    id: int32('0+'),
    epoch: int64('0+'),
  }),
});

export const unfenceBrokerRecord = message({
  name: 'UnfenceBrokerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 8,
  body: struct({
    id: int32('0+'),
    epoch: int64('0+'),
  }),
});

export const removeTopicRecord = message({
  name: 'RemoveTopicRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 9,
  body: struct({
    topicId: uuid('0+'),
  }),
});

export const featureLevelRecord = message({
  name: 'FeatureLevelRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 12,
  body: struct({
    name: string('0+'),
    featureLevel: int16('0+'),
  }),
});

export const producerIdsRecord = message({
  name: 'ProducerIdsRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 15,
  body: struct({
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    nextProducerId: int64('0+'),
  }),
});

export const brokerRegistrationChangeRecord = message({
  name: 'BrokerRegistrationChangeRecord',
  versions: '0-3',
  flexible: '0+',
  apiKey: 17,
  body: struct({
    brokerId: int32('0+'),
    brokerEpoch: int64('0+'),
    fenced: int8('0+', { tagged: '0+', tag: 0 }),
    inControlledShutdown: int8('1+', { tagged: '1+', tag: 1 }),
    logDirs: list('2+', 'uuid', { tagged: '2+', tag: 2 }),
    cordonedLogDirs: list('3+', 'uuid', { nullable: '3+', tagged: '3+', tag: 3, default: null }),
  }),
});

export const noOpRecord = message({
  name: 'NoOpRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 20,
  body: struct({}),
});

export const beginTransactionRecord = message({
  name: 'BeginTransactionRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 23,
  body: struct({
    name: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
  }),
});

export const endTransactionRecord = message({
  name: 'EndTransactionRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 24,
  body: struct({}),
});

export const abortTransactionRecord = message({
  name: 'AbortTransactionRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 25,
  body: struct({
    reason: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
  }),
});

export const registerControllerRecord = message({
  name: 'RegisterControllerRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 27,
  body: struct({
    controllerId: int32('0+'),
    incarnationId: uuid('0+'),
    zkMigrationReady: bool('0+'),
    endPoints: array(
      '0+',
      struct({
        name: string('0+'),
        host: string('0+'),
        port: uint16('0+'),
        securityProtocol: int16('0+'),
      }),
    ),
    features: array(
      '0+',
      struct({
        name: string('0+'),
        minSupportedVersion: int16('0+'),
        maxSupportedVersion: int16('0+'),
      }),
    ),
  }),
});

export const clearElrRecord = message({
  name: 'ClearElrRecord',
  versions: '0',
  flexible: '0+',
  apiKey: 28,
  body: struct({
    topicName: string('0+'),
  }),
});
