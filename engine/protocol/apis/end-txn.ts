// EndTxn (key 26): commits or aborts a transaction.

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
