// Leader Completeness: who begins to lead has everything that is committed. For partitions, and for the metadata
// quorum as far as nodes tell of their metadata logs.
//
// Sound because: the true high watermark is what leaders told (see partition-state.ts) and comes down with every
// declared loss, unclean elections included, before the elected leader begins. The last committed batch is enough to
// look at: equal offset and epoch mean an equal prefix, and log-divergence watches over that. A broker that boots and
// takes up its old epoch before the controller has seen its new registration was not elected: what it lacks is the
// controller's business only once it is registered again.

import type { RecordedEvent } from '../../record/recorder.ts';
import { metadataTopic } from '../cluster-state.ts';
import type { PartitionState } from '../partition-state.ts';
import type { ReplicaState } from '../replica-state.ts';
import type { StateRule } from '../rule.ts';

export const leaderIncomplete: StateRule = {
  invariant: 'leader-incomplete',
  doc: 'a replica began to lead without a record that is committed',

  watch(cluster, { judged, tell }) {
    let before: { leaderEpoch: number } | undefined;
    /** Leaders that began before the controller told of their election: whether that was unclean is not known yet. */
    const early = new Map<
      PartitionState,
      { replica: ReplicaState; leaderEpoch: number; at: RecordedEvent }
    >();
    const look = (
      partition: PartitionState,
      replica: ReplicaState,
      leaderEpoch: number,
      at: RecordedEvent,
    ) => {
      judged(1);
      const lacks = lackOf(partition, replica);
      if (lacks === undefined) return;
      const { topic, partition: index, trueHighWatermark } = partition;
      const prose = `${replica.node} leads ${partition.name} from epoch ${leaderEpoch} on, but ${lacks}`;
      tell(false, at, prose, { topic, partition: index, node: replica.node, leaderEpoch, trueHighWatermark });
    };
    return {
      before: {
        'leader-began'(event, { node }) {
          const { leaderEpoch } = cluster.partition(event.topic, event.partition).replicas.get(node) ?? {};
          before = leaderEpoch === undefined ? undefined : { leaderEpoch };
        },
      },
      after: {
        'leader-began'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const replica = partition.replicas.get(at.node);
          if (replica === undefined) return;
          // A zombie that leads in an epoch which is over harms nobody by what it lacks.
          if (event.leaderEpoch < (partition.now?.leaderEpoch ?? 0)) return;
          const again = before?.leaderEpoch === event.leaderEpoch;
          if (again && replica.lost !== undefined && !cluster.registeredSinceBoot(replica.brokerId)) return;
          if (event.leaderEpoch > (partition.now?.leaderEpoch ?? -1)) {
            early.set(partition, { replica, leaderEpoch: event.leaderEpoch, at });
          } else look(partition, replica, event.leaderEpoch, at);
        },
        'partition-committed'(event) {
          const partition = cluster.partition(event.topic, event.partition);
          const began = early.get(partition);
          if (began === undefined || began.leaderEpoch > event.leaderEpoch) return;
          early.delete(partition);
          look(partition, began.replica, began.leaderEpoch, began.at);
        },
        'raft-state'({ state, epoch }, at) {
          if (state.toLowerCase() !== 'leader') return;
          const metadata = cluster.partition(metadataTopic, 0);
          const replica = metadata.replicas.get(at.node);
          if (replica === undefined) return;
          // Elected long ago and slow to say so: what a later epoch has committed since, it need not have.
          const last = metadata.committed.placeBefore(metadata.trueHighWatermark);
          if (last >= 0 && metadata.committed.epochAt(last) > epoch) return;
          judged(1);
          const lacks = lackOf(metadata, replica);
          if (lacks === undefined) return;
          const prose = `${at.node} leads the metadata quorum from epoch ${epoch} on, but ${lacks}`;
          tell(false, at, prose, { epoch, trueHighWatermark: metadata.trueHighWatermark });
        },
      },
    };
  },
};

/** What a replica lacks of the committed log, in words; undefined when it has all. */
export function lackOf(partition: PartitionState, replica: ReplicaState): string | undefined {
  const { committed, trueHighWatermark } = partition;
  const { log } = replica;
  if (log.writtenEnd < trueHighWatermark) {
    return `its log ends at ${log.writtenEnd}, and everything below ${trueHighWatermark} is committed`;
  }
  const last = committed.placeBefore(trueHighWatermark);
  if (last < 0 || committed.lastAt(last) < log.logStartOffset) return undefined;
  if (log.batches.agreesWith(committed, last) !== 'other') return undefined;
  const offset = committed.baseAt(last);
  return `at offset ${offset} it holds another batch than the one committed in epoch ${committed.epochAt(last)}`;
}
