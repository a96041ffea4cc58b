// WriteTxnMarkers (key 27): writes transaction markers into partitions.

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
