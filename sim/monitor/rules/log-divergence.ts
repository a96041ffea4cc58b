// Log Matching. What a replica counts as committed (below its own high watermark) is what is committed; and a batch
// that two replicas have at one offset, from one leader epoch, is the same batch.
//
// Sound because: only the leader of an epoch makes batches of that epoch, and it gives each offset once, so one
// (offset, epoch) is one batch everywhere, replicated or not. The exception is a leader that lost what it had not made
// durable and gives those offsets again: it does so in a new epoch, unless it leads on in the old one after a declared
// loss or a damaged disk; then it is a witness. Suffixes above the high watermark may differ for as long as they like.
// What the leader has deleted is compared with nobody: a follower that was away cuts its log no further back than the
// history of the leader goes, and learns in the same answer that its log begins there.

import type { PartitionState } from '../partition-state.ts';
import type { ReplicaState } from '../replica-state.ts';
import type { StateRule, Tell } from '../rule.ts';

export const logDivergence: StateRule = {
  invariant: 'log-divergence',
  doc: 'two replicas hold different batches at one offset: below their high watermarks, or of one leader epoch',

  watch(cluster, tell) {
    return {
      after: {
        'append-planned'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const own = partition.replicas.get(at.node);
          if (own === undefined || partition.replicas.size < 2) return;
          tell.judged(1);
          for (const other of partition.replicas.values()) {
            if (other === own) continue;
            const { batches } = other.log;
            const place = batches.placeOf(event.baseOffset);
            if (place < 0 || batches.baseAt(place) > event.lastOffset) continue;
            if (batches.epochAt(place) !== event.leaderEpoch) continue;
            const same =
              batches.baseAt(place) === event.baseOffset &&
              batches.lastAt(place) === event.lastOffset &&
              batches.crcAt(place) === event.crc;
            if (same) continue;
            const lawful =
              excused(partition, own, other, event.baseOffset) || damaged(cluster.node(other.node).damage);
            tell.tell(
              lawful || damaged(cluster.node(at.node).damage),
              at,
              `${at.node} and ${other.node} hold different batches of epoch ${event.leaderEpoch}` +
                ` at ${partition.name} offset ${event.baseOffset}`,
              { ...placeOf(partition), offset: event.baseOffset, first: other.node, second: at.node },
            );
          }
        },
        'high-watermark-moved'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const replica = partition.replicas.get(at.node);
          if (replica !== undefined) compareCommitted(partition, replica, event.highWatermark, at, tell);
        },
      },
    };
  },
};

/** From where it was compared last up to its high watermark, as far as anything is known to be committed. */
function compareCommitted(
  partition: PartitionState,
  replica: ReplicaState,
  highWatermark: number,
  at: Parameters<Tell['tell']>[1],
  tell: Tell,
): void {
  const end = Math.min(highWatermark, partition.trueHighWatermark);
  const { committed } = partition;
  const leader = partition.replicaOf(partition.now?.leader ?? -1);
  const startOffset = Math.max(replica.log.logStartOffset, leader?.log.logStartOffset ?? 0);
  let place = committed.placeOf(Math.max(replica.comparedTo, startOffset));
  for (; place >= 0 && place <= committed.placeBefore(end); place++) {
    tell.judged(1);
    const agrees = replica.log.batches.agreesWith(committed, place);
    replica.comparedTo = committed.lastAt(place) + 1;
    if (agrees !== 'other') continue;
    const offset = committed.baseAt(place);
    const epoch = committed.epochAt(place);
    tell.tell(
      partition.lossOf(offset, 0) !== undefined,
      at,
      `${replica.node} lets readers see ${partition.name} up to ${highWatermark}, but at offset ${offset} it holds` +
        ` another batch than the one committed in epoch ${epoch}`,
      { ...placeOf(partition), offset, node: replica.node, epoch },
    );
  }
}

function excused(partition: PartitionState, one: ReplicaState, other: ReplicaState, offset: number): boolean {
  const lost = one.lost !== undefined || other.lost !== undefined;
  return lost || partition.lossOf(offset, 0) !== undefined;
}

function damaged(damage: string): boolean {
  return damage !== '';
}

function placeOf({ topic, partition }: PartitionState) {
  return { topic, partition };
}
