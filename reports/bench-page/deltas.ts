// Two stored benchmarks of one machine, number by number: A, B, and B over A. Each side is one sample, so there are
// no intervals and no verdicts here: who wants those runs both in interleaved rounds (`bench --compare`). Pure.

import type { BenchResult, Environment, WorkloadRun } from '../../bench/result.ts';
import { number } from '../format.ts';
import { placeOf } from './facts.ts';
import { latencyName } from './words.ts';

export interface Delta {
  readonly name: string;
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly a: number;
  readonly b: number;
  /** B over A; null where A is nothing. */
  readonly ratio: number | null;
}

/** Everything that both sides measured of one workload, knee or point of a sweep. */
export interface Pair {
  readonly of: 'run' | 'knee' | 'sweep';
  readonly name: string;
  readonly durability: string;
  /** Why these numbers say nothing; null: they do. */
  readonly voidBecause: string | null;
  readonly throughput: readonly Delta[];
  readonly latency: readonly Delta[];
  readonly cost: readonly Delta[];
}

export interface Deltas {
  /** The greatest loss first. */
  readonly pairs: readonly Pair[];
  /** What only one side has, or has otherwise, in sentences. */
  readonly unpaired: readonly string[];
}

// ---- the machine

const fingerprint = ['processor', 'cores', 'memoryBytes', 'platform', 'kernel', 'disk'] as const;

/** How the machines differ; with any difference nothing is compared. */
export function machineDifferences(a: Environment, b: Environment): string[] {
  return fingerprint
    .filter((name) => a[name] !== b[name])
    .map((name) => `${name} ${a[name] ?? 'not known'} and ${b[name] ?? 'not known'}`);
}

// ---- pairs

export function deltasOf(a: BenchResult, b: BenchResult): Deltas {
  const left = keyed(cellsOf(a));
  const right = keyed(cellsOf(b));
  const pairs: Pair[] = [];
  const unpaired: string[] = [];
  for (const [key, cell] of left) {
    const other = right.get(key);
    if (other === undefined) unpaired.push(`${cell.name}: only A has it.`);
    else if (cell.asked !== other.asked)
      unpaired.push(`${cell.name}: A and B did not run the same workload file.`);
    else pairs.push(pairOf(cell, other));
  }
  for (const [key, { name }] of right) if (!left.has(key)) unpaired.push(`${name}: only B has it.`);
  return { pairs: pairs.toSorted((one, other) => worst(other) - worst(one)), unpaired };
}

/** The second run of a workload has the second of the other side as its pair. */
function keyed(cells: readonly Cell[]): Map<string, Cell> {
  const found = new Map<string, Cell>();
  const seen = new Map<string, number>();
  for (const cell of cells) {
    const times = (seen.get(cell.key) ?? 0) + 1;
    seen.set(cell.key, times);
    found.set(`${cell.key} ${times}`, cell);
  }
  return found;
}

/** The largest loss of B, as a ratio of at least 1; a void pair stands above all. */
function worst({ voidBecause, throughput, latency, cost }: Pair): number {
  if (voidBecause !== null) return Number.MAX_VALUE;
  return Math.max(1, ...[...throughput, ...latency, ...cost].map(lossOf));
}

export function lossOf({ ratio, better }: Delta): number {
  if (ratio === null || ratio <= 0) return 1;
  return better === 'higher' ? 1 / ratio : ratio;
}

interface Measured {
  readonly name: string;
  readonly unit: string;
  readonly better: Delta['better'];
  readonly value: number | null;
}

interface Cell {
  readonly key: string;
  readonly of: Pair['of'];
  readonly name: string;
  readonly durability: string;
  /** What was asked for: only the same is compared. */
  readonly asked: string;
  readonly isSound: boolean;
  readonly throughput: readonly Measured[];
  readonly latency: readonly Measured[];
  readonly cost: readonly Measured[];
}

