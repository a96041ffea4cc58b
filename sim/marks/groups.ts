// Marks of consumer groups and their coordinators.

import { type EventOf, type WatchedMark, watched } from './mark.ts';

const rebalancing = new Set(['PreparingRebalance', 'CompletingRebalance']);

export const groupMarks: readonly WatchedMark[] = [
  watched(
    'coordinator-failed-over-in-rebalance',
    'a group was in a rebalance when it got another coordinator',
    () => {
      const states = new Map<string, EventOf<'group-state'> & { node: string }>();
      return {
        'group-state'(event, { node }) {
          states.set(event.group, { ...event, node });
          return false;
        },
        'coordinator-loaded'({ partition }, { node }) {
          return [...states.values()].some(
            (last) =>
              last.coordinatorPartition === partition && last.node !== node && rebalancing.has(last.state),
          );
        },
      };
    },
  ),
  watched(
    'coordinator-failed-over',
    'a partition of __consumer_offsets with groups was loaded by another broker',
    () => {
      const last = new Map<number, string>();
      return {
        'coordinator-loaded'({ partition, groups }, { node }) {
          const before = last.get(partition);
          last.set(partition, node);
          return before !== undefined && before !== node && groups > 0;
        },
      };
    },
  ),
  watched(
    'coordinator-deposed-while-loading',
    'a coordinator was deposed before it had loaded its groups',
    () => {
      const loaded = new Set<string>();
      return {
        'coordinator-loaded'({ partition }, { node, incarnation }) {
          loaded.add(`${node} ${incarnation} ${partition}`);
          return false;
        },
        'coordinator-unloaded': ({ partition }, { node, incarnation }) =>
          !loaded.delete(`${node} ${incarnation} ${partition}`),
      };
    },
  ),
  watched('commit-during-rebalance', 'an offset was committed while its group was in a rebalance', () => {
    const states = new Map<string, string>();
    return {
      'group-state'({ group, state }) {
        states.set(group, state);
        return false;
      },
      'offset-committed': ({ group }) => rebalancing.has(states.get(group) ?? ''),
    };
  }),
  watched('rebalance-in-rebalance', 'a rebalance began again before its generation was complete', () => {
    const states = new Map<string, string>();
    return {
      'group-state'({ group, state }) {
        const before = states.get(group);
        states.set(group, state);
        return before === 'CompletingRebalance' && state === 'PreparingRebalance';
      },
    };
  }),
  watched('group-emptied', 'the last member of a group went', () => {
    const states = new Map<string, string>();
    return {
      'group-state'({ group, state }) {
        const before = states.get(group);
        states.set(group, state);
        return before !== undefined && before !== 'Empty' && state === 'Empty';
      },
    };
  }),
];
