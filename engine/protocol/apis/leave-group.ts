// LeaveGroup (key 13): members leave a classic group, which rebalances the rest.
//
// v0-2 carry one member, and its error is the top-level one. v3 carries many, each by member id or instance
// id, with an error each. v1 adds throttling, v4 compact lengths, v5 a reason for people.
//
// Traps: admin tools remove a static member by its instance id with an empty member id. Static members do not
// send it when they stop, on purpose.

import { api, array, int16, int32, string, struct } from '../schema.ts';

export const leaveGroup = api({
  key: 13,
  name: 'LeaveGroup',
  versions: '0-5',
  flexible: '4+',
  request: struct({
    groupId: string('0+'),
    memberId: string('0-2'),
    members: array(
      '3+',
      struct({
        memberId: string('3+'),
        groupInstanceId: string('3+', { nullable: '3+', default: null }),
        reason: string('5+', { nullable: '5+', ignorable: true, default: null }),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    members: array(
      '3+',
      struct({
        memberId: string('3+'),
        groupInstanceId: string('3+', { nullable: '3+' }),
        errorCode: int16('3+'),
      }),
    ),
  }),
});
