// JoinGroup (key 11): a member enters a classic group, or its next generation. The answer is parked until the
// generation is complete; only the leader's answer lists the members.
//
// v1 adds the rebalance timeout (before it, the session timeout stands for both), v2 throttling, v5 the
// instance id of static members, v6 compact lengths, v7 the protocol type in the answer (and a nullable
// protocol name), v8 a reason for people, v9 `skipAssignment`, which tells a returning static leader that
// there is nothing to assign.
//
// Traps: from v4 on a new dynamic member is turned away once with MEMBER_ID_REQUIRED and comes back with the
// id it was given. v0 must stay: librdkafka before 2.11 takes its absence for a broker without groups.
// Members that are parked here hold up everything behind them on their connection.

import { api, array, bool, bytes, int16, int32, string, struct } from '../schema.ts';

export const joinGroup = api({
  key: 11,
  name: 'JoinGroup',
  versions: '0-9',
  flexible: '6+',
  request: struct({
    groupId: string('0+'),
    sessionTimeoutMs: int32('0+'),
    rebalanceTimeoutMs: int32('1+', { ignorable: true, default: -1 }),
    memberId: string('0+'),
    groupInstanceId: string('5+', { nullable: '5+', default: null }),
    protocolType: string('0+'),
    protocols: array(
      '0+',
      struct({
        name: string('0+'),
        metadata: bytes('0+'),
      }),
    ),
    reason: string('8+', { nullable: '8+', ignorable: true, default: null }),
  }),
  response: struct({
    throttleTimeMs: int32('2+', { ignorable: true }),
    errorCode: int16('0+'),
    generationId: int32('0+', { default: -1 }),
    protocolType: string('7+', { nullable: '7+', ignorable: true, default: null }),
    protocolName: string('0+', { nullable: '7+' }),
    leader: string('0+'),
    skipAssignment: bool('9+', { default: false }),
    memberId: string('0+'),
    members: array(
      '0+',
      struct({
        memberId: string('0+'),
        groupInstanceId: string('5+', { nullable: '5+', ignorable: true, default: null }),
        metadata: bytes('0+'),
      }),
    ),
  }),
});
