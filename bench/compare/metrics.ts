// What two targets are compared in, the quietest first: counts, then processor time, then rates, then the tail and
// memory. One row each.
//
// The margin is the difference that is too small to be called one. It grows with how noisy the metric is by nature,
// not with what somebody would like to see.

import type { BrokerCounts, WorkloadRun } from '../result.ts';

export interface Metric {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly margin: number;
  /** count: much the same on every machine. processor: of this machine only. other: not for a gate. */
  readonly kind: 'count' | 'processor' | 'other';
  /** Whether it belongs to one half alone, also when another half runs at the same time (a duet). */
  readonly inDuet: boolean;
  /** null: could not be measured. */
  readonly of: (run: WorkloadRun) => number | null;
}

const countMargin = 0.02;
const processorMargin = 0.02;
const rateMargin = 0.05;
const memoryMargin = 0.1;
const tailMargin = 0.2;

export const metrics: readonly Metric[] = [
  count('requestsPerThousandRecords', '1/1000 records', ({ requests }, run) =>
    requests === null ? null : (1000 * requests) / recordsOf(run),
  ),
  count('fsyncsPerThousandRecords', '1/1000 records', (counts) => counts.fsyncsPerThousandRecords),
  count('writeCallsPerThousandRecords', '1/1000 records', (counts) => counts.writeCallsPerThousandRecords),
  count('readCallsPerThousandRecords', '1/1000 records', (counts) => counts.readCallsPerThousandRecords),
  count('bytesWrittenPerByteReceived', '1', (counts) => counts.bytesWrittenPerByteReceived),
  {
    name: 'brokerCpuUsPerRecord',
    unit: 'us',
    better: 'lower',
    margin: processorMargin,
    kind: 'processor',
    inDuet: true,
    of: ({ broker }) => cpuOf(broker),
  },
  {
    name: 'clientCpuUsPerRecord',
    unit: 'us',
    better: 'lower',
    margin: processorMargin,
    // The client is the same code on both sides: it tells how much work the answers of the broker are.
    kind: 'other',
    // Where the load comes from the harness's own process, it is one process for both halves.
    inDuet: false,
    of: ({ client }) => cpuOf(client),
  },
  {
    name: 'recordsPerSecond',
    unit: '1/s',
    better: 'higher',
    margin: rateMargin,
    kind: 'other',
    inDuet: false,
    of: ({ throughput }) => throughput.recordsPerSecond,
  },
  {
    name: 'p99Us',
    unit: 'us',
    better: 'lower',
    margin: tailMargin,
    kind: 'other',
    inDuet: false,
    of: p99Of,
  },
  {
    name: 'brokerRssMaxBytes',
    unit: 'B',
    better: 'lower',
    margin: memoryMargin,
    kind: 'other',
    inDuet: true,
    of: ({ broker }) => broker?.rssMaxBytes ?? null,
  },
];

/** A comparison in doubt grows until the first of these that could be measured is out of doubt. */
export const deciding: readonly string[] = ['brokerCpuUsPerRecord', 'recordsPerSecond'];

export function metricNamed(name: string): Metric | undefined {
  return metrics.find((metric) => metric.name === name);
}

export type Measures = Readonly<Record<string, number | null>>;

export function measuresOf(run: WorkloadRun): Measures {
  return Object.fromEntries(metrics.map(({ name, of }) => [name, of(run)]));
}

function count(
  name: string,
  unit: string,
  of: (counts: BrokerCounts, run: WorkloadRun) => number | null,
): Metric {
  return {
    name,
    unit,
    better: 'lower',
    margin: countMargin,
    kind: 'count',
    inDuet: true,
    of: (run) => (run.brokerCounts === null ? null : of(run.brokerCounts, run)),
  };
}

/** In the measured time. */
function recordsOf({ seconds }: WorkloadRun): number {
  const records = seconds.reduce((sum, { phase, records }) => sum + (phase === 'measured' ? records : 0), 0);
  return Math.max(1, records);
}

function cpuOf(cost: WorkloadRun['client'] | null): number | null {
  if (cost === null || cost.userUsPerRecord === null || cost.systemUsPerRecord === null) return null;
  return cost.userUsPerRecord + cost.systemUsPerRecord;
}

/** Of the latency that the kind of workload is about, which is the first that is not the generator's own. */
function p99Of({ latencies }: WorkloadRun): number | null {
  return latencies.find(({ of }) => of !== 'send-lateness')?.whole.p99Us ?? null;
}
