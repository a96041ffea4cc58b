// DescribeLogDirs (key 35): for each log directory of the broker that is asked, the partitions in it with
// their sizes, and how far each lags.
//
// v2 brings compact lengths, v3 an error for the whole answer, v4 the size of the volume and what is free (-1
// where unknown), v5 whether the directory is cordoned. v0 is gone since Kafka 4.0.
//
// Traps: a null list of topics means all. A directory that failed is a row with KAFKA_STORAGE_ERROR, not an
// error of the whole answer. The lag of a replica is how far its end lies below the high watermark, never
// negative.

import { api, array, bool, int16, int32, int64, list, string, struct } from '../schema.ts';

export const describeLogDirs = api({
  key: 35,
  name: 'DescribeLogDirs',
  versions: '1-5',
  flexible: '2+',
  request: struct({
    topics: array(
      '0+',
      struct({
        topic: string('0+'),
        partitions: list('0+', 'int32'),
      }),
      { nullable: '0+' },
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('3+', { ignorable: true }),
    results: array(
      '0+',
      struct({
        errorCode: int16('0+'),
        logDir: string('0+'),
        topics: array(
          '0+',
          struct({
            name: string('0+'),
            partitions: array(
              '0+',
              struct({
                partitionIndex: int32('0+'),
                partitionSize: int64('0+'),
                offsetLag: int64('0+'),
                isFutureKey: bool('0+'),
              }),
            ),
          }),
        ),
        totalBytes: int64('4+', { ignorable: true, default: -1 }),
        usableBytes: int64('4+', { ignorable: true, default: -1 }),
        isCordoned: bool('5+', { ignorable: true, default: false }),
      }),
    ),
  }),
});
