// One leader per epoch, and epochs only go up: for partitions, for the metadata quorum, for brokers.
//
// Sound because: a leader epoch is handed out by the one committed metadata log, so two nodes that begin to lead in one
// epoch have read different logs, whatever was lost elsewhere. A topic that is made again begins anew (its id differs).
// A voter writes its vote and epoch through fsync before it answers: neither a crash nor a power loss excuses a second
// vote. Who stands for election has voted for itself, and says that it stands only when that is stored. A wiped voter,
// or one whose fsync failed or lied, has forgotten: then it is a witness.

import { type ClusterState, metadataTopic } from '../cluster-state.ts';
import type { StateRule } from '../rule.ts';

export const electionUnsafe: StateRule = {
  invariant: 'election-unsafe',
  doc: 'two leaders in one epoch, an epoch that went back, or two votes of one voter in one epoch',

  watch(cluster, { judged, tell }) {
    const leaders = new Leaders();
    /** By node and epoch: whom it voted for. */
    const votes = new Map<string, number | 'itself'>();
    const epochs = new Map<string, { epoch: number; step: number }>();
    return {
      before: {
        'partition-committed'(event, at) {
          const partition = cluster.partition(event.topic, event.partition);
          const { now } = partition;
          if (now === undefined || now.topicId !== event.topicId) return;
          judged(1);
          const facts = { topic: event.topic, partition: event.partition, leaderEpoch: event.leaderEpoch };
          const back = event.leaderEpoch < now.leaderEpoch || event.partitionEpoch < now.partitionEpoch;
          if (back) {
            const was = `${now.leaderEpoch}/${now.partitionEpoch}`;
            const is = `${event.leaderEpoch}/${event.partitionEpoch}`;
            tell(false, at, `the epochs of ${partition.name} went back from ${was} to ${is}`, facts);
          } else if (event.leaderEpoch === now.leaderEpoch && event.leader !== now.leader) {
            const both = `${now.leader} and ${event.leader}`;
            tell(false, at, `${both} are committed as leaders of ${partition.name} in one epoch`, facts);
          }
        },
        'broker-registered'({ brokerId, brokerEpoch }, at) {
          const before = cluster.brokers.get(brokerId);
          judged(1);
          if (before === undefined || brokerEpoch >= before.brokerEpoch) return;
          const prose = `broker ${brokerId} was registered with epoch ${brokerEpoch} after ${before.brokerEpoch}`;
          tell(false, at, prose, { brokerId, brokerEpoch, before: before.brokerEpoch });
        },
      },
      after: {
        'leader-began'(event, at) {
          judged(1);
          const what = `${event.topicId} ${event.topic}-${event.partition}`;
          const other = leaders.claim(what, event.leaderEpoch, at.node);
          if (other === undefined) return;
          const { topic, partition, leaderEpoch } = event;
          const prose = `${other} and ${at.node} both lead ${topic}/${partition} in epoch ${leaderEpoch}`;
          tell(false, at, prose, { topic, partition, leaderEpoch, first: other, second: at.node });
        },
        'raft-state'({ state, epoch }, at) {
          judged(1);
          if (state.toLowerCase() === 'leader') {
            const other = leaders.claim(metadataTopic, epoch, at.node);
            const prose = `${other} and ${at.node} both lead the metadata quorum in epoch ${epoch}`;
            if (other !== undefined) tell(false, at, prose, { epoch, first: other, second: at.node });
          }
          const before = epochs.get(at.node);
          if (before !== undefined && epoch < before.epoch) {
            const prose = `${at.node} went back from quorum epoch ${before.epoch} to ${epoch}`;
            tell(forgot(cluster, at.node, before.step), at, prose, { epoch, before: before.epoch });
          }
          epochs.set(at.node, { epoch, step: at.step });
          const vote = `${at.node} ${epoch}`;
          if (state.toLowerCase() === 'candidate' && !votes.has(vote)) votes.set(vote, 'itself');
        },
        'raft-vote-granted'({ epoch, candidate }, at) {
          judged(1);
          const key = `${at.node} ${epoch}`;
          const before = votes.get(key);
          if (before === undefined) votes.set(key, candidate);
          if (before === undefined || before === candidate) return;
          const prose = `${at.node} voted for ${before} and for ${candidate} in quorum epoch ${epoch}`;
          tell(forgot(cluster, at.node, 0), at, prose, { epoch, first: before, second: candidate });
        },
      },
    };
  },
};

/** Whether a node may have forgotten what it had made durable before. */
function forgot(cluster: ClusterState, node: string, sinceStep: number): boolean {
  const { wipedStep, damage } = cluster.node(node);
  return wipedStep >= sinceStep || damage !== '';
}

class Leaders {
  readonly #byEpoch = new Map<string, string>();

  /** The other node that leads in this epoch; undefined when there is none. */
  claim(what: string, epoch: number, node: string): string | undefined {
    const key = `${what} ${epoch}`;
    const before = this.#byEpoch.get(key);
    if (before === undefined) this.#byEpoch.set(key, node);
    return before === undefined || before === node ? undefined : before;
  }
}
