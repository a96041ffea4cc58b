// Vote (key 52): who would lead the metadata quorum asks every voter for its vote. Only for the controller's
// listener.
//
// v1 names the receiving voter and the directories of both sides, so that a voter that lost its disk is not
// taken for the one it was, and answers with the endpoints of the leader; v2 adds the pre-vote. Compact from
// v0.
//
// Traps: before v2 Kafka calls the sender the candidate: same bytes, other names. A vote is asked in the
// epoch that the sender wants to lead, a pre-vote in the one it is in. A vote must be on disk before it is
// answered; a pre-vote promises nothing and is never stored. `preVote` is not ignorable: it cannot be said to
// a voter that only knows v1. `lastOffset` is the log end offset, one past the last record. Errors at the top
// are for the whole request (cluster id, voter set); those of the one partition carry the leader and epoch
// that the voter knows.

import { api, array, bool, int16, int32, int64, string, struct, uint16, uuid } from '../schema.ts';

export const vote = api({
  key: 52,
  name: 'Vote',
  versions: '0-2',
  flexible: '0+',
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
            replicaEpoch: int32('0+'),
            replicaId: int32('0+'),
            replicaDirectoryId: uuid('1+', { ignorable: true }),
            voterDirectoryId: uuid('1+', { ignorable: true }),
            lastOffsetEpoch: int32('0+'),
            lastOffset: int64('0+'),
            preVote: bool('2+'),
          }),
        ),
      }),
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
            voteGranted: bool('0+'),
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
