// Facts of a stored suite, before anybody puts them into words or pictures: the table of verdicts, and the runs
// that are told in full. Pure, except that kept runs are fetched one at a time through `readFile`.

import type { StoredFailure, StoredScenario, StoredSuite, StoredTelling } from '../sim/index.ts';
import { counted } from './format.ts';
import { type RunFacts, runFacts } from './run-facts.ts';
import { type ReadFile, readKept } from './stored.ts';

/** A failure or a witness with its run. */
export interface Told {
  readonly why: 'failure' | 'witness';
  readonly telling: StoredTelling;
  /** What a failure says beyond a witness. */
  readonly failure: StoredFailure | null;
  /** The run in full; null when it was not kept, or the page has stories enough. */
  readonly run: RunFacts | null;
}

export interface ScenarioFacts {
  readonly stored: StoredScenario;
  readonly expected: boolean;
  readonly failures: readonly Told[];
  readonly witness: Told | null;
}

export interface SuiteFacts {
  readonly suite: StoredSuite;
  readonly scenarios: readonly ScenarioFacts[];
  readonly asExpected: number;
  readonly runs: number;
  readonly steps: number;
  readonly virtualUs: number;
  /** Kept runs that are only a line in a table, because the page has stories enough. */
  readonly untold: number;
}

/** Stories of one page. */
export const storiesMax = 40;
/** Reasons to fail of one scenario that are told in full. */
const failuresInFull = 3;

export function suiteFacts(suite: StoredSuite, readFile: ReadFile): SuiteFacts {
  const inFull = chosen(suite);
  const scenarios = suite.scenarios.map((stored) => scenarioFacts(stored, inFull, readFile));
  const sizes = suite.scenarios.map(sizeOf);
  const kept = suite.scenarios.flatMap(tellings).filter((telling) => telling.kept !== null);
  return {
    suite,
    scenarios,
    asExpected: scenarios.filter(({ expected }) => expected).length,
    runs: sizes.reduce((sum, { runs }) => sum + runs, 0),
    steps: sizes.reduce((sum, { steps }) => sum + steps, 0),
    virtualUs: sizes.reduce((sum, { virtualUs }) => sum + virtualUs, 0),
    untold: kept.length - inFull.size,
  };
}

/** A campaign keeps the sums; its runs are in files of their own. */
function sizeOf({ runs, totals }: StoredScenario): { runs: number; steps: number; virtualUs: number } {
  if (totals !== undefined) return totals;
  return {
    runs: runs.length,
    steps: runs.reduce((sum, { steps }) => sum + steps, 0),
    virtualUs: runs.reduce((sum, { virtualUs }) => sum + virtualUs, 0),
  };
}

function tellings({ failures, witness }: StoredScenario): StoredTelling[] {
  return witness === null ? [...failures] : [...failures, witness];
}

/** Failures before witnesses, so that a long list of witnesses never hides a failure. */
function chosen({ scenarios }: StoredSuite): ReadonlySet<StoredTelling> {
  const failures = scenarios.flatMap((scenario) => scenario.failures.slice(0, failuresInFull));
  const witnesses = scenarios.flatMap(({ witness }) => (witness === null ? [] : [witness]));
  const kept = [...failures, ...witnesses].filter((telling) => telling.kept !== null);
  return new Set(kept.slice(0, storiesMax));
}

function scenarioFacts(
  stored: StoredScenario,
  inFull: ReadonlySet<StoredTelling>,
  readFile: ReadFile,
): ScenarioFacts {
  const runOf = (telling: StoredTelling): RunFacts | null => {
    if (telling.kept === null || !inFull.has(telling)) return null;
    return runFacts(readKept(telling.kept, readFile), telling.finding, telling !== stored.witness);
  };
  const { failures, witness } = stored;
  return {
    stored,
    expected: stored.result === 'as-expected',
    failures: failures.map((failure) => ({ why: 'failure', telling: failure, failure, run: runOf(failure) })),
    witness: witness && { why: 'witness', telling: witness, failure: null, run: runOf(witness) },
  };
}

/** The suite in one sentence. */
export function verdictSentence(facts: SuiteFacts): string {
  const { suite, scenarios, asExpected, runs } = facts;
  if (scenarios.length === 0) return 'No scenario was run.';
  const unkept = suite.marks?.missing.length ?? 0;
  const promised = unkept === 0 ? '' : ` ${counted(unkept, 'promised mark')} not reached.`;
  const of = counted(scenarios.length, 'scenario');
  const known = knownFailures(facts).length;
  if (asExpected === scenarios.length && known > 0) {
    const news = `nothing new in ${of}, ${counted(runs, 'run')}`;
    return `Not as expected: ${counted(known, 'known failure')} not fixed; ${news}.`;
  }
  if (asExpected === scenarios.length)
    return `${unkept === 0 ? 'All' : 'All scenarios'} as expected: ${of}, ${counted(runs, 'run')}.${promised}`;
  const others = scenarios
    .filter(({ expected }) => !expected)
    .map(({ stored }) => `${stored.name} (${stored.result})`);
  const some = `${asExpected} of ${of} as expected; ${counted(runs, 'run')}.`;
  return `Not as expected: ${others.join(', ')}. ${some}${promised}`;
}

/** Known failures that were run again and are not fixed. */
export function knownFailures({ suite }: SuiteFacts): NonNullable<StoredSuite['ledger']> {
  return (suite.ledger ?? []).filter(({ status }) => status !== 'fixed');
}

/** `engine-crash (seed 17, control)` */
export function titleOf({ seed, control, finding }: StoredTelling): string {
  return `${finding.invariant} (seed ${seed}${control ? ', control' : ''})`;
}

/** `in 12 seeds: 3, 4, 9, ...`; empty for one. */
export function alsoIn({ seeds, count = seeds.length }: StoredFailure): string {
  if (count < 2) return '';
  const more = count > seedsNamed ? ', ...' : '';
  return `the same reason in ${count} seeds: ${seeds.slice(0, seedsNamed).join(', ')}${more}`;
}

const seedsNamed = 12;
