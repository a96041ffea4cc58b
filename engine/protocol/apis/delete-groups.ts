// DeleteGroups (key 42): deletes empty groups.

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
