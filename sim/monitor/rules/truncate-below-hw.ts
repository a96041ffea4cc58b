// Nobody cuts away what is committed: no replica, in the ISR or not, removes a batch that the committed log has at that
// place, and no node of the quorum ever cuts its metadata log below what is committed.
//
// Sound because: a follower cuts where its history parts from its leader's, and a leader has everything committed; so a
// batch that is cut was never committed, even when it lies below the true high watermark (a follower that was away
// holds other batches there, and has to cut those). Removing below the log start is retention, not truncation; a
// follower that starts anew behind its old end removes what its leader no longer has. A declared loss at or below makes
// it a witness: an unclean leader lacks what the others must then give up.

import type { PartitionState } from '../partition-state.ts';
import type { StateRule } from '../rule.ts';

const never = Number.MAX_SAFE_INTEGER;

export const truncateBelowHw: StateRule = {
  invariant: 'truncate-below-hw',
  doc: 'a replica cut away a batch that is committed',

  watch(cluster, { judged, tell }) {
    /** Found before the controller told of the election that it follows from: whether that was unclean is open. */
    const early: { partition: PartitionState; from: number; say: (lawful: boolean) => void }[] = [];
    return {
      after: {
        'partition-committed'(event) {
          if (early.length === 0) return;
          const partition = cluster.partition(event.topic, event.partition);
          for (const one of early.splice(0)) {
            if (one.partition !== partition) early.push(one);
            else one.say(partition.lossOf(one.from, 0) !== undefined);
          }
        },
      },
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
            const prose =
              `${at.node} cut ${partition.name} at ${logEndOffset} and with it offset ${offset}, which is committed:` +
              ` the true high watermark is ${trueHighWatermark}`;
            const facts = { topic, partition: event.partition, node: at.node, logEndOffset, offset };
            const say = (lawful: boolean) => tell(lawful, at, prose, { ...facts, trueHighWatermark });
            if (replica.leaderEpoch > (partition.now?.leaderEpoch ?? never)) {
              early.push({ partition, from: logEndOffset, say });
            } else say(partition.lossOf(logEndOffset, 0) !== undefined);
            return;
          }
        },
      },
    };
  },
};
