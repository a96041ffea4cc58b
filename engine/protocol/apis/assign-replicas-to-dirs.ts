// AssignReplicasToDirs (key 73): a broker tells the active controller in which of its log directories a
// replica lies, where the metadata says another one. Only for the controller's listener.
//
// There is one version.
//
// Traps: only this tells the controller which partitions are lost with a directory; until it is committed the
// broker must not give up the old place of a replica. Errors are by partition; a stale broker epoch is an
// error of the whole.

import { api, array, int16, int32, int64, struct, uuid } from '../schema.ts';

export const assignReplicasToDirs = api({
  key: 73,
  name: 'AssignReplicasToDirs',
  versions: '0',
  flexible: '0+',
  request: struct({
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    directories: array(
      '0+',
      struct({
        id: uuid('0+'),
        topics: array(
          '0+',
          struct({
            topicId: uuid('0+'),
            partitions: array(
              '0+',
              struct({
                partitionIndex: int32('0+'),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    directories: array(
      '0+',
      struct({
        id: uuid('0+'),
        topics: array(
          '0+',
          struct({
            topicId: uuid('0+'),
            partitions: array(
              '0+',
              struct({
                partitionIndex: int32('0+'),
                errorCode: int16('0+'),
              }),
            ),
          }),
        ),
      }),
    ),
  }),
});
