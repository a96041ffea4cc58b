// Marks of producing, as leaders see it: what is refused and why, what is answered twice, and whose numbers begin anew.

import { errorName, partitionKey } from '../../engine/index.ts';
import { type At, seen, type WatchedMark, watched } from './mark.ts';

interface OfPartition {
  readonly topic: string;
  readonly partition: number;
}

const replicaKey = ({ topic, partition }: OfPartition, { node }: At) =>
  `${node} ${partitionKey(topic, partition)}`;

export const writeMarks: readonly WatchedMark[] = [
  answered(
    'produce-refused-not-enough-replicas',
    'too few were in sync to begin with',
    'NOT_ENOUGH_REPLICAS',
  ),
  answered(
    'produce-refused-after-append',
    'too few were in sync when the batch was in the log',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
  ),
  answered(
    'produce-timed-out-after-append',
    'the batch is in the log and not yet committed',
    'REQUEST_TIMED_OUT',
  ),
  answered(
    'leadership-lost-under-produce',
    'another leader was elected while a batch waited to be committed',
    'NOT_LEADER_OR_FOLLOWER',
  ),
  answered(
    'produce-refused-by-sequence',
    'a sequence number is missing before it',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
  ),
  answered('produce-refused-by-producer-epoch', 'its producer has a newer epoch', 'INVALID_PRODUCER_EPOCH'),
  answered('produce-refused-by-disk', 'the log takes nothing more', 'KAFKA_STORAGE_ERROR'),
  seen(
    'duplicate-answered',
    'a batch came again and was answered from what is known of its producer',
    'duplicate-answered',
  ),
  watched(
    'duplicate-answered-by-next-leader',
    'a batch came again to another leader than the one that appended it',
    () => {
      const began = new Map<string, number>();
      return {
        'leader-began'(event, at) {
          const key = `${replicaKey(event, at)} ${at.incarnation}`;
          if (!began.has(key)) began.set(key, event.logEndOffset);
          return false;
        },
        'follower-began'(event, at) {
          began.delete(`${replicaKey(event, at)} ${at.incarnation}`);
          return false;
        },
        'duplicate-answered'(event, at) {
          return event.baseOffset < (began.get(`${replicaKey(event, at)} ${at.incarnation}`) ?? 0);
        },
      };
    },
  ),
  watched('producer-epoch-raised', 'a producer took a new epoch and began to count anew', () => {
    const epochs = new Map<number, number>();
    return {
      'append-planned'({ producerId, producerEpoch }) {
        if (producerId < 0) return false;
        const before = epochs.get(producerId);
        if (before !== undefined && before >= producerEpoch) return false;
        epochs.set(producerId, producerEpoch);
        return before !== undefined;
      },
    };
  }),
];

function answered(mark: string, doc: string, error: string): WatchedMark {
  return seen(
    mark,
    doc,
    'produce-answered',
    (event) => event.error !== 0 && errorName(event.error) === error,
  );
}
