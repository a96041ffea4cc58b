// The summaries for a terminal and for logs: the table of verdicts and the failures of a suite; the numbers of a
// benchmark. Plain text, safe to print (see `plain`).

import type { BenchResult, WorkloadRun } from '../bench/result.ts';
import { plain } from './escape.ts';
import { type SuiteFacts, type ToldFacts, verdictSentence } from './facts.ts';
import { duration, maybe, number, percent, roughSeconds, seconds } from './format.ts';
import { titleOf } from './story.ts';

export function suiteText(facts: SuiteFacts): string {
  const { suite } = facts;
  const head = ['scenario', 'expectation', 'seen', 'verdict', 'fingerprint'];
  const rows = facts.scenarios.map(({ name, expectation, seen, stored }) => [
    ...[name, expectation, seen],
    ...[stored.judgement.result, stored.fingerprint],
  ]);
  const lines = [
    verdictSentence(facts),
    `first seed ${suite.seed}, ${number(suite.seeds)} a scenario; ${number(facts.steps)} steps,` +
      ` ${roughSeconds(facts.virtualUs)} of virtual time; fingerprint ${suite.fingerprint}`,
    '',
    ...table(head, rows),
  ];
  for (const { name, stored, told, expected } of facts.scenarios) {
    const failures = told.filter((one) => one.told.why === 'failure');
    if (expected && failures.length === 0) continue;
    lines.push('', `${name}: ${stored.judgement.result}`);
    lines.push(...stored.judgement.reasons.slice(0, reasonsMax).map((reason) => `  ${reason}`));
    const missing = stored.judgement.reasons.length - reasonsMax;
    if (missing > 0) lines.push(`  ... and ${missing} more`);
    for (const one of failures.slice(0, reasonsMax)) lines.push(...failureText(one));
  }
  const witnesses = facts.scenarios.flatMap(({ name, told }) =>
    told.filter((one) => one.told.why === 'witness').slice(0, 1).map((one) => `  ${name}: ${one.told.replay}`),
  );
  if (witnesses.length > 0) lines.push('', 'one witness of each scenario that must show one:', ...witnesses);
  return finished(lines);
}

/** Failures, and reasons, of one scenario that a summary tells; the page has more. */
const reasonsMax = 5;

function failureText({ told, finding, run }: ToldFacts): string[] {
  const lines = [''];
  if (run !== null) lines.push(`  ${titleOf(told, run)}`);
  if (finding !== null) {
    lines.push(`  ${finding.invariant} at step ${number(finding.step)}, ${seconds(finding.timeUs)}:`);
    lines.push(`    ${finding.prose}`);
  }
  const { crash, standstill } = told.outcome;
  if (crash !== null) lines.push(`  engine crash on ${crash.node} in ${crash.label}: ${crash.message}`);
  if (standstill !== null) {
    lines.push(`  stuck in ${standstill.where}: ${standstill.why}`);
    const waits = standstill.waits.slice(0, reasonsMax);
    lines.push(...waits.map(({ node, task, waitingFor }) => `    ${node}: ${task} waits for ${waitingFor}`));
  }
  lines.push(`  again: ${told.replay}`);
  return lines;
}

export function benchText(bench: BenchResult): string {
  const { environment: machine, target } = bench;
  const lines = [
    benchSentence(bench),
    `${target.kind === 'ours' ? 'our own broker' : target.address}; ${machine.processor}, ${machine.cores} cores,` +
      ` ${machine.kernel}, Node ${machine.node}, commit ${machine.commit ?? 'unknown'}; seed ${bench.seed}`,
    '',
    ...table(
      ['workload', 'durability', 'records/s', 'MB/s', 'of the limit', 'p50', 'p99', 'ledger', 'stamps'],
      bench.runs.map(benchRow),
    ),
  ];
  for (const run of bench.runs) {
    const said = [...run.stamps.map(({ name, why }) => `${name}: ${why}`), ...run.ledger.examples, ...run.notes];
    if (said.length > 0) lines.push('', run.name, ...said.map((one) => `  ${one}`));
  }
  return finished(lines);
}

/** All workloads in one sentence. */
export function benchSentence({ runs }: BenchResult): string {
  const unsound = runs.filter(({ ledger }) => !ledger.sound).map(({ name }) => name);
  if (runs.length === 0) return 'No workload was run.';
  if (unsound.length === 0) return `Every acknowledged record of ${runs.length} workloads is accounted for.`;
  return `${unsound.length} of ${runs.length} workloads are void, their ledger has a gap: ${unsound.join(', ')}.`;
}

function benchRow(run: WorkloadRun): string[] {
  const { throughput, share, ledger, stamps } = run;
  const latency = run.latencies[0]?.whole;
  return [
    ...[run.name, run.durability, number(throughput.recordsPerSecond), number(throughput.megabytesPerSecond, 1)],
    share === null ? '-' : `${percent(share.share)} ${share.binding}`,
    ...[maybe(latency?.p50Us ?? null, duration), maybe(latency?.p99Us ?? null, duration)],
    ...[ledger.sound ? 'sound' : 'VOID', stamps.map(({ name }) => name).join(' ') || '-'],
  ];
}

/** Columns as wide as they must be; the last is not padded. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows].map((row) => row.map((cell) => plain(cell).replaceAll('\n', ' ')));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const written = all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] as number)).join('  ').trimEnd());
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [written[0] as string, rule, ...written.slice(1)];
}

function finished(lines: readonly string[]): string {
  return `${plain(lines.join('\n'))}\n`;
}
