// WriteTxnMarkers (key 27): a transaction coordinator has leaders append the marker that ends a transaction
// in their partitions; admin tools use it too, to end a hanging one.
//
// v1 is the oldest since Kafka 4.0 and compact; v2 says which transaction protocol the transaction ran under,
// because the second one demands an epoch that is above the one of the data.
//
// Traps: an older coordinator epoch is TRANSACTION_COORDINATOR_FENCED. A marker is appended even where the
// leader knows of no open transaction. On `__consumer_offsets` the group coordinator must apply it before the
// answer. Partitions of one marker succeed and fail one by one.

import { api, array, bool, int8, int16, int32, int64, list, string, struct } from '../schema.ts';

export const writeTxnMarkers = api({
  key: 27,
  name: 'WriteTxnMarkers',
  versions: '1-2',
  flexible: '1+',
  request: struct({
    markers: array(
      '0+',
      struct({
        producerId: int64('0+'),
        producerEpoch: int16('0+'),
        transactionResult: bool('0+'),
        topics: array(
          '0+',
          struct({
            name: string('0+'),
            partitionIndexes: list('0+', 'int32'),
          }),
        ),
        coordinatorEpoch: int32('0+'),
        transactionVersion: int8('2+', { ignorable: true, default: 0 }),
      }),
    ),
  }),
  response: struct({
    markers: array(
      '0+',
      struct({
        producerId: int64('0+'),
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
    ),
  }),
});
