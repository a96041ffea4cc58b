// What reports read: a folder that `sim` or `bench` wrote. `bench` says itself what its `bench.json` is (bench/result.ts).
// For `sim` this file says what is expected of the folder:
//
//   sim.json            the suite: one row per scenario, and the runs worth telling (every failure, the first witness)
//   traces/*.jsonl      one trace line per line, named by `trace` of a told run
//   histories/*.jsonl   one history entry per line, named by `history` of a told run
//
// Traces are read one after the other, when their story is told, and dropped again: one may be 100 MB.

import type { BenchResult } from '../bench/result.ts';
import type { HistoryEntry, RunOutcome, Scenario, ScenarioJudgement, TraceLine } from '../sim/index.ts';
import { amount, anything, fields, flag, listOf, oneOf, orNull, type Shape, text } from './shape.ts';

export const simFormat = 'odradek-sim/1';
export const benchFormat = 'odradek-bench/1';

/** Files of the stored run, by name relative to its folder; undefined when there is none. */
export type ReadFile = (name: string) => string | undefined;

/** One run that is told in full. */
export interface ToldRun {
  readonly seed: string;
  /** Whether it ran under the control's overrides. */
  readonly control: boolean;
  readonly why: 'failure' | 'witness';
  /** The command that does it again, step by step the same. */
  readonly replay: string;
  readonly outcome: RunOutcome;
  /** File names relative to the folder; null when they were not kept. */
  readonly trace: string | null;
  readonly history: string | null;
}

export interface StoredScenario {
  /** As given to the command: `scenarios/acks/acks0-leader-crash.jsonc`. */
  readonly file: string;
  readonly story: string;
  readonly expect: Scenario['expect'];
  readonly judgement: ScenarioJudgement;
  /** Runs under the control, and how many of them showed nothing they must not; null without a control. */
  readonly control: { readonly seeds: number; readonly clean: number } | null;
  /** Over all its runs. */
  readonly fingerprint: string;
  readonly steps: number;
  readonly virtualUs: number;
  readonly told: readonly ToldRun[];
}

export interface StoredSuite {
  readonly format: typeof simFormat;
  /** The first seed, and how many each scenario ran. */
  readonly seed: string;
  readonly seeds: number;
  /** Of everything: two suites are the same exactly when these agree. */
  readonly fingerprint: string;
  readonly scenarios: readonly StoredScenario[];
}

export type Stored =
  | { readonly kind: 'sim'; readonly suite: StoredSuite }
  | { readonly kind: 'bench'; readonly bench: BenchResult };

/** A stored run that cannot be read; the message is for people. */
export class DamagedRun extends Error {}
