// AddPartitionsToTxn (key 24): adds partitions to a transaction.

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
