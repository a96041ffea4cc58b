// Stored results for the tests of the history: one workload and one comparison, measured on many days, with noise made
// by arithmetic. What a day does differently is said in a few words.

import type { BenchResult, WorkloadRun } from '../../bench/result.ts';
import type { StoredCost } from '../../bench/simulated/document.ts';
import { sampleBench, sampleComparison, sampleRun } from '../testing-bench.ts';
import { type NamedResult, readBenchmark, resultOf } from './results.ts';

export interface Day {
  readonly commit?: string | null;
  /** Factors. */
  readonly cpu?: number;
  readonly rate?: number;
  readonly ratio?: number;
  readonly node?: string;
  readonly run?: Partial<WorkloadRun>;
}

/** Some 2 % to both sides, never twice the same within 101 days. */
function noise(day: number, salt: number): number {
  return 1 + (((day * 37 + salt * 13) % 101) - 50) / 2_500;
}

export function benchOfDay(day: number, changes: Day = {}): BenchResult {
  const { commit = commitOfDay(day), cpu = 1, rate = 1, ratio = 1, node = 'v24.21.0' } = changes;
  const base = sampleRun();
  const recordsPerSecond = 20_000 * rate * noise(day, 1);
  const run = sampleRun({
    throughput: { ...base.throughput, recordsPerSecond },
    broker: {
      ...{ userUsPerRecord: 10 * cpu * noise(day, 2), systemUsPerRecord: 5, cpuPercent: 41 },
      rssMaxBytes: Math.round(90_000_000 * noise(day, 3)),
    },
    ...changes.run,
  });
  const comparison = sampleComparison();
  const metrics = comparison.metrics.slice(0, 1).map((metric) => {
    const medianRatio = 1.3 * ratio * noise(day, 4);
    return { ...metric, medianRatio, low: medianRatio * 0.97, high: medianRatio * 1.03 };
  });
  const bench = sampleBench([run]);
  return {
    ...bench,
    startedAt: `2026-01-${String(day + 1).padStart(2, '0')}T03:04:05.000Z`,
    environment: { ...bench.environment, commit, node },
    comparisons: [{ ...comparison, metrics }],
  };
}

export function commitOfDay(day: number): string {
  return `${String(day).padStart(2, '0')}abcde0123456789012345678901234567890123`.slice(0, 40);
}

/** As if they had been read from folders of these names. */
export function named(documents: readonly (BenchResult | StoredCost)[]): NamedResult[] {
  return documents.map((document, at) => {
    const name = `runs/${at}`;
    const content = JSON.stringify(document);
    return { name, result: resultOf(readBenchmark(name, content), name, `digest of ${content}`) };
  });
}

/** `days` results, what each does differently said by its number. */
export function days(count: number, changesOf: (day: number) => Day = () => ({})): BenchResult[] {
  return Array.from({ length: count }, (_, day) => benchOfDay(day, changesOf(day)));
}

export function costOfDay(day: number, counts: Readonly<Record<string, number>>): StoredCost {
  return {
    format: 'odradek-bench-simulated/1',
    model: { seed: 'cost', diskSyncUs: 1_000 } as StoredCost['model'],
    workloads: [{ name: 'produce-closed', durability: 'page cache', counts, sound: true, gaps: [] }],
    taken: {
      startedAt: `2026-01-${String(day + 1).padStart(2, '0')}T03:04:05.000Z`,
      ...{ commit: commitOfDay(day), version: '0.1.0', node: 'v24.21.0' },
    },
  };
}
