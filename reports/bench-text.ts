// The summary of a benchmark for a terminal and for logs, and its verdict in one sentence. Plain text, safe to print.

import type { BenchResult, Comparison, WorkloadRun } from '../bench/result.ts';
import {
  answersOf,
  falseDifferences,
  losingFirst,
  outcomeOf,
  ratio,
  worstFirst,
} from './bench-page/facts.ts';
import { spaced } from './bench-page/words.ts';
import { duration, maybe, number, percent } from './format.ts';
import { finished, table } from './text.ts';

export function benchText(bench: BenchResult): string {
  const { environment: machine, target } = bench;
  const lines = [
    benchSentence(bench),
    `${target.kind === 'ours' ? 'our own broker' : target.address}; ${machine.processor}, ${machine.cores} cores,` +
      ` ${machine.kernel}, Node ${machine.node}, commit ${machine.commit ?? 'unknown'}; seed ${bench.seed}`,
    ...worstFirst(bench.comparisons).flatMap(comparisonLines),
  ];
  if (bench.runs.length > 0) lines.push('', ...table(runHead, losingFirst(bench.runs).map(runRow)));
  const others = answersOf(bench).filter(({ what }) => what === 'knee' || what === 'sweep');
  if (others.length > 0) lines.push('');
  for (const { sentence, badges } of others) {
    lines.push(`${sentence} ${badges.map(({ text }) => text).join(' ')}`);
  }
  for (const run of losingFirst(bench.runs)) {
    const said = [
      ...run.stamps.map(({ name, why }) => `${name}: ${why}`),
      ...run.ledger.examples,
      ...run.notes,
    ];
    if (said.length > 0) lines.push('', run.name, ...said.map((one) => `  ${one}`));
  }
  return finished(lines);
}

/** Everything that was asked, in one sentence: gaps first, then what was lost against another. */
export function benchSentence(bench: BenchResult): string {
  const { runs, comparisons } = bench;
  const all = [...runs, ...sweptRuns(bench)];
  const sentences = [
    ...(all.length > 0 ? [ledgerSentence(all)] : []),
    ...(comparisons.length > 0 ? [comparedSentence(bench)] : []),
    ...(bench.knees.length > 0 && all.length === 0 ? [kneesSentence(bench)] : []),
  ];
  return sentences.length === 0 ? 'No workload was run.' : sentences.join(' ');
}

function ledgerSentence(runs: readonly WorkloadRun[]): string {
  const unsound = runs.filter(({ ledger }) => !ledger.sound).map(({ name }) => name);
  if (unsound.length === 0) return `Every acknowledged record of ${runs.length} workloads is accounted for.`;
  return `${unsound.length} of ${runs.length} workloads are void, their ledger has a gap: ${unsound.join(', ')}.`;
}

function comparedSentence(bench: BenchResult): string {
  const wrong = falseDifferences(bench).length;
  if (wrong > 0) return `${wrong} comparisons of equals found a difference: the comparisons are void.`;
  const voided = bench.comparisons.filter((comparison) => comparison.voidBecause !== null).length;
  if (voided > 0) return `${voided} of ${bench.comparisons.length} comparisons are void.`;
  const lost = bench.comparisons.filter(hasLost).length;
  const of = `Of ${bench.comparisons.length} comparisons`;
  return lost === 0 ? `${of} none found B worse.` : `${of} ${lost} found B worse.`;
}

function kneesSentence({ knees }: BenchResult): string {
  const met = knees.filter(({ recordsPerSecond }) => recordsPerSecond !== null).length;
  return `${met} of ${knees.length} latency objectives were met at some rate.`;
}

/** Whether nothing that was asked has a bad answer: a gap, a loss, a false difference, an objective never met. */
export function benchIsGood(bench: BenchResult): boolean {
  const answers = answersOf(bench);
  return answers.length > 0 && answers.every(({ badges }) => badges.every(({ kind }) => kind !== 'bad'));
}

export function sweptRuns({ sweeps }: BenchResult): WorkloadRun[] {
  return sweeps.flatMap(({ points }) => points.map(({ run }) => run));
}

function hasLost({ metrics, same }: Comparison): boolean {
  return metrics.some((metric) => outcomeOf(metric, same) === 'worse');
}

/** One line for each metric of a comparison, under its question. */
export function comparisonLines({ question, metrics, same, rounds, ...more }: Comparison): string[] {
  const head = ['metric', 'median', 'low', 'high', 'verdict'];
  const rows = metrics.map((metric) => [
    spaced(metric.name),
    ...[metric.medianRatio, metric.low, metric.high].map((value) => (value === null ? '-' : ratio(value))),
    outcomeOf(metric, same),
  ]);
  const voided = more.voidBecause === null ? [] : [`VOID: ${more.voidBecause}`];
  return [
    '',
    `${question}, B over A, ${rounds.length} rounds`,
    ...voided,
    ...table(head, rows),
    ...more.notes,
  ];
}

const runHead = [
  'workload',
  'durability',
  'records/s',
  'MB/s',
  'of the limit',
  'p50',
  'p99',
  'ledger',
  'stamps',
];

function runRow(run: WorkloadRun): string[] {
  const { throughput, share, ledger, stamps, durability } = run;
  const latency = run.latencies[0]?.whole;
  return [
    ...[run.name, durability, number(throughput.recordsPerSecond), number(throughput.megabytesPerSecond, 1)],
    share === null ? '-' : `${percent(share.share)} ${share.binding}`,
    ...[maybe(latency?.p50Us ?? null, duration), maybe(latency?.p99Us ?? null, duration)],
    ...[ledger.sound ? 'sound' : 'VOID', stamps.map(({ name }) => name).join(' ') || '-'],
  ];
}
