// What each replica of a partition had at each moment: log end, high watermark, who led in which epoch, who was in
// sync. Made from the events, for the charts below the lanes.

import type { PageEvent } from './page-event.ts';

/** From `timeUs` on. -1: nothing is known, or there is no such log now. */
export interface ReplicaPoint {
  readonly timeUs: number;
  readonly logEnd: number;
  readonly highWatermark: number;
}

export interface Reign {
  readonly timeUs: number;
  readonly node: string;
  readonly epoch: number;
}

export interface PartitionSeries {
  readonly name: string;
  readonly replicas: ReadonlyMap<string, ReplicaPoint[]>;
  readonly reigns: readonly Reign[];
  /** Who is in sync from `timeUs` on, as the controller committed it. */
  readonly inSync: readonly { readonly timeUs: number; readonly nodes: readonly string[] }[];
  /** The highest log end. */
  readonly top: number;
}

interface Growing extends PartitionSeries {
  readonly replicas: Map<string, ReplicaPoint[]>;
  readonly reigns: Reign[];
  readonly inSync: { timeUs: number; nodes: readonly string[] }[];
  top: number;
}

/** In the order in which partitions were first told of; internal topics last. */
export function partitionSeries(
  events: Iterable<PageEvent>,
  named: (id: number) => string,
): PartitionSeries[] {
  const found = new Map<string, Growing>();
  for (const at of events) {
    const { event } = at;
    if (event.kind === 'node-crashed' || event.kind === 'power-lost' || event.kind === 'node-halted') {
      for (const series of found.values()) {
        if (series.replicas.has(at.node)) add(series, at, { logEnd: -1, highWatermark: -1 });
      }
    }
    if (!('topic' in event) || !('partition' in event)) continue;
    const name = `${event.topic}/${event.partition}`;
    const change = changeOf(event);
    if (change === undefined && event.kind !== 'partition-committed') continue;
    const series: Growing = found.get(name) ?? { name, replicas: new Map(), reigns: [], inSync: [], top: 0 };
    found.set(name, series);
    if (change !== undefined) add(series, at, change);
    if (event.kind === 'leader-began') reign(series, at.timeUs, at.node, event.leaderEpoch);
    if (event.kind === 'partition-committed') {
      series.inSync.push({ timeUs: at.timeUs, nodes: ids(event.isr).map(named) });
    }
  }
  const isInternal = ({ name }: PartitionSeries) => (name.startsWith('__') ? 1 : 0);
  return [...found.values()].sort((a, b) => isInternal(a) - isInternal(b));
}

function ids(list: string): number[] {
  return list === '' ? [] : list.split(',').map(Number);
}

/** The controller tells of an epoch before its leader knows of it; with the same epoch only followers changed. */
function reign(series: Growing, timeUs: number, node: string, epoch: number): void {
  const last = series.reigns.at(-1);
  if (last?.node === node && last.epoch === epoch) return;
  series.reigns.push({ timeUs, node, epoch });
}

/** A field that is left out stays as it was. */
interface Change {
  readonly logEnd?: number;
  readonly highWatermark?: number;
}

function changeOf(event: PageEvent['event']): Change | undefined {
  switch (event.kind) {
    case 'leader-began':
    case 'follower-began':
    case 'high-watermark-moved':
      return { logEnd: event.logEndOffset, highWatermark: event.highWatermark };
    case 'log-appended':
    case 'log-truncated':
      return { logEnd: event.logEndOffset };
    case 'log-recovered':
      return { logEnd: event.logEndOffset, highWatermark: -1 };
    case 'log-deleted':
      return { logEnd: -1, highWatermark: -1 };
    default:
      return undefined;
  }
}

function add(series: Growing, { node, timeUs }: PageEvent, change: Change): void {
  const points = series.replicas.get(node) ?? [];
  series.replicas.set(node, points);
  const before = points.at(-1) ?? { logEnd: -1, highWatermark: -1 };
  const { logEnd = before.logEnd, highWatermark = before.highWatermark } = change;
  if (logEnd === before.logEnd && highWatermark === before.highWatermark && points.length > 0) return;
  points.push({ timeUs, logEnd, highWatermark });
  series.top = Math.max(series.top, logEnd);
}
