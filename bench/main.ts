// The command `bench`: runs workloads one after the other, stores one document, prints a summary of it.
//
//   0 every acknowledged record is accounted for   1 a ledger has a gap, or a broker failed
//   2 bad input: a workload file (with line and column), an address, a broker that is not there
//
// Anything thrown is a bug of ours; the command line makes it 70.

import { type Asked, commandOf, faultsElsewhere, readAsked } from './asked.ts';
import {
  type ComparingOptions,
  compareCommand,
  folderFor,
  isForComparing,
  seedOf,
  strayOptions,
} from './compare/main.ts';
import { environmentOf } from './environment.ts';
import { runWorkload } from './harness.ts';
import { findKnee } from './knee/knee.ts';
import { readTarget, type Target } from './programs/target.ts';
import { Progress } from './progress.ts';
import type { BenchResult } from './result.ts';
import { scalingCommand } from './scaling/main.ts';
import { SessionError } from './session-error.ts';
import { complain, exitCode, store } from './store.ts';
import { planOfSweep, runSweep } from './sweeps/sweep.ts';

export interface BenchOptions extends ComparingOptions {
  readonly against?: string;
  /** Makes the load instead of the generator that the workload names. */
  readonly generator?: string;
  /** Search for the highest rate of each workload that meets `objective`. */
  readonly knee?: boolean;
  readonly objective?: string;
  /** One broker process against two, and no workloads. */
  readonly scaling?: boolean;
  /** Run the points of this sweep, and no workloads. */
  readonly sweep?: string;
}

export async function benchCommand(workloads: string[], options: BenchOptions): Promise<number> {
  if (options.scaling === true) return await scalingWith(workloads, options);
  if (isForComparing(options)) {
    const others = (['knee', 'objective', 'sweep'] as const).filter((name) => options[name] !== undefined);
    if (others.length === 0) return await compareCommand(workloads, options);
    return complain(
      others.map((name) => `--${name}: goes without --compare, --aa N and --gate`),
      exitCode.input,
    );
  }
  const asked = readAsked(workloads, options);
  const read = readTarget(options.against ?? 'self');
  const complaints = [...strayOptions(options), ...asked.complaints];
  if (!read.ok) complaints.push(`--against ${read.complaint}`);
  else if (read.value.kind === 'address') complaints.push(...faultsElsewhere(asked));
  if (complaints.length > 0 || !read.ok) return complain(complaints, exitCode.input);

  const started = new Date();
  const folder = folderFor(started, options);
  const leave = endWithTheProcess();
  try {
    const result = await runAll(asked, folder, started, read.value, seedOf(options));
    const code = await store(result, folder, options.json === true);
    options.stored?.(folder);
    return code;
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return complain([error.message], read.value.kind === 'address' ? exitCode.input : exitCode.failed);
  } finally {
    leave();
  }
}

async function scalingWith(workloads: readonly string[], options: BenchOptions): Promise<number> {
  const others = (['against', 'generator', 'knee', 'sweep', 'compare', 'gate'] as const).filter(
    (name) => options[name] !== undefined,
  );
  const complaints = others.map((name) => `--${name}: goes without --scaling`);
  if (workloads.length > 0) complaints.push('--scaling has its own load: no workload can be named');
  if (complaints.length > 0) return complain(complaints, exitCode.input);
  const folder = folderFor(new Date(), options);
  const { rounds, json = false } = options;
  const code = await scalingCommand({ ...(rounds && { rounds }), folder, seed: seedOf(options), json });
  options.stored?.(folder);
  return code;
}

async function runAll(
  { workloads, objective, sweep }: Asked,
  folder: string,
  started: Date,
  target: Target,
  seed: string,
): Promise<BenchResult> {
  const progress = new Progress();
  progress.step(
    `seed ${seed}, ${sweep === undefined ? `${workloads.length} workloads` : planOfSweep(sweep)}`,
  );
  const environment = environmentOf(folder);
  const options = { seed, folder, progress, target };
  const runs: BenchResult['runs'] = [];
  const knees: BenchResult['knees'] = [];
  for (const file of workloads) {
    if (objective === undefined) runs.push(await runWorkload(file, options));
    else knees.push(await findKnee(file, objective, options));
  }
  const sweeps = sweep === undefined ? [] : [await runSweep(sweep, options)];
  return {
    format: 'odradek-bench/2',
    startedAt: started.toISOString(),
    seed,
    target: described(target),
    environment,
    command: commandOf(objective, sweep),
    runs,
    comparisons: [],
    knees,
    sweeps,
  };
}

function described(target: Target): BenchResult['target'] {
  const fresh = 'a new process for each workload, 127.0.0.1';
  if (target.label === 'self') return { kind: 'ours', address: fresh };
  const { kind, label } = target;
  return { kind: 'against', address: kind === 'address' ? label : `${label}, ${fresh}` };
}

// ---- end

/** Signals end the process through its exit handlers, which kill the broker. Returns how to undo this. */
function endWithTheProcess(): () => void {
  const end = (signal: NodeJS.Signals): void => {
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  return () => {
    process.off('SIGINT', end);
    process.off('SIGTERM', end);
  };
}
