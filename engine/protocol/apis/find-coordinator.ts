// FindCoordinator (key 10): which broker coordinates a group, a transactional id or a share partition.
//
// v1 adds the kind of key (0 group, 1 transaction, 2 share) and a message, v3 compact lengths. v4 asks for
// many keys at once, with an error for each, and leaves the single fields behind. v5 may answer
// TRANSACTION_ABORTABLE, v6 allows share keys, whose form is `group:topicId:partition`.
//
// Traps: the partition of the internal topic is Java's string hash of the key, its absolute value modulo the
// number of partitions (the smallest integer counts as 0). Where the internal topic does not exist yet, it is
// created and the answer is COORDINATOR_NOT_AVAILABLE: clients ask again.

import { api, array, int8, int16, int32, list, string, struct } from '../schema.ts';

export const findCoordinator = api({
  key: 10,
  name: 'FindCoordinator',
  versions: '0-6',
  flexible: '3+',
  request: struct({
    key: string('0-3'),
    keyType: int8('1+', { default: 0 }),
    coordinatorKeys: list('4+', 'string'),
  }),
  response: struct({
    throttleTimeMs: int32('1+', { ignorable: true }),
    errorCode: int16('0-3'),
    errorMessage: string('1-3', { nullable: '1-3', ignorable: true }),
    nodeId: int32('0-3'),
    host: string('0-3'),
    port: int32('0-3'),
    coordinators: array(
      '4+',
      struct({
        key: string('4+'),
        nodeId: int32('4+'),
        host: string('4+'),
        port: int32('4+'),
        errorCode: int16('4+'),
        errorMessage: string('4+', { nullable: '4+', ignorable: true }),
      }),
    ),
  }),
});
