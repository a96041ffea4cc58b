// Between the moment in which a group has joined and the one in which it knows who has what (CompletingRebalance) a
// coordinator takes no commit: whoever sends one in the generation that has just begun does not know yet what it owns.
//
// Sound because: a coordinator tells of a group's state when it changes it, and of a commit when it has admitted it,
// both in the same breath; who commits without a generation is refused while there are members. What is loaded from the
// log is stable or empty, and no event says so: a life of the coordinator knows nothing of what was told before it.

import type { StateRule } from '../rule.ts';

export const commitBetweenGenerations: StateRule = {
  invariant: 'commit-between-generations',
  doc: 'a coordinator took a commit while its group had joined and nobody had an assignment',

  watch(_, { judged, tell }) {
    /** By node and partition of the coordinator: the state of each of its groups, in its present life. */
    const states = new Map<string, Map<string, string>>();
    return {
      after: {
        'coordinator-loaded': ({ partition }, { node }) => void states.delete(`${node} ${partition}`),
        'group-state'({ group, state, coordinatorPartition }, { node }) {
          const key = `${node} ${coordinatorPartition}`;
          const known = states.get(key) ?? new Map<string, string>();
          states.set(key, known.set(group, state));
        },
        'offset-commit-began'({ group, topic, partition, offset, coordinatorPartition }, at) {
          const state = states.get(`${at.node} ${coordinatorPartition}`)?.get(group);
          if (state === undefined) return;
          judged(1);
          if (state !== 'CompletingRebalance') return;
          const prose =
            `${at.node} took a commit of offset ${offset} of ${topic}/${partition} for the group ${group}, of which` +
            ' nobody had an assignment';
          tell(false, at, prose, { group, topic, partition, offset, node: at.node });
        },
      },
    };
  },
};
