// The command `determinism`: one seed is one history, also in another process, on other threads and under another Node.
// Each side is a process of its own that runs the same suite; all rows of all sides have to be equal. Where two differ,
// both sides run that seed again and write every step, and the first step that differs is told with both sides of it.
//
//   0 all sides the same   2 bad usage   4 they differ   70 a side did not run
//
// Worldly, because it starts processes.

import { spawn } from 'node:child_process';
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { firstDivergence, StepLog } from './determinism.ts';
import { inBrief } from './outcome.ts';
import type { StoredRun, StoredSuite } from './store.ts';

export interface DeterminismOptions {
  readonly seeds?: number;
  readonly seed?: string;
  readonly node?: readonly string[];
  readonly json?: boolean;
}

/** What the command is surrounded by; tests bring their own. */
export interface Surroundings {
  /** The command line of this very program. */
  readonly program: string;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

interface Side {
  readonly name: string;
  readonly node: string;
  readonly workers: number;
}

/** One run of a suite as a side saw it. */
interface SeenRun {
  readonly scenario: string;
  readonly file: string;
  readonly run: StoredRun;
}

interface Seen {
  readonly side: Side;
  readonly version: string;
  readonly fingerprint: string;
  readonly runs: readonly SeenRun[];
}

/** A run that two sides saw otherwise. */
export interface Difference {
  readonly scenario: string;
  readonly seed: string;
  readonly control: boolean;
  readonly first: string;
  readonly second: string;
  /** The first step that differs, with both sides; or that it did not show again. */
  readonly divergence: string;
}

const seedsDefault = 2;
/** Differences whose first step is looked for; more of them seldom say more. */
const tracedMax = 3;

const sameExit = 0;
const usageExit = 2;
const differentExit = 4;
const brokenExit = 70;

export async function determinismCommand(
  paths: readonly string[],
  options: DeterminismOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const missing = (options.node ?? []).filter((node) => !existsSync(node));
  for (const node of missing) around.error(`--node: there is no ${node}\n`);
  if (missing.length > 0) return usageExit;
  const folder = mkdtempSync(join(tmpdir(), 'odradek-determinism-'));
  try {
    const seen: Seen[] = [];
    for (const [index, side] of sidesOf(options.node ?? []).entries()) {
      around.error(`${side.name}\n`);
      const out = join(folder, String(index));
      const status = await odradek(around, side.node, suiteWords(paths, options, side, out));
      if (status === usageExit) return usageExit;
      if (!existsSync(join(out, 'run.json'))) {
        around.error(`${side.name}: the suite did not run (exit code ${status})\n`);
        return brokenExit;
      }
      seen.push(readSide(side, out));
    }
    const differences = await differencesOf(around, seen, folder);
    around.out(options.json === true ? asJson(seen, differences) : asText(seen, differences));
    return differences.length === 0 ? sameExit : differentExit;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function realSurroundings(): Surroundings {
  return {
    program: process.argv[1] as string,
    out: (text) => void process.stdout.write(text),
    error: (text) => void process.stderr.write(text),
  };
}

/** The first is what all others are held against. */
function sidesOf(nodes: readonly string[]): Side[] {
  const own = process.execPath;
  const many = Math.max(2, availableParallelism());
  return [
    { name: 'one thread', node: own, workers: 1 },
    { name: `another process, ${many} threads`, node: own, workers: many },
    ...nodes.map((node) => ({ name: `another Node (${node}), ${many} threads`, node, workers: many })),
  ];
}

function suiteWords(
  paths: readonly string[],
  { seeds = seedsDefault, seed = '1' }: DeterminismOptions,
  { workers }: Side,
  out: string,
): string[] {
  const which = ['--seeds', String(seeds), '--seed', seed, '--workers', String(workers)];
  return ['sim', ...paths, ...which, '--out', out, '--json'];
}

/** Runs this same program under a Node; its output goes nowhere, its complaints are shown. */
function odradek({ program }: Surroundings, node: string, words: readonly string[]): Promise<number> {
  const child = spawn(node, [program, ...words], { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? brokenExit));
  });
}

function readSide(side: Side, out: string): Seen {
  const suite = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as StoredSuite;
  const runs = suite.scenarios.flatMap(({ name, file, runs: ofScenario }) =>
    ofScenario.map((run) => ({ scenario: name, file, run })),
  );
  return { side, version: suite.machine.node, fingerprint: suite.fingerprint, runs };
}

async function differencesOf(
  around: Surroundings,
  seen: readonly Seen[],
  folder: string,
): Promise<Difference[]> {
  const [first, ...others] = seen as [Seen, ...Seen[]];
  const found: Difference[] = [];
  for (const other of others) {
    for (const [index, one] of first.runs.entries()) {
      const two = other.runs[index];
      const texts = [inBrief(one.run), two === undefined ? 'nothing' : inBrief(two.run)] as const;
      if (texts[0] === texts[1]) continue;
      const traced = found.length < tracedMax;
      const divergence = traced ? await trace(around, first.side, other.side, one, folder) : 'not traced';
      const { seed, control } = one.run;
      found.push({ scenario: one.scenario, seed, control, first: texts[0], second: texts[1], divergence });
    }
  }
  return found;
}

/** Runs one seed again on both sides and tells the first step that differs. */
async function trace(
  around: Surroundings,
  first: Side,
  second: Side,
  one: SeenRun,
  folder: string,
): Promise<string> {
  const logs: StepLog[] = [];
  for (const side of [first, second]) {
    const file = join(folder, 'steps.jsonl');
    const control = one.run.control ? ['--control'] : [];
    await odradek(around, side.node, [
      'replay',
      one.file,
      '--seed',
      one.run.seed,
      ...control,
      '--steps',
      file,
    ]);
    const log = new StepLog();
    for await (const line of createInterface({ input: createReadStream(file) })) log.take(line);
    logs.push(log);
  }
  const again =
    'run once more, alone in its process, it was the same on both sides: look for what threads remember';
  return firstDivergence(logs[0] as StepLog, logs[1] as StepLog)?.text ?? again;
}

function asText(seen: readonly Seen[], differences: readonly Difference[]): string {
  const sides = seen.map(
    ({ side, version, fingerprint, runs }) => `${fingerprint}  ${version}, ${side.name}: ${runs.length} runs`,
  );
  const told = differences.map(({ scenario, seed, control, first, second, divergence }) =>
    [
      `${scenario}${control ? ' (control)' : ''}, seed ${seed}:`,
      `  ${first}`,
      `  ${second}`,
      divergence,
    ].join('\n'),
  );
  const verdict =
    differences.length === 0
      ? 'the same on all sides'
      : `NOT DETERMINISTIC: ${differences.length} runs differ`;
  return `${[...sides, ...told, verdict].join('\n')}\n`;
}

function asJson(seen: readonly Seen[], differences: readonly Difference[]): string {
  const sides = seen.map(({ side, version, fingerprint, runs }) => ({
    name: side.name,
    node: version,
    workers: side.workers,
    fingerprint,
    runs: runs.length,
  }));
  return `${JSON.stringify({ same: differences.length === 0, sides, differences }, null, 1)}\n`;
}
