// EndTxn (key 26): commits or aborts a transaction. The answer means that the decision is logged, not that
// the markers are written: a transaction begun at once may still meet CONCURRENT_TRANSACTIONS.
//
// v2 may answer PRODUCER_FENCED (INVALID_PRODUCER_EPOCH before), v3 brings compact lengths, v4
// TRANSACTION_ABORTABLE. v5 is the second transaction protocol: every end raises the epoch, and the answer
// carries the id and epoch for the next transaction (a new id when the epoch is used up).
//
// Traps: repeating the same decision succeeds, the opposite one is INVALID_TXN_STATE. Aborting an empty
// transaction is an error up to v4 and legal in v5.

import { api, bool, int16, int32, int64, string, struct } from '../schema.ts';

export const endTxn = api({
  key: 26,
  name: 'EndTxn',
  versions: '0-5',
  flexible: '3+',
  request: struct({
    transactionalId: string('0+'),
    producerId: int64('0+'),
    producerEpoch: int16('0+'),
    committed: bool('0+'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    producerId: int64('5+', { ignorable: true, default: -1 }),
    producerEpoch: int16('5+', { ignorable: true, default: -1 }),
  }),
});
