// One broker coordinates the groups of a partition of `__consumer_offsets` per leader epoch, and a commit that is told
// of is in the log and committed. It begins from the log whenever it begins, and every rebalance ends in a new
// generation.
//
// Sound because: a coordinator loads a partition when its broker begins to lead it, and only one broker leads in an
// epoch; a commit is answered when its record is below the high watermark of the coordinator's own replica. Only what
// events tell is judged: a commit without `recordOffset` is passed over. Whether the cache equals a fold of the log is
// not told by any event. A broker that followed since it loaded has missed what its successor wrote, so that it must
// load again before it takes a commit as the leader. A group goes from PreparingRebalance to CompletingRebalance
// directly, in one life of its coordinator, and by the start of a generation only.

import type { StateRule } from '../rule.ts';

const offsetsTopic = '__consumer_offsets';

export const coordinatorStateDivergence: StateRule = {
  invariant: 'coordinator-state-divergence',
  doc: 'two brokers coordinate one partition in one epoch, one goes on from memory, or a commit is not committed',

  watch(cluster, { judged, tell }) {
    const serving = new Map<string, string>();
    /** By node and partition: whether it followed since it loaded. */
    const followedSince = new Map<string, boolean>();
    /** By node, coordinator and group: the generation that a rebalance has to leave behind. */
    const leaving = new Map<string, number>();
    return {
      after: {
        'follower-began'({ topic, partition }, { node }) {
          if (topic === offsetsTopic) followedSince.set(`${node} ${partition}`, true);
        },
        'group-state'({ group, state, generation, coordinatorPartition, coordinatorEpoch }, at) {
          const key = `${at.node} ${coordinatorPartition} ${coordinatorEpoch} ${group}`;
          const before = leaving.get(key);
          leaving.delete(key);
          if (state === 'PreparingRebalance') leaving.set(key, generation);
          if (state !== 'CompletingRebalance' || before === undefined) return;
          judged(1);
          if (generation > before) return;
          const prose = `${at.node} ended a rebalance of ${group} in generation ${generation}, which it began in`;
          tell(false, at, prose, { group, generation, before, node: at.node });
        },
        'coordinator-loaded'({ topic, partition, coordinatorEpoch: leaderEpoch }, at) {
          judged(1);
          followedSince.set(`${at.node} ${partition}`, false);
          const { topicId } = cluster.partition(topic, partition).now ?? { topicId: '' };
          const key = `${topicId} ${topic}-${partition} ${leaderEpoch}`;
          const before = serving.get(key);
          if (before === undefined) serving.set(key, at.node);
          if (before === undefined || before === at.node) return;
          const prose = `${before} and ${at.node} both coordinate ${topic}/${partition} in leader epoch ${leaderEpoch}`;
          tell(false, at, prose, { topic, partition, leaderEpoch, first: before, second: at.node });
        },
        'offset-committed'({ group, coordinatorPartition, recordOffset }, at) {
          const partition = cluster.partition(offsetsTopic, coordinatorPartition);
          const replica = partition.replicas.get(at.node);
          if (
            replica?.role === 'leader' &&
            followedSince.get(`${at.node} ${coordinatorPartition}`) === true
          ) {
            const prose =
              `${at.node} took a commit of the group ${group} from memory: it followed ${partition.name} and did` +
              ' not load it again';
            tell(false, at, prose, { group, partition: coordinatorPartition, node: at.node });
          }
          if (recordOffset === undefined || replica === undefined || replica.highWatermark < 0) return;
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
