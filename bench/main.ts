// The command `bench`: runs workloads one after the other, stores one document, prints a summary of it.
//
//   0 every acknowledged record is accounted for   1 a ledger has a gap, or a broker failed
//   2 bad input: a workload file (with line and column), an address, a broker that is not there
//
// Anything thrown is a bug of ours; the command line makes it 70.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from '../engine/host/index.ts';
import type { Address } from '../engine/index.ts';
import { environmentOf, projectRoot } from './environment.ts';
import { missingOf } from './generators/commands.ts';
import { runWorkload } from './harness.ts';
import { Progress } from './progress.ts';
import { type BenchResult, benchResultSchema } from './result.ts';
import { SessionError } from './session.ts';
import { summaryOf } from './text.ts';
import { type GeneratorName, generatorNames, readWorkload, type WorkloadFile } from './workload.ts';

export interface BenchOptions {
  readonly against?: string;
  /** Makes the load instead of the generator that the workload names. */
  readonly generator?: string;
  readonly out?: string;
  /** Told where the run was stored, when it was. */
  readonly stored?: (folder: string) => void;
  readonly json?: boolean;
}

/** What runs when nothing is named: one of each kind, together less than a minute. */
const canonical = [
  'produce-1topic-4p-1kb-acks-all-closed',
  'produce-1topic-4p-1kb-acks-all-fsync-closed',
  'produce-1topic-4p-1kb-acks-all-open-20k',
  'consume-1topic-4p-1kb',
  'end-to-end-1topic-4p-1kb-open-5k',
];

const exitCode = { ok: 0, failed: 1, input: 2 } as const;

export async function benchCommand(workloads: string[], options: BenchOptions): Promise<number> {
  const files = readWorkloads(workloads, options.generator);
  const against = options.against === undefined ? undefined : addressOf(options.against);
  const complaints = [...files.complaints];
  for (const name of new Set(files.workloads.map(({ workload }) => workload.generator))) {
    const missing = missingOf(name);
    if (missing !== undefined) complaints.push(missing);
  }
  if (options.against !== undefined && against === undefined) {
    complaints.push(`--against ${options.against}: host:port is wanted`);
  }
  if (complaints.length > 0) return complain(complaints, exitCode.input);

  const started = new Date();
  const folder = options.out ?? join('runs', started.toISOString().replace(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  const leave = endWithTheProcess();
  try {
    const runs = await runAll(files.workloads, folder, started, against);
    const code = await store(runs, folder, options.json === true);
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
  files: readonly WorkloadFile[],
  folder: string,
  started: Date,
  against: Address | undefined,
): Promise<BenchResult> {
  const seed = randomBytes(4).toString('hex');
  const progress = new Progress();
  progress.step(`seed ${seed}, ${files.length} workloads`);
  const environment = environmentOf(folder);
  const runs: BenchResult['runs'] = [];
  for (const file of files) {
    runs.push(await runWorkload(file, { seed, folder, against, progress }));
  }
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
    command: 'odradek bench',
    runs,
    comparisons: [],
    knees: [],
    sweeps: [],
  };
}

async function store(result: BenchResult, folder: string, json: boolean): Promise<number> {
  // The document is held against its own schema before anybody relies on it.
  const text = `${JSON.stringify(benchResultSchema.parse(result), null, 1)}\n`;
  const path = join(folder, 'bench.json');
  writeFileSync(path, text);
  await write(json ? text : `${summaryOf(result)}\nstored in ${path}\n`);
  return result.runs.every(({ ledger }) => ledger.sound) ? exitCode.ok : exitCode.failed;
}

/** Standard output may be a pipe: a document of megabytes must be through before the process ends. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

// ---- input

interface WorkloadFiles {
  readonly workloads: WorkloadFile[];
  readonly complaints: string[];
}

/** Files, folders, or names of the built-in ones; none for the canonical set. */
function readWorkloads(named: readonly string[], generator: string | undefined): WorkloadFiles {
  const workloads: WorkloadFile[] = [];
  const complaints: string[] = [];
  if (generator !== undefined && !isGenerator(generator)) {
    complaints.push(`--generator ${generator}: one of ${generatorNames.join(', ')} is wanted`);
    return { workloads, complaints };
  }
  for (const path of named.length === 0 ? canonical.map(builtInPath) : named.flatMap(pathsOf)) {
    if (!existsSync(path)) {
      complaints.push(`${path}: no such file, folder or built-in workload`);
      continue;
    }
    const read = readWorkload(path, readFileSync(path, 'utf8'), generator);
    if (read.ok) workloads.push(read.value);
    else complaints.push(...read.complaints);
  }
  if (complaints.length === 0 && workloads.length === 0) complaints.push('there is no workload in there');
  return { workloads, complaints };
}

function isGenerator(name: string): name is GeneratorName {
  return generatorNames.some((known) => known === name);
}

function pathsOf(named: string): string[] {
  if (!existsSync(named)) {
    const builtIn = builtInPath(named.replace(/\.jsonc$/, ''));
    return existsSync(builtIn) ? [builtIn] : [named];
  }
  if (!statSync(named).isDirectory()) return [named];
  return readdirSync(named)
    .filter((name) => name.endsWith('.jsonc'))
    .sort()
    .map((name) => join(named, name));
}

function builtInPath(name: string): string {
  return join(projectRoot(), 'bench', 'workloads', `${name}.jsonc`);
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
