// DescribeProducers (key 61): the producers that the leader of a partition remembers, with their open
// transactions, for tools that look for hanging ones. Asked of the leader and not forwarded.
//
// There is one version.
//
// Traps: epochs are int32 here and int16 everywhere else. `currentTxnStartOffset` is -1 without an open
// transaction, `lastSequence` -1 before the first batch.

import { api, array, int16, int32, int64, list, string, struct } from '../schema.ts';

export const describeProducers = api({
  key: 61,
  name: 'DescribeProducers',
  versions: '0',
  flexible: '0+',
  request: struct({
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitionIndexes: list('0+', 'int32'),
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
            errorMessage: string('0+', { nullable: '0+', default: null }),
            activeProducers: array(
              '0+',
              struct({
                producerId: int64('0+'),
                producerEpoch: int32('0+'),
                lastSequence: int32('0+', { default: -1 }),
                lastTimestamp: int64('0+', { default: -1 }),
                coordinatorEpoch: int32('0+'),
                currentTxnStartOffset: int64('0+', { default: -1 }),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
});
