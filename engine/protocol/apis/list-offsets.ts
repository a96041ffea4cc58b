// ListOffsets (key 2): the offset for a timestamp, or for one of the special positions, in each partition.
// Goes to the leaders.
//
// v1 (the oldest since Kafka 4.0) answers with one offset and its timestamp; v2 adds the isolation level, v4
// leader epochs in both directions, v6 compact lengths. New special timestamps came one by one: -1 latest and
// -2 earliest from the start, -3 of the largest timestamp in v7, -4 earliest local in v8, -5 latest tiered in
// v9, -6 earliest pending upload in v11. v10 adds a timeout for slow remote storage.
//
// Traps: a special timestamp that the version does not know is UNSUPPORTED_VERSION for that partition. No
// record at or after the timestamp is offset -1 without error. Latest is the high watermark for consumers,
// the last stable offset under read_committed, the log end for replicas. Just after an election
// OFFSET_NOT_AVAILABLE (from v5 on).

import { api, array, int8, int16, int32, int64, string, struct } from '../schema.ts';

export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: '1-11',
  flexible: '6+',
  hot: true,
  request: struct({
    replicaId: int32('0+'),
    isolationLevel: int8('2+'),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            currentLeaderEpoch: int32('4+', { ignorable: true, default: -1 }),
            timestamp: int64('0+'),
          }),
        ),
      }),
    ),
    timeoutMs: int32('10+', { ignorable: true }),
  }),
  response: struct({
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
            timestamp: int64('1+', { default: -1 }),
            offset: int64('1+', { default: -1 }),
            leaderEpoch: int32('4+', { default: -1 }),
          }),
        ),
      }),
    ),
  }),
});
