// The records of `__consumer_offsets`, classic part: group metadata and committed offsets. Keys start with
// the int16 record type.

import { array, bytes, int32, int64, message, string, struct, uuid } from '../schema.ts';

const memberMetadata = struct({
  memberId: string('0+'),
  groupInstanceId: string('3+', { nullable: '3+', ignorable: true, default: null }),
  clientId: string('0+'),
  clientHost: string('0+'),
  rebalanceTimeout: int32('1+', { ignorable: true, default: -1 }),
  sessionTimeout: int32('0+'),
  subscription: bytes('0+'),
  assignment: bytes('0+'),
});

export const offsetCommitKey = message({
  name: 'OffsetCommitKey',
  versions: '0',
  flexible: 'none',
  apiKey: 1,
  body: struct({
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  }),
});

export const offsetCommitValue = message({
  name: 'OffsetCommitValue',
  versions: '0-4',
  flexible: '4+',
  apiKey: 1,
  body: struct({
    offset: int64('0+'),
    leaderEpoch: int32('3+', { ignorable: true, default: -1 }),
    metadata: string('0+'),
    commitTimestamp: int64('0+'),
    expireTimestamp: int64('1', { ignorable: true, default: -1 }),
    topicId: uuid('4+', { tagged: '4+', tag: 0, ignorable: true }),
  }),
});

export const legacyOffsetCommitKey = message({
  name: 'LegacyOffsetCommitKey',
  versions: '0',
  flexible: 'none',
  apiKey: 0,
  body: struct({
    group: string('0'),
    topic: string('0'),
    partition: int32('0'),
  }),
});

export const legacyOffsetCommitValue = message({
  name: 'LegacyOffsetCommitValue',
  versions: '0',
  flexible: 'none',
  apiKey: 0,
  body: struct({
    offset: int64('0'),
    metadata: string('0'),
    commitTimestamp: int64('0'),
  }),
});

export const groupMetadataKey = message({
  name: 'GroupMetadataKey',
  versions: '0',
  flexible: 'none',
  apiKey: 2,
  body: struct({
    group: string('0'),
  }),
});

export const groupMetadataValue = message({
  name: 'GroupMetadataValue',
  versions: '0-4',
  flexible: '4+',
  apiKey: 2,
  body: struct({
    protocolType: string('0+'),
    generation: int32('0+'),
    protocol: string('0+', { nullable: '0+' }),
    leader: string('0+', { nullable: '0+' }),
    currentStateTimestamp: int64('2+', { ignorable: true, default: -1 }),
    members: array('0+', memberMetadata),
  }),
});
