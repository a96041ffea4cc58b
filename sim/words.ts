// What people read at the end: the table of verdicts, and for whatever is unexpected its story and the command that
// shows it again.

import { marksText } from './marks/words.ts';
import type { Scenario } from './scenario/schema.ts';
import type { KeptRun, StoredFailure, StoredScenario, StoredSuite } from './store.ts';
import type { JudgedScenario, SuiteResult } from './suite.ts';

const verdictWords: Readonly<Record<SuiteResult, string>> = {
  'as-expected': 'as expected',
  vacuous: 'VACUOUS',
  unknown: 'UNKNOWN',
  blind: 'NOT SHOWN',
  violated: 'VIOLATED',
  crashed: 'CRASHED',
  nondeterministic: 'NOT DETERMINISTIC',
};

export function expectationInWords({ expect }: Scenario): string {
  if (!('witness' in expect)) return 'pass';
  return `witness ${expect.witness}${expect.control === undefined ? '' : ', control never'}`;
}

/** What of a scenario's runs is put into words. */
export type Counted = Pick<
  JudgedScenario,
  'of' | 'seeds' | 'passed' | 'witnessed' | 'controls' | 'controlsClean'
>;

export function seenInWords(counted: Counted): string {
  const { of, seeds, passed, witnessed, controls, controlsClean } = counted;
  const parts: string[] = [];
  const isWitness = 'witness' in of.scenario.expect;
  if (isWitness) parts.push(`witness ${witnessed}/${seeds}`);
  if (!isWitness || passed < seeds) parts.push(`pass ${passed}/${seeds}`);
  if (controls > 0) parts.push(`control clean ${controlsClean}/${controls}`);
  return parts.join(', ');
}

/** The table, in text columns. */
export function verdictTable(scenarios: readonly StoredScenario[]): string {
  const head = ['scenario', 'expectation', 'seen', 'verdict'];
  const rows = scenarios.map((one) => [one.name, one.expectation, one.seen, verdictWords[one.result]]);
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] as string).length)),
  );
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] as number))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [line(head), rule, ...rows.map(line)].join('\n');
}

/** Failures told of one scenario; the others are in run.json. */
const toldMax = 5;
/** Seeds named beside a failure. */
const seedsToldMax = 5;

/** Everything unexpected, by scenario; empty when there is nothing. */
export function unexpectedStories(scenarios: readonly StoredScenario[]): string {
  const stories: string[] = [];
  for (const { name, failures, missing } of scenarios) {
    for (const reason of missing) stories.push(`${name}: NOT SHOWN: ${reason}`);
    for (const failure of failures.slice(0, toldMax)) stories.push(failureStory(name, failure));
    if (failures.length > toldMax) {
      stories.push(`${name}: ${failures.length - toldMax} more reasons, see run.json`);
    }
  }
  return stories.join('\n\n');
}

function failureStory(name: string, failure: StoredFailure): string {
  const { kind, control, seed, seeds, finding, replay, divergence } = failure;
  const where = control ? `${name} (control)` : name;
  const others = seeds.slice(1, seedsToldMax);
  const count = failure.count ?? seeds.length;
  const more = count > seedsToldMax ? ', ...' : '';
  const lines = [
    `${where}: ${verdictWords[kind]}: ${finding.invariant} at step ${finding.step} of seed ${seed}`,
    `  ${finding.prose}`,
  ];
  if (divergence !== null) lines.push(...divergence.split('\n').map((line) => `  ${line}`));
  if (others.length > 0) {
    lines.push(`  in ${count} seeds for the same reason: also ${others.join(', ')}${more}`);
  }
  lines.push(`  ${replay}`);
  return lines.join('\n');
}

/** Where to see each expected witness. */
export function witnessCommands(scenarios: readonly StoredScenario[]): string {
  const lines = scenarios.flatMap(({ witness }) =>
    witness === null
      ? []
      : [`  ${witness.finding.invariant} at step ${witness.finding.step}: ${witness.replay}`],
  );
  return lines.length === 0 ? '' : ['witnesses, to see for yourself:', ...lines].join('\n');
}

/** All that a person reads of a suite. */
export function tellSuite(suite: StoredSuite, folder: string, explained: readonly Explained[]): string {
  const parts = [
    verdictTable(suite.scenarios),
    unexpectedStories(suite.scenarios),
    shrunkStories(explained),
    witnessCommands(suite.scenarios),
    ledgerLines(suite),
    tallyLines(suite),
    suite.marks === undefined ? '' : marksText(suite.marks),
    (suite.notes ?? []).join('\n'),
    `${suiteLine(suite)}\nstored in ${folder}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** What became of the failures that were known before. */
function ledgerLines({ ledger }: StoredSuite): string {
  if (ledger === undefined) return '';
  const lines = ledger.map(({ status, scenario, signature, seed, replay }) => {
    const seen = `${scenario}: ${signature} (seed ${seed})`;
    return `  ${status}: ${seen}${status === 'fixed' ? '' : `\n    ${replay}`}`;
  });
  return lines.length === 0 ? '' : ['known failures, run again first:', ...lines].join('\n');
}

/** What never happened in a campaign, by sort. */
function tallyLines({ campaign }: StoredSuite): string {
  if (campaign === undefined) return '';
  const lines = campaign.coverage.map(({ sort, happened, never }) => {
    const missing = never.length === 0 ? '' : `; never: ${never.join(', ')}`;
    return `  ${sort}: ${happened} of ${happened + never.length}${missing}`;
  });
  return lines.length === 0 ? '' : ['what happened at all:', ...lines].join('\n');
}

export function suiteLine(suite: StoredSuite): string {
  const { runs, seconds, workers } = suite.machine;
  const { first, count, shard } = suite.seeds;
  const seeds = `${count} seed${count === 1 ? '' : 's'} from ${first}${shard === null ? '' : `, shard ${shard}`}`;
  const perSecond = (runs / Math.max(0.001, seconds)).toFixed(1);
  const took = `${runs} runs in ${seconds.toFixed(1)} s, ${perSecond} a second on ${workers} threads`;
  const verdict = `${verdictWords[suite.result]}: ${suite.scenarios.length} scenarios, ${seeds}; ${took}`;
  return `${verdict}\nfingerprint ${suite.fingerprint}`;
}

/** A kept run, as far as it was made small. */
export type Explained = Pick<KeptRun, 'scenario' | 'shrunk' | 'pointOfNoReturn'> & { readonly seed: string };

/** The failures that were made small, each with its story and where it was decided; empty when there are none. */
export function shrunkStories(explained: readonly Explained[]): string {
  const stories = explained.flatMap(({ scenario, seed, shrunk = null, pointOfNoReturn: point = null }) => {
    if (shrunk === null) return [];
    const events = `${shrunk.events} event${shrunk.events === 1 ? '' : 's'}`;
    const lines = [
      `${scenario}, seed ${seed}, shrunk to ${events}:`,
      ...shrunk.story.map((line) => `  ${line}`),
      ...(point === null ? [] : [`  no way back ${point.prose}`]),
      `  ${shrunk.replay}`,
    ];
    return [lines.join('\n')];
  });
  return stories.join('\n\n');
}
