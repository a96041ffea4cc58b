// A suite: scenarios, each under the same seeds, each witness beside its control; from what their runs did to one
// verdict. Pure: threads, files and terminals are elsewhere (swarm.ts, store.ts, main.ts).

import {
  controlOf,
  judgeScenario,
  type ScenarioResult,
  shortage,
  showsWitness,
  unexpectedIn,
  unexpectedInControl,
} from './expectation.ts';
import { type RunOutcome, vacuousPass } from './outcome.ts';
import { hashText } from './random.ts';
import { Fingerprint } from './record/recorder.ts';
import type { Scenario } from './scenario/schema.ts';
import { type RunSummary, summaryOf } from './summary.ts';
import type { Finding } from './verdict.ts';

/** A scenario with its file. */
export interface LoadedScenario {
  /** `acks/acks0-leader-crash`: unique in its suite. */
  readonly name: string;
  /** As it was given, for commands that run it again. */
  readonly file: string;
  readonly text: string;
  readonly scenario: Scenario;
}

/** One run that a suite wants. */
export interface WantedRun {
  readonly of: LoadedScenario;
  readonly seed: string;
  readonly control: boolean;
}

/**
 * Seeds outside, scenarios inside: whatever is broken shows early. A scenario that names its seed is about that one and
 * runs under no other.
 */
export function wantedRuns(scenarios: readonly LoadedScenario[], seeds: readonly string[]): WantedRun[] {
  return seeds.flatMap((seed, index) =>
    scenarios.flatMap((of) => {
      const { seed: own } = of.scenario;
      if (own !== undefined && index > 0) return [];
      const run = { of, seed: own ?? seed, control: false };
      return controlOf(of.scenario) === undefined ? [run] : [run, { ...run, control: true }];
    }),
  );
}

/** Of so many seeds of a scenario one is run again and has to be the same; the first always. */
export const againEvery = 20;

export function runsToRepeat(wanted: readonly WantedRun[], seeds: readonly string[]): WantedRun[] {
  const repeated = new Set(seeds.filter((_, index) => index % againEvery === 0));
  return wanted.filter(({ seed, of }) => repeated.has(seed) || of.scenario.seed === seed);
}

export interface DoneRun extends WantedRun {
  /** What was asked for: the same object, so that it can be a key. */
  readonly wanted: WantedRun;
  readonly summary: RunSummary;
}

/** Failures of a scenario whose runs are kept. */
export const keptFailuresMax = 8;

/** The name of the node that a bug of the simulator itself is blamed on. */
export const simulatorName = 'simulator';

/** A run that the simulator did not survive. */
export function brokenSummary(
  seed: string,
  trouble: { readonly message?: string; readonly stack?: string },
): RunSummary {
  const { message = 'the thread gave no answer', stack = '' } = trouble;
  return {
    seed,
    verdict: 'violated',
    violations: [],
    witnesses: [],
    judgements: [],
    fingerprint: '',
    steps: 0,
    virtualUs: 0,
    signature: `simulator: ${message.replace(/\d+/g, 'N')}`,
    crash: { node: simulatorName, label: 'the simulation', message, stack },
    standstill: null,
    marks: {},
    ackedWrites: 0,
    effectiveFaults: 0,
  };
}

/** For those who watch a suite while it runs; undefined when all is as expected. */
export function unexpectedLine(run: Omit<DoneRun, 'wanted'>): string | undefined {
  const trouble = troubleOf(run.of.scenario, run);
  if (trouble === undefined) return undefined;
  const where = run.control ? `${run.of.name} (control)` : run.of.name;
  return `${where}, seed ${run.seed}: ${trouble.kind}: ${trouble.signature}`;
}

export type FailureKind = 'crashed' | 'violated' | 'nondeterministic' | 'unknown' | 'vacuous';

/** Runs that failed for the same reason, told by the first of them. */
export interface Failure {
  readonly kind: FailureKind;
  readonly control: boolean;
  readonly signature: string;
  /** All of them, in the order of the suite. */
  readonly seeds: readonly string[];
  readonly finding: Finding;
}

export type SuiteResult = ScenarioResult | 'nondeterministic';

export interface JudgedScenario {
  readonly of: LoadedScenario;
  readonly result: SuiteResult;
  readonly runs: readonly DoneRun[];
  readonly seeds: number;
  /** Seeds of the scenario itself without anything unexpected. */
  readonly passed: number;
  readonly witnessed: number;
  readonly controls: number;
  readonly controlsClean: number;
  readonly failures: readonly Failure[];
  /** Where an expected witness or a promised mark is missing. */
  readonly missing: readonly string[];
  /** The first seed that showed the expected witness, and how. */
  readonly witness: { readonly seed: string; readonly finding: Finding } | null;
}

