// CreatePartitions (key 37): adds partitions to topics.

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
