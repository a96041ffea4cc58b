// OffsetFetch (key 9): reads the committed offsets of groups. Goes to the coordinator.
//
// v1-7 ask for one group, v8 and later for many, in other fields. v2 allows null for "all topics" and has an
// error for the whole answer, v5 adds leader epochs, v6 compact lengths, v7 `requireStable`. v9 carries
// member id and epoch of the newer consumer groups, v10 topic ids instead of names. v0 is gone since Kafka
// 4.0.
//
// Traps: where nothing is committed the answer is offset -1 with error 0, also for a group that nobody knows.
// With requireStable an offset that an open transaction may still replace is UNSTABLE_OFFSET_COMMIT; without,
// the older one is given. The empty group id is legal.

import { api, array, bool, int16, int32, int64, list, string, struct, uuid } from '../schema.ts';

export const offsetFetch = api({
  key: 9,
  name: 'OffsetFetch',
  versions: '1-10',
  flexible: '6+',
  request: struct({
    groupId: string('0-7'),
    topics: array(
      '0-7',
      struct({
        name: string('0-7'),
        partitionIndexes: list('0-7', 'int32'),
      }),
      { nullable: '2-7' },
    ),
    groups: array(
      '8+',
      struct({
        groupId: string('8+'),
        memberId: string('9+', { nullable: '9+', ignorable: true, default: null }),
        memberEpoch: int32('9+', { ignorable: true, default: -1 }),
        topics: array(
          '8+',
          struct({
            name: string('8-9', { ignorable: true }),
            topicId: uuid('10+', { ignorable: true }),
            partitionIndexes: list('8+', 'int32'),
          }),
          { nullable: '8+' },
        ),
      }),
    ),
    requireStable: bool('7+', { default: false }),
  }),
  response: struct({
    throttleTimeMs: int32('3+', { ignorable: true }),
    topics: array(
      '0-7',
      struct({
        name: string('0-7'),
        partitions: array(
          '0-7',
          struct({
            partitionIndex: int32('0-7'),
            committedOffset: int64('0-7'),
            committedLeaderEpoch: int32('5-7', { ignorable: true, default: -1 }),
            metadata: string('0-7', { nullable: '0-7' }),
            errorCode: int16('0-7'),
          }),
        ),
      }),
    ),
    errorCode: int16('2-7', { ignorable: true, default: 0 }),
    groups: array(
      '8+',
      struct({
        groupId: string('8+'),
        topics: array(
          '8+',
          struct({
            name: string('8-9', { ignorable: true }),
            topicId: uuid('10+', { ignorable: true }),
            partitions: array(
              '8+',
              struct({
                partitionIndex: int32('8+'),
                committedOffset: int64('8+'),
                committedLeaderEpoch: int32('8+', { ignorable: true, default: -1 }),
                metadata: string('8+', { nullable: '8+' }),
                errorCode: int16('8+'),
              }),
            ),
          }),
        ),
        errorCode: int16('8+', { default: 0 }),
      }),
    ),
  }),
});
