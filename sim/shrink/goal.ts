// What a smaller scenario has to show as well: the same invariant, in the same role. A violation that became a
// permitted anomaly on the way is another story, and so is a run that the engine did not survive.

import { controlOf, tellingFinding, unexpectedIn, unexpectedInControl } from '../expectation.ts';
import type { RunOutcome } from '../outcome.ts';
import type { Scenario } from '../scenario/schema.ts';
import type { Finding } from '../verdict.ts';

/** The name under which an engine that broke is told. */
export const engineCrash = 'engine-crash';

export interface Goal {
  readonly invariant: string;
  /** `witnessed`: the faults and the configuration of the run permit it. */
  readonly shown: 'violated' | 'witnessed' | 'crashed';
  /** What broke, without numbers; empty unless the engine did. */
  readonly signature: string;
}

/**
 * What a run shows that can be shrunk: the named invariant, else the one that tells the run; undefined when
 * nothing.
 */
export function goalOf(
  scenario: Scenario,
  control: boolean,
  outcome: RunOutcome,
  named?: string,
): Goal | undefined {
  if (outcome.crash !== null) {
    if (named !== undefined && named !== engineCrash) return undefined;
    return { invariant: engineCrash, shown: 'crashed', signature: outcome.signature };
  }
  const invariant = named ?? tellingFinding(scenario, control, outcome)?.invariant;
  if (invariant === undefined) return undefined;
  const violated = outcome.violations.some((finding) => finding.invariant === invariant);
  if (violated) return { invariant, shown: 'violated', signature: '' };
  const witnessed = outcome.witnesses.some((finding) => finding.invariant === invariant);
  return witnessed ? { invariant, shown: 'witnessed', signature: '' } : undefined;
}

/** Whether the scenario expects to be shown this, so that showing it is no failure. */
export function isExpected(scenario: Scenario, control: boolean, goal: Goal, outcome: RunOutcome): boolean {
  if (goal.shown !== 'witnessed') return false;
  const unexpected = (control ? unexpectedInControl : unexpectedIn)(scenario, outcome);
  return !unexpected.some((finding) => finding.invariant === goal.invariant);
}

/** The finding with which a run reaches the goal; undefined when it does not. */
export function reached(goal: Goal, outcome: RunOutcome): Finding | undefined {
  const { crash, steps, virtualUs, signature } = outcome;
  if (goal.shown === 'crashed') {
    if (crash === null || signature !== goal.signature) return undefined;
    const prose = `${crash.node} broke in ${crash.label}: ${crash.message}`;
    return { invariant: engineCrash, prose, step: steps, timeUs: virtualUs, evidence: {} };
  }
  if (crash !== null) return undefined;
  const findings = goal.shown === 'violated' ? outcome.violations : outcome.witnesses;
  return findings.find((finding) => finding.invariant === goal.invariant);
}

/** The kinds of faults that a control leaves out. */
export function leftOut(scenario: Scenario, control: boolean): readonly string[] {
  return (control ? controlOf(scenario)?.without : undefined) ?? [];
}
