// What a stored benchmark has for the history: for each workload, knee, point of a sweep and comparison the few numbers
// that are followed over commits, and what is known of how sure each is. One run is one sample; only a comparison
// brings an interval. Pure.

import type { BenchResult, Comparison, Knee, WorkloadRun } from '../../bench/result.ts';
import { askedOf, cpuOf } from '../bench-page/deltas.ts';
import { placeOf, voidBecause } from '../bench-page/facts.ts';
import { latencyName, spaced } from '../bench-page/words.ts';
import { number } from '../format.ts';

export type Better = 'higher' | 'lower' | 'neither';

export interface Spread {
  readonly low: number;
  readonly high: number;
  /** Of an interval; null: no interval, one standard deviation of the seconds of the run. */
  readonly confidence: number | null;
}

export interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly better: Better;
  readonly value: number;
  readonly spread: Spread | null;
  /** Of a share: the limit. Only the share of the one that binds today is followed. */
  readonly limit?: string;
}

export interface Cell {
  /** The same for what may be one series. */
  readonly key: string;
  readonly name: string;
  /** What was asked for: only the same makes a series. */
  readonly asked: string;
  /** Why its numbers say nothing; null: they do. */
  readonly voidBecause: string | null;
  readonly measured: readonly Measured[];
  /** The limit that binds; null where none was probed. */
  readonly binding: string | null;
}

/** `''` for our own broker: another one is never in a series with it. */
export function cellsOf(bench: BenchResult): Cell[] {
  const { target, runs, knees, sweeps, comparisons } = bench;
  const address = target.kind === 'ours' ? '' : ` (${target.address})`;
  return [
    ...runs.map((run) => runCell(`${run.name}${address}`, run)),
    ...sweeps.flatMap(({ name, points }) =>
      points.map(({ at, run }) => runCell(`${name}, ${placeOf(at)}${address}`, run)),
    ),
    ...knees.map((knee) => kneeCell(knee, address)),
    // A comparison of equals is a proof of the method, and no number of a broker.
    ...comparisons.filter(({ same }) => !same).map((one) => comparisonCell(one, bench)),
  ];
}

// ---- one run

function runCell(name: string, run: WorkloadRun): Cell {
  const { broker, brokerCounts: counts, ledger, share } = run;
  const rss = broker?.rssMaxBytes ?? null;
  return {
    ...{ key: `run ${name}`, name, asked: askedOf(run), binding: share?.binding ?? null },
    voidBecause: ledger.sound ? null : (ledger.examples[0] ?? 'the ledger has a gap'),
    measured: [
      ...throughputOf(run),
      ...run.shares.map(({ binding, share: of }): Measured => {
        const what = { name: `share of the ${binding} limit`, unit: '%', limit: binding };
        return { ...what, better: 'higher', value: 100 * of, spread: null };
      }),
      ...tailOf(run),
      ...lower('broker CPU', 'us/record', cpuOf(broker)),
      ...lower('fsyncs', '1/1000 records', counts?.fsyncsPerThousandRecords ?? null),
      ...lower('write calls', '1/1000 records', counts?.writeCallsPerThousandRecords ?? null),
      ...lower('broker memory at most', 'MB', rss === null ? null : rss / 1e6),
      ...lower('start to first acknowledged', 'ms', run.startToFirstAcknowledgedMs),
    ],
  };
}

function throughputOf({ throughput }: WorkloadRun): Measured[] {
  const { recordsPerSecond: value, coefficientOfVariation: variation } = throughput;
  const spread =
    variation === null
      ? null
      : { low: value * (1 - variation), high: value * (1 + variation), confidence: null };
  return [{ name: 'throughput', unit: 'records/s', better: 'higher', value, spread }];
}

/** Of the latency that the workload is about, which is the first that is not the generator's own. */
function tailOf({ latencies }: WorkloadRun): Measured[] {
  const latency = latencies.find(({ of }) => of !== 'send-lateness');
  const p99Us = latency?.whole.p99Us ?? null;
  if (latency === undefined || p99Us === null) return [];
  return lower(`p99 of ${latencyName(latency)}`, 'ms', p99Us / 1_000);
}

function lower(name: string, unit: string, value: number | null): Measured[] {
  return value === null ? [] : [{ name, unit, better: 'lower', value, spread: null }];
}

// ---- more than one run

function kneeCell({ workload, objective, recordsPerSecond: value }: Knee, address: string): Cell {
  const promise = `p${objective.percentile} within ${number(objective.latencyMs, 1)} ms`;
  const name = `${workload}, ${promise}${address}`;
  const knee = { name: 'knee', unit: 'records/s', better: 'higher' as const, spread: null };
  return {
    ...{ key: `knee ${name}`, name, asked: '', voidBecause: null, binding: null },
    measured: value === null ? [] : [{ ...knee, value }],
  };
}

function comparisonCell(comparison: Comparison, bench: BenchResult): Cell {
  const { question, metrics, confidence } = comparison;
  return {
    ...{ key: `comparison ${question}`, name: question, asked: '', binding: null },
    voidBecause: voidBecause(comparison, bench),
    measured: metrics.flatMap(({ name, better, medianRatio: value, low, high }): Measured[] => {
      if (value === null) return [];
      const spread = low === null || high === null ? null : { low, high, confidence };
      return [{ name: `${spaced(name)}, ratio`, unit: 'B over A', better, value, spread }];
    }),
  };
}
