// One half of a round: the workload once, against one target, in a fresh process with a fresh data directory where it
// is ours. What it measured, by the names of the metrics.

import { fileURLToPath, pathToFileURL } from 'node:url';
import type { BrokerProgram } from '../broker-process.ts';
import { runWorkload } from '../harness.ts';
import type { Progress } from '../progress.ts';
import { SessionError } from '../session.ts';
import type { WorkloadFile } from '../workload.ts';
import { type Measures, measuresOf } from './metrics.ts';
import type { Target } from './target.ts';

/** Nothing may be compared that lost a record. */
export class GapError extends Error {}

export interface HalfRoundOptions {
  readonly seed: string;
  readonly folder: string;
  readonly progress: Progress;
}

export async function measureHalf(
  file: WorkloadFile,
  target: Target,
  options: HalfRoundOptions,
): Promise<Measures> {
  const ours = target.kind === 'code';
  const broker = ours ? { ...file.workload.broker, ...target.properties } : file.workload.broker;
  const asked = { ...file, workload: { ...file.workload, broker } };
  const run = await runWorkload(asked, {
    ...options,
    against: ours ? undefined : target.address,
    probes: false,
    ...(ours ? { program: programOf(target) } : {}),
  });
  if (!run.ledger.sound) {
    throw new GapError(
      `the ledger of ${target.label} has a gap: ${run.ledger.examples[0] ?? 'see its counts'}`,
    );
  }
  if (run.ledger.acknowledged === 0) throw new SessionError(`${target.label} acknowledged nothing`);
  return measuresOf(run);
}

function programOf({ commandLine, slipPercent }: Extract<Target, { kind: 'code' }>): BrokerProgram {
  if (slipPercent === 0) return { commandLine, nodeWords: [] };
  const here = fileURLToPath(import.meta.url);
  const preload = pathToFileURL(here.replace(/half-round\.(ts|js)$/, 'slip-preload.$1'));
  preload.searchParams.set('percent', String(slipPercent));
  return { commandLine, nodeWords: ['--import', preload.href] };
}
