// OffsetForLeaderEpoch (key 23): where a leader epoch ends in the leader's log, so that a consumer notices
// that the log it has read was truncated. Followers learn the same from Fetch since v12.
//
// v2 (the oldest since Kafka 4.0) has the current leader epoch as a fence, v3 the replica id, with -2 by
// default: a reader for debugging, who may look beyond the high watermark. v4 brings compact lengths.
//
// Traps: an epoch that the leader does not know is epoch -1 and offset -1 without error. The epoch in the
// answer is the largest known one that is not above the one asked for, and may be smaller. An outdated fence
// is FENCED_LEADER_EPOCH, one from the future UNKNOWN_LEADER_EPOCH.

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
