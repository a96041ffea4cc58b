// AddRaftVoter (key 80): makes a replica of the metadata log a voter. A broker forwards it to the active
// controller.
//
// v1 lets the caller choose to be answered when the change is written instead of committed. Compact from v0.
//
// Traps: voters are named by id and directory: the same id with an empty disk is somebody else. One change of
// the voters at a time. Without kraft.version 1 the answer is UNSUPPORTED_VERSION; an id that votes already
// is DUPLICATE_VOTER. `ackWhenCommitted` false cannot be said in v0.

import { api, array, bool, int16, int32, string, struct, uint16, uuid } from '../schema.ts';

export const addRaftVoter = api({
  key: 80,
  name: 'AddRaftVoter',
  versions: '0-1',
  flexible: '0+',
  request: struct({
    clusterId: string('0+', { nullable: '0+' }),
    timeoutMs: int32('0+'),
    voterId: int32('0+'),
    voterDirectoryId: uuid('0+'),
    listeners: array(
      '0+',
      struct({
        name: string('0+'),
        host: string('0+'),
        port: uint16('0+'),
      }),
    ),
    ackWhenCommitted: bool('1+', { default: true }),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', ignorable: true }),
  }),
});
