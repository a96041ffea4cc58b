// StrongIsr: a leader's high watermark covers only records that every member has which the controller has committed to
// the ISR, or may commit because this leader has asked for it.
//
// Sound because: a follower's log-appended comes before the fetch that tells the leader, and the controller's commit
// before the leader learns of it; so whatever a correct leader counts, the readable end has already counted. Only the
// leader of the present epoch is judged: one that was deposed and does not know waits for members that may have moved
// on; nor one that has read of a change before the controller told that it committed it (both may be one process). A
// proposal counts until the controller has answered anything: it may have been refused. A declared loss at or below
// makes it a witness: a leader may hold what others have lawfully lost.

import type { StateRule } from '../rule.ts';

export const hwUnsafe: StateRule = {
  invariant: 'hw-unsafe',
  doc: "a leader's high watermark covers a record that a member of the ISR, committed or asked for, does not have",

  watch(cluster, { judged, tell }) {
    return {
      after: {
        'high-watermark-moved'(event, at) {
          if (!event.leads) return;
          const partition = cluster.partition(event.topic, event.partition);
          const { now, proposal } = partition;
          if (now === undefined || now.leaderEpoch !== event.leaderEpoch) return;
          const leader = partition.replicaOf(now.leader);
          if (leader?.node !== at.node || leader.partitionEpoch > now.partitionEpoch) return;
          judged(1);
          const { topic, partition: index, highWatermark } = event;
          const lawful = partition.lossOf(highWatermark - 1, 0) !== undefined;
          const facts = { topic, partition: index, highWatermark, node: at.node };
          if (highWatermark > partition.readableEnd) {
            const lacking = now.isr.filter(
              (member) => (partition.replicaOf(member)?.log.writtenEnd ?? 0) < highWatermark,
            );
            const who =
              lacking.length > 0 ? `the members ${lacking.join(', ')} do not have it` : 'logs differ';
            const prose =
              `${at.node} moved the high watermark of ${partition.name} to ${highWatermark}, but the ISR` +
              ` ${now.isr.join(', ')} agrees only up to ${partition.readableEnd}: ${who}`;
            tell(lawful, at, prose, { ...facts, readableEnd: partition.readableEnd });
          } else if (proposal?.node === at.node && !proposal.answered) {
            const lacking = proposal.isr.filter(
              (member) => (partition.replicaOf(member)?.log.writtenEnd ?? 0) < highWatermark,
            );
            // A member that lost records after it was asked for, or threw them away because it has read already that it
            // is no replica any more: its fetches had been true.
            const unexcused = lacking.filter((member) => {
              const replica = partition.replicaOf(member);
              return replica?.lost === undefined && replica?.thrownAway !== true;
            });
            if (unexcused.length === 0) return;
            const prose =
              `${at.node} moved the high watermark of ${partition.name} to ${highWatermark}, but has asked for an` +
              ` ISR with ${unexcused.join(', ')}, which does not have it`;
            tell(lawful, at, prose, { ...facts, readableEnd: partition.readableEnd });
          }
        },
      },
    };
  },
};
