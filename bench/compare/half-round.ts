// One half of a round: the workload once, against one target, in a fresh process with a fresh data directory where it
// is not one that runs already. What it measured, by the names of the metrics.

import { runWorkload } from '../harness.ts';
import type { Target } from '../programs/target.ts';
import type { Progress } from '../progress.ts';
import { SessionError } from '../session-error.ts';
import type { WorkloadFile } from '../workload.ts';
import { type Measures, measuresOf } from './metrics.ts';

/** Nothing may be compared that lost a record. */
export class GapError extends Error {}

export interface HalfRoundOptions {
  readonly seed: string;
  readonly folder: string;
  /** Where Node keeps what it compiled, for all halves of a suite alike. */
  readonly compileCache: string;
  readonly progress: Progress;
}

export async function measureHalf(
  file: WorkloadFile,
  target: Target,
  options: HalfRoundOptions,
): Promise<Measures> {
  const run = await runWorkload(file, { ...options, target, probes: false });
  if (!run.ledger.sound) {
    throw new GapError(
      `the ledger of ${target.label} has a gap: ${run.ledger.examples[0] ?? 'see its counts'}`,
    );
  }
  if (run.ledger.acknowledged === 0) throw new SessionError(`${target.label} acknowledged nothing`);
  return measuresOf(run);
}
