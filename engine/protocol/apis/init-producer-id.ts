// InitProducerId (key 22): gives a producer its id and epoch. With a transactional id it also fences the
// previous owner and ends what that one left open; without, it is what idempotent producers (the default of
// Java and franz-go) need before they send anything.
//
// v2 brings compact lengths. v3 lets a producer name the id and epoch it has, to go on after an error. v4 may
// answer PRODUCER_FENCED (INVALID_PRODUCER_EPOCH before), v5 TRANSACTION_ABORTABLE. v6 (two-phase commit) is
// declared unstable by Kafka: known here, never advertised.
//
// Traps: an empty transactional id is INVALID_REQUEST, null means none. An open transaction is aborted and
// the answer is CONCURRENT_TRANSACTIONS; the client asks again and gets a further epoch. Id without epoch, or
// epoch without id, is INVALID_REQUEST.

import { api, bool, int16, int32, int64, string, struct } from '../schema.ts';

export const initProducerId = api({
  key: 22,
  name: 'InitProducerId',
  versions: '0-6',
  latestUnstable: true,
  flexible: '2+',
  request: struct({
    transactionalId: string('0+', { nullable: '0+' }),
    transactionTimeoutMs: int32('0+'),
    producerId: int64('3+', { default: -1 }),
    producerEpoch: int16('3+', { default: -1 }),
    enable2Pc: bool('6+', { default: false }),
    keepPreparedTxn: bool('6+', { default: false }),
  }),
  response: struct({
    throttleTimeMs: int32('0+', { ignorable: true }),
    errorCode: int16('0+'),
    producerId: int64('0+', { default: -1 }),
    producerEpoch: int16('0+'),
    ongoingTxnProducerId: int64('6+', { default: -1 }),
    ongoingTxnProducerEpoch: int16('6+', { default: -1 }),
  }),
});
