// OffsetForLeaderEpoch (key 23): where a leader epoch ends.

import { api, array, int16, int32, int64, string, struct } from '../schema.ts';

export const offsetForLeaderEpoch = api({
  key: 23,
  name: 'OffsetForLeaderEpoch',
  versions: '2-4',
  flexible: '4+',
  request: struct({
    replicaId: int32('3+', { ignorable: true, default: -2 }),
    topics: array(
      '0+',
      struct({
        topic: string('0+'),
        partitions: array(
          '0+',
          struct({
            partition: int32('0+'),
            currentLeaderEpoch: int32('2+', { ignorable: true, default: -1 }),
            leaderEpoch: int32('0+'),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array(
      '0+',
      struct({
        topic: string('0+'),
        partitions: array(
          '0+',
          struct({
            errorCode: int16('0+'),
            partition: int32('0+'),
            leaderEpoch: int32('1+', { ignorable: true, default: -1 }),
            endOffset: int64('0+', { default: -1 }),
          }),
        ),
      }),
    ),
  }),
});
