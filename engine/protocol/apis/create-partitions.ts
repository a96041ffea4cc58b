// CreatePartitions (key 37): raises the number of partitions of topics, with or without an assignment of
// replicas for the new ones.
//
// v2 brings compact lengths; v3 has the same content and may answer THROTTLING_QUOTA_EXCEEDED.
//
// Traps: `count` is the total wanted, not how many to add; a count that is not above the present one is
// INVALID_PARTITIONS. Assignments, when given, are for the new partitions only. Keys move to other partitions
// when the number changes; that is the caller's affair.

import { api, array, bool, int16, int32, list, string, struct } from '../schema.ts';

export const createPartitions = api({
  key: 37,
  name: 'CreatePartitions',
  versions: '0-3',
  flexible: '2+',
  request: struct({
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        count: int32('0+'),
        assignments: array(
          '0+',
          struct({
            brokerIds: list('0+', 'int32'),
          }),
          { nullable: '0+' },
        ),
      }),
    ),
    timeoutMs: int32('0+'),
    validateOnly: bool('0+'),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    results: array(
      '0+',
      struct({
        name: string('0+'),
        errorCode: int16('0+'),
        errorMessage: string('0+', { nullable: '0+', default: null }),
      }),
    ),
  }),
});
