// UpdateRaftVoter (key 82): a voter tells the leader of the metadata quorum its endpoints and the versions of
// KRaft it can do, when they are not those on record. Only for the controller's listener.
//
// There is one version.
//
// Traps: the leader's port in the answer is int32, while all other ports of these APIs are uint16. The leader
// is tagged, and an answer without it says -1. Before kraft.version 1 the leader only remembers the update,
// because there are no voters in the log to change.

import { api, array, int16, int32, nested, string, struct, uint16, uuid } from '../schema.ts';

export const updateRaftVoter = api({
  key: 82,
  name: 'UpdateRaftVoter',
  versions: '0',
  flexible: '0+',
  request: struct({
    clusterId: string('0+', { nullable: '0+' }),
    currentLeaderEpoch: int32('0+'),
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
    kRaftVersionFeature: nested(
      '0+',
      struct({
        minSupportedVersion: int16('0+'),
        maxSupportedVersion: int16('0+'),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    currentLeader: nested(
      '0+',
      struct({
        leaderId: int32('0+', { default: -1 }),
        leaderEpoch: int32('0+', { default: -1 }),
        host: string('0+'),
        port: int32('0+'),
      }),
      { tagged: '0+', tag: 0 },
    ),
  }),
});
