// The kill matrix: each mutant under each scenario that must kill it, seed after seed until one does. And the ablation:
// with one checker switched off, which mutants would have lived. Pure; threads are in kill.ts.
//
// A run kills when the same run of the healthy engine is as expected and this one is not: a violation, or an assertion
// of the engine that failed. A run that is vacuous, does not end, or shows no witness, kills nobody.

import { unexpectedIn, unexpectedInControl } from '../expectation.ts';
import { registries } from '../registries.ts';
import { type FailureKind, type LoadedScenario, troubleOf } from '../suite.ts';
import type { RunSummary } from '../summary.ts';
import type { Mutant } from './mutant.ts';

/** What guards in the ablation beside the checkers: the assertions of the engine itself. */
export const assertions = 'assertions';

/** How a run under a mutant ended, when it killed. */
export interface Kill {
  readonly seed: string;
  readonly control: boolean;
  readonly kind: Extract<FailureKind, 'violated' | 'crashed'>;
  /** The first that was broken. */
  readonly invariant: string;
  readonly prose: string;
  /** Every checker that said so, or `assertions`. */
  readonly guards: readonly string[];
}

export interface Cell {
  readonly scenario: string;
  readonly seedsRun: number;
  /** How many seeds it took; null when none of `seedsRun` killed. */
  readonly seedsToKill: number | null;
  /** The first of them. */
  readonly kill: Kill | null;
  /** The guards of each run that killed. */
  readonly guards: readonly (readonly string[])[];
  readonly replay: string | null;
}

export interface MutantResult {
  readonly name: string;
  readonly slip: string;
  readonly origin: string;
  readonly killed: boolean;
  readonly cells: readonly Cell[];
  /** Why it could not be judged at all (a thread that broke). */
  readonly trouble: string | null;
}

/** A guard and what depends on it. */
export interface Ablation {
  readonly guard: string;
  /** Mutants that it caught in some run. */
  readonly caught: number;
  /** Mutants that no run would have killed without it. */
  readonly survivors: readonly string[];
}

/** Whether a run kills, and how. */
export function killOf(
  of: LoadedScenario,
  run: { readonly seed: string; readonly control: boolean; readonly summary: RunSummary },
): Kill | undefined {
  const trouble = troubleOf(of.scenario, run);
  if (trouble?.kind !== 'violated' && trouble?.kind !== 'crashed') return undefined;
  const { seed, control } = run;
  const { invariant, prose } = trouble.finding;
  return { seed, control, kind: trouble.kind, invariant, prose, guards: guardsOf(of, run) };
}

/** Who raised the alarm: the checkers that found a violation, and those whose witness the scenario forbids. */
function guardsOf(
  of: LoadedScenario,
  { control, summary }: { readonly control: boolean; readonly summary: RunSummary },
): string[] {
  if (summary.crash !== null) return [assertions];
  const unexpected = (control ? unexpectedInControl : unexpectedIn)(of.scenario, summary);
  const forbidden = unexpected.filter((finding) => summary.witnesses.includes(finding));
  const guards = registries.checkers.filter(({ name, invariants }) => {
    const violated = summary.judgements.some(
      ({ checker, verdict }) => checker === name && verdict === 'violated',
    );
    return violated || forbidden.some(({ invariant }) => Object.hasOwn(invariants, invariant));
  });
  return guards.map(({ name }) => name).filter((name) => name !== 'harness');
}

export function resultOf(mutant: Mutant, cells: readonly Cell[], trouble: string | null): MutantResult {
  const { name, slip, origin } = mutant;
  return { name, slip, origin, killed: cells.some(({ kill }) => kill !== null), cells, trouble };
}

/** For each guard: who would have lived without it, in the runs that were made. */
export function ablations(results: readonly MutantResult[]): Ablation[] {
  const killed = results.filter((result) => result.killed);
  const checkers = registries.checkers.map(({ name }) => name).filter((name) => name !== 'harness');
  return [...checkers, assertions].map((guard) => {
    const runsOf = ({ cells }: MutantResult) => cells.flatMap((cell) => cell.guards);
    const caught = killed.filter((result) => runsOf(result).some((run) => run.includes(guard)));
    const survivors = caught.filter((result) =>
      runsOf(result).every((run) => run.every((one) => one === guard)),
    );
    return { guard, caught: caught.length, survivors: survivors.map(({ name }) => name) };
  });
}
