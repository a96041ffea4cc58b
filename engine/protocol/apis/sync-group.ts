// SyncGroup (key 14): hands out the assignment of a generation.

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
