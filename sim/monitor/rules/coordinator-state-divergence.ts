// One broker coordinates the groups of a partition of `__consumer_offsets` per leader epoch, and a commit that is told
// of is in the log and committed.
//
// Sound because: a coordinator loads a partition when its broker begins to lead it, and only one broker leads in an
// epoch; a commit is answered when its record is below the high watermark of the coordinator's own replica. Only what
// events tell is judged: a commit without `recordOffset` is passed over. Whether the cache equals
// a fold of the log is not told by any event.

import type { StateRule } from '../rule.ts';

const offsetsTopic = '__consumer_offsets';

export const coordinatorStateDivergence: StateRule = {
  invariant: 'coordinator-state-divergence',
  doc: 'two brokers coordinate one partition in one epoch, or a commit was answered that is not committed',

  watch(cluster, { judged, tell }) {
    const serving = new Map<string, string>();
    return {
      after: {
        'coordinator-loaded'({ topic, partition, coordinatorEpoch: leaderEpoch }, at) {
          judged(1);
          const { topicId } = cluster.partition(topic, partition).now ?? { topicId: '' };
          const key = `${topicId} ${topic}-${partition} ${leaderEpoch}`;
          const before = serving.get(key);
          if (before === undefined) serving.set(key, at.node);
          if (before === undefined || before === at.node) return;
          const prose = `${before} and ${at.node} both coordinate ${topic}/${partition} in leader epoch ${leaderEpoch}`;
          tell(false, at, prose, { topic, partition, leaderEpoch, first: before, second: at.node });
        },
        'offset-committed'({ group, coordinatorPartition, recordOffset }, at) {
          if (recordOffset === undefined) return;
          const partition = cluster.partition(offsetsTopic, coordinatorPartition);
          const replica = partition.replicas.get(at.node);
          if (replica === undefined || replica.highWatermark < 0) return;
          judged(1);
          const facts = { group, partition: coordinatorPartition, recordOffset, node: at.node };
          if (replica.role !== 'leader') {
            const prose = `${at.node} took a commit of the group ${group}, but does not lead ${partition.name}`;
            tell(false, at, prose, facts);
          } else if (recordOffset >= replica.highWatermark) {
            const prose =
              `${at.node} took a commit of the group ${group} at ${partition.name} offset ${recordOffset}, but its` +
              ` high watermark is ${replica.highWatermark}`;
            tell(false, at, prose, { ...facts, highWatermark: replica.highWatermark });
          }
        },
      },
    };
  },
};
