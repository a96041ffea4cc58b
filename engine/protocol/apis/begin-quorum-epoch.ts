// BeginQuorumEpoch (key 53): a new leader of the metadata quorum makes itself known to the voters, and says
// it again to those that do not fetch. Only for the controller's listener.
//
// v1 adds compact lengths, the receiving voter with its directory, and the leader's endpoints; in the answer
// the endpoints of whoever leads.
//
// Traps: v0 is not compact, unlike Vote, so its headers are the old ones. A voter learns from v0 who leads
// but not where: there the addresses are those of the static configuration.

import { api, array, int16, int32, string, struct, uint16, uuid } from '../schema.ts';

export const beginQuorumEpoch = api({
  key: 53,
  name: 'BeginQuorumEpoch',
  versions: '0-1',
  flexible: '1+',
  request: struct({
    clusterId: string('0+', { nullable: '0+', default: null }),
    voterId: int32('1+', { ignorable: true, default: -1 }),
    topics: array(
      '0+',
      struct({
        topicName: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            voterDirectoryId: uuid('1+', { ignorable: true }),
            leaderId: int32('0+'),
            leaderEpoch: int32('0+'),
          }),
        ),
      }),
    ),
    leaderEndpoints: array(
      '1+',
      struct({
        name: string('1+'),
        host: string('1+'),
        port: uint16('1+'),
      }),
      { ignorable: true },
    ),
  }),
  response: struct({
    errorCode: int16('0+'),
    topics: array(
      '0+',
      struct({
        topicName: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
            leaderId: int32('0+'),
            leaderEpoch: int32('0+'),
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      '1+',
      struct({
        nodeId: int32('1+'),
        host: string('1+'),
        port: uint16('1+'),
      }),
      { tagged: '1+', tag: 0 },
    ),
  }),
});
