// ListPartitionReassignments (key 46): the moves of partitions that are under way. A broker forwards it to
// the active controller.
//
// There is one version.
//
// Traps: null topics ask for all. A partition that is not being moved is left out of the answer, even if it
// was named; so is a topic without such partitions. `replicas` holds those that are being added and those
// that are being removed.

import { api, array, int16, int32, list, string, struct } from '../schema.ts';

export const listPartitionReassignments = api({
  key: 46,
  name: 'ListPartitionReassignments',
  versions: '0',
  flexible: '0+',
  request: struct({
    timeoutMs: int32('0+', { default: 60000 }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitionIndexes: list('0+', 'int32'),
      }),
      { nullable: '0+', default: null },
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            replicas: list('0+', 'int32'),
            addingReplicas: list('0+', 'int32'),
            removingReplicas: list('0+', 'int32'),
          }),
        ),
      }),
    ),
  }),
});
