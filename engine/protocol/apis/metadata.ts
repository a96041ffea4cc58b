// Metadata (key 3): brokers, topics, partitions and their leaders; what every client steers by.
//
// v1 adds controller, racks and internal topics, v2 the cluster id, v3 throttling, v4 whether topics may be
// created by asking, v5 offline replicas, v7 leader epochs, v8 authorized operations (of the cluster only to
// v10), v9 compact lengths, v10 topic ids in the answer, v12 asking by id, v13 an error for the whole answer.
//
// Traps: no topics means all in v0, none from v1 on, where null means all. Ids in the request before v12 are
// an error, though the field is there from v10. A topic created by asking is UNKNOWN_TOPIC_OR_PARTITION this
// once. A partition without leader still has its epoch. Addresses are those of the listener that was asked.
// The controller id is some live broker: every broker forwards. Operations are -2147483648 unless asked for.

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
