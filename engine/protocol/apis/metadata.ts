// Metadata (key 3): brokers, topics, partitions and their leaders.

import { api, array, bool, int16, int32, list, string, struct, uuid } from '../schema.ts';

export const metadata = api({
  key: 3,
  name: 'Metadata',
  versions: '0-13',
  flexible: '9+',
  request: struct({
    topics: array(
      '0+',
      struct({
        topicId: uuid('10+', { ignorable: true }),
        name: string('0+', { nullable: '10+' }),
      }),
      { nullable: '1+' },
    ),
    allowAutoTopicCreation: bool('4+', { default: true }),
    includeClusterAuthorizedOperations: bool('8-10'),
    includeTopicAuthorizedOperations: bool('8+'),
  }),
  response: struct({
    throttleTimeMs: int32('3+', { ignorable: true }),
    brokers: array(
      '0+',
      struct({
        nodeId: int32('0+'),
        host: string('0+'),
        port: int32('0+'),
        rack: string('1+', { nullable: '1+', ignorable: true, default: null }),
      }),
    ),
    clusterId: string('2+', { nullable: '2+', ignorable: true, default: null }),
    controllerId: int32('1+', { ignorable: true, default: -1 }),
    topics: array(
      '0+',
      struct({
        errorCode: int16('0+'),
        name: string('0+', { nullable: '12+' }),
        topicId: uuid('10+', { ignorable: true }),
        isInternal: bool('1+', { ignorable: true, default: false }),
        partitions: array(
          '0+',
          struct({
            errorCode: int16('0+'),
            partitionIndex: int32('0+'),
            leaderId: int32('0+'),
            leaderEpoch: int32('7+', { ignorable: true, default: -1 }),
            replicaNodes: list('0+', 'int32'),
            isrNodes: list('0+', 'int32'),
            offlineReplicas: list('5+', 'int32', { ignorable: true }),
          }),
        ),
        topicAuthorizedOperations: int32('8+', { default: -2147483648 }),
      }),
    ),
    clusterAuthorizedOperations: int32('8-10', { default: -2147483648 }),
    errorCode: int16('13+', { ignorable: true }),
  }),
});
