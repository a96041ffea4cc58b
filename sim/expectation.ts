// What a scenario expects, against what its seeds did. A scenario that must show a witness fails when it no longer
// does: then the harness went blind, or the world too kind.

import { type RunOutcome, vacuousPass } from './outcome.ts';
import type { Scenario } from './scenario/schema.ts';
import type { Finding } from './verdict.ts';

/** The worst of what its runs did. `blind`: the witness that it exists for did not show. */
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
  'seed' | 'verdict' | 'violations' | 'witnesses' | 'judgements' | 'crash' | 'standstill'
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
  for (const { seed, reason } of witnessShortage(scenario, outcomes)) tell('blind', seed, reason);
  const showing = outcomes.filter((outcome) => showsWitness(scenario, outcome));
  tellingSeed ??= showing[0]?.seed ?? null;
  return { result, reasons, seeds: outcomes.length, witnessed: showing.length, tellingSeed };
}

/** How often a scenario's seeds showed its witness. */
export interface Shown {
  readonly seeds: number;
  readonly showing: number;
  /** Whether the seed that is known to show it did; null when it did not run. */
  readonly known: boolean | null;
}

/** Where the expected witness is missing; empty when it shows often enough, or when too few seeds ran to ask for it. */
export function shortageOf(
  { expect }: Pick<Scenario, 'expect'>,
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

export function witnessShortage(
  scenario: Scenario,
  outcomes: readonly JudgedRun[],
): { seed: string | null; reason: string }[] {
  if (!('witness' in scenario.expect)) return [];
  const { firstSeed } = scenario.expect;
  const showing = outcomes.filter((outcome) => showsWitness(scenario, outcome));
  const known = outcomes.find((outcome) => outcome.seed === String(firstSeed));
  return shortageOf(scenario, {
    seeds: outcomes.length,
    showing: showing.length,
    known: known === undefined ? null : showing.includes(known),
  });
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
