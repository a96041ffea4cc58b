// What a scenario expects, against what its seeds did. A scenario that must show a witness fails when it no longer
// does: then the harness went blind, or the world too kind.

import { promiseShortage } from './marks/promise.ts';
import { type RunOutcome, vacuousPass } from './outcome.ts';
import type { Scenario } from './scenario/schema.ts';
import type { Finding } from './verdict.ts';

/** The worst of what its runs did. `blind`: the witness that it exists for, or a mark it promises, did not show. */
export type ScenarioResult = 'as-expected' | 'vacuous' | 'unknown' | 'blind' | 'violated' | 'crashed';

export interface ScenarioJudgement {
  readonly result: ScenarioResult;
  /** Why, one sentence each; empty when all is as expected. */
  readonly reasons: readonly string[];
  readonly seeds: number;
  /** Seeds that showed the expected witness. */
  readonly witnessed: number;
  /** The first seed that showed the expected witness, or that failed. */
  readonly tellingSeed: string | null;
}

/** What of a run is judged: plain and small, so that a suite may keep thousands. */
export type JudgedRun = Pick<
  RunOutcome,
  'seed' | 'verdict' | 'violations' | 'witnesses' | 'judgements' | 'marks' | 'crash' | 'standstill'
>;

/** The control of a scenario, when it has one: overrides, and what the same seeds must never show under them. */
export function controlOf(scenario: Scenario) {
  return 'witness' in scenario.expect ? scenario.expect.control : undefined;
}

/** What a run did against the scenario: its violations, and the witnesses it must never show. */
export function unexpectedIn(scenario: Scenario, outcome: JudgedRun): Finding[] {
  const forbidden: readonly string[] = scenario.expect.never ?? [];
  const shown = outcome.witnesses.filter((finding) => forbidden.includes(finding.invariant));
  return [...outcome.violations.filter((finding) => finding.invariant !== vacuousPass), ...shown];
}

/** The same for a run under the control. */
export function unexpectedInControl(scenario: Scenario, outcome: JudgedRun): Finding[] {
  const forbidden: readonly string[] = controlOf(scenario)?.never ?? [];
  const shown = outcome.witnesses.filter((finding) => forbidden.includes(finding.invariant));
  return [...outcome.violations.filter((finding) => finding.invariant !== vacuousPass), ...shown];
}

export function showsWitness(scenario: Scenario, outcome: JudgedRun): boolean {
  if (!('witness' in scenario.expect)) return false;
  const { witness } = scenario.expect;
  return outcome.witnesses.some((finding) => finding.invariant === witness);
}

/** The finding that a run is told by: what is unexpected, else the expected witness, else any witness. */
export function tellingFinding(
  scenario: Scenario,
  control: boolean,
  outcome: JudgedRun,
): Finding | undefined {
  const unexpected = control ? unexpectedInControl(scenario, outcome) : unexpectedIn(scenario, outcome);
  const wanted = 'witness' in scenario.expect ? scenario.expect.witness : '';
  const witness = outcome.witnesses.find((finding) => finding.invariant === wanted);
  const earliest = unexpected.sort((a, b) => a.step - b.step)[0];
  return earliest ?? witness ?? outcome.violations[0] ?? outcome.witnesses[0];
}

/** All seeds of a scenario, and of its control, together. */
export function judgeScenario(
  scenario: Scenario,
  outcomes: readonly JudgedRun[],
  controls: readonly JudgedRun[],
): ScenarioJudgement {
  const reasons: string[] = [];
  let result: ScenarioResult = 'as-expected';
  let tellingSeed: string | null = null;
  const tell = (as: ScenarioResult, seed: string | null, reason: string) => {
    if (rank[as] > rank[result]) {
      result = as;
      tellingSeed = seed;
    }
    reasons.push(reason);
  };
  for (const outcome of outcomes) judgeRun(outcome, unexpectedIn(scenario, outcome), '', tell);
  for (const outcome of controls)
    judgeRun(outcome, unexpectedInControl(scenario, outcome), ' (control)', tell);
  for (const { seed, reason } of shortage(scenario, outcomes)) tell('blind', seed, reason);
  const showing = outcomes.filter((outcome) => showsWitness(scenario, outcome));
  tellingSeed ??= showing[0]?.seed ?? null;
  return { result, reasons, seeds: outcomes.length, witnessed: showing.length, tellingSeed };
}

