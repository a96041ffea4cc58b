// DescribeTopicPartitions (key 75): topics and partitions page by page, with eligible leader replicas, which
// Metadata does not tell. Admin clients try it first and fall back to Metadata.
//
// One version so far. `cursor` in the request is the first partition wanted, `nextCursor` in the answer where
// to go on; both are nullable structs, one byte in front.
//
// Traps: topics are answered in the order of their names, so that a cursor means something. The page is the
// smaller of the request's limit and the broker's (`max.request.partition.size.limit`, 2000). An empty list
// of topics means all.

import { api, array, bool, int16, int32, list, nested, string, struct, uuid } from '../schema.ts';

export const describeTopicPartitions = api({
  key: 75,
  name: 'DescribeTopicPartitions',
  versions: '0',
  flexible: '0+',
  request: struct({
    topics: array(
      '0+',
      struct({
        name: string('0+'),
      }),
    ),
    responsePartitionLimit: int32('0+', { default: 2000 }),
    cursor: nested(
      '0+',
      struct({
        topicName: string('0+'),
        partitionIndex: int32('0+'),
      }),
      { nullable: '0+', default: null },
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+', { ignorable: true }),
    topics: array(
      '0+',
      struct({
        errorCode: int16('0+'),
        name: string('0+', { nullable: '0+' }),
        topicId: uuid('0+', { ignorable: true }),
        isInternal: bool('0+', { ignorable: true, default: false }),
        partitions: array(
          '0+',
          struct({
            errorCode: int16('0+'),
            partitionIndex: int32('0+'),
            leaderId: int32('0+'),
            leaderEpoch: int32('0+', { ignorable: true, default: -1 }),
            replicaNodes: list('0+', 'int32'),
            isrNodes: list('0+', 'int32'),
            eligibleLeaderReplicas: list('0+', 'int32', { nullable: '0+', default: null }),
            lastKnownElr: list('0+', 'int32', { nullable: '0+', default: null }),
            offlineReplicas: list('0+', 'int32', { ignorable: true }),
          }),
        ),
        topicAuthorizedOperations: int32('0+', { default: -2147483648 }),
      }),
    ),
    nextCursor: nested(
      '0+',
      struct({
        topicName: string('0+'),
        partitionIndex: int32('0+'),
      }),
      { nullable: '0+', default: null },
    ),
  }),
});
