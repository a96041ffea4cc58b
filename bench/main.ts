// The command `bench`: runs workloads one after the other, stores one document, prints a summary of it.
//
//   0 every acknowledged record is accounted for   1 a ledger has a gap, or a broker failed
//   2 bad input: a workload file (with line and column), an address, a broker that is not there
//
// Anything thrown is a bug of ours; the command line makes it 70.

import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from '../engine/host/index.ts';
import type { Address } from '../engine/index.ts';
import { type Asked, commandOf, faultsElsewhere, readAsked } from './asked.ts';
import { environmentOf } from './environment.ts';
import { runWorkload } from './harness.ts';
import { findKnee } from './knee/knee.ts';
import { Progress } from './progress.ts';
import { type BenchResult, benchResultSchema } from './result.ts';
import { SessionError } from './session.ts';
import { planOfSweep, runSweep } from './sweeps/sweep.ts';
import { summaryOf } from './text.ts';

export interface BenchOptions {
  readonly against?: string;
  /** Search for the highest rate of each workload that meets `objective`. */
  readonly knee?: boolean;
  readonly objective?: string;
  /** Run the points of this sweep, and no workloads. */
  readonly sweep?: string;
  readonly out?: string;
  /** Told where the run was stored, when it was. */
  readonly stored?: (folder: string) => void;
  readonly json?: boolean;
}

const exitCode = { ok: 0, failed: 1, input: 2 } as const;

export async function benchCommand(workloads: string[], options: BenchOptions): Promise<number> {
  const asked = readAsked(workloads, options);
  const against = options.against === undefined ? undefined : addressOf(options.against);
  const complaints = [...asked.complaints];
  if (options.against !== undefined && against === undefined) {
    complaints.push(`--against ${options.against}: host:port is wanted`);
  }
  if (against !== undefined) complaints.push(...faultsElsewhere(asked));
  if (complaints.length > 0) return complain(complaints, exitCode.input);

  const started = new Date();
  const folder = options.out ?? join('runs', started.toISOString().replace(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  const leave = endWithTheProcess();
  try {
    const result = await runAll(asked, folder, started, against);
    const code = await store(result, folder, options.json === true);
    options.stored?.(folder);
    return code;
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return complain([error.message], against === undefined ? exitCode.failed : exitCode.input);
  } finally {
    leave();
  }
}

async function runAll(
  { workloads, objective, sweep }: Asked,
  folder: string,
  started: Date,
  against: Address | undefined,
): Promise<BenchResult> {
  const seed = randomBytes(4).toString('hex');
  const progress = new Progress();
  progress.step(
    `seed ${seed}, ${sweep === undefined ? `${workloads.length} workloads` : planOfSweep(sweep)}`,
  );
  const environment = environmentOf(folder);
  const options = { seed, folder, against, progress };
  const runs: BenchResult['runs'] = [];
  const knees: BenchResult['knees'] = [];
  for (const file of workloads) {
    if (objective === undefined) runs.push(await runWorkload(file, options));
    else knees.push(await findKnee(file, objective, options));
  }
  const sweeps = sweep === undefined ? [] : [await runSweep(sweep, options)];
  const target =
    against === undefined
      ? { kind: 'ours' as const, address: 'a new process for each workload, 127.0.0.1' }
      : { kind: 'against' as const, address: `${against.host}:${against.port}` };
  return {
    format: 'odradek-bench/2',
    startedAt: started.toISOString(),
    seed,
    target,
    environment,
    command: commandOf(objective, sweep),
    runs,
    comparisons: [],
    knees,
    sweeps,
  };
}

async function store(result: BenchResult, folder: string, json: boolean): Promise<number> {
  // The document is held against its own schema before anybody relies on it.
  const text = `${JSON.stringify(benchResultSchema.parse(result), null, 1)}\n`;
  const path = join(folder, 'bench.json');
  writeFileSync(path, text);
  await write(json ? text : `${summaryOf(result)}\nstored in ${path}\n`);
  return isSound(result) ? exitCode.ok : exitCode.failed;
}

/** No ledger of any run has a gap; the runs of a search are not kept, but their stamps are. */
function isSound({ runs, sweeps, knees }: BenchResult): boolean {
  const all = [...runs, ...sweeps.flatMap(({ points }) => points.map(({ run }) => run))];
  const points = knees.flatMap((knee) => knee.points);
  return (
    all.every(({ ledger }) => ledger.sound) &&
    points.every(({ stamps }) => stamps.every(({ name }) => name !== 'VOID'))
  );
}

/** Standard output may be a pipe: a document of megabytes must be through before the process ends. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
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

function complain(problems: readonly string[], code: number): number {
  for (const problem of problems) process.stderr.write(`odradek bench: ${problem}\n`);
  return code;
}
