// JoinGroup (key 11): a member enters a classic group or a new generation of it.

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
