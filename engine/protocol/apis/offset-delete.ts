// OffsetDelete (key 47): deletes committed offsets of a group, partition by partition.
//
// One version, never compact.
//
// Traps: offsets of topics that the group is subscribed to stay (GROUP_SUBSCRIBED_TO_TOPIC). A group with
// members whose protocol is not `consumer` refuses altogether (NON_EMPTY_GROUP), because its subscriptions
// cannot be read. Note the order in the answer: error first, then throttling.

import { api, array, int16, int32, string, struct } from '../schema.ts';

export const offsetDelete = api({
  key: 47,
  name: 'OffsetDelete',
  versions: '0',
  flexible: 'none',
  request: struct({
    groupId: string('0+'),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
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
    throttleTimeMs: int32('0+', { ignorable: true }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
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
