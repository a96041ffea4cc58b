// DeleteRecords is acknowledged when no live replica has records below the offset any more.
//
// Sound because: the leader waits for every replica whose broker lives, and counts what each told with its last fetch.
// A member of the ISR lives (the controller fences a broker and takes it out of its ISRs in one commit, and only the
// leader, who knows its broker to live, brings it back), so its log has started there at some time before, whatever a
// crash made of it since. The leader may have read of a fenced broker before the controller tells of it, and before it
// takes up its own role without that member: so whoever leaves the ISR within a second was none. Live replicas out of
// sync are waited for too, but whom the leader believes to live is behind what the controller knows: these are not
// judged. Nor is a deposed leader that does not know it: nobody is bound by what it answers.

import { brokerList } from '../cluster-state.ts';
import { leadsNow } from '../log-start-events.ts';
import type { PartitionState } from '../partition-state.ts';
import type { StateRule } from '../rule.ts';

const patienceUs = 1_000_000;

interface Suspect {
  readonly partition: PartitionState;
  /** The broker that was in sync, and did not have it. */
  readonly brokerId: number;
  readonly timeUs: number;
  readonly say: () => void;
}

export const deleteAckedEarly: StateRule = {
  invariant: 'delete-acked-early',
  doc: 'DeleteRecords was acknowledged while the log of an in-sync replica still began below',

  watch(cluster, { judged, tell }) {
    let suspects: Suspect[] = [];
    const heard = (event: { topic: string; partition: number; isr: string }) => {
      if (suspects.length === 0) return;
      const partition = cluster.partition(event.topic, event.partition);
      const isr = brokerList(event.isr);
      suspects = suspects.filter((one) => one.partition !== partition || isr.includes(one.brokerId));
    };
    return {
      after: {
        'partition-committed': heard,
        'leader-began': heard,
        // Whatever comes often enough.
        'follower-fetched'(_, { timeUs }) {
          if (suspects.length === 0) return;
          const due = suspects.filter((one) => timeUs > one.timeUs + patienceUs);
          suspects = suspects.filter((one) => !due.includes(one));
          for (const { say } of due) say();
        },
        'delete-records-answered'(event, at) {
          if (event.error !== 0) return;
          const partition = cluster.partition(event.topic, event.partition);
          const leader = partition.replicas.get(at.node);
          if (leader === undefined || !leadsNow(partition, leader)) return;
          for (const brokerId of partition.now?.isr ?? []) {
            const replica = partition.replicaOf(brokerId);
            if (replica === undefined || !leader.isr.includes(brokerId)) continue;
            judged(1);
            const { furthest } = replica.start;
            if (furthest >= event.offset) continue;
            const prose =
              `${at.node} acknowledged that ${partition.name} has no records below ${event.offset}, but on` +
              ` ${replica.node}, which is in sync, the log never began above ${furthest}`;
            const { topic, partition: index, offset } = event;
            const facts = { topic, partition: index, offset, node: replica.node, furthest };
            const { timeUs } = at;
            suspects.push({ partition, brokerId, timeUs, say: () => tell(false, at, prose, facts) });
          }
        },
      },
    };
  },
};
