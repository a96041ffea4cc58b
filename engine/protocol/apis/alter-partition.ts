// AlterPartition (key 56): the leader of a partition asks the controller to change its ISR, or to mark it as
// recovered from an unclean election. Only for the controller's listener.
//
// v2 (the oldest since Kafka 4.0) has topic ids instead of names and the errors INELIGIBLE_REPLICA,
// NEW_LEADER_ELECTED and UNKNOWN_TOPIC_ID; v3 gives each replica of the ISR with the broker epoch that the
// leader saw it fetch with. Compact in all versions.
//
// Traps: `newIsr` and `newIsrWithEpochs` exclude each other and neither is ignorable: fill in the one of the
// version. A broker epoch of -1 skips the check of that replica. `partitionEpoch` is the compare-and-set: an
// older one than the present is INVALID_UPDATE_VERSION, a newer one NOT_CONTROLLER, because then it is the
// controller that is behind. A stale broker epoch is an error at the top, everything else one of its
// partition. NEW_LEADER_ELECTED reports a change that was made, but by which the asker lost its leadership.

import { api, array, int8, int16, int32, int64, list, struct, uuid } from '../schema.ts';

export const alterPartition = api({
  key: 56,
  name: 'AlterPartition',
  versions: '2-3',
  flexible: '0+',
  request: struct({
    brokerId: int32('0+'),
    brokerEpoch: int64('0+', { default: -1 }),
    topics: array(
      '0+',
      struct({
        topicId: uuid('2+', { ignorable: true }),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            leaderEpoch: int32('0+'),
            newIsr: list('0-2', 'int32'),
            newIsrWithEpochs: array(
              '3+',
              struct({
                brokerId: int32('3+'),
                brokerEpoch: int64('3+', { default: -1 }),
              }),
            ),
            leaderRecoveryState: int8('1+', { default: 0 }),
            partitionEpoch: int32('0+'),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('0+'),
    topics: array(
      '0+',
      struct({
        topicId: uuid('2+', { ignorable: true }),
        partitions: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            errorCode: int16('0+'),
            leaderId: int32('0+'),
            leaderEpoch: int32('0+'),
            isr: list('0+', 'int32'),
            leaderRecoveryState: int8('1+', { ignorable: true, default: 0 }),
            partitionEpoch: int32('0+'),
          }),
        ),
      }),
    ),
  }),
});
