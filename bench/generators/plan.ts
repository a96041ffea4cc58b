// What one generator process is told before it starts: the workload, its part of it, and the files made for it. As JSON
// for those that we run in Node; `librdkafka-plan.ts` puts the same into lines for the C program.

import type { Address } from '../../engine/index.ts';
import type { GeneratorName, Workload } from '../workload.ts';

/** preload writes `recordsMax` records before the clock starts; the others are the kinds of a workload. */
export type GeneratorMode = 'produce' | 'end-to-end' | 'consume' | 'preload';

export interface GeneratorPlan {
  readonly generator: GeneratorName;
  readonly mode: GeneratorMode;
  readonly address: Address;
  readonly topic: string;
  readonly workload: Workload;
  readonly seed: string;
  /** Which of `processes` this is: the high word of the numbers of its records. */
  readonly process: number;
  readonly processes: number;
  /** preload: how many this process writes. consume: how many the topic holds. */
  readonly records: number;
  /** When the load ends by itself, from its start. */
  readonly untilSeconds: number;
  /** The prepared values, one after the other; made for generators that cannot make them from the seed. */
  readonly poolPath: string;
  /** Intended times of this process in microseconds as doubles, for those that cannot draw them; null: none. */
  readonly arrivalsPath: string | null;
  /** Where it leaves what became of each record (`outcomes.ts`). */
  readonly outcomesPath: string;
}

/** How many of a whole each process gets; the remainder goes to the first ones. */
export function partOf(whole: number, plan: Pick<GeneratorPlan, 'process' | 'processes'>): number {
  return Math.floor(whole / plan.processes) + (plan.process < whole % plan.processes ? 1 : 0);
}

/** What a preload or a closed loop of this process may have under way. */
export function outstandingOf(plan: GeneratorPlan): number {
  const { workload, mode } = plan;
  if (mode === 'preload' || workload.kind === 'consume') return preloadOutstandingRecords;
  const { load } = workload;
  return load.loop === 'closed' ? Math.max(1, partOf(load.outstandingRecords, plan)) : openOutstandingMax;
}

/**
 * Above so many without an outcome, an open loop fails records instead of sending them: memory ends somewhere.
 */
export const openOutstandingMax = 1_000_000;
const preloadOutstandingRecords = 20_000;
