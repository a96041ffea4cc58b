// What a run is once it is over: plain data, small enough to cross threads, enough to be stored and told again.

import type { ContractTally } from './contract/tally.ts';
import type { BegunFault } from './fault-plan.ts';
import type { Effect, PendingWait } from './material.ts';
import type { PhaseTimes } from './phases.ts';
import type { Decision } from './random.ts';
import type { AnyEvent } from './record/events.ts';
import type { HistoryEntry } from './record/history.ts';
import { type Finding, type Judgement, mergeVerdicts, type Verdict } from './verdict.ts';

/** A bug of the engine: an assertion that failed, or whatever else escaped. */
export interface Crash {
  readonly node: string;
  readonly label: string;
  readonly message: string;
  readonly stack: string;
}

/** Why a run did not converge, or stands still at the step where it was told to stop. */
export interface Standstill {
  /** The phase it was in. */
  readonly where: string;
  readonly why: string;
  readonly waits: readonly PendingWait[];
}

export interface TraceLine {
  readonly step: number;
  readonly cause: number;
  readonly timeUs: number;
  readonly node: string;
  readonly incarnation: number;
  readonly event: AnyEvent;
}

/** The phases and faults of a run as they came about. */
export interface Course {
  readonly phases: readonly PhaseTimes[];
  readonly faults: readonly BegunFault[];
}

export interface RunOutcome {
  readonly seed: string;
  readonly verdict: Verdict;
  /** In the order of steps. */
  readonly violations: readonly Finding[];
  /** Anomalies that the configuration permits. */
  readonly witnesses: readonly Finding[];
  readonly judgements: readonly Pick<Judgement, 'checker' | 'verdict' | 'judged' | 'reason'>[];
  readonly fingerprint: string;
  readonly steps: number;
  readonly virtualUs: number;
  /** What the clients counted (sent, acked, ...), and how often each kind of event happened (`event log-appended`). */
  readonly counters: Readonly<Record<string, number>>;
  /** How often each sometimes mark was reached that was reached at all; see `marks/`. */
  readonly marks: Readonly<Record<string, number>>;
  /** Every fault that began. */
  readonly effects: readonly Effect[];
  /** What the contract promised in this run, and what it left open; nothing of a run whose engine broke. */
  readonly contract?: ContractTally | undefined;
  /** Equal for runs that fail for the same reason; empty for a run without violation. */
  readonly signature: string;
  readonly crash: Crash | null;
  readonly standstill: Standstill | null;
  /** What was drawn for the phases and faults of the scenario. Only when asked for, as all that follows. */
  readonly course?: Course;
  /** The decisions of the step that was asked about. */
  readonly drawn?: readonly Decision[];
  readonly trace?: readonly TraceLine[];
  readonly history?: readonly HistoryEntry[];
  /** Every wait of every living node at the end; a broker always waits for something. */
  readonly waits?: readonly PendingWait[];
}

/** The verdict over all judgements. A vacuous run is unknown: it was not worth judging. */
export function verdictOf(judgements: readonly Judgement[], crash: Crash | null, ended: boolean): Verdict {
  if (crash !== null) return 'violated';
  const merged = mergeVerdicts(
    judgements.map((judgement) => {
      const vacuous = judgement.violations.every((finding) => finding.invariant === vacuousPass);
      return judgement.verdict === 'violated' && vacuous ? 'unknown' : judgement.verdict;
    }),
  );
  return merged === 'holds' && !ended ? 'unknown' : merged;
}

export const vacuousPass = 'vacuous-pass';
export const nondeterministicReplay = 'nondeterministic-replay';

/** The reason for a failure without what differs from seed to seed: numbers, names of sessions and connections. */
export function signatureOf(violations: readonly Finding[], crash: Crash | null): string {
  if (crash !== null) return `engine-crash: ${anonymous(crash.message)} in ${anonymous(crash.label)}`;
  return [...new Set(violations.map((finding) => finding.invariant))].sort().join(' + ');
}

function anonymous(text: string): string {
  return text.replace(/\d+/g, 'N');
}

/** What two runs of one seed must have in common; a run as it is stored names its witnesses only. */
export interface ReplayFacts
  extends Pick<RunOutcome, 'seed' | 'fingerprint' | 'steps' | 'virtualUs' | 'verdict' | 'signature'> {
  readonly witnesses: readonly (Finding | string)[];
}

/**
 * The finding that two runs of one seed were not the same run, or were not judged the same; undefined when they were.
 * The verdict is compared beside the fingerprint because judges keep a state of their own, which no fingerprint covers.
 */
export function compareReplay(first: ReplayFacts, second: ReplayFacts): Finding | undefined {
  const [one, other] = [inBrief(first), inBrief(second)];
  if (one === other) return undefined;
  return {
    invariant: nondeterministicReplay,
    prose: `seed ${first.seed} gave ${one} and, run again, ${other}`,
    step: Math.min(first.steps, second.steps),
    timeUs: Math.min(first.virtualUs, second.virtualUs),
    evidence: { seed: first.seed, first: one, second: other },
  };
}

/** All that must be the same. */
export function inBrief({
  fingerprint,
  steps,
  virtualUs,
  verdict,
  signature,
  witnesses,
}: ReplayFacts): string {
  const names = witnesses.map((witness) => (typeof witness === 'string' ? witness : witness.invariant));
  const seen = [...new Set(names)].sort().join(', ');
  const judged = `${verdict} (${signature}), witnesses (${seen})`;
  return `the fingerprint ${fingerprint} after ${steps} steps and ${virtualUs} us, ${judged}`;
}
