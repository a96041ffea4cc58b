// The commands `bench --compare`, `--aa N` and `--gate`: what is asked for, measured and stored.

import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkloads } from '../asked.ts';
import { environmentOf, projectRoot } from '../environment.ts';
import { Progress } from '../progress.ts';
import type { BenchResult } from '../result.ts';
import { complain, exitCode, store } from '../store.ts';
import {
  type Compared,
  compareAll,
  compareWithItself,
  compileCacheIn,
  duetFolderIn,
  type Surroundings,
} from './command.ts';
import { type GateOptions, gateAll, readGate } from './gate-command.ts';
import { interruptible } from './interrupt.ts';
import { type CompareOptions, isComparing, readSettings } from './settings.ts';

export interface ComparingOptions extends CompareOptions, GateOptions {
  readonly seed?: string;
  readonly out?: string;
  readonly stored?: (folder: string) => void;
  readonly json?: boolean;
}

/** What is compared when nothing is named: a fixed amount of work, in a second or two. */
const comparable = ['produce-1topic-4p-100b-acks-all-closed-60k-records'];

/** Of two brokers at the same time: warm, and with work of the same shape for as long as both run. */
const comparableInDuet = ['produce-1topic-4p-100b-acks-1-open-40k'];

/** Whether the command is one of these. */
export function isForComparing(options: ComparingOptions): boolean {
  return isComparing(options) || options.gate === true;
}

/** Of a command that is none of these: what belongs to them. */
export function strayOptions(options: ComparingOptions): string[] {
  const stray = (['anchor', 'baseline', 'write', 'because', 'rounds', 'roundsMax'] as const)
    .filter((name) => options[name] !== undefined)
    .map((name) => `${dashed(name)}: goes with --compare or --gate`);
  if (options.duet === true) stray.push('--duet: goes with --compare and --aa');
  return options.aa === false ? [...stray, '--no-aa: goes with --compare'] : stray;
}

export function folderFor(started: Date, { out }: { readonly out?: string }): string {
  const folder = out ?? join('runs', started.toISOString().replace(/[:.]/g, '-'));
  mkdirSync(folder, { recursive: true });
  return folder;
}

export function seedOf({ seed }: { readonly seed?: string }): string {
  return seed ?? randomBytes(4).toString('hex');
}

/** Exported with the surroundings for its tests, which hand in numbers instead of running brokers. */
export async function compareCommand(
  workloads: readonly string[],
  options: ComparingOptions,
  given: Partial<Surroundings> = {},
): Promise<number> {
  const gate = options.gate === true ? readGate(options, baselinePath()) : undefined;
  const settings = isComparing(options) ? readSettings(options) : undefined;
  const more = settings?.ok ? settings.workloads : [];
  const files = readWorkloads([...workloads, ...more], options.duet === true ? comparableInDuet : comparable);
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
    for (const passing of [compileCacheIn(folder), duetFolderIn(folder)])
      rmSync(passing, { recursive: true, force: true });
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

function contradictionsOf(options: ComparingOptions): string[] {
  const found: string[] = [];
  if (options.gate === true && isComparing(options)) found.push('--gate: goes without --compare and --aa N');
  if (options.gate === true && options.duet === true) found.push('--gate: goes without --duet');
  if (options.gate === true && options.against !== undefined) found.push('--gate: goes without --against');
  for (const name of ['anchor', 'baseline', 'write', 'because'] as const) {
    if (options.gate !== true && options[name] !== undefined) found.push(`--${name}: goes with --gate`);
  }
  return found;
}

/** The kind of comparison and its rounds; the targets stand with the comparisons, without paths. */
function wordsOf(options: ComparingOptions): string {
  const kind =
    options.gate === true ? '--gate' : typeof options.aa === 'number' ? `--aa ${options.aa}` : '--compare';
  const duet = options.duet === true ? ['--duet'] : [];
  const numbers = (['rounds', 'roundsMax', 'seed'] as const)
    .filter((name) => options[name] !== undefined)
    .map((name) => `${dashed(name)} ${options[name]}`);
  return [kind, ...duet, ...numbers].join(' ');
}

function dashed(name: string): string {
  return `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
