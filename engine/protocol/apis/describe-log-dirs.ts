// DescribeLogDirs (key 35): sizes of the logs in each log directory.

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
