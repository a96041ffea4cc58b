// DeleteRecords (key 21): moves the log start offset of partitions up; what lies below is gone for every
// reader. Goes to the leader of each partition.
//
// All versions say the same; compact lengths from v2.
//
// Traps: offset -1 means "up to the high watermark"; above it is OFFSET_OUT_OF_RANGE. The offset may lie in
// the middle of a batch or segment. The answer waits until every live replica has moved its start
// (`lowWatermark` is the smallest among them), else REQUEST_TIMED_OUT. A topic that is compacted and not also
// deleted from refuses with POLICY_VIOLATION.

import { api, array, int16, int32, int64, string, struct } from '../schema.ts';

export const deleteRecords = api({
  key: 21,
  name: 'DeleteRecords',
  versions: '0-2',
  flexible: '2+',
  request: struct({
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            offset: int64('0+'),
          }),
        ),
      }),
    ),
    timeoutMs: int32('0+'),
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
            lowWatermark: int64('0+'),
            errorCode: int16('0+'),
          }),
        ),
      }),
    ),
  }),
});
