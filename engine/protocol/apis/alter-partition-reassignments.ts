// AlterPartitionReassignments (key 45): moves partitions to other replicas, or cancels a move that is under
// way. A broker forwards it to the active controller.
//
// v1 adds the permission to change the replication factor, which v0 always gives. Compact from v0.
//
// Traps: null replicas cancel, which without a move is NO_REASSIGNMENT_IN_PROGRESS; empty ones are
// INVALID_REPLICA_ASSIGNMENT. The answer comes when the move is accepted, not when it is done. A second
// request for the same partition replaces the first. Each partition stands for itself: the error of one does
// not undo the others.

import { api, array, bool, int16, int32, list, string, struct } from '../schema.ts';

export const alterPartitionReassignments = api({
  key: 45,
  name: 'AlterPartitionReassignments',
  versions: '0-1',
  flexible: '0+',
  request: struct({
    timeoutMs: int32('0+', { default: 60000 }),
    allowReplicationFactorChange: bool('1+', { default: true }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            replicas: list('0+', 'int32', { nullable: '0+', default: null }),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    allowReplicationFactorChange: bool('1+', { ignorable: true, default: true }),
    errorCode: int16('0+'),
    errorMessage: string('0+', { nullable: '0+' }),
    responses: array(
      '0+',
      struct({
        name: string('0+'),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
            errorMessage: string('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
  }),
});
