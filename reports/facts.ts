// Facts of a stored suite, before anybody puts them into words or pictures: the table of verdicts, and the runs that are
// told in full. Pure, except that traces are fetched one at a time through `readFile`.

import type { Finding } from '../sim/index.ts';
import { counted, number } from './format.ts';
import { type RunFacts, runFacts } from './run-facts.ts';
import {
  type ReadFile,
  readHistory,
  readTrace,
  type StoredScenario,
  type StoredSuite,
  type ToldRun,
} from './stored.ts';

export interface ToldFacts {
  readonly told: ToldRun;
  readonly finding: Finding | null;
  /** In full, with a story and a timeline; null where the page would grow too long. */
  readonly run: RunFacts | null;
}

export interface ScenarioFacts {
  readonly stored: StoredScenario;
  /** `acks/acks0-leader-crash`. */
  readonly name: string;
  readonly expectation: string;
  readonly seen: string;
  readonly expected: boolean;
  readonly told: readonly ToldFacts[];
}

export interface SuiteFacts {
  readonly suite: StoredSuite;
  readonly scenarios: readonly ScenarioFacts[];
  readonly asExpected: number;
  readonly runs: number;
  readonly steps: number;
  readonly virtualUs: number;
  /** Runs that are only a line in a table, because the page has enough stories. */
  readonly untold: number;
}

/** Failures of one scenario that are told in full: the others are most likely the same story. */
const failuresInFull = 3;
const witnessesInFull = 1;
/** Stories of one page. */
const storiesMax = 40;

export function suiteFacts(suite: StoredSuite, readFile: ReadFile): SuiteFacts {
  const inFull = chosen(suite);
  const scenarios = suite.scenarios.map((stored) => scenarioFacts(stored, inFull, readFile));
  const sum = (of: (scenario: StoredScenario) => number) =>
    suite.scenarios.reduce((total, scenario) => total + of(scenario), 0);
  return {
    suite,
    scenarios,
    asExpected: scenarios.filter(({ expected }) => expected).length,
    runs: sum(({ judgement, control }) => judgement.seeds + (control?.seeds ?? 0)),
    steps: sum(({ steps }) => steps),
    virtualUs: sum(({ virtualUs }) => virtualUs),
    untold: sum(({ told }) => told.length) - inFull.size,
  };
}

/** Failures before witnesses, so that a long list of witnesses never hides a failure. */
function chosen(suite: StoredSuite): Set<ToldRun> {
  const pick = (why: ToldRun['why'], perScenario: number) =>
    suite.scenarios.flatMap(({ told }) => told.filter((run) => run.why === why).slice(0, perScenario));
  const wanted = [...pick('failure', failuresInFull), ...pick('witness', witnessesInFull)];
  return new Set(wanted.slice(0, storiesMax));
}

function scenarioFacts(
  stored: StoredScenario,
  inFull: ReadonlySet<ToldRun>,
  readFile: ReadFile,
): ScenarioFacts {
  const told = stored.told.map((run) => {
    const finding = findingOf(stored, run);
    if (!inFull.has(run)) return { told: run, finding, run: null };
    const facts = runFacts(run.outcome, finding, readTrace(run, readFile), readHistory(run, readFile));
    return { told: run, finding, run: facts };
  });
  return {
    stored,
    name: nameOf(stored.file),
    expectation: expectationOf(stored),
    seen: seenOf(stored),
    expected: stored.judgement.result === 'as-expected',
    told,
  };
}

export function nameOf(file: string): string {
  const parts = file.replace(/\.jsonc?$/, '').split(/[/\\]/);
  return parts.slice(-2).join('/');
}

/** What the run is told for: the violation, or the witness. A vacuous pass counts last, it explains least. */
function findingOf(stored: StoredScenario, { control, why, outcome }: ToldRun): Finding | null {
  const { expect } = stored;
  const witness = 'witness' in expect ? expect.witness : undefined;
  if (why === 'witness') {
    const shown = outcome.witnesses.find((finding) => finding.invariant === witness);
    return shown ?? outcome.witnesses[0] ?? null;
  }
  const never = (control ? ('control' in expect ? expect.control?.never : undefined) : expect.never) ?? [];
  return (
    outcome.violations.find((finding) => finding.invariant !== vacuousPass) ??
    outcome.witnesses.find((finding) => (never as readonly string[]).includes(finding.invariant)) ??
    outcome.violations[0] ??
    null
  );
}

/** The invariant of a run that was not worth judging; the simulator's word for it. */
const vacuousPass = 'vacuous-pass';

function expectationOf({ expect }: StoredScenario): string {
  const never = (expect.never ?? []).length > 0 ? `; never ${(expect.never ?? []).join(', ')}` : '';
  if (!('witness' in expect)) return `pass${never}`;
  const { inAtLeast, control } = expect;
  const often = inAtLeast === undefined ? '' : ` in at least ${inAtLeast.seeds} of ${inAtLeast.of}`;
  const paired = control === undefined ? '' : `; control never ${control.never.join(', ')}`;
  return `witness ${expect.witness}${often}${never}${paired}`;
}

function seenOf({ expect, judgement, passed, control }: StoredScenario): string {
  const { seeds, witnessed } = judgement;
  const parts: string[] = [];
  if ('witness' in expect) parts.push(`witness in ${number(witnessed)}/${number(seeds)}`);
  if (!('witness' in expect) || passed < seeds) parts.push(`pass ${number(passed)}/${number(seeds)}`);
  if (control !== null) parts.push(`control clean ${number(control.clean)}/${number(control.seeds)}`);
  return parts.join('; ');
}

/** The suite in one sentence. */
export function verdictSentence(facts: SuiteFacts): string {
  const { scenarios, asExpected, runs } = facts;
  const all = `${counted(scenarios.length, 'scenario')}, ${counted(runs, 'run')}`;
  if (scenarios.length === 0) return 'No scenario was run.';
  if (asExpected === scenarios.length) return `All as expected: ${all}.`;
  const worst = scenarios
    .filter(({ expected }) => !expected)
    .map(({ name, stored }) => `${name} (${stored.judgement.result})`);
  return `${scenarios.length - asExpected} of ${all} not as expected: ${worst.join(', ')}.`;
}
