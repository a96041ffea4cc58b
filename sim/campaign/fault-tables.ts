// What a generated scenario draws its faults from: one row per way to hurt. Each row is in or out per seed,
// so that some seeds know one kind of trouble only, and others many at once: a bug that needs quiet in all
// respects but one is found by the first, one that needs two troubles by the second.
//
// Left out, because Kafka promises nothing under it, or the checkers do not judge it:
//   fsync-lie, and fsync-fail of anything but topics: a voter that forgets what it synced may vote twice in one epoch
//   wipe of a voter: with a second voter behind, the quorum may forget what was committed
//   bit-rot outside of closed segments of a broker that is alone: in a cluster the replicas of a rotten segment do not
//   repair it, and a rotten leader-epoch-checkpoint keeps its replica away (see "Left out" in sim/README.md)
//   clean endings beside idempotent producers with several requests under way (see clients.ts)
// What loses data comes in a group of its own and seldom, so that most of a run is judged by the strict
// rules.

import type { Topology } from './tables.ts';

/** A fault as a scenario file has it, without its times. */
export type FaultText = Readonly<Record<string, unknown>> & { readonly fault: string };

/** What the alphabet of a seed depends on. */
export interface Circumstances {
  readonly topology: Topology;
  readonly hasGroup: boolean;
  /** Whether idempotent producers have several requests under way. */
  readonly manyInFlight: boolean;
}

export interface FaultRow {
  readonly name: string;
  readonly targets: readonly string[];
  /** Seconds; from which the file's range begins and where it ends at most. */
  readonly lasts?: readonly [number, number];
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly needs?: (circumstances: Circumstances) => boolean;
}

const anyBroker = ['one', 'leader-of orders/0', 'follower-of orders/0', 'controller'] as const;
const severalBrokers = [...anyBroker, 'minority', 'all'] as const;
const sides = ['one', 'minority', 'leader-of orders/0', 'controller'] as const;

const isCluster = ({ topology }: Circumstances) => topology.brokers > 1;
const isAlone = ({ topology }: Circumstances) => topology.brokers === 1;
const endsCleanly = ({ manyInFlight }: Circumstances) => !manyInFlight;
const hasGroup = (circumstances: Circumstances) => circumstances.hasGroup;

function row(
  name: string,
  targets: readonly string[],
  more: Omit<FaultRow, 'name' | 'targets'> = {},
): FaultRow {
  return { name, targets, ...more };
}

