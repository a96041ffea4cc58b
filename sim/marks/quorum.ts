// Marks of the metadata quorum: elections that nobody wins, leaders that go, logs that are cut, and the entry of a
// leader's own epoch, with which alone what it inherited becomes committed.

import { type At, seen, type WatchedMark, watched } from './mark.ts';

const metadataTopic = '__cluster_metadata';

export const quorumMarks: readonly WatchedMark[] = [
  watched('two-candidates-in-one-epoch', 'two voters stood for election in the same epoch', () => {
    const stood = new Map<number, string>();
    return {
      'raft-state'({ state, epoch }, { node }) {
        if (state !== 'candidate') return false;
        const first = stood.get(epoch);
        stood.set(epoch, first ?? node);
        return first !== undefined && first !== node;
      },
    };
  }),
  watched(
    'election-without-winner',
    'a voter stood for election, and a later epoch was the first with a leader',
    () => {
      let open = 0;
      return {
        'raft-state'({ state, epoch }) {
          if (state === 'leader') {
            const before = open;
            open = 0;
            return before !== 0 && before < epoch;
          }
          if (state === 'candidate' && open === 0) open = epoch;
          return false;
        },
      };
    },
  ),
  seen(
    'quorum-leader-resigned',
    'a leader of the quorum gave up its leadership by itself',
    'raft-state',
    ({ state }) => {
      return state === 'resigned';
    },
  ),
  watched('quorum-leader-deposed', 'a leader of the quorum learned of a later epoch', () => {
    const leaders = new Map<string, number>();
    return {
      'raft-state'({ state, epoch }, { node, incarnation }) {
        const life = `${node} ${incarnation}`;
        const led = leaders.get(life);
        if (state === 'leader') leaders.set(life, epoch);
        else leaders.delete(life);
        return led !== undefined && state !== 'leader' && state !== 'resigned' && epoch > led;
      },
    };
  }),
  watched('quorum-leader-came-back', 'a voter led again after another one had', () => {
    const before = new Set<string>();
    let last = '';
    return {
      'raft-state'({ state }, { node }) {
        if (state !== 'leader') return false;
        const again = last !== node && before.has(node);
        before.add(node);
        last = node;
        return again;
      },
    };
  }),
  seen('metadata-log-truncated', 'a follower of the quorum cut its log', 'log-truncated', ({ topic }) => {
    return topic === metadataTopic;
  }),
  watched(
    'inherited-metadata-committed',
    'records of an earlier epoch were committed with the first of a leader',
    () => {
      // What a leader had not known to be committed when it was elected.
      const committed = new Map<string, number>();
      const elected = new Map<string, number>();
      const life = ({ node, incarnation }: At) => `${node} ${incarnation}`;
      return {
        'raft-state'({ state, epoch }, at) {
          if (state === 'leader') elected.set(life(at), epoch);
          else elected.delete(life(at));
          return false;
        },
        'metadata-committed'({ offset, epoch }, at) {
          const before = committed.get(life(at)) ?? 0;
          committed.set(life(at), offset);
          if (elected.get(life(at)) !== epoch) return false;
          elected.delete(life(at));
          return before > 0 && offset - before > 1;
        },
      };
    },
  ),
];