/** Judges one scenario. `broken` are its runs that were not the same when they were run again. */
export function judgeRuns(
  of: LoadedScenario,
  done: readonly DoneRun[],
  broken: readonly { readonly run: WantedRun; readonly finding: Finding }[],
): JudgedScenario {
  const { scenario } = of;
  const runs = done.filter((run) => run.of === of);
  const own = runs.filter((run) => !run.control).map((run) => run.summary);
  const controls = runs.filter((run) => run.control).map((run) => run.summary);
  const { result, witnessed } = judgeScenario(scenario, own, controls);
  const mine = broken.filter(({ run }) => run.of === of);
  const failures = new Failures();
  for (const { run, finding } of mine) {
    failures.add('nondeterministic', run, finding.invariant, finding);
  }
  for (const run of runs) {
    const trouble = troubleOf(scenario, run);
    if (trouble !== undefined) failures.add(trouble.kind, run, trouble.signature, trouble.finding);
  }
  const troubled = new Set(
    failures.list.flatMap(({ control, seeds }) => seeds.map((seed) => key(seed, control))),
  );
  const clean = (run: DoneRun) => !troubled.has(key(run.seed, run.control));
  const telling = own.find((summary) => showsWitness(scenario, summary));
  return {
    of,
    result: mine.length > 0 ? 'nondeterministic' : result,
    runs,
    seeds: own.length,
    passed: runs.filter((run) => !run.control && clean(run)).length,
    witnessed,
    controls: controls.length,
    controlsClean: runs.filter((run) => run.control && clean(run)).length,
    failures: failures.list,
    missing: shortage(scenario, own).map(({ reason }) => reason),
    witness: telling === undefined ? null : { seed: telling.seed, finding: witnessIn(scenario, telling) },
  };
}

/** What one run alone has to say; that its witness does not show proves nothing. */
export function judgeOne(of: LoadedScenario, control: boolean, outcome: RunOutcome): SuiteResult {
  return troubleOf(of.scenario, { control, summary: summaryOf(outcome) })?.kind ?? 'as-expected';
}

function key(seed: string, control: boolean): string {
  return `${control} ${seed}`;
}

function witnessIn(scenario: Scenario, summary: RunSummary): Finding {
  const wanted = 'witness' in scenario.expect ? scenario.expect.witness : '';
  return summary.witnesses.find((finding) => finding.invariant === wanted) as Finding;
}

/** What is wrong with one run: the worst of it. */
export function troubleOf(
  scenario: Scenario,
  { summary, control }: Pick<DoneRun, 'summary' | 'control'>,
): { kind: FailureKind; signature: string; finding: Finding } | undefined {
  const told = (invariant: string, prose: string): Finding => ({
    invariant,
    prose,
    step: summary.steps,
    timeUs: summary.virtualUs,
    evidence: {},
  });
  if (summary.crash !== null) {
    const { message, node, label } = summary.crash;
    const finding = told('engine-crash', `${message} (${node}, in ${label})`);
    return { kind: 'crashed', signature: summary.signature, finding };
  }
  const unexpected = (control ? unexpectedInControl : unexpectedIn)(scenario, summary);
  const first = [...unexpected].sort((a, b) => a.step - b.step)[0];
  if (first !== undefined) {
    const invariants = new Set(unexpected.map((finding) => finding.invariant));
    return { kind: 'violated', signature: [...invariants].sort().join(' + '), finding: first };
  }
  const vacuous = summary.violations.find((finding) => finding.invariant === vacuousPass);
  if (vacuous !== undefined) {
    return { kind: 'vacuous', signature: vacuous.prose.replace(/\d+/g, 'N'), finding: vacuous };
  }
  if (summary.verdict === 'holds') return undefined;
  const broken = summary.judgements.find(({ reason }) => reason !== null)?.reason;
  const why = broken ?? summary.standstill?.why ?? 'the run did not end';
  return { kind: 'unknown', signature: why.replace(/\d+/g, 'N'), finding: told('unknown', why) };
}

class Failures {
  readonly list: (Failure & { seeds: string[] })[] = [];

  add(kind: FailureKind, { seed, control }: WantedRun, signature: string, finding: Finding): void {
    const same = this.list.find(
      (failure) => failure.kind === kind && failure.control === control && failure.signature === signature,
    );
    if (same === undefined) this.list.push({ kind, control, signature, seeds: [seed], finding });
    else same.seeds.push(seed);
  }
}

/** One word for a whole suite (or a scenario of it): two suites did the same exactly when their words agree. */
export function fingerprintOf(runs: readonly DoneRun[]): string {
  const fingerprint = new SuiteFingerprint();
  for (const { of, seed, control, summary } of runs) {
    fingerprint.add({ scenario: of.name, seed, control, fingerprint: summary.fingerprint });
  }
  return fingerprint.text();
}

/** The same, run by run, in the order of the suite. */
export class SuiteFingerprint {
  readonly #fingerprint = new Fingerprint();

  add(run: { scenario: string; seed: string; control: boolean; fingerprint: string }): void {
    const { scenario, seed, control, fingerprint } = run;
    this.#fingerprint.add(hashText(`${scenario} ${control ? 'control' : 'itself'} ${seed}`));
    this.#fingerprint.add(hashText(fingerprint));
  }

  text(): string {
    return this.#fingerprint.text();
  }
}

const severity: Readonly<Record<SuiteResult, number>> = {
  'as-expected': 0,
  vacuous: 1,
  unknown: 2,
  blind: 3,
  violated: 4,
  crashed: 5,
  nondeterministic: 6,
};

export function worstOf(results: readonly SuiteResult[]): SuiteResult {
  let worst: SuiteResult = 'as-expected';
  for (const result of results) if (severity[result] > severity[worst]) worst = result;
  return worst;
}

/** 0 as expected; 1 a violation; 3 vacuous or unknown; 4 nondeterminism: then no other verdict is worth anything. */
export const exitCodes: Readonly<Record<SuiteResult, number>> = {
  'as-expected': 0,
  vacuous: 3,
  unknown: 3,
  blind: 1,
  violated: 1,
  crashed: 1,
  nondeterministic: 4,
};
