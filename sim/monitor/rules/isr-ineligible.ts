// The controller commits only members that may be members: replicas of the partition, not fenced, and the leader among
// them.
//
// Sound because: the controller decides with the very state it commits, in one order. A broker that is the last member
// stays in the ISR when it is fenced, without leading: somebody has to remember who was complete. Only a fence of its
// own counts as fenced: a broker that has registered again and is not unfenced yet is in between, and events of one
// batch of records may be told in any order. Whether a member was shutting down in a controlled way is not told by any
// event and not judged.

import type { StateRule } from '../rule.ts';

export const isrIneligible: StateRule = {
  invariant: 'isr-ineligible',
  doc: 'the ISR was committed with a fenced broker, with one that is no replica, or without its leader',

  watch(cluster, { judged, tell }) {
    return {
      after: {
        'partition-committed'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const { now, before } = partition;
          if (now === undefined || now.partitionEpoch !== event.partitionEpoch) return;
          judged(1);
          const say = (brokerId: number, why: string) => {
            const prose = `the ISR ${now.isr.join(', ')} of ${partition.name} was committed, but ${why}`;
            const { topic, partition: index, partitionEpoch } = event;
            tell(false, at, prose, { topic, partition: index, partitionEpoch, brokerId });
          };
          if (now.leader >= 0 && !now.isr.includes(now.leader))
            say(now.leader, `${now.leader} leads and is no member`);
          for (const member of now.isr) {
            if (!now.replicas.includes(member)) say(member, `${member} is no replica`);
            if (cluster.brokers.get(member)?.fenced !== true) continue;
            if (member === now.leader) say(member, `${member} leads and is fenced`);
            else if (before !== undefined && !before.isr.includes(member))
              say(member, `${member} joins and is fenced`);
          }
        },
      },
    };
  },
};
