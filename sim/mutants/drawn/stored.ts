// What a run of `odradek mutants --drawn N` leaves in run.json; reports render it.

import type { StoredMachine } from '../../store.ts';
import type { Kill } from '../matrix.ts';

/**
 * killed: a judge or an assertion raised an alarm that the healthy engine does not raise under the same seed. noticed:
 * nobody did, but a run was worthless (vacuous, without an end), so that a suite would have failed. lived: none of the
 * runs that came by was other than expected. unpassed: no run came by the place.
 */
export type Fate = 'killed' | 'noticed' | 'lived' | 'unpassed';

export interface DrawnResult {
  /** `engine/core/raft/ballots.ts:9:28:arithmetic`, for `--mutant`. */
  readonly name: string;
  readonly operator: string;
  /** What becomes what. */
  readonly slip: string;
  /** The line of the sources in which it begins. */
  readonly line: string;
  readonly fate: Fate;
  /** Runs of the healthy engine that came by. */
  readonly runsPassing: number;
  /** Runs under the slip until its fate was known. */
  readonly runsMade: number;
  readonly kill: (Kill & { readonly scenario: string; readonly replay: string }) | null;
  /** Of the first run that was worthless. */
  readonly noticed: string | null;
}

export interface StoredDrawn {
  readonly format: 1;
  readonly kind: 'drawn-mutants';
  readonly exitCode: number;
  /** In one sentence. */
  readonly verdict: string;
  /** Of the draw, and the first of the runs. */
  readonly seed: string;
  readonly seeds: number;
  /** After so many runs without a kill a slip is taken to live. */
  readonly runsEach: number;
  /** All slips that there are, of which some were drawn. */
  readonly slips: number;
  /** Runs of the healthy engine whose paths are known. */
  readonly runs: number;
  /** Runs of the healthy engine that were not as expected, and were not asked about slips. */
  readonly unusable: readonly string[];
  readonly results: readonly DrawnResult[];
  readonly machine: StoredMachine;
}
