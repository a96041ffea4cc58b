// What a suite does for a failure without being asked: shrinks it, and looks for the point of no return. With fewer
// runs than the commands take, counted and not timed, so that the same suite says the same on any machine.

import type { Checker } from '../verdict.ts';
import { type PointOfNoReturn, pointOfNoReturn } from './point-of-no-return.ts';
import { type Shrunk, shrink } from './shrink.ts';
import { writtenScenario } from './shrunk-words.ts';
import type { Searching, Subject } from './trial.ts';

export interface SuiteShrinkLimits {
  readonly shrinkRuns: number;
  readonly otherSeeds: number;
  readonly pointRuns: number;
  readonly rolls: number;
}

export const suiteShrinkLimits: SuiteShrinkLimits = {
  shrinkRuns: 500,
  otherSeeds: 2,
  pointRuns: 120,
  rolls: 10,
};

/** Failures of one suite that are shrunk, each of another kind. */
export const shrunkFailuresMax = 4;

export interface ShrunkFailure {
  /** The smallest scenario, as a file; null when nothing was found that could be shrunk. */
  readonly shrunk: {
    readonly text: string;
    readonly seed: string;
    /** Faults and operations that are left. */
    readonly events: number;
    readonly story: readonly string[];
  } | null;
  readonly pointOfNoReturn: PointOfNoReturn | null;
}

export function* shrinkFailure(
  name: string,
  subject: Subject,
  checkers: readonly Checker[],
  { shrinkRuns, otherSeeds, pointRuns, rolls }: SuiteShrinkLimits,
): Searching<ShrunkFailure> {
  const found = yield* shrink(subject, undefined, checkers, { runs: shrinkRuns, otherSeeds });
  if (found === undefined) return { shrunk: null, pointOfNoReturn: null };
  const point = yield* pointOfNoReturn(subject, found.goal, { rolls, runs: pointRuns });
  return { shrunk: stored(name, subject, found), pointOfNoReturn: point ?? null };
}

function stored(name: string, { seed, control }: Subject, found: Shrunk): ShrunkFailure['shrunk'] {
  const { text, story } = writtenScenario({ scenario: name, seed, control }, found);
  return { text, seed: found.draft.seed, events: found.after.total, story };
}
