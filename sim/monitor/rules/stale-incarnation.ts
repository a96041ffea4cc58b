// What an earlier life of a broker said changes nothing any more: a leader that has heard the later life counts no
// fetch of the earlier one, and nobody joins the ISR on the strength of a fetch from before its present registration.
//
// Sound because: broker epochs only grow, a leader that noted a later one knows that the earlier life is over, and the
// controller compares the epoch of the justifying fetch with the one it has registered, in the same order in which it
// commits. A leader that has not heard of the new registration yet may count an old fetch: that is not judged. Fetches
// without a broker epoch (-1) justify nothing that could be compared.

import type { StateRule } from '../rule.ts';

export const staleIncarnation: StateRule = {
  invariant: 'stale-incarnation',
  doc: 'a fetch of an earlier life of a broker was counted, or brought it into the ISR',

  watch(cluster, { judged, tell }) {
    return {
      before: {
        'follower-fetched'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const note = partition.replicas.get(at.node)?.followers.get(event.follower);
          if (note === undefined || event.brokerEpoch < 0) return;
          judged(1);
          if (event.brokerEpoch >= note.brokerEpoch) return;
          const { topic, partition: index, follower, brokerEpoch } = event;
          const prose =
            `${at.node} counted a fetch of broker ${follower} in its epoch ${brokerEpoch} for ${partition.name},` +
            ` after one in epoch ${note.brokerEpoch}`;
          tell(false, at, prose, { topic, partition: index, follower, brokerEpoch, known: note.brokerEpoch });
        },
        'partition-committed'(event, at) {
          const { proposal, now } = cluster.partition(event.topic, event.partition);
          if (proposal === undefined || now === undefined) return;
          // The answer to this very request, and not another change that came between.
          const answers = event.partitionEpoch === proposal.partitionEpoch + 1;
          if (!answers || event.leaderEpoch !== proposal.leaderEpoch || !sameMembers(event.isr, proposal.isr))
            return;
          for (const [member, brokerEpoch] of proposal.justified) {
            const registered = cluster.brokers.get(member)?.brokerEpoch ?? -1;
            if (brokerEpoch < 0 || registered < 0) continue;
            judged(1);
            if (brokerEpoch >= registered) continue;
            const { topic, partition } = event;
            const prose =
              `broker ${member} joined the ISR of ${topic}/${partition} for a fetch in its epoch ${brokerEpoch},` +
              ` but it had registered again with epoch ${registered}`;
            tell(false, at, prose, { topic, partition, brokerId: member, brokerEpoch, registered });
          }
        },
      },
    };
  },
};

function sameMembers(text: string, members: readonly number[]): boolean {
  return text === members.join(',');
}
