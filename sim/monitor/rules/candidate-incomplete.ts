// Every broker that the controller may elect without harm (the ISR and the eligible leader replicas) has everything
// that is committed: looked at whenever the controller commits the partition, and whenever such a broker's log gets
// shorter.
//
// Sound because: a leader tells a high watermark only when all members have reached it, and admits nobody below it, so
// a correct controller never counts a broker that lacks what is below the true high watermark. Left out is a broker
// that lost records and has not registered again: the controller cannot know yet. And a broker between a power loss
// and its recovery: nobody can know. After an election that was declared unclean, and when all members have lost a
// record, the true high watermark has come down before. And a log that is thrown away is looked at with the next commit
// only: a broker may read that it is none of its replicas any more before the controller tells of it.

import type { PartitionState } from '../partition-state.ts';
import type { StateRule } from '../rule.ts';
import { lackOf } from './leader-incomplete.ts';

export const candidateIncomplete: StateRule = {
  invariant: 'candidate-incomplete',
  doc: 'a member of the ISR, or an eligible leader replica, lacks a record that is committed',

  watch(cluster, { judged, tell }) {
    const look = (partition: PartitionState, at: Parameters<typeof tell>[1], only?: string) => {
      const { now } = partition;
      if (now === undefined) return;
      for (const brokerId of [...now.isr, ...now.eligible]) {
        const replica = partition.replicaOf(brokerId);
        if (replica === undefined || (only !== undefined && replica.node !== only)) continue;
        // It follows an election that the controller has not told of yet, which may be an unclean one.
        if (replica.leaderEpoch > now.leaderEpoch) continue;
        if (replica.lost !== undefined) {
          if (!replica.lost.decided || !cluster.registeredSinceBoot(brokerId)) continue;
          // A registration that the controller has still to act upon: the next commit of the partition tells.
          if (only !== undefined) continue;
        }
        judged(1);
        const lacks = lackOf(partition, replica);
        if (lacks === undefined) continue;
        const { topic, partition: index, trueHighWatermark } = partition;
        const member = now.isr.includes(brokerId) ? 'in the ISR' : 'eligible to lead';
        const prose = `broker ${brokerId} is ${member} of ${partition.name}, but ${lacks}`;
        tell(false, at, prose, { topic, partition: index, brokerId, trueHighWatermark });
      }
    };
    return {
      after: {
        'partition-committed': (event, at) => look(cluster.partition(event.topic, event.partition), at),
        'log-truncated': (event, at) => look(cluster.partition(event.topic, event.partition), at, at.node),
        'log-recovered': (event, at) => look(cluster.partition(event.topic, event.partition), at, at.node),
      },
    };
  },
};
