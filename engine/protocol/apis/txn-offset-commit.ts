// TxnOffsetCommit (key 28): commits offsets as part of a transaction. Goes to the group's coordinator; the
// offsets count only when the transaction commits.
//
// v2 adds leader epochs, v3 compact lengths and the member's id, generation and instance id, which fence a
// producer whose group has moved on. v4 may answer TRANSACTION_ABORTABLE. v5 stands for the second
// transaction protocol: it adds the group's partition to the transaction by itself, and AddOffsetsToTxn is
// not sent.
//
// Traps: generation -1 with an empty member id skips the group's checks. Below v2
// COORDINATOR_LOAD_IN_PROGRESS must be sent as COORDINATOR_NOT_AVAILABLE. A plain commit that came later wins
// over the older transactional one.

import { api, array, int16, int32, int64, string, struct } from '../schema.ts';

export const txnOffsetCommit = api({
  key: 28,
  name: 'TxnOffsetCommit',
  versions: '0-5',
  flexible: '3+',
  request: struct({
    transactionalId: string('0+'),
    groupId: string('0+'),
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    generationId: int32('3+', { default: -1 }),
    memberId: string('3+', { default: '' }),
    groupInstanceId: string('3+', { nullable: '3+', default: null }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            committedOffset: int64('0+'),
            committedLeaderEpoch: int32('2+', { ignorable: true, default: -1 }),
            committedMetadata: string('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
          }),
        ),
      }),
    ),
  }),
});
