// ListOffsets (key 2): offsets by special timestamp or by time.

import { api, array, int8, int16, int32, int64, string, struct } from '../schema.ts';

export const listOffsets = api({
  key: 2,
  name: 'ListOffsets',
  versions: '1-11',
  flexible: '6+',
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
