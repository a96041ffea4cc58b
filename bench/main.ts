// The command `bench`: runs workloads one after the other, stores one document, prints a summary of it.
//
//   0 every acknowledged record is accounted for   1 a ledger has a gap, or a broker failed
//   2 bad input: a workload file (with line and column), an address, a broker that is not there
//   3 with --compare: no verdict, or a void one; with --gate: in doubt      130 a comparison that was interrupted
//
// Anything thrown is a bug of ours; the command line makes it 70.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf } from '../engine/host/index.ts';
import type { Address } from '../engine/index.ts';
import {
  type Compared,
  compareAll,
  compareWithItself,
  compileCacheIn,
  type Surroundings,
} from './compare/command.ts';
import { type GateOptions, gateAll, readGate } from './compare/gate-command.ts';
import { interruptible } from './compare/interrupt.ts';
import { type CompareOptions, isComparing, readSettings } from './compare/settings.ts';
import { environmentOf, projectRoot } from './environment.ts';
import { runWorkload } from './harness.ts';
import { Progress } from './progress.ts';
import { type BenchResult, benchResultSchema } from './result.ts';
import { SessionError } from './session.ts';
import { summaryOf } from './text.ts';
import { readWorkload, type WorkloadFile } from './workload.ts';

export interface BenchOptions extends CompareOptions, GateOptions {
  /** Of everything that is drawn; printed, and new each time without it. */
  readonly seed?: string;
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

/** What is compared when nothing is named: a fixed amount of work, in a second or two. */
const comparable = ['produce-1topic-4p-100b-acks-all-closed-60k-records'];

const exitCode = { ok: 0, failed: 1, input: 2 } as const;

export async function benchCommand(workloads: string[], options: BenchOptions): Promise<number> {
  if (isComparing(options) || options.gate === true) return await compareCommand(workloads, options);
  for (const name of ['anchor', 'baseline', 'write', 'because', 'rounds', 'roundsMax'] as const) {
    if (options[name] === undefined) continue;
    return complain([`${dashed(name)}: goes with --compare or --gate`], exitCode.input);
  }
  if (options.aa === false) return complain(['--no-aa: goes with --compare'], exitCode.input);
  const files = readWorkloads(workloads, canonical);
  const against = options.against === undefined ? undefined : addressOf(options.against);
  const complaints = [...files.complaints];
  if (options.against !== undefined && against === undefined) {
    complaints.push(`--against ${options.against}: host:port is wanted`);
  }
  if (complaints.length > 0) return complain(complaints, exitCode.input);

  const started = new Date();
  const folder = folderFor(started, options);
  const leave = endWithTheProcess();
  try {
    const runs = await runAll(files.workloads, folder, started, against, seedOf(options));
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
  seed: string,
): Promise<BenchResult> {
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

function folderFor(started: Date, { out }: BenchOptions): string {
  const folder = out ?? join('runs', started.toISOString().replace(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

function seedOf({ seed }: BenchOptions): string {
  return seed ?? randomBytes(4).toString('hex');
}

// ---- comparisons

/** Exported with the surroundings for its tests, which hand in numbers instead of running brokers. */
export async function compareCommand(
  workloads: readonly string[],
  options: BenchOptions,
  given: Partial<Surroundings> = {},
): Promise<number> {
  const gate = options.gate === true ? readGate(options, baselinePath()) : undefined;
  const settings = isComparing(options) ? readSettings(options) : undefined;
  const more = settings?.ok ? settings.workloads : [];
  const files = readWorkloads([...workloads, ...more], comparable);
  const complaints = [...files.complaints, ...contradictionsOf(options)];
  for (const read of [gate, settings]) if (read?.ok === false) complaints.push(...read.complaints);
  if (options.aa !== undefined && typeof options.aa === 'number' && files.workloads.length > 1)
    complaints.push('--aa N: one workload is wanted');
  const [first] = files.workloads;
  if (complaints.length > 0 || first === undefined) return complain(complaints, exitCode.input);

  const started = new Date();
  const folder = folderFor(started, options);
  const environment = environmentOf(folder);
  const progress = new Progress();
  const interrupt = interruptible();
  const surroundings = { seed: seedOf(options), folder, progress, interrupted: interrupt.promise, ...given };
  progress.step(`seed ${surroundings.seed}`);
  let compared: Compared;
  try {
    if (gate?.ok) compared = await gateAll(files.workloads, gate.value, { ...surroundings, environment });
    else if (!settings?.ok) throw new Error('one of the two was understood');
    else if (settings.value.count > 0)
      compared = await compareWithItself(first, settings.value, surroundings);
    else compared = await compareAll(files.workloads, settings.value, surroundings);
  } finally {
    progress.end();
    rmSync(compileCacheIn(folder), { recursive: true, force: true });
  }
  const result: BenchResult = {
    format: 'odradek-bench/2',
    startedAt: started.toISOString(),
    seed: surroundings.seed,
    target: { kind: 'ours', address: 'a new process for each half of a round, 127.0.0.1' },
    environment,
    command: `odradek bench ${wordsOf(options)}`.trim(),
    runs: [],
    comparisons: compared.comparisons,
    knees: [],
    sweeps: [],
  };
  await store(result, folder, options.json === true, compared.lines);
  options.stored?.(folder);
  interrupt.leave();
  // A half that was under way goes on otherwise; its exit handlers end its broker and remove its data.
  if (compared.code === interruptedCode && given.measure === undefined) process.exit(interruptedCode);
  return compared.code;
}

const interruptedCode = 130;

/** In the repository, beside the code that it is about. */
function baselinePath(): string {
  return join(projectRoot(), 'bench', 'baseline.jsonc');
}

function contradictionsOf(options: BenchOptions): string[] {
  const found: string[] = [];
  if (options.gate === true && isComparing(options)) found.push('--gate: goes without --compare and --aa N');
  if (options.gate === true && options.against !== undefined) found.push('--gate: goes without --against');
  for (const name of ['anchor', 'baseline', 'write', 'because'] as const) {
    if (options.gate !== true && options[name] !== undefined) found.push(`--${name}: goes with --gate`);
  }
  return found;
}

/** The kind of comparison and its rounds; the targets stand with the comparisons, without paths. */
function wordsOf(options: BenchOptions): string {
  const kind =
    options.gate === true ? '--gate' : typeof options.aa === 'number' ? `--aa ${options.aa}` : '--compare';
  const numbers = (['rounds', 'roundsMax', 'seed'] as const)
    .filter((name) => options[name] !== undefined)
    .map((name) => `${dashed(name)} ${options[name]}`);
  return [kind, ...numbers].join(' ');
}

function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

async function store(
  result: BenchResult,
  folder: string,
  json: boolean,
  lines: readonly string[] = [],
): Promise<number> {
  // The document is held against its own schema before anybody relies on it.
  const text = `${JSON.stringify(benchResultSchema.parse(result), null, 1)}\n`;
  const path = join(folder, 'bench.json');
  writeFileSync(path, text);
  await write(json ? text : `${[summaryOf(result), ...lines].join('\n')}\nstored in ${path}\n`);
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

/** Files, folders, or names of the built-in ones; `ifNone` for none. */
function readWorkloads(named: readonly string[], ifNone: readonly string[]): WorkloadFiles {
  const workloads: WorkloadFile[] = [];
  const complaints: string[] = [];
  for (const path of named.length === 0 ? ifNone.map(builtInPath) : named.flatMap(pathsOf)) {
    if (!existsSync(path)) {
      complaints.push(`${path}: no such file, folder or built-in workload`);
      continue;
    }
    const read = readWorkload(path, readFileSync(path, 'utf8'));
    if (read.ok) workloads.push(read.value);
    else complaints.push(...read.complaints);
  }
  if (complaints.length === 0 && workloads.length === 0) complaints.push('there is no workload in there');
  return { workloads, complaints };
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
