// ListGroups (key 16): the groups that the asked broker coordinates; a tool that wants all asks every broker.
//
// v1 adds throttling, v3 compact lengths, v4 a filter by state and the state in the answer, v5 a filter by
// type (classic, consumer, share ...) and the type.
//
// Traps: an empty filter lets everything pass. Names of states are compared without regard to case. A broker
// whose coordinator is still loading answers COORDINATOR_LOAD_IN_PROGRESS.

import { api, array, int16, int32, list, string, struct } from '../schema.ts';

export const listGroups = api({
  key: 16,
  name: 'ListGroups',
  versions: '0-5',
  flexible: '3+',
  request: struct({
    statesFilter: list('4+', 'string'),
    typesFilter: list('5+', 'string'),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    groups: array(
      '0+',
      struct({
        groupId: string('0+'),
        protocolType: string('0+'),
        groupState: string('4+', { ignorable: true }),
        groupType: string('5+', { ignorable: true }),
      }),
    ),
  }),
});
