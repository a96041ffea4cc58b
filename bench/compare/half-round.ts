// One half of a round: the workload once, against one target, in a fresh process with a fresh data directory where it
// is not one that runs already. What it measured, by the names of the metrics.

import { fileURLToPath, pathToFileURL } from 'node:url';
import { runWorkload } from '../harness.ts';
import type { BrokerProgram } from '../programs/broker-program.ts';
import { kafkaProgram } from '../programs/kafka.ts';
import { odradekProgram } from '../programs/odradek.ts';
import type { Progress } from '../progress.ts';
import { SessionError } from '../session-error.ts';
import type { WorkloadFile } from '../workload.ts';
import { type Measures, measuresOf } from './metrics.ts';
import type { AddressTarget, Target } from './target.ts';

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
  const started = target.kind !== 'address';
  const broker = started ? { ...file.workload.broker, ...target.properties } : file.workload.broker;
  const asked = { ...file, workload: { ...file.workload, broker } };
  const { seed, folder, progress } = options;
  const run = await runWorkload(asked, {
    seed,
    folder,
    progress,
    against: started ? undefined : target.address,
    probes: false,
    ...(started ? { program: programOf(target, options.compileCache) } : {}),
  });
  if (!run.ledger.sound) {
    throw new GapError(
      `the ledger of ${target.label} has a gap: ${run.ledger.examples[0] ?? 'see its counts'}`,
    );
  }
  if (run.ledger.acknowledged === 0) throw new SessionError(`${target.label} acknowledged nothing`);
  return measuresOf(run);
}

function programOf(target: Exclude<Target, AddressTarget>, compileCache: string): BrokerProgram {
  if (target.kind === 'kafka') return kafkaProgram(target.installation);
  const { commandLine, slipPercent } = target;
  // Starting is not what is measured, and most of it is compiling the same files again.
  const environment = { NODE_COMPILE_CACHE: compileCache };
  if (slipPercent === 0) return odradekProgram({ commandLine, environment });
  const here = fileURLToPath(import.meta.url);
  const preload = pathToFileURL(here.replace(/half-round\.(ts|js)$/, 'slip-preload.$1'));
  preload.searchParams.set('percent', String(slipPercent));
  return odradekProgram({ commandLine, nodeWords: ['--import', preload.href], environment });
}
