// DeleteGroups (key 42): deletes groups that have no members, their committed offsets included. Goes to the
// coordinator of each group.
//
// All versions say the same; compact lengths from v2.
//
// Traps: a group with members is NON_EMPTY_GROUP, one that does not exist GROUP_ID_NOT_FOUND, and each group
// has its own error code. The request's field is called `groupsNames` in Kafka, and so it is here.

import { api, array, int16, int32, list, string, struct } from '../schema.ts';

export const deleteGroups = api({
  key: 42,
  name: 'DeleteGroups',
  versions: '0-2',
  flexible: '2+',
  request: struct({
    groupsNames: list('0+', 'string'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    results: array(
      '0+',
      struct({
        groupId: string('0+'),
        errorCode: int16('0+'),
      }),
    ),
  }),
});
