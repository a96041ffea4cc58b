// OffsetFetch (key 9): reads the committed positions of groups.

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
