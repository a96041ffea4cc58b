// A benchmark as JUnit XML: one testcase for each run, comparison, knee and sweep. A gap in a ledger, a loss against
// the other, a difference between equals and an objective that no rate meets are failures; what is inconclusive is
// not: it asks for more rounds.

import type { BenchResult, Comparison, Sweep, WorkloadRun } from '../bench/result.ts';
import { answersOf, outcomeOf, placeOf } from './bench-page/facts.ts';
import { spaced } from './bench-page/words.ts';
import { comparisonLines } from './bench-text.ts';
import { number, percent } from './format.ts';
import { type Case, document } from './junit.ts';

export function benchJunit(bench: BenchResult): string {
  return document('odradek bench', [
    ...bench.comparisons.map(comparisonCase),
    ...bench.runs.map(runCase),
    ...kneeCases(bench),
    ...bench.sweeps.map(sweepCase),
  ]);
}

function failed(type: string, text: string): Case['failure'] {
  return { element: 'failure', type, text };
}

function comparisonCase(comparison: Comparison): Case {
  const { question } = comparison;
  const output = comparisonLines(comparison).slice(1).join('\n');
  return { group: 'comparison', name: question, output, failure: comparisonFailure(comparison) };
}

function comparisonFailure(comparison: Comparison): Case['failure'] {
  const { question, metrics, same, voidBecause } = comparison;
  const named = (outcome: string) =>
    metrics.filter((metric) => outcomeOf(metric, same) === outcome).map(({ name }) => spaced(name));
  const wrong = named('false difference');
  if (wrong.length > 0)
    return failed('false difference', `${question}: equals differ in ${wrong.join(', ')}`);
  if (voidBecause !== null) return failed('void', `${question}: ${voidBecause}`);
  const worse = named('worse');
  return worse.length > 0 ? failed('worse', `${question}: B is worse in ${worse.join(', ')}`) : undefined;
}

function runCase(run: WorkloadRun): Case {
  const { throughput, share, ledger, stamps, notes, durability } = run;
  const output = [
    `${number(throughput.recordsPerSecond)} records/s, ${number(throughput.megabytesPerSecond, 1)} MB/s,` +
      ` ${durability}`,
    share === null ? 'no limit was measured' : `${percent(share.share)} of the ${share.binding} probe`,
    ...stamps.map(({ name, why }) => `${name}: ${why}`),
    ...notes,
  ].join('\n');
  const failure = ledger.sound ? undefined : failed('ledger', gapOf(run));
  return { group: run.workload.kind, name: run.name, failure, output };
}

function gapOf({ ledger }: WorkloadRun): string {
  return ledger.examples.length > 0 ? ledger.examples.join('\n') : 'the ledger does not add up';
}

function kneeCases(bench: BenchResult): Case[] {
  return answersOf(bench)
    .filter(({ what }) => what === 'knee')
    .map(({ name, sentence, badges }) => ({
      ...{ group: 'knee', name, output: sentence },
      failure: badges.some(({ kind }) => kind === 'bad') ? failed('objective', sentence) : undefined,
    }));
}

function sweepCase({ name, over, points }: Sweep): Case {
  const broken = points.filter(({ run }) => !run.ledger.sound);
  const text = broken.map(({ at, run }) => `${placeOf(at)}: ${gapOf(run)}`).join('\n');
  const lines = points.map(
    ({ at, run }) => `${placeOf(at)}: ${number(run.throughput.recordsPerSecond)} records/s`,
  );
  return {
    ...{ group: 'sweep', name: `${name} over ${over.join(', ')}`, output: lines.join('\n') },
    failure: broken.length === 0 ? undefined : failed('ledger', text),
  };
}
