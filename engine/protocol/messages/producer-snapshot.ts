// The content of a `.snapshot` file beside a segment: the producer state at its base offset.

import { array, int16, int32, int64, message, struct, uint32 } from '../schema.ts';

export const producerSnapshot = message({
  name: 'ProducerSnapshot',
  versions: '1',
  flexible: 'none',
  body: struct({
    crc: uint32('1'),
    producerEntries: array(
      '1',
      struct({
        producerId: int64('1'),
        epoch: int16('1'),
        lastSequence: int32('1'),
        lastOffset: int64('1'),
        offsetDelta: int32('1'),
        timestamp: int64('1'),
        coordinatorEpoch: int32('1'),
        currentTxnFirstOffset: int64('1'),
      }),
    ),
  }),
});