/** What the seeds of a scenario showed of what it exists to show. */
export interface Shown {
  readonly seeds: number;
  /** How many showed the witness. */
  readonly showing: number;
  /** Whether the seed that is known to show it did; null when it did not run. */
  readonly known: boolean | null;
  /** How many reached a mark. */
  readonly reaching: (mark: string) => number;
}

/**
 * What a scenario exists to show and its seeds did not: the witness, and the marks that it promises. Empty when all of
 * it shows often enough, or when too few seeds ran to ask for it.
 */
export function shortageOf(
  { expect, reaches }: Pick<Scenario, 'expect' | 'reaches'>,
  shown: Shown,
): { seed: string | null; reason: string }[] {
  const unreached = promiseShortage(reaches, shown.seeds, shown.reaching);
  return [...witnessShortage(expect, shown), ...unreached.map((reason) => ({ seed: null, reason }))];
}

/** The same, of runs. */
export function shortage(
  scenario: Scenario,
  outcomes: readonly JudgedRun[],
): { seed: string | null; reason: string }[] {
  const firstSeed = 'witness' in scenario.expect ? scenario.expect.firstSeed : undefined;
  const showing = outcomes.filter((outcome) => showsWitness(scenario, outcome));
  const known = outcomes.find((outcome) => outcome.seed === String(firstSeed));
  return shortageOf(scenario, {
    seeds: outcomes.length,
    showing: showing.length,
    known: known === undefined ? null : showing.includes(known),
    reaching: (mark) => outcomes.filter(({ marks }) => marks[mark] !== undefined).length,
  });
}

function witnessShortage(
  expect: Scenario['expect'],
  { seeds, showing, known }: Shown,
): { seed: string | null; reason: string }[] {
  if (!('witness' in expect) || seeds === 0) return [];
  const { witness, inAtLeast = { seeds: 1, of: 200 }, firstSeed } = expect;
  const missing: { seed: string | null; reason: string }[] = [];
  if (known === false) {
    missing.push({ seed: String(firstSeed), reason: `seed ${firstSeed} no longer shows ${witness}` });
  }
  // A share of the seeds that ran: with few of them, at least one if so many may be asked for.
  const wanted = Math.ceil((inAtLeast.seeds * seeds) / inAtLeast.of);
  const enough = seeds * inAtLeast.seeds >= inAtLeast.of;
  if (enough && showing < wanted) {
    missing.push({ seed: null, reason: `${witness} in ${showing} of ${seeds} seeds, expected ${wanted}` });
  }
  return missing;
}

const rank: Readonly<Record<ScenarioResult, number>> = {
  'as-expected': 0,
  vacuous: 1,
  unknown: 2,
  blind: 3,
  violated: 4,
  crashed: 5,
};

function judgeRun(
  outcome: JudgedRun,
  unexpected: readonly Finding[],
  which: string,
  tell: (as: ScenarioResult, seed: string, reason: string) => void,
): void {
  const { seed } = outcome;
  if (outcome.crash !== null) tell('crashed', seed, `seed ${seed}${which}: ${outcome.crash.message}`);
  const first = unexpected[0];
  if (first !== undefined) tell('violated', seed, `seed ${seed}${which}: ${first.invariant}: ${first.prose}`);
  for (const finding of outcome.violations) {
    if (finding.invariant === vacuousPass) tell('vacuous', seed, `seed ${seed}${which}: ${finding.prose}`);
  }
  if (outcome.verdict !== 'unknown' || outcome.violations.length > 0) return;
  const broken = outcome.judgements.find((judgement) => judgement.reason !== null)?.reason;
  tell(
    'unknown',
    seed,
    `seed ${seed}${which}: ${broken ?? outcome.standstill?.why ?? 'the run did not end'}`,
  );
}
