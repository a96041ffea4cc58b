// The command `bench --simulated`: what workloads cost, counted in the simulator; and the gate on it.
//
//   0 counted, and with --gate every count is what the baseline says
//   1 the gate names a change, or an acknowledged record was not read back as it was sent
//   2 bad input: a workload file (with line and column), options that do not go together
//
// Anything thrown is a bug of ours; the command line makes it 70.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkloads } from '../asked.ts';
import { commitOf, packageVersion, projectRoot } from '../environment.ts';
import { Progress } from '../progress.ts';
import type { WorkloadFile } from '../workload.ts';
import {
  baselineSchema,
  type CostBaseline,
  type CostDocument,
  costDocumentSchema,
  type StoredCost,
} from './document.ts';
import { compareWithBaseline, gateText, rewritten } from './gate.ts';
import { costModel } from './model.ts';
import { notSimulated, SimulationError, simulate } from './simulate.ts';
import { costText } from './text.ts';

export interface SimulatedOptions {
  readonly simulated?: boolean;
  readonly gate?: boolean;
  readonly write?: boolean;
  readonly because?: string;
  readonly against?: string;
  readonly out?: string;
  readonly json?: boolean;
  /** Another baseline than the committed one; for tests. */
  readonly baseline?: string;
}

const exitCode = { ok: 0, failed: 1, input: 2 } as const;

/** Whether the options ask for this command. */
export function asksForSimulation({ simulated }: SimulatedOptions): boolean {
  return simulated === true;
}

export async function simulatedCommand(workloads: string[], options: SimulatedOptions): Promise<number> {
  const complaints = contradictions(options);
  if (complaints.length > 0) return complain(complaints, exitCode.input);
  // Nothing named means every built-in workload: a gate that looks at some is not asked about the others.
  const whole = workloads.length === 0;
  const files = readWorkloads(whole ? [join(projectRoot(), 'bench', 'workloads')] : workloads, []);
  const { able, refused } = sorted(files.workloads);
  const problems = [...files.complaints, ...(whole ? [] : refused), ...sameNames(files.workloads)];
  if (problems.length > 0) return complain(problems, exitCode.input);
  // Of those that nobody named, what cannot be simulated is told and left out.
  for (const why of refused) process.stderr.write(`left out: ${why}\n`);
  try {
    return await counted(able, whole, options);
  } catch (error) {
    if (!(error instanceof SimulationError)) throw error;
    return complain([error.message], exitCode.input);
  }
}

async function counted(
  files: readonly WorkloadFile[],
  whole: boolean,
  options: SimulatedOptions,
): Promise<number> {
  const path = options.baseline ?? committedBaseline();
  const baseline = readBaseline(path);
  if (typeof baseline === 'string') return complain([baseline], exitCode.input);
  if (options.gate === true && baseline === undefined) {
    return complain([`${path}: there is no baseline to compare with`], exitCode.input);
  }
  const startedAt = new Date().toISOString();
  const document = await simulateAll(files);
  await tell(document, startedAt, options);
  const unsound = document.workloads.filter(({ sound }) => !sound);
  if (unsound.length > 0) {
    const told = unsound.map(({ name, gaps }) => `${name}: the ledger has a gap: ${gaps.join('; ')}`);
    return complain(told, exitCode.failed);
  }
  if (options.gate === true) {
    return judge(baseline as CostBaseline, document, whole, options.json === true);
  }
  return options.write === true ? write(path, baseline, document, whole, options) : exitCode.ok;
}

/** One after the other, each in a world of its own. */
export async function simulateAll(files: readonly WorkloadFile[]): Promise<CostDocument> {
  const progress = new Progress();
  const workloads: CostDocument['workloads'] = [];
  for (const file of files) {
    progress.step(`simulating ${file.name} (${workloads.length + 1} of ${files.length})`);
    workloads.push(await simulate(file));
  }
  progress.end();
  // Held against its own schema before anybody relies on it.
  return costDocumentSchema.parse({ format: 'odradek-bench-simulated/1', model: costModel, workloads });
}

