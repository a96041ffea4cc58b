// What a member of the metadata quorum must not forget: the epoch it is in, whom it follows there, and whom it
// voted for. v0 belongs to a static set of voters (kraft.version 0) and carries that set; v1 has the directory
// of the one voted for, while the voters stand in the log.
//
// Trap: Kafka keeps this message as JSON in the file `quorum-state`, never as bytes. There the names are these,
// ids are in Kafka's text form, and the version stands beside the fields as `data_version`. The file is not
// read or written here.

import { array, int32, int64, message, string, struct, uuid } from '../schema.ts';

export const quorumStateData = message({
  name: 'QuorumStateData',
  versions: '0-1',
  flexible: '0+',
  body: struct({
    clusterId: string('0'),
    leaderId: int32('0+', { default: -1 }),
    leaderEpoch: int32('0+', { default: -1 }),
    votedId: int32('0+', { default: -1 }),
    votedDirectoryId: uuid('1+'),
    appliedOffset: int64('0'),
    currentVoters: array(
      '0',
      struct({
        voterId: int32('0'),
      }),
      { nullable: '0' },
    ),
  }),
});