/** Nothing that is on a disk is lost by these. */
export const harmless: readonly FaultRow[] = [
  row('crash', severalBrokers, { lasts: [0.1, 5] }),
  row('pause', anyBroker, { lasts: [0.2, 7] }),
  row('restart', severalBrokers),
  row('restart', anyBroker, { parameters: { clean: true, graceSeconds: 4 }, needs: endsCleanly }),
  row('shutdown', anyBroker, { lasts: [0.5, 5], parameters: { graceSeconds: 4 }, needs: endsCleanly }),
  row('rolling-restart', ['all', 'minority'], {
    lasts: [4, 9],
    parameters: { clean: false },
    needs: isCluster,
  }),
  row('rolling-restart', ['all', 'minority'], {
    lasts: [4, 9],
    parameters: { clean: true },
    needs: (circumstances) => isCluster(circumstances) && endsCleanly(circumstances),
  }),
  row('network-isolate', sides, { lasts: [0.3, 6], needs: isCluster }),
  row('network-partition', sides, { lasts: [0.3, 6], needs: isCluster }),
  row('network-partition', sides, { lasts: [0.3, 6], parameters: { direction: 'from' }, needs: isCluster }),
  row('network-partition', sides, { lasts: [0.3, 6], parameters: { direction: 'to' }, needs: isCluster }),
  row('network-partition', sides, {
    lasts: [0.3, 6],
    parameters: { traffic: ['replication'] },
    needs: isCluster,
  }),
  row('network-partition', sides, {
    lasts: [0.3, 6],
    parameters: { traffic: ['controller'] },
    needs: isCluster,
  }),
  row('network-cut', anyBroker, { lasts: [0.2, 3], parameters: { traffic: ['clients'] } }),
  row('network-cut', anyBroker, { lasts: [0.2, 3], parameters: { direction: 'from' } }),
  row('swizzle', ['all', 'minority'], { lasts: [1, 5], needs: isCluster }),
  row('network-delay', anyBroker, { lasts: [0.3, 4], parameters: { addedMs: [20, 900] } }),
  row('network-stall', anyBroker, { lasts: [0.2, 3] }),
  row('network-slow', anyBroker, { lasts: [0.5, 4] }),
  row('network-refuse', anyBroker, { lasts: [0.3, 3] }),
  row('network-reset-before-delivery', anyBroker),
  row('network-reset-after-delivery', anyBroker),
  row('network-half-open', anyBroker),
  row('disk-slow', anyBroker, { lasts: [0.5, 5], parameters: { meanExtraMs: 60 } }),
  row('disk-stuck', anyBroker, { lasts: [0.2, 4] }),
  row('disk-full', anyBroker, { lasts: [0.3, 3] }),
  row('clock-jump', anyBroker, { lasts: [0.5, 4], parameters: { milliseconds: 3_600_000 } }),
  row('clock-jump', anyBroker, { lasts: [0.5, 4], parameters: { milliseconds: -3_600_000 } }),
  row('clock-drift', anyBroker, { lasts: [1, 6], parameters: { partsPerMillion: 100_000 } }),
  row('client-crash', ['produce'], { lasts: [0.1, 3] }),
  row('client-pause', ['produce'], { lasts: [0.3, 5] }),
  row('client-crash', ['consume-group'], { lasts: [0.1, 3], needs: hasGroup }),
  row('client-pause', ['consume-group'], { lasts: [0.5, 9], needs: hasGroup }),
];

/** Never a voter: brokers behind the third do not vote, nor do any where controllers are nodes of their own. */
function wipeable({ topology: { brokers, controllers } }: Circumstances): string | undefined {
  if (brokers < 3) return undefined;
  return controllers === 1 || controllers === 3 || brokers > 3 ? `broker-${brokers}` : undefined;
}

/** What these take with them is what the loss budget permits, and the rest of it has to be there. */
export function lossyRows(circumstances: Circumstances): readonly FaultRow[] {
  const victim = wipeable(circumstances);
  return [
    row('power-loss', ['one', 'leader-of orders/0', 'controller', 'minority', 'all'], { lasts: [0.1, 4] }),
    row('disk-eio', anyBroker, {
      lasts: [0.5, 3],
      parameters: { path: 'orders', operation: 'write', once: true },
    }),
    row('disk-eio', anyBroker, { lasts: [0.5, 3], parameters: { path: 'orders', operation: 'read' } }),
    row('fsync-fail', anyBroker, { lasts: [0.5, 3], parameters: { path: 'orders-', once: true } }),
    row('bit-rot', ['one'], {
      parameters: { path: 'orders-', closedSegmentsOnly: true },
      needs: isAlone,
    }),
    ...(victim === undefined ? [] : [row('wipe', [victim], { lasts: [0.5, 3] })]),
  ];
}

/** Moments at which files, roles and answers are between two states: whoever is hit there is hit at his weakest. */
export const moments: readonly { readonly event: string; readonly needs?: (of: Circumstances) => boolean }[] =
  [
    { event: 'log-appended' },
    { event: 'segment-rolled' },
    { event: 'log-flushed' },
    { event: 'log-truncated', needs: isCluster },
    { event: 'leader-began' },
    { event: 'follower-began', needs: isCluster },
    { event: 'isr-proposed', needs: isCluster },
    { event: 'partition-committed', needs: isCluster },
    { event: 'offset-committed', needs: hasGroup },
    { event: 'group-state', needs: hasGroup },
    { event: 'log-recovered' },
  ];
