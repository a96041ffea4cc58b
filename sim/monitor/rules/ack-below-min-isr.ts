// At the moment at which an acks=all produce is answered without error, enough replicas are in sync, and the
// leader's high watermark has passed the batch.
//
// Sound because: a leader answers from its own view of the ISR, which may lag behind what the controller has committed,
// or be ahead of nothing. A member that it has asked the controller to add counts too, as in Kafka: since then the
// high watermark waits for it; and the controller's yes reaches the leader before the metadata does (a stuck disk may
// lie between: the committed set before the present one counts as its own when it is newer than what it told). So an
// answer is wrong only when all are below the minimum: the leader's own ISR, those that it asked for since, and the
// committed one. The minimum is the one committed with the partition, at most the number of replicas. The batch is the
// one that covers the answered offset in the leader's own log; what is not found there (an answer to a duplicate whose
// batch is gone, a leader that never told a high watermark) is not judged.

import type { StateRule } from '../rule.ts';

export const ackBelowMinIsr: StateRule = {
  invariant: 'ack-below-min-isr',
  doc: 'an acks=all produce was answered without error below the minimum ISR, or above the high watermark',

  watch(cluster, { judged, tell }) {
    return {
      after: {
        'produce-answered'(event, at) {
          if (event.acks !== -1 || event.error !== 0) return;
          const partition = cluster.partition(event.topic, event.partition);
          const replica = partition.replicas.get(at.node);
          const { now } = partition;
          if (replica === undefined || now === undefined || replica.role !== 'leader') return;
          if (replica.partitionEpoch > now.partitionEpoch) return;
          judged(1);
          const { topic, partition: index, baseOffset } = event;
          const minimum = Math.min(now.minInsyncReplicas, now.replicas.length);
          const facts = { topic, partition: index, baseOffset, node: at.node, minimum };
          const { before } = partition;
          const mayKnow = before !== undefined && before.partitionEpoch > replica.partitionEpoch;
          const heard = mayKnow && before.leaderEpoch === replica.leaderEpoch ? before.isr.length : 0;
          if (Math.max(replica.isrSizeMax, now.isr.length, heard) < minimum) {
            const prose =
              `${at.node} acknowledged ${partition.name} offset ${baseOffset} (acks=all) with the ISR` +
              ` ${now.isr.join(', ')}, below the minimum of ${minimum}`;
            tell(false, at, prose, { ...facts, isr: now.isr.join(',') });
          }
          const { batches } = replica.log;
          const place = baseOffset < 0 ? -1 : batches.placeOf(baseOffset);
          if (place < 0 || batches.baseAt(place) > baseOffset || replica.highWatermark < 0) return;
          const last = batches.lastAt(place);
          if (replica.highWatermark > last) return;
          const prose =
            `${at.node} acknowledged ${partition.name} offsets ${baseOffset}..${last} (acks=all), but its high` +
            ` watermark is ${replica.highWatermark}`;
          tell(false, at, prose, { ...facts, highWatermark: replica.highWatermark });
        },
      },
    };
  },
};
