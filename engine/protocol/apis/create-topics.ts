// CreateTopics (key 19): creates topics, by numbers or by an explicit assignment of replicas. Any broker
// takes it; the controller does the work.
//
// v4 allows -1 for partitions and replication factor: the broker's defaults. v5 brings compact lengths and
// answers with the resulting configuration (nullable, its error code tagged), v6 may answer
// THROTTLING_QUOTA_EXCEEDED, v7 answers with the new topic's id. v0 and v1 are gone since Kafka 4.0.
//
// Traps: with an assignment, both numbers must be -1. A name that differs from an existing one only by `.`
// for `_` is refused as INVALID_TOPIC_EXCEPTION. The answer comes when the change is committed, not when
// every broker knows it.

import { api, array, bool, int8, int16, int32, list, string, struct, uuid } from '../schema.ts';

export const createTopics = api({
  key: 19,
  name: 'CreateTopics',
  versions: '2-7',
  flexible: '5+',
  request: struct({
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        numPartitions: int32('0+'),
        replicationFactor: int16('0+'),
        assignments: array(
          '0+',
          struct({
            partitionIndex: int32('0+'),
            brokerIds: list('0+', 'int32'),
          }),
        ),
        configs: array(
          '0+',
          struct({
            name: string('0+'),
            value: string('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
    timeoutMs: int32('0+', { default: 60000 }),
    validateOnly: bool('1+', { default: false }),
  }),
  response: struct({
    throttleTimeMs: int32('2+', { ignorable: true }),
    topics: array(
      '0+',
      struct({
        name: string('0+'),
        topicId: uuid('7+', { ignorable: true }),
        errorCode: int16('0+'),
        errorMessage: string('1+', { nullable: '0+', ignorable: true }),
        topicConfigErrorCode: int16('5+', { tagged: '5+', tag: 0, ignorable: true }),
        numPartitions: int32('5+', { ignorable: true, default: -1 }),
        replicationFactor: int16('5+', { ignorable: true, default: -1 }),
        configs: array(
          '5+',
          struct({
            name: string('5+'),
            value: string('5+', { nullable: '5+' }),
            readOnly: bool('5+'),
            configSource: int8('5+', { ignorable: true, default: -1 }),
            isSensitive: bool('5+'),
          }),
          { nullable: '5+', ignorable: true },
        ),
      }),
    ),
  }),
});
