// A follower's log begins no further back than its leader's did when it made an answer that the follower has taken.
//
// Sound because: each answer of a leader tells its high watermark and its log start of one moment, and a follower takes
// both, one answer after the other. A follower whose high watermark comes up to where the leader's stood when its log
// began at an offset has taken an answer from after that; by the next time it comes up, all of that answer was taken.
// A high watermark that comes up is the leader's, or is cut at the end of the follower's log, below it. A leader that
// dies and goes on in the same epoch is not followed here any further: whose answer a follower takes is not known then.

import type { RecordedEvent } from '../../record/recorder.ts';
import type { PartitionState } from '../partition-state.ts';
import type { ReplicaState } from '../replica-state.ts';
import type { StateRule } from '../rule.ts';

/** Where a leader's log started when its high watermark came up to something, whenever that was news. */
interface Reign {
  readonly node: string;
  readonly leaderEpoch: number;
  readonly told: { readonly highWatermark: number; readonly logStartOffset: number }[];
}

/** News that are remembered of one reign; of more, the oldest go. */
const toldMax = 1_000;

export const logStartNotFollowed: StateRule = {
  invariant: 'log-start-not-followed',
  doc: 'a follower took an answer of its leader, and its log still begins before the leader said',

  watch(cluster, { judged, tell }) {
    const reigns = new Map<PartitionState, Reign>();
    /** What a follower has been told, and has to have taken before its high watermark comes up again. */
    const owed = new Map<ReplicaState, number>();
    const died = (_: unknown, { node }: RecordedEvent) => {
      for (const reign of reigns.values()) if (reign.node === node) reign.told.length = 0;
      for (const replica of owed.keys()) if (replica.node === node) owed.delete(replica);
    };
    return {
      before: {
        'high-watermark-moved'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const replica = partition.replicas.get(at.node);
          if (replica === undefined) return;
          const { highWatermark, leaderEpoch } = event;
          const reign = reigns.get(partition);
          if (event.leads) {
            if (reign?.node === at.node) note(reign, highWatermark, replica.start.offset);
            return;
          }
          if (highWatermark <= replica.highWatermark) return;
          const must = owed.get(replica);
          owed.delete(replica);
          if (must !== undefined) {
            judged(1);
            const { offset } = replica.start;
            if (offset < must) {
              const { topic, partition: index, node } = { ...event, ...at };
              const prose =
                `${node} has been told that ${partition.name} begins at ${must}, and took that answer; its own log` +
                ` still begins at ${offset}`;
              tell(false, at, prose, {
                topic,
                partition: index,
                node,
                leaderEpoch,
                logStartOffset: must,
                offset,
              });
            }
          }
          if (reign?.leaderEpoch !== leaderEpoch) return;
          const told = reign.told.findLast((one) => one.highWatermark <= highWatermark);
          if (told !== undefined && told.logStartOffset > 0) owed.set(replica, told.logStartOffset);
        },
        'leader-began'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const reign = reigns.get(partition);
          const { leaderEpoch, highWatermark, logStartOffset } = event;
          if (leaderEpoch <= (reign?.leaderEpoch ?? -1)) return;
          reigns.set(partition, { node: at.node, leaderEpoch, told: [{ highWatermark, logStartOffset }] });
          forget(partition, at.node);
        },
        'follower-began': (event, { node }) => forget(cluster.partition(event.topic, event.partition), node),
        'log-start-moved'(event, { node }) {
          if (event.reason === 'truncation') forget(cluster.partition(event.topic, event.partition), node);
        },
        'log-deleted': (event, { node }) => forget(cluster.partition(event.topic, event.partition), node),
        'node-crashed': died,
        'node-halted': died,
        'node-stopped': died,
        'power-lost': died,
      },
    };

    function forget(partition: PartitionState, node: string): void {
      const replica = partition.replicas.get(node);
      if (replica !== undefined) owed.delete(replica);
    }
  },
};

function note({ told }: Reign, highWatermark: number, logStartOffset: number): void {
  const last = told.at(-1);
  // Emptied when the leader died: what it says since is of another life.
  if (last === undefined || last.logStartOffset === logStartOffset) return;
  if (told.length >= toldMax) told.splice(0, toldMax / 2);
  told.push({ highWatermark, logStartOffset });
}
