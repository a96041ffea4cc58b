// What members of a `consumer` group tell each other through JoinGroup and SyncGroup; prefixed there by an
// int16 version.

import { array, bytes, int32, list, message, string, struct } from '../schema.ts';

export const consumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  versions: '0-3',
  flexible: 'none',
  body: struct({
    topics: list('0+', 'string'),
    userData: bytes('0+', { nullable: '0+', default: null }),
    ownedPartitions: array(
      '1+',
      struct({
        topic: string('1+'),
        partitions: list('1+', 'int32'),
      }),
      { ignorable: true },
    ),
    generationId: int32('2+', { ignorable: true, default: -1 }),
    rackId: string('3+', { nullable: '3+', ignorable: true, default: null }),
  }),
});

export const consumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  versions: '0-3',
  flexible: 'none',
  body: struct({
    assignedPartitions: array(
      '0+',
      struct({
        topic: string('0+'),
        partitions: list('0+', 'int32'),
      }),
    ),
    userData: bytes('0+', { nullable: '0+', default: null }),
  }),
});
