// What a run of `odradek mutants` leaves in run.json; reports render it.

import type { StoredMachine } from '../store.ts';
import type { Ablation, MutantResult } from './matrix.ts';

export interface StoredMutants {
  readonly format: 1;
  readonly kind: 'mutants';
  readonly exitCode: number;
  /** In one sentence. */
  readonly verdict: string;
  readonly seeds: { readonly first: string; readonly max: number; readonly always: number };
  readonly mutants: readonly MutantResult[];
  readonly ablation: readonly Ablation[];
  /** The engine without any slip; null when it was not asked for. */
  readonly healthy: StoredHealthy | null;
  readonly machine: StoredMachine;
}

export interface StoredHealthy {
  /** Seeds run, each of one scenario; a witness runs its control beside. */
  readonly seeds: number;
  readonly scenarios: readonly HealthyScenario[];
}

export interface HealthyScenario {
  readonly scenario: string;
  readonly seeds: number;
  /** Runs that raised an alarm, controls included. */
  readonly alarms: readonly Alarm[];
  /** Runs that were not worth judging: vacuous, or without an end. */
  readonly unjudged: readonly Alarm[];
}

/** An alarm without a cause, or a run without a judgement. */
export interface Alarm {
  readonly seed: string;
  readonly control: boolean;
  readonly what: string;
  readonly replay: string;
}
