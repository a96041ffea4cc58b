// ElectLeaders (key 43): starts an election for the named partitions, or for all. A broker forwards it to the
// active controller.
//
// v1 adds the type of election (0 preferred, 1 unclean) and an error for the whole request; v2 compact
// lengths.
//
// Traps: v0 is always a preferred election, and cannot carry an unclean one. Null partitions mean all, empty
// ones none. For all, partitions that need no election are not in the answer; those that are named get
// ELECTION_NOT_NEEDED. A preferred election whose replica is not in the ISR gets
// PREFERRED_LEADER_NOT_AVAILABLE, an unclean one without a living replica ELIGIBLE_LEADERS_NOT_AVAILABLE.

import { api, array, int8, int16, int32, list, string, struct } from '../schema.ts';

export const electLeaders = api({
  key: 43,
  name: 'ElectLeaders',
  versions: '0-2',
  flexible: '2+',
  request: struct({
    electionType: int8('1+'),
    topicPartitions: array(
      '0+',
      struct({
        topic: string('0+'),
        partitions: list('0+', 'int32'),
      }),
      { nullable: '0+' },
    ),
    timeoutMs: int32('0+', { default: 60000 }),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('1+'),
    replicaElectionResults: array(
      '0+',
      struct({
        topic: string('0+'),
        partitionResult: array(
          '0+',
          struct({
            partitionId: int32('0+'),
            errorCode: int16('0+'),
            errorMessage: string('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
  }),
});