function cellsOf({ runs, knees, sweeps }: BenchResult): Cell[] {
  return [
    ...runs.map((run) => runCell('run', run.name, run)),
    ...knees.map((knee): Cell => {
      const { workload, objective, recordsPerSecond: value } = knee;
      const name = `${workload}, p${objective.percentile} within ${number(objective.latencyMs, 1)} ms`;
      const knees = [{ name: 'knee', unit: 'records/s', better: 'higher' as const, value }];
      return {
        ...{ key: `knee ${name}`, of: 'knee', name, durability: '' },
        asked: '',
        isSound: true,
        throughput: knees,
        latency: [],
        cost: [],
      };
    }),
    ...sweeps.flatMap(({ name, points }) =>
      points.map(({ at, run }) => runCell('sweep', `${name}, ${placeOf(at)}`, run)),
    ),
  ];
}

/** What was asked of a run. With another generator the same file is another load. */
export function askedOf({ workload, generator, durability }: WorkloadRun): string {
  return JSON.stringify([workload, generator.name, generator.processes, durability]);
}

/** User and system together; null where one of them is not known. */
export function cpuOf(cost: WorkloadRun['client'] | null): number | null {
  if (cost === null || cost.userUsPerRecord === null || cost.systemUsPerRecord === null) return null;
  return cost.userUsPerRecord + cost.systemUsPerRecord;
}

function runCell(of: 'run' | 'sweep', name: string, run: WorkloadRun): Cell {
  const { throughput, share, latencies, broker, client, brokerCounts: counts, ledger } = run;
  const higher = (what: string, unit: string, value: number | null): Measured => ({
    ...{ name: what, unit, value, better: 'higher' },
  });
  const lower = (what: string, unit: string, value: number | null): Measured => ({
    ...{ name: what, unit, value, better: 'lower' },
  });
  return {
    ...{ key: `${of} ${name}`, of, name, durability: run.durability, isSound: ledger.sound },
    asked: askedOf(run),
    throughput: [
      higher('throughput', 'records/s', throughput.recordsPerSecond),
      higher(`share of the ${share?.binding ?? 'smallest'} limit`, '1', share?.share ?? null),
    ],
    latency: latencies.flatMap((latency) => {
      const { p50Us, p99Us, p999Us } = latency.whole;
      const what = latencyName(latency);
      return [
        lower(`p50 of ${what}`, 'us', p50Us),
        lower(`p99 of ${what}`, 'us', p99Us),
        lower(`p99.9 of ${what}`, 'us', p999Us),
      ];
    }),
    cost: [
      lower('broker CPU', 'us/record', cpuOf(broker)),
      lower('generator CPU', 'us/record', cpuOf(client)),
      lower('broker memory at most', 'B', broker?.rssMaxBytes ?? null),
      lower('fsyncs', '1/1000 records', counts?.fsyncsPerThousandRecords ?? null),
      lower('write calls', '1/1000 records', counts?.writeCallsPerThousandRecords ?? null),
      lower('read calls', '1/1000 records', counts?.readCallsPerThousandRecords ?? null),
      lower('bytes written per byte received', '1', counts?.bytesWrittenPerByteReceived ?? null),
      lower('start to first acknowledged', 'ms', run.startToFirstAcknowledgedMs),
    ],
  };
}

function pairOf(a: Cell, b: Cell): Pair {
  const gaps = [...(a.isSound ? [] : ['A']), ...(b.isSound ? [] : ['B'])];
  return {
    ...{ of: a.of, name: a.name, durability: a.durability },
    voidBecause: gaps.length === 0 ? null : `the ledger of ${gaps.join(' and ')} has a gap`,
    throughput: paired(a.throughput, b.throughput),
    latency: paired(a.latency, b.latency),
    cost: paired(a.cost, b.cost),
  };
}

/** What both sides could measure, by name. */
function paired(a: readonly Measured[], b: readonly Measured[]): Delta[] {
  return a.flatMap(({ name, unit, better, value }) => {
    const other = b.find((one) => one.name === name)?.value ?? null;
    if (value === null || other === null) return [];
    return [{ name, unit, better, a: value, b: other, ratio: value === 0 ? null : other / value }];
  });
}
