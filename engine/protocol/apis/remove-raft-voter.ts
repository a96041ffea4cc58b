// RemoveRaftVoter (key 81): takes the vote of a replica of the metadata log away. A broker forwards it to the
// active controller.
//
// There is one version.
//
// Traps: id and directory must both match, else VOTER_NOT_FOUND. A leader may remove itself: it goes on
// leading, without counting itself, until the change is committed, and then resigns. A removed voter becomes
// an observer.

import { api, int16, int32, string, struct, uuid } from '../schema.ts';

export const removeRaftVoter = api({
  key: 81,
  name: 'RemoveRaftVoter',
  versions: '0',
  flexible: '0+',
  request: struct({
    clusterId: string('0+', { nullable: '0+' }),
    voterId: int32('0+'),
    voterDirectoryId: uuid('0+'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+', ignorable: true }),
  }),
});
