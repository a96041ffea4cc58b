// The summary of a suite for a terminal and for logs: the table of verdicts, and the failures. Plain text, safe to
// print (see `plain`). That of a benchmark is in bench-text.ts.

import { lanesText } from '../sim/told/lanes-text.ts';
import { plain } from './escape.ts';
import { alsoIn, type SuiteFacts, type Told, titleOf, verdictSentence } from './facts.ts';
import { clipped, number, roughSeconds, seconds } from './format.ts';
import { marksSentence } from './marks.ts';
import type { RunFacts } from './run-facts.ts';
import { chainOf } from './story-page/chain.ts';
import { storyName } from './story-page/story-name.ts';

export function suiteText(facts: SuiteFacts): string {
  const { suite } = facts;
  const { first, count, shard } = suite.seeds;
  const head = ['scenario', 'expectation', 'seen', 'verdict', 'fingerprint'];
  const rows = suite.scenarios.map(({ name, expectation, seen, result, fingerprint }) => [
    ...[name, expectation, seen],
    ...[result, fingerprint],
  ]);
  const lines = [
    verdictSentence(facts),
    `${number(count)} seeds from ${first}${shard === null ? '' : `, shard ${shard}`}; ${number(facts.steps)} steps,` +
      ` ${roughSeconds(facts.virtualUs)} of virtual time; fingerprint ${suite.fingerprint}`,
    ...(suite.notes ?? []),
    '',
    ...table(head, rows),
  ];
  for (const { status, scenario, signature, replay } of suite.ledger ?? []) {
    lines.push('', `known: ${scenario}: ${signature}: ${status}`);
    if (status !== 'fixed') lines.push(`  again: ${replay}`);
  }
  for (const { sort, happened, never } of suite.campaign?.coverage ?? []) {
    const missing = never.length === 0 ? '' : `; never: ${never.join(', ')}`;
    lines.push('', `${sort}: ${happened} of ${happened + never.length}${missing}`);
  }
  if (suite.marks !== undefined) {
    lines.push('', marksSentence(suite.marks), ...suite.marks.missing.map((reason) => `  ${reason}`));
    const never = suite.marks.never.map(({ mark }) => mark);
    if (never.length > 0) lines.push(`  never: ${never.join(', ')}`);
  }
  for (const { stored, failures, expected } of facts.scenarios) {
    if (expected) continue;
    lines.push('', `${stored.name}: ${stored.result}`, ...stored.missing.map((reason) => `  ${reason}`));
    for (const told of failures.slice(0, failuresMax)) lines.push(...failureText(told));
    const more = failures.length - failuresMax;
    if (more > 0) lines.push('', `  ${more} further reasons are in run.json`);
  }
  const witnesses = suite.scenarios.flatMap(({ name, witness }) =>
    witness === null ? [] : [`  ${name}: ${witness.replay}`, ...explained(witness.kept)],
  );
  if (witnesses.length > 0) lines.push('', 'witnesses, to look at again:', ...witnesses);
  return finished(lines);
}

/** Reasons to fail of one scenario that a summary tells. */
const failuresMax = 5;

function failureText({ telling, failure, run }: Told): string[] {
  const { finding, replay } = telling;
  const lines = [
    '',
    `  ${titleOf(telling)}, step ${number(finding.step)}, ${seconds(finding.timeUs)}`,
    `    ${finding.prose}`,
  ];
  const also = failure === null ? '' : alsoIn(failure);
  if (also !== '') lines.push(`    ${also}`);
  if (failure?.divergence) lines.push(...failure.divergence.split('\n').map((line) => `    ${line}`));
  for (const { node, task, waitingFor } of run?.outcome.standstill?.waits.slice(0, waitsMax) ?? []) {
    lines.push(`    ${node}: ${task} waits for ${waitingFor}`);
  }
  if (run !== null) lines.push('', ...storyText(run, finding).map((line) => `    ${line}`.trimEnd()));
  return [...lines, `    again: ${replay}`, ...explained(telling.kept)];
}

/** Lines of a chain that a summary tells, and characters of each. */
const chainLinesTold = 24;
const chainCharacters = 200;

/** The timeline in letters, and the end of the way to the finding. */
function storyText(run: RunFacts, finding: Told['telling']['finding']): string[] {
  const { outcome, endUs } = run;
  const { trace = [], effects } = outcome;
  const { lines } = chainOf(run, finding);
  const told = lines.slice(-chainLinesTold).map(({ timeUs, text }) => {
    return `${seconds(timeUs).padStart(13)}  ${clipped(text, chainCharacters)}`;
  });
  return [...lanesText({ trace, effects, endUs, findingUs: finding.timeUs }), '', ...told, ''];
}

function explained(kept: string | null): string[] {
  return kept === null ? [] : [`    explained: ${storyName(kept)}`];
}

/** Pending waits that a summary names. */
const waitsMax = 8;

/** Columns as wide as they must be; the last is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows].map((row) => row.map((cell) => plain(cell).replaceAll('\n', ' ')));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const written = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [written[0] as string, rule, ...written.slice(1)];
}

/** The whole text, safe to print. */
export function finished(lines: readonly string[]): string {
  return `${plain(lines.join('\n'))}\n`;
}
