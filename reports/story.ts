// A run in sentences: what was set up, what happened in order, and why that is a violation, or a witness.

import { counted, number, roughSeconds, seconds } from './format.ts';
import type { Happening, RunFacts } from './run-facts.ts';
import type { StoredScenario, ToldRun } from './stored.ts';

export interface StoryLine {
  readonly step: number;
  readonly timeUs: number;
  readonly text: string;
  readonly sort: Happening['sort'];
}

export interface Story {
  /** One line: `acked-write-lost in seed 17`. */
  readonly title: string;
  readonly opening: string;
  readonly lines: readonly StoryLine[];
  /** Why a line is missing; empty when none is. */
  readonly leftOut: string;
  readonly verdict: string;
}

/** Lines of one story; above this the ones nearest to the finding stay. */
const linesMax = 60;

export function storyOf(scenario: StoredScenario, told: ToldRun, run: RunFacts): Story {
  const { lines, leftOut } = chosen(run);
  return {
    title: titleOf(told, run),
    opening: openingOf(scenario, told, run),
    lines,
    leftOut,
    verdict: verdictOf(run, told),
  };
}

export function titleOf(told: ToldRun, run: RunFacts): string {
  const which = `seed ${told.seed}${told.control ? ', control' : ''}`;
  if (run.finding !== null) return `${run.finding.invariant} (${which})`;
  if (run.outcome.crash !== null) return `engine crash (${which})`;
  if (run.outcome.standstill !== null) return `stuck in the phase ${run.outcome.standstill.where} (${which})`;
  return `${run.outcome.verdict} (${which})`;
}

function openingOf(scenario: StoredScenario, told: ToldRun, { outcome, lanes }: RunFacts): string {
  const brokers = lanes.filter(({ role }) => role === 'broker').length;
  const clients = lanes.filter(({ role }) => role === 'client').length;
  const who =
    lanes.length === 0 ? '' : ` with ${counted(brokers, 'broker')} and ${counted(clients, 'client')}`;
  const control = told.control ? ' under the overrides of its control' : '';
  return (
    `Seed ${told.seed} of ${scenario.file}${control}${who}: ${number(outcome.steps)} steps,` +
    ` ${roughSeconds(outcome.virtualUs)} of virtual time, fingerprint ${outcome.fingerprint}.`
  );
}

function chosen({ happenings, finding }: RunFacts): { lines: StoryLine[]; leftOut: string } {
  const all = happenings.map(({ step, timeUs, text, sort }) => ({ step, timeUs, text, sort }));
  if (all.length <= linesMax) return { lines: all, leftOut: '' };
  const centre = finding?.timeUs ?? all.at(-1)?.timeUs ?? 0;
  const weight = (line: StoryLine) => (line.sort === 'finding' ? -1 : Math.abs(line.timeUs - centre));
  const near = all
    .map((line, index) => ({ line, index }))
    .sort((a, b) => weight(a.line) - weight(b.line) || a.index - b.index)
    .slice(0, linesMax)
    .sort((a, b) => a.index - b.index);
  const missing = `${number(all.length - linesMax)} of ${number(all.length)} events farther from the finding are left out.`;
  return { lines: near.map(({ line }) => line), leftOut: missing };
}

function verdictOf(run: RunFacts, told: ToldRun): string {
  const { outcome, finding } = run;
  if (outcome.crash !== null) {
    const { message, node, label } = outcome.crash;
    return `The engine broke an assertion of its own on ${node} in ${label}: ${message}. That is a bug, whatever was done to it.`;
  }
  if (finding === null) return stuckOrUnknown(run);
  const told_ = `${finding.invariant} at step ${number(finding.step)}, ${seconds(finding.timeUs)}: ${finding.prose}.`;
  if (run.isViolation) {
    return finding.invariant === 'vacuous-pass'
      ? `Not worth judging: ${finding.prose}. A run that proves nothing is no pass.`
      : `A violation: ${told_} Nothing in this run's configuration, and none of its faults, permits that.`;
  }
  if (told.why === 'failure') {
    return `A witness where none may be: ${told_} The configuration permits it, and the scenario says that it must not show.`;
  }
  return `A witness, not a violation: ${told_} ${permission(run)} The scenario exists to show it.`;
}

function stuckOrUnknown({ outcome }: RunFacts): string {
  const { standstill, judgements } = outcome;
  if (standstill !== null) {
    const waits = counted(standstill.waits.length, 'wait was', 'waits were');
    return `The run did not end: ${standstill.why}. ${waits} pending.`;
  }
  const broken = judgements.find(({ reason }) => reason !== null);
  return broken === undefined
    ? `Verdict: ${outcome.verdict}.`
    : `Verdict: unknown, because ${broken.reason}.`;
}

/** Why the finding is lawful: by acks, or by faults that lose data. */
function permission({ finding, outcome }: RunFacts): string {
  if (finding?.evidence['acks'] === 0) {
    return 'With acks=0 nobody waits for the broker, so any fault may take what was sent.';
  }
  const lossy = outcome.effects.filter(({ tookEffect, damage }) => tookEffect && damage !== 'harmless');
  const first = lossy[0];
  if (first === undefined) return 'The configuration permits it.';
  const loss = first.damage === 'unsynced-lost' ? 'what was not yet durable' : 'anything on the disk';
  return `The fault ${first.fault} of ${first.target} may take ${loss}.`;
}
