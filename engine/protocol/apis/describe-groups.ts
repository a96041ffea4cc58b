// DescribeGroups (key 15): state, protocol and members of classic groups. Goes to each group's coordinator.
//
// v3 adds authorized operations on demand, v4 the members' instance ids, v5 compact lengths, v6 a message
// beside the error.
//
// Traps: a group that does not exist is state `Dead` without error below v6, and GROUP_ID_NOT_FOUND from v6
// on. Protocol data, metadata and assignment are filled in for stable groups only; a dead group has no
// members. Authorized operations are -2147483648 unless they were asked for.

import { api, array, bool, bytes, int16, int32, list, string, struct } from '../schema.ts';

export const describeGroups = api({
  key: 15,
  name: 'DescribeGroups',
  versions: '0-6',
  flexible: '5+',
  request: struct({
    groups: list('0+', 'string'),
    includeAuthorizedOperations: bool('3+'),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    groups: array(
      '0+',
      struct({
        errorCode: int16('0+'),
        errorMessage: string('6+', { nullable: '6+', default: null }),
        groupId: string('0+'),
        groupState: string('0+'),
        protocolType: string('0+'),
        protocolData: string('0+'),
        members: array(
          '0+',
          struct({
            memberId: string('0+'),
            groupInstanceId: string('4+', { nullable: '4+', ignorable: true, default: null }),
            clientId: string('0+'),
            clientHost: string('0+'),
            memberMetadata: bytes('0+'),
            memberAssignment: bytes('0+'),
          }),
        ),
        authorizedOperations: int32('3+', { default: -2147483648 }),
      }),
    ),
  }),
});
