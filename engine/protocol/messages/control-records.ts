// Keys and values of control records that KRaft and transactions write into logs.

import { array, int16, int32, int64, message, nested, string, struct, uint16, uuid } from '../schema.ts';

const voter = struct({
  voterId: int32('0+'),
  voterDirectoryId: uuid('1+'),
});

export const endTxnMarker = message({
  name: 'EndTxnMarker',
  versions: '0',
  flexible: 'none',
  body: struct({
    coordinatorEpoch: int32('0+'),
  }),
});

export const leaderChangeMessage = message({
  name: 'LeaderChangeMessage',
  versions: '0-1',
  flexible: '0+',
  body: struct({
    version: int16('0+'),
    leaderId: int32('0+'),
    voters: array('0+', voter),
    grantingVoters: array('0+', voter),
  }),
});

export const snapshotHeaderRecord = message({
  name: 'SnapshotHeaderRecord',
  versions: '0',
  flexible: '0+',
  body: struct({
    version: int16('0+'),
    lastContainedLogTimestamp: int64('0+'),
  }),
});

export const snapshotFooterRecord = message({
  name: 'SnapshotFooterRecord',
  versions: '0',
  flexible: '0+',
  body: struct({
    version: int16('0+'),
  }),
});

export const kRaftVersionRecord = message({
  name: 'KRaftVersionRecord',
  versions: '0',
  flexible: '0+',
  body: struct({
    version: int16('0+'),
    kRaftVersion: int16('0+'),
  }),
});

export const votersRecord = message({
  name: 'VotersRecord',
  versions: '0',
  flexible: '0+',
  body: struct({
    version: int16('0+'),
    voters: array(
      '0+',
      struct({
        voterId: int32('0+'),
        voterDirectoryId: uuid('0+'),
        endpoints: array(
          '0+',
          struct({
            name: string('0+'),
            host: string('0+'),
            port: uint16('0+'),
          }),
        ),
        kRaftVersionFeature: nested(
          '0+',
          struct({
            minSupportedVersion: int16('0+'),
            maxSupportedVersion: int16('0+'),
          }),
        ),
      }),
    ),
  }),
});
