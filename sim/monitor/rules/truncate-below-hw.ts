// Nobody cuts away what is committed: no replica, in the ISR or not, removes a batch that the committed log has at that
// place, and no node of the quorum ever cuts its metadata log below what is committed.
//
// Sound because: a follower cuts where its history parts from its leader's, and a leader has everything committed; so a
// batch that is cut was never committed, even when it lies below the true high watermark (a follower that was away
// holds other batches there, and has to cut those). Removing below the log start is retention, not truncation; a
// follower that starts anew behind its old end removes what its leader no longer has. A declared loss at or below makes
// it a witness: an unclean leader lacks what the others must then give up.

import type { StateRule } from '../rule.ts';

export const truncateBelowHw: StateRule = {
  invariant: 'truncate-below-hw',
  doc: 'a replica cut away a batch that is committed',

  watch(cluster, { judged, tell }) {
    return {
      before: {
        'log-truncated'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const replica = partition.replicas.get(at.node);
          if (replica === undefined) return;
          judged(1);
          const { committed, trueHighWatermark } = partition;
          const { logEndOffset, topic } = event;
          if (logEndOffset >= replica.log.writtenEnd) return;
          let place = committed.placeOf(Math.max(logEndOffset, partition.logStartOffset));
          for (; place >= 0 && place <= committed.placeBefore(trueHighWatermark); place++) {
            if (replica.log.batches.agreesWith(committed, place) !== 'same') continue;
            if (committed.lastAt(place) >= replica.log.writtenEnd) break;
            const offset = committed.lastAt(place);
            tell(
              partition.lossOf(logEndOffset, 0) !== undefined,
              at,
              `${at.node} cut ${partition.name} at ${logEndOffset} and with it offset ${offset}, which is committed:` +
                ` the true high watermark is ${trueHighWatermark}`,
              { topic, partition: event.partition, node: at.node, logEndOffset, offset, trueHighWatermark },
            );
            return;
          }
        },
      },
    };
  },
};
