// FetchSnapshot (key 59): a replica of the metadata log that has fallen behind the log start reads the
// snapshot in its place, piece by piece. Only for the controller's listener.
//
// v1 adds the directory of the asking replica, and the endpoints of the leader in the answer. Compact from
// v0.
//
// Traps: which snapshot to read is told by `snapshotId` in a Fetch response. Pieces are cut by bytes, not by
// batches: only the whole is a sequence of batches (`unalignedRecords`). The end is where position and length
// of a piece reach `size`; SNAPSHOT_NOT_FOUND says the leader has deleted it, start over with a Fetch;
// POSITION_OUT_OF_RANGE that the position is not within it.

import { api, array, int16, int32, int64, nested, records, string, struct, uint16, uuid } from '../schema.ts';

export const fetchSnapshot = api({
  key: 59,
  name: 'FetchSnapshot',
  versions: '0-1',
  flexible: '0+',
  request: struct({
    clusterId: string('0+', { nullable: '0+', tagged: '0+', tag: 0, default: null }),
    replicaId: int32('0+', { default: -1 }),
    maxBytes: int32('0+', { default: 2147483647 }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partition: int32('0+'),
            currentLeaderEpoch: int32('0+'),
            snapshotId: nested(
              '0+',
              struct({
                endOffset: int64('0+'),
                epoch: int32('0+'),
              }),
            ),
            position: int64('0+'),
            replicaDirectoryId: uuid('1+', { tagged: '1+', tag: 0, ignorable: true }),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+', { ignorable: true }),
    errorCode: int16('0+'),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            index: int32('0+'),
            errorCode: int16('0+'),
            snapshotId: nested(
              '0+',
              struct({
                endOffset: int64('0+'),
                epoch: int32('0+'),
              }),
            ),
            currentLeader: nested(
              '0+',
              struct({
                leaderId: int32('0+'),
                leaderEpoch: int32('0+'),
              }),
              { tagged: '0+', tag: 0 },
            ),
            size: int64('0+'),
            position: int64('0+'),
            unalignedRecords: records('0+'),
          }),
        ),
      }),
    ),
    nodeEndpoints: array(
      '1+',
      struct({
        nodeId: int32('1+'),
        host: string('1+'),
        port: uint16('1+'),
      }),
      { tagged: '1+', tag: 0 },
    ),
  }),
});
