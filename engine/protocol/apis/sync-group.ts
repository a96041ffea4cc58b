// SyncGroup (key 14): the leader hands in the assignment of a generation, every member fetches its part.
// Answers are parked until the leader's request is here and the assignment is stored.
//
// v1 adds throttling, v3 the instance id of static members, v4 compact lengths, v5 protocol type and name in
// both directions; they must match the group's, or the answer is INCONSISTENT_GROUP_PROTOCOL.
//
// Traps: a member that the leader left out gets empty bytes, not null. In a stable group the current
// assignment is answered again. While the group gathers members it is REBALANCE_IN_PROGRESS.

import { api, array, bytes, int16, int32, string, struct } from '../schema.ts';

export const syncGroup = api({
  key: 14,
  name: 'SyncGroup',
  versions: '0-5',
  flexible: '4+',
  request: struct({
    groupId: string('0+'),
    generationId: int32('0+'),
    memberId: string('0+'),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
    protocolType: string('5+', { nullable: '5+', ignorable: true, default: null }),
    protocolName: string('5+', { nullable: '5+', ignorable: true, default: null }),
    assignments: array(
      '0+',
      struct({
        memberId: string('0+'),
        assignment: bytes('0+'),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0+'),
    protocolType: string('5+', { nullable: '5+', ignorable: true, default: null }),
    protocolName: string('5+', { nullable: '5+', ignorable: true, default: null }),
    assignment: bytes('0+'),
  }),
});
