// Marks of brokers and of their controller: who is fenced and comes back, who gives up, who goes in an orderly way.
// A broker is called `broker-<its id>` here (cluster-plan.ts).

import { type At, seen, type WatchedMark, watched } from './mark.ts';

export const brokerMarks: readonly WatchedMark[] = [
  seen('broker-fenced', 'the controller fenced a broker', 'broker-fenced'),
  watched('fenced-broker-came-back', 'a broker was fenced and let in again in the same life', () => {
    const fenced = new Set<string>();
    return {
      'broker-fenced'({ brokerId, brokerEpoch }) {
        fenced.add(`${brokerId} ${brokerEpoch}`);
        return false;
      },
      'broker-unfenced': ({ brokerId, brokerEpoch }) => fenced.delete(`${brokerId} ${brokerEpoch}`),
    };
  }),
  watched('pause-outlived-session', 'a broker was fenced while its process stood still', () => {
    const paused = new Set<string>();
    return {
      'node-paused'(_, { node }) {
        paused.add(node);
        return false;
      },
      'node-resumed'(_, { node }) {
        paused.delete(node);
        return false;
      },
      'broker-fenced': ({ brokerId }) => paused.has(`broker-${brokerId}`),
    };
  }),
  watched('fenced-broker-still-led', 'a broker that was fenced appended as a leader before it knew', () => {
    const fenced = new Set<string>();
    return {
      'broker-fenced'({ brokerId }) {
        fenced.add(`broker-${brokerId}`);
        return false;
      },
      'broker-unfenced'({ brokerId }) {
        fenced.delete(`broker-${brokerId}`);
        return false;
      },
      'node-booted'(_, { node }) {
        fenced.delete(node);
        return false;
      },
      'leader-began'(_, { node }) {
        fenced.delete(node);
        return false;
      },
      'produce-answered': ({ error }, { node }) => error === 0 && fenced.has(node),
    };
  }),
  seen('broker-gave-up', 'a broker gave up because its disk failed', 'broker-halted'),
  watched('broker-stopped-cleanly', 'a broker that was asked to end left a clean-shutdown file', () => {
    const asked = new Set<string>();
    return {
      'node-terminated'(_, { node }) {
        asked.add(node);
        return false;
      },
      'broker-stopped': (_, { node }) => asked.delete(node),
    };
  }),
  watched('registered-after-crash', 'a broker registered anew without a clean shutdown before', () => {
    const known = new Set<number>();
    return {
      'broker-registered'({ brokerId, cleanShutdown }) {
        const before = known.has(brokerId);
        known.add(brokerId);
        return before && !cleanShutdown;
      },
    };
  }),
  watched('controller-failed-over', 'another controller became the active one', () => {
    let last: string | undefined;
    return {
      'controller-activated'(_, { node }) {
        const another = last !== undefined && last !== node;
        last = node;
        return another;
      },
    };
  }),
  watched('two-active-controllers', 'a controller went on as the active one when the next was active', () => {
    const active = new Set<string>();
    const over = (_: unknown, { node }: At) => {
      active.delete(node);
      return false;
    };
    return {
      'controller-activated'(_, { node }) {
        active.add(node);
        return active.size > 1;
      },
      'controller-resigned': over,
      'node-crashed': over,
      'power-lost': over,
      'node-halted': over,
      'node-stopped': over,
    };
  }),
];
