// AddPartitionsToTxn (key 24): adds partitions to a transaction before data is written to them; also how a
// partition leader asks the coordinator whether a partition belongs to an open transaction.
//
// v0-3 are the clients' form, one transaction at the top level (the fields named v3AndBelow...). v4 and later
// are the brokers' form: a batch of transactions, each with `verifyOnly`, and a top-level error for what
// concerns the whole request. v2 may answer PRODUCER_FENCED, v5 TRANSACTION_ABORTABLE; compact lengths from
// v3.
//
// Traps: one bad partition fails all of its transaction; the good ones get OPERATION_NOT_ATTEMPTED. The
// producer id must be that of the transactional id, or the answer is INVALID_PRODUCER_ID_MAPPING.

import { api, array, bool, int16, int32, int64, list, string, struct } from '../schema.ts';

const addPartitionsToTxnTopic = struct({
  name: string('0+'),
  partitions: list('0+', 'int32'),
});

const addPartitionsToTxnPartitionResult = struct({
  partitionIndex: int32('0+'),
  partitionErrorCode: int16('0+'),
});

const addPartitionsToTxnTopicResult = struct({
  name: string('0+'),
  resultsByPartition: array('0+', addPartitionsToTxnPartitionResult),
});

export const addPartitionsToTxn = api({
  key: 24,
  name: 'AddPartitionsToTxn',
  versions: '0-5',
  flexible: '3+',
  request: struct({
    transactions: array(
      '4+',
      struct({
        transactionalId: string('4+'),
        producerId: int64('4+'),
        producerEpoch: int16('4+'),
        verifyOnly: bool('4+', { default: false }),
        topics: array('4+', addPartitionsToTxnTopic),
      }),
    ),
    v3AndBelowTransactionalId: string('0-3'),
    v3AndBelowProducerId: int64('0-3'),
    v3AndBelowProducerEpoch: int16('0-3'),
    v3AndBelowTopics: array('0-3', addPartitionsToTxnTopic),
  }),
  response: struct({
    throttleTimeMs: int32('0+'),
    errorCode: int16('4+', { ignorable: true }),
    resultsByTransaction: array(
      '4+',
      struct({
        transactionalId: string('4+'),
        topicResults: array('4+', addPartitionsToTxnTopicResult),
      }),
    ),
    resultsByTopicV3AndBelow: array('0-3', addPartitionsToTxnTopicResult),
  }),
});
