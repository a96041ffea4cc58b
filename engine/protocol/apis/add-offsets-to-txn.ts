// AddOffsetsToTxn (key 25): tells the transaction coordinator that offsets of a group will be committed
// inside the transaction, which adds the group's partition of `__consumer_offsets` to it. Sent to the
// coordinator of the transactional id, before TxnOffsetCommit to that of the group.
//
// v1 and v3 change the manner, not the content (throttling after the answer; compact lengths). v2 may answer
// PRODUCER_FENCED where older clients must be told INVALID_PRODUCER_EPOCH; v4 may answer
// TRANSACTION_ABORTABLE.
//
// Trap: clients of the second transaction protocol (TxnOffsetCommit v5) never send it, librdkafka and kafkajs
// always do: a broker needs both roads.

import { api, int16, int32, int64, string, struct } from '../schema.ts';

export const addOffsetsToTxn = api({
  key: 25,
  name: 'AddOffsetsToTxn',
  versions: '0-4',
  flexible: '3+',
  request: struct({
    transactionalId: string('0+'),
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    groupId: string('0+'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
  }),
});
