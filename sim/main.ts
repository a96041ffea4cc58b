// The commands `sim` and `replay`: from a command line to an exit code.
//
//   0 all as expected   1 a violation, or an expected witness that does not show   2 bad usage or input
//   3 vacuous or unknown   4 nondeterminism   70 the simulator itself has a bug

import { existsSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { BarProgress, PlainProgress, type Progress, silence } from './progress.ts';
import { registries } from './registries.ts';
import { replayJson, replayStory } from './replay-words.ts';
import type { RunOptions } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import { firstSeedDefault, readShard, replayText, seedsFrom, seedsMax, shardOf } from './seeds.ts';
import {
  freshFolder,
  type KeptRun,
  keptName,
  loadScenarios,
  prepareFolder,
  type StoredFailure,
  type StoredScenario,
  type StoredSuite,
  storeRun,
  storeSuite,
} from './store.ts';
import {
  exitCodes,
  fingerprintOf,
  type JudgedScenario,
  judgeOne,
  simulatorName,
  type WantedRun,
  worstOf,
} from './suite.ts';
import { defaultWorker, defaultWorkers, keptRun, runKey, runSuite, type SuiteRun, Swarm } from './swarm.ts';
import { story } from './swarm-worker.ts';
import {
  expectationInWords,
  seenInWords,
  suiteLine,
  unexpectedStories,
  verdictTable,
  witnessCommands,
} from './words.ts';

export interface SimOptions {
  readonly seeds?: number;
  readonly seed?: string;
  readonly workers?: number;
  readonly shard?: string;
  readonly out?: string;
  /** Told where the run was stored, when it was. */
  readonly stored?: (folder: string) => void;
  readonly json?: boolean;
}

export interface ReplayOptions {
  readonly seed: string;
  readonly control?: boolean;
  readonly until?: number;
  readonly stuck?: boolean;
  readonly trace?: string;
  readonly json?: boolean;
  /** Given the run, to be told by somebody else as well. */
  readonly kept?: (run: KeptRun, isFailure: boolean) => void;
}

/** What the commands are surrounded by; tests bring their own. */
export interface Surroundings {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly isTerminal: boolean;
  /** Whether this is the published package, not a checkout. */
  readonly packed: boolean;
  /** The module of the threads. */
  readonly worker: URL;
}

const usage = 2;
const crash = 70;

/** Seeds of each scenario when nobody says: all scenarios together then take about a minute on two cores. */
const seedsDefault = 10;
/** More threads than this do not help: a run is one thread's work. */
const workersMax = 512;

function realSurroundings(): Surroundings {
  return {
    out: (text) => void process.stdout.write(`${text}\n`),
    error: (text) => void process.stderr.write(`${text}\n`),
    isTerminal: process.stderr.isTTY === true,
    packed: !import.meta.url.endsWith('.ts'),
    worker: defaultWorker(),
  };
}

// ---- sim

export async function simCommand(
  paths: readonly string[],
  options: SimOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const { seeds: count = seedsDefault, seed: first = firstSeedDefault, workers = defaultWorkers() } = options;
  const seeds = wantedSeeds(first, count, options.shard);
  const complaints = typeof seeds === 'string' ? [seeds] : [];
  if (workers < 1 || workers > workersMax) complaints.push(`--workers: 1 to ${workersMax}`);
  const loaded = loadScenarios(paths.length > 0 ? paths : [ownScenarios()], new ScenarioReader(registries));
  if (!loaded.ok) complaints.push(...loaded.error);
  if (complaints.length > 0 || !loaded.ok || typeof seeds === 'string') return refused(complaints, around);
  const startedAt = new Date();
  const folder = options.out ?? freshFolder(startedAt.toISOString());
  const prepared = prepareFolder(folder);
  if (!prepared.ok) return refused([prepared.error], around);

  const replayOf = (run: WantedRun) =>
    replayText({ file: run.of.file, seed: run.seed, control: run.control }, around.packed);
  const swarm = new Swarm({ workers, worker: around.worker });
  const keptNames = new Set<string>();
  const plan = {
    scenarios: loaded.value,
    seeds,
    replayOf,
    keep: (name: string, kept: Parameters<typeof storeRun>[2]) => {
      keptNames.add(name);
      storeRun(folder, name, kept);
    },
  };
  const suiteRun = await runSuite(swarm, plan, progressFor(options.json === true, around));
  await swarm.close();
  const scenarios = suiteRun.judged.map((judged) => storedScenario(judged, suiteRun, keptNames, replayOf));
  const result = worstOf(scenarios.map((scenario) => scenario.result));
  const broken = suiteRun.done.some(({ summary }) => summary.crash?.node === simulatorName);
  const suite: StoredSuite = {
    format: 1,
    kind: 'sim',
    result,
    exitCode: broken ? crash : exitCodes[result],
    fingerprint: fingerprintOf(suiteRun.done),
    seeds: { first, count, shard: options.shard ?? null },
    scenarios,
    machine: {
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1000,
      workers,
      runs: suiteRun.executed,
      node: process.version,
    },
  };
  storeSuite(folder, suite);
  options.stored?.(folder);
  around.out(options.json === true ? JSON.stringify(suite, null, 1) : tellSuite(suite, folder));
  return suite.exitCode;
}

function wantedSeeds(first: string, count: number, shardText: string | undefined): string[] | string {
  if (first === '' || first.length > 200) return '--seed: 1 to 200 characters';
  if (count < 1 || count > seedsMax) return `--seeds: 1 to ${seedsMax}`;
  const seeds = seedsFrom(first, count);
  if (shardText === undefined) return seeds;
  const shard = readShard(shardText);
  if (!shard.ok) return `--shard: ${shard.error}`;
  const mine = shardOf(seeds, shard.value);
  return mine.length > 0 ? mine : `--shard: ${shardText} of ${count} seeds is empty`;
}

/** The scenarios of the folder one stands in, else those that came with the program. */
function ownScenarios(): string {
  if (existsSync('scenarios')) return 'scenarios';
  const up = import.meta.url.endsWith('.ts') ? '../scenarios' : '../../scenarios';
  return relative('.', fileURLToPath(new URL(up, import.meta.url)));
}

function refused(complaints: readonly string[], around: Surroundings): number {
  for (const complaint of complaints) around.error(complaint);
  return usage;
}

function progressFor(json: boolean, around: Surroundings): Progress {
  if (json) return silence;
  if (around.isTerminal) return new BarProgress();
  return new PlainProgress({ line: around.error, monotonicMs: () => performance.now() });
}

function storedScenario(
  judged: JudgedScenario,
  { divergences }: SuiteRun,
  keptNames: ReadonlySet<string>,
  replayOf: (run: WantedRun) => string,
): StoredScenario {
  const { of, runs, witness } = judged;
  const telling = (seed: string, control: boolean) => {
    const name = keptName(of.name, seed, control);
    return {
      seed,
      control,
      replay: replayOf({ of, seed, control }),
      kept: keptNames.has(name) ? name : null,
    };
  };
  const failures: StoredFailure[] = judged.failures.map((failure) => {
    const { kind, control, signature, seeds, finding } = failure;
    const seed = seeds[0] as string;
    const divergence =
      kind === 'nondeterministic' ? (divergences.get(runKey({ of, seed, control })) ?? null) : null;
    return { kind, signature, seeds, finding, divergence, ...telling(seed, control) };
  });
  return {
    name: of.name,
    file: of.file,
    story: of.scenario.story,
    text: of.text,
    expectation: expectationInWords(of.scenario),
    seen: seenInWords(judged),
    result: judged.result,
    seeds: judged.seeds,
    passed: judged.passed,
    witnessed: judged.witnessed,
    controls: judged.controls,
    controlsClean: judged.controlsClean,
    fingerprint: fingerprintOf(runs),
    failures,
    missing: judged.missing,
    witness: witness === null ? null : { finding: witness.finding, ...telling(witness.seed, false) },
    runs: runs.map(({ seed, control, summary }) => ({
      seed,
      control,
      verdict: summary.verdict,
      signature: summary.signature,
      witnesses: summary.witnesses.map((finding) => finding.invariant),
      fingerprint: summary.fingerprint,
      steps: summary.steps,
      virtualUs: summary.virtualUs,
      ackedWrites: summary.ackedWrites,
      effectiveFaults: summary.effectiveFaults,
    })),
  };
}

function tellSuite(suite: StoredSuite, folder: string): string {
  const parts = [
    verdictTable(suite.scenarios),
    unexpectedStories(suite.scenarios),
    witnessCommands(suite.scenarios),
    `${suiteLine(suite)}\nstored in ${folder}`,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

// ---- replay

export async function replayCommand(
  file: string,
  options: ReplayOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const loaded = loadScenarios([file], new ScenarioReader(registries));
  if (!loaded.ok) return refused(loaded.error, around);
  const [of, ...others] = loaded.value;
  if (of === undefined || others.length > 0)
    return refused([`${file}: replay runs one scenario file`], around);
  const control = options.control === true;
  const hasControl = 'control' in of.scenario.expect && of.scenario.expect.control !== undefined;
  if (control && !hasControl) return refused([`${file}: expect.control is not there to be run`], around);
  const more: RunOptions = options.until === undefined ? {} : { untilStep: options.until };
  const told = await story({ seed: options.seed, control }, of.scenario, more);
  if (options.trace !== undefined) {
    const lines = (told.outcome.trace ?? []).map((line) => `${JSON.stringify(line)}\n`);
    writeFileSync(options.trace, lines.join(''));
  }
  const { outcome } = told;
  const asked = {
    of,
    control,
    stuck: options.stuck === true,
    // A run that was told to stop has not failed.
    stopped: options.until !== undefined && outcome.standstill !== null && outcome.steps >= options.until,
    result: judgeOne(of, control, outcome),
  };
  const replay = replayText({ file, seed: options.seed, control }, around.packed);
  options.kept?.(keptRun({ of, seed: options.seed, control }, told, replay), asked.result !== 'as-expected');
  around.out(options.json === true ? replayJson(told, asked) : replayStory(told, asked));
  return asked.stopped ? 0 : exitCodes[asked.result];
}
