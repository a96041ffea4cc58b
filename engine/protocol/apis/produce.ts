// Produce (key 0): appends record batches to partitions. acks: 0 wants no answer at all, 1 the leader's
// append, -1 that of all in-sync replicas.
//
// v3 is the oldest since Kafka 4.0, yet 0 is advertised (see ApiVersions). v5 adds the log start offset, v7
// allows zstd, v8 names the bad records of a refused batch, v9 compact lengths, v10 tells new leaders in
// tagged fields, v11 may answer TRANSACTION_ABORTABLE. v12 stands for the second transaction protocol: the
// write itself adds the partition to the transaction. v13 has topic ids instead of names.
//
// Traps: exactly one batch of format v2 for each partition. With acks=0 nothing is written back, not even an
// error: the connection is closed instead. Answers that wait keep what follows on the connection waiting. A
// timeout or a shrunken ISR after the append leaves the data in the log. Records are the request's bytes, not
// a copy: they must live as long as the append.

import { api, array, int16, int32, int64, nested, records, string, struct, uuid } from '../schema.ts';

export const produce = api({
  key: 0,
  name: 'Produce',
  versions: '3-13',
  flexible: '9+',
  hot: true,
  request: struct({
    transactionalId: string('3+', { nullable: '3+', default: null }),
    acks: int16('0+'),
    timeoutMs: int32('0+'),
    topicData: array(
      '0+',
      struct({
        name: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitionData: array(
          '0+',
          struct({
            index: int32('0+'),
            records: records('0+', { nullable: '0+' }),
          }),
        ),
      }),
    ),
  }),
  response: struct({
    responses: array(
      '0+',
      struct({
        name: string('0-12', { ignorable: true }),
        topicId: uuid('13+', { ignorable: true }),
        partitionResponses: array(
          '0+',
          struct({
            index: int32('0+'),
            errorCode: int16('0+'),
            baseOffset: int64('0+'),
            logAppendTimeMs: int64('2+', { ignorable: true, default: -1 }),
            logStartOffset: int64('5+', { ignorable: true, default: -1 }),
            recordErrors: array(
              '8+',
              struct({
                batchIndex: int32('8+'),
                batchIndexErrorMessage: string('8+', { nullable: '8+', default: null }),
              }),
              { ignorable: true },
            ),
            errorMessage: string('8+', { nullable: '8+', ignorable: true, default: null }),
            currentLeader: nested(
              '10+',
              struct({
                leaderId: int32('10+', { default: -1 }),
                leaderEpoch: int32('10+', { default: -1 }),
              }),
              { tagged: '10+', tag: 0 },
            ),
          }),
        ),
      }),
    ),
    throttleTimeMs: int32('1+', { ignorable: true, default: 0 }),
    nodeEndpoints: array(
      '10+',
      struct({
        nodeId: int32('10+'),
        host: string('10+'),
        port: int32('10+'),
        rack: string('10+', { nullable: '10+', default: null }),
      }),
      { tagged: '10+', tag: 0 },
    ),
  }),
});
