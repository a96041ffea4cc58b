// EndQuorumEpoch (key 54): a leader of the metadata quorum resigns and says who should stand next. Only for
// the controller's listener.
//
// v1 adds compact lengths, replaces the successors (ids) by candidates (id and directory), and adds the
// leader's endpoints.
//
// Traps: the list is sorted, the most caught up first; its first stands for election at once, the others the
// later the further down they are. Both lists are ignorable, so a sender fills in both and the version picks.
// It is only a hint: an election must also come about when the request is lost.

import { api, array, int16, int32, list, string, struct, uint16, uuid } from '../schema.ts';

export const endQuorumEpoch = api({
  key: 54,
  name: 'EndQuorumEpoch',
  versions: '0-1',
  flexible: '1+',
  request: struct({
    clusterId: string('0+', { nullable: '0+', default: null }),
    topics: array(
      '0+',
      struct({
        topicName: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            leaderId: int32('0+'),
            leaderEpoch: int32('0+'),
            preferredSuccessors: list('0', 'int32', { ignorable: true }),
            preferredCandidates: array(
              '1+',
              struct({
                candidateId: int32('1+'),
                candidateDirectoryId: uuid('1+'),
              }),
              { ignorable: true },
            ),
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
