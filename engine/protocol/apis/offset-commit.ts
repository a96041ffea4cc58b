// OffsetCommit (key 8): stores how far a group has consumed. Goes to the group's coordinator, which answers
// when the offsets are committed in `__consumer_offsets`.
//
// v2-4 carry an explicit retention time, v5 dropped it, v6 adds the leader epoch of the record before the
// offset, v7 the instance id, v8 compact lengths. From v9 on the members of the newer consumer groups may use
// it, with their epoch in place of the generation, and may get STALE_MEMBER_EPOCH or GROUP_ID_NOT_FOUND. v10
// has topic ids instead of names. v0 and v1 are gone since Kafka 4.0.
//
// Traps: generation -1 with an empty member id is a commit from outside, accepted while the group is empty.
// The limit on the metadata counts characters. The empty group id is legal here, unlike in JoinGroup.

import { api, array, int16, int32, int64, string, struct, uuid } from '../schema.ts';

export const offsetCommit = api({
  key: 8,
  name: 'OffsetCommit',
  versions: '2-10',
  flexible: '8+',
  hot: true,
  request: struct({
    groupId: string('0+'),
    generationIdOrMemberEpoch: int32('1+', { ignorable: true, default: -1 }),
    memberId: string('1+', { ignorable: true }),
    groupInstanceId: string('7+', { nullable: '7+', default: null }),
    retentionTimeMs: int64('2-4', { ignorable: true, default: -1 }),
    topics: array(
      '0+',
      struct({
        name: string('0-9', { ignorable: true }),
        topicId: uuid('10+', { ignorable: true }),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            committedOffset: int64('0+'),
            committedLeaderEpoch: int32('6+', { ignorable: true, default: -1 }),
            committedMetadata: string('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('3+', { ignorable: true }),
    topics: array(
      '0+',
      struct({
        name: string('0-9', { ignorable: true }),
        topicId: uuid('10+', { ignorable: true }),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
          }),
        ),
      }),
    ),
  }),
});
