// DescribeQuorum (key 55): leader, epoch, high watermark and replicas of the metadata quorum, for tools. A
// broker forwards it to the active controller.
//
// v1 adds two timestamps for each replica, v2 error messages, directory ids, and the listeners of the nodes.
// Compact from v0.
//
// Traps: whoever is not the leader answers with an error at the top and no topics; a wrong partition is an
// error of that partition. Timestamps are the leader's clock. Its own are both the present time, although
// Kafka's definition promises -1 for one of them; they are -1 where nothing is known. A directory id is not
// ignorable: before v2 it must be left at zero.

import { api, array, int16, int32, int64, string, struct, uint16, uuid } from '../schema.ts';

export const describeQuorum = api({
  key: 55,
  name: 'DescribeQuorum',
  versions: '0-2',
  flexible: '0+',
  request: struct({
    topics: array(
      '0+',
      struct({
        topicName: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    errorCode: int16('0+'),
    errorMessage: string('2+', { nullable: '2+', ignorable: true }),
    topics: array(
      '0+',
      struct({
        topicName: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
            errorMessage: string('2+', { nullable: '2+', ignorable: true }),
            leaderId: int32('0+'),
            leaderEpoch: int32('0+'),
            highWatermark: int64('0+'),
            currentVoters: array(
              '0+',
              struct({
                replicaId: int32('0+'),
                replicaDirectoryId: uuid('2+'),
                logEndOffset: int64('0+'),
                lastFetchTimestamp: int64('1+', { ignorable: true, default: -1 }),
                lastCaughtUpTimestamp: int64('1+', { ignorable: true, default: -1 }),
              }),
            ),
            observers: array(
              '0+',
              struct({
                replicaId: int32('0+'),
                replicaDirectoryId: uuid('2+'),
                logEndOffset: int64('0+'),
                lastFetchTimestamp: int64('1+', { ignorable: true, default: -1 }),
                lastCaughtUpTimestamp: int64('1+', { ignorable: true, default: -1 }),
              }),
            ),
          }),
        ),
      }),
    ),
    nodes: array(
      '2+',
      struct({
        nodeId: int32('2+'),
        listeners: array(
          '2+',
          struct({
            name: string('2+'),
            host: string('2+'),
            port: uint16('2+'),
          }),
        ),
      }),
    ),
  }),
});
