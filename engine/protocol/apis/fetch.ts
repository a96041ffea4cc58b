// Fetch (key 1): reads record batches. Consumers, followers and, on the controller's listener, the members of
// the metadata quorum use the same request; who asks is told by the replica id (-1 for a consumer).
//
// Requests: v4 (the oldest since Kafka 4.0) isolation level, v5 log start offset, v7 sessions, v9 current
// leader epoch, v11 rack, v12 compact lengths and last fetched epoch, v13 topic ids instead of names, v15 the
// replica id moves into a tagged struct with the broker epoch, v17 directory id, v18 the follower's high
// watermark. Responses: v6 KAFKA_STORAGE_ERROR, v10 zstd, v11 preferred replica, v12 diverging epoch and
// current leader, v14 tiered storage error, v16 endpoints of new leaders.
//
// Traps: partitions are read in the order of the request, and the first that has anything gives a whole
// batch, even above all limits; the last batch may be cut. Any partition's error answers the request at once.
// On error records are empty, not null. abortedTransactions is null unless read_committed was asked for.
// Session id 0 is always a legal answer.

import {
  api,
  array,
  int8,
  int16,
  int32,
  int64,
  list,
  nested,
  records,
  string,
  struct,
  uuid,
} from '../schema.ts';

export const fetch = api({
  key: 1,
  name: 'Fetch',
  versions: '4-18',
  flexible: '12+',
  hot: true,
  request: struct({
    clusterId: string('12+', { nullable: '12+', tagged: '12+', tag: 0, ignorable: true, default: null }),
    replicaId: int32('0-14', { default: -1 }),
    replicaState: nested(
      '15+',
      struct({
        replicaId: int32('15+', { default: -1 }),
        replicaEpoch: int64('15+', { default: -1 }),
      }),
      { tagged: '15+', tag: 1 },
    ),
    maxWaitMs: int32('0+'),
    minBytes: int32('0+'),
    maxBytes: int32('3+', { ignorable: true, default: 2147483647 }),
    isolationLevel: int8('4+', { ignorable: true, default: 0 }),
    sessionId: int32('7+', { ignorable: true, default: 0 }),
    sessionEpoch: int32('7+', { ignorable: true, default: -1 }),
    topics: array(
      '0+',
      struct({
        topic: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: array(
          '0+',
          struct({
            partition: int32('0+'),
            currentLeaderEpoch: int32('9+', { ignorable: true, default: -1 }),
            fetchOffset: int64('0+'),
            lastFetchedEpoch: int32('12+', { default: -1 }),
            logStartOffset: int64('5+', { ignorable: true, default: -1 }),
            partitionMaxBytes: int32('0+'),
            replicaDirectoryId: uuid('17+', { tagged: '17+', tag: 0, ignorable: true }),
            highWatermark: int64('18+', { tagged: '18+', tag: 1, ignorable: true, default: 2 ** 63 }),
          }),
        ),
      }),
    ),
    forgottenTopicsData: array(
      '7+',
      struct({
        topic: string('7-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: list('7+', 'int32'),
      }),
    ),
    rackId: string('11+', { ignorable: true, default: '' }),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('7+', { ignorable: true }),
    sessionId: int32('7+', { default: 0 }),
    responses: array(
      '0+',
      struct({
        topic: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
            highWatermark: int64('0+'),
            lastStableOffset: int64('4+', { ignorable: true, default: -1 }),
            logStartOffset: int64('5+', { ignorable: true, default: -1 }),
            divergingEpoch: nested(
              '12+',
              struct({
                epoch: int32('12+', { default: -1 }),
                endOffset: int64('12+', { default: -1 }),
              }),
              { tagged: '12+', tag: 0 },
            ),
            currentLeader: nested(
              '12+',
              struct({
                leaderId: int32('12+', { default: -1 }),
                leaderEpoch: int32('12+', { default: -1 }),
              }),
              { tagged: '12+', tag: 1 },
            ),
            snapshotId: nested(
              '12+',
              struct({
                endOffset: int64('0+', { default: -1 }),
                epoch: int32('0+', { default: -1 }),
              }),
              { tagged: '12+', tag: 2 },
            ),
            abortedTransactions: array(
              '4+',
              struct({
                producerId: int64('4+'),
                firstOffset: int64('4+'),
              }),
              { nullable: '4+', ignorable: true },
            ),
            preferredReadReplica: int32('11+', { default: -1 }),
            records: records('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      '16+',
      struct({
        nodeId: int32('16+'),
        host: string('16+'),
        port: int32('16+'),
        rack: string('16+', { nullable: '16+', default: null }),
      }),
      { tagged: '16+', tag: 0 },
    ),
  }),
});
