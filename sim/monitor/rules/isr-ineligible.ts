// The controller commits only members that may be members: replicas of the partition, not fenced, and the leader among
// them.
//
// Sound because: the controller decides with the very state it commits, in one order. A broker that is the last
// member stays in the ISR when it is fenced, without leading: somebody has to remember who was complete. Only a fence
// of its own counts as fenced: a broker that has registered again and is not unfenced yet is in between. One batch of
// records may unfence a broker and elect it, and its events may be told in any order: so a fenced member is told of
// only when the step is over. Whoever is fenced leaves every ISR that has another member, in the same batch, and that
// is told first. Whether a member was shutting down in a controlled way is not told by any event and not judged.

import type { RecordedEvent } from '../../record/recorder.ts';
import type { PartitionState } from '../partition-state.ts';
import type { StateRule } from '../rule.ts';

interface Suspicion {
  readonly partition: PartitionState;
  readonly brokerId: number;
  readonly why: string;
  readonly at: RecordedEvent;
}

export const isrIneligible: StateRule = {
  invariant: 'isr-ineligible',
  doc: 'the ISR was committed with a fenced broker, with one that is no replica, or without its leader',

  watch(cluster, { judged, tell }) {
    let suspicions: Suspicion[] = [];
    const say = ({ partition, brokerId, why, at }: Suspicion) => {
      const { topic, partition: index, now } = partition;
      const prose = `the ISR ${now?.isr.join(', ')} of ${partition.name} was committed, but ${why}`;
      tell(false, at, prose, { topic, partition: index, brokerId });
    };
    const settle = (_: unknown, { step }: RecordedEvent) => {
      if (suspicions.length === 0) return;
      for (const one of suspicions) if (one.at.step < step) say(one);
      suspicions = suspicions.filter(({ at }) => at.step >= step);
    };
    return {
      before: {
        'partition-committed': settle,
        'broker-fenced': settle,
        'broker-registered': settle,
        'broker-unfenced'({ brokerId }, at) {
          suspicions = suspicions.filter((one) => one.brokerId !== brokerId || one.at.step < at.step);
          settle(undefined, at);
        },
        'metadata-applied': settle,
        'log-appended': settle,
        'node-crashed': settle,
      },
      after: {
        'partition-committed'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const { now, before } = partition;
          if (now === undefined || now.partitionEpoch !== event.partitionEpoch) return;
          judged(1);
          const suspect = (brokerId: number, why: string) =>
            suspicions.push({ partition, brokerId, why, at });
          if (now.leader >= 0 && !now.isr.includes(now.leader)) {
            say({ partition, brokerId: now.leader, why: `${now.leader} leads and is no member`, at });
          }
          for (const member of now.isr) {
            if (!now.replicas.includes(member)) {
              say({ partition, brokerId: member, why: `${member} is no replica`, at });
            }
            if (cluster.brokers.get(member)?.fenced !== true) continue;
            if (member === now.leader) suspect(member, `${member} leads and is fenced`);
            else if (before !== undefined && !before.isr.includes(member)) {
              suspect(member, `${member} joins and is fenced`);
            }
          }
        },
        'broker-fenced'({ brokerId }, at) {
          for (const partition of cluster.partitions()) {
            const { now } = partition;
            if (now === undefined || now.isr.length < 2 || !now.isr.includes(brokerId)) continue;
            judged(1);
            suspicions.push({ partition, brokerId, why: `${brokerId} is fenced and stays among others`, at });
          }
        },
      },
    };
  },
};
