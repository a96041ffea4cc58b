// A run in sentences: what was set up, what happened in order, and why that is a violation, or a witness.

import type { StoredScenario } from '../sim/index.ts';
import { type Told, titleOf } from './facts.ts';
import { clipped, counted, number, roughSeconds, seconds } from './format.ts';
import type { Happening, RunFacts } from './run-facts.ts';

export interface Story {
  readonly title: string;
  readonly opening: string;
  readonly lines: readonly Happening[];
  /** How many lines are missing, and which; empty when none is. */
  readonly leftOut: string;
  readonly verdict: string;
}

/** Lines of one story; above this the ones nearest to the finding stay. */
export const storyLinesMax = 60;

/** Characters of a finding that are told; some list every wait of a cluster. */
export const proseCharactersMax = 3_000;

/** The story of a run that is told in full. */
export function storyOf(scenario: StoredScenario, told: Told, run: RunFacts): Story {
  return {
    title: titleOf(told.telling),
    opening: openingOf(scenario, told, run),
    ...chosen(run),
    verdict: verdictOf(told, run),
  };
}

function openingOf(scenario: StoredScenario, { telling }: Told, { outcome, lanes }: RunFacts): string {
  const brokers = lanes.filter(({ role }) => role === 'broker').length;
  const clients = lanes.filter(({ role }) => role === 'client').length;
  const who =
    lanes.length === 0 ? '' : ` with ${counted(brokers, 'broker')} and ${counted(clients, 'client')}`;
  const control = telling.control ? ' under the overrides of its control' : '';
  return (
    `Seed ${telling.seed} of ${scenario.file}${control}${who}: ${number(outcome.steps)} steps,` +
    ` ${roughSeconds(outcome.virtualUs)} of virtual time, fingerprint ${outcome.fingerprint}.`
  );
}

function chosen({ happenings, finding }: RunFacts): { lines: readonly Happening[]; leftOut: string } {
  if (happenings.length <= storyLinesMax) return { lines: happenings, leftOut: '' };
  const centre = finding?.timeUs ?? happenings.at(-1)?.timeUs ?? 0;
  const distance = ({ sort, timeUs }: Happening) => (sort === 'finding' ? -1 : Math.abs(timeUs - centre));
  const lines = happenings
    .map((line, index) => ({ line, index }))
    .sort((a, b) => distance(a.line) - distance(b.line) || a.index - b.index)
    .slice(0, storyLinesMax)
    .sort((a, b) => a.index - b.index)
    .map(({ line }) => line);
  const missing = number(happenings.length - storyLinesMax);
  return {
    lines,
    leftOut: `${missing} of ${number(happenings.length)} events, farther from the finding, are left out.`,
  };
}

function verdictOf({ why, failure, telling }: Told, run: RunFacts): string {
  const { invariant, step, timeUs } = telling.finding;
  const prose = clipped(telling.finding.prose, proseCharactersMax);
  const what = `${invariant} at step ${number(step)}, ${seconds(timeUs)}: ${prose}.`;
  if (why === 'witness')
    return `A witness, not a violation: ${what} ${permission(run)} The scenario exists to show it.`;
  switch (failure?.kind) {
    case 'crashed':
      return `An assertion broke: ${prose}. That is a bug of ours, whatever was done to the world.`;
    case 'nondeterministic':
      return `One seed, two histories: ${prose}. Until this is found, no other verdict is worth anything.`;
    case 'vacuous':
      return `Not worth judging: ${prose}. A run that proves nothing is no pass.`;
    case 'unknown':
      return `Unknown, which is never a pass: ${prose}.`;
    default:
      return run.isViolation
        ? `A violation: ${what} Neither the configuration of this run nor any of its faults permits that.`
        : `A witness where none may be: ${what} ${permission(run)} But the scenario says that it must not show here.`;
  }
}

/** Why the finding is lawful: by acks, or by faults that lose data. */
export function permission({ finding, outcome }: RunFacts): string {
  if (finding?.evidence['acks'] === 0) {
    return 'With acks=0 nobody waits for the broker, so any fault may take what was sent.';
  }
  if (finding?.evidence['acks'] === 1) {
    return 'With acks=1 the leader answers before its followers have the record: with the leader it may be lost.';
  }
  const lossy = outcome.effects.find(({ tookEffect, damage }) => tookEffect && damage !== 'harmless');
  if (lossy === undefined) return 'The configuration permits it.';
  const loss = lossy.damage === 'unsynced-lost' ? 'what was not yet durable' : 'anything on the disk';
  return `The fault ${lossy.fault} of ${lossy.target} may take ${loss}.`;
}
