// Heartbeat (key 12): a member of a classic group says that it lives, and learns whether the group is
// rebalancing.
//
// v1 adds throttling, v3 the instance id of static members, v4 compact lengths.
//
// Traps: while the group gathers members the answer is REBALANCE_IN_PROGRESS, which refreshes the session all
// the same; while it waits for the assignment there is no error. A static member whose instance id has been
// taken over gets FENCED_INSTANCE_ID.

import { api, int16, int32, string, struct } from '../schema.ts';

export const heartbeat = api({
  key: 12,
  name: 'Heartbeat',
  versions: '0-4',
  flexible: '4+',
  hot: true,
  request: struct({
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
  }),
});