export function committedBaseline(): string {
  return join(projectRoot(), 'bench', 'simulated', 'baseline.json');
}

/** undefined when there is none; text when it is none. */
export function readBaseline(path: string): CostBaseline | string | undefined {
  if (!existsSync(path)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    return `${path}: ${error instanceof Error ? error.message : String(error)}`;
  }
  const checked = baselineSchema.safeParse(value);
  if (checked.success) return checked.data;
  const [issue] = checked.error.issues;
  return `${path}: ${issue?.path.join('.')}: ${issue?.message}`;
}

function judge(baseline: CostBaseline, document: CostDocument, whole: boolean, json: boolean): number {
  const verdict = compareWithBaseline(baseline, document, whole);
  const text = `${gateText(verdict).join('\n')}\n`;
  (json ? process.stderr : process.stdout).write(text);
  return verdict.differences.length + verdict.complaints.length === 0 ? exitCode.ok : exitCode.failed;
}

function write(
  path: string,
  baseline: CostBaseline | undefined,
  document: CostDocument,
  whole: boolean,
  { because = '' }: SimulatedOptions,
): number {
  const reason = { on: new Date().toISOString().slice(0, 10), because };
  const next = rewritten(baseline, document, reason, whole);
  if (typeof next === 'string') return complain([next], exitCode.input);
  writeFileSync(path, jsonOf(next));
  process.stderr.write(`written: ${path}\n`);
  return exitCode.ok;
}

async function tell(
  document: CostDocument,
  startedAt: string,
  { json, out }: SimulatedOptions,
): Promise<void> {
  const text = json === true ? jsonOf(document) : `${costText(document)}\n`;
  // Standard output may be a pipe: all of it must be through before the process ends.
  await new Promise<void>((resolve) => process.stdout.write(text, () => resolve()));
  if (out === undefined) return;
  mkdirSync(out, { recursive: true });
  const path = join(out, 'bench-simulated.json');
  writeFileSync(path, jsonOf(takenAt(document, startedAt)));
  process.stderr.write(`stored in ${path}\n`);
}

/** What is printed is the same on every run; what is stored has its place in a history of commits. */
function takenAt(document: CostDocument, startedAt: string): StoredCost {
  const commit = commitOf(projectRoot());
  return { ...document, taken: { startedAt, commit, version: packageVersion(), node: process.version } };
}

function jsonOf(document: CostDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

// ---- input

function contradictions({ gate, write, because, against }: SimulatedOptions): string[] {
  const found: string[] = [];
  if (against !== undefined) found.push('--against: another broker cannot live in the simulator');
  if (gate === true && write === true) found.push('--gate compares and --write accepts: one of the two');
  if (write === true && (because ?? '').trim() === '') found.push('--write wants --because "the reason"');
  if (because !== undefined && write !== true) found.push('--because is the reason of a --write');
  return found;
}

/** Which workloads can be simulated, and why the others cannot. */
export function sorted(files: readonly WorkloadFile[]): { able: WorkloadFile[]; refused: string[] } {
  const able = files.filter((file) => notSimulated(file) === undefined);
  const others = files.filter((file) => !able.includes(file));
  return { able, refused: others.map((file) => `${file.name}: ${notSimulated(file)}`) };
}

/** Two files of one name would be one workload to the baseline. */
function sameNames(files: readonly WorkloadFile[]): string[] {
  const names = files.map(({ name }) => name);
  const twice = names.filter((name, at) => names.indexOf(name) !== at);
  return [...new Set(twice)].map((name) => `${name}: two workload files have this name`);
}

function complain(problems: readonly string[], code: number): number {
  for (const problem of problems) process.stderr.write(`odradek bench --simulated: ${problem}\n`);
  return code;
}
