// The commands `sim` and `replay`: from a command line to an exit code.
//
//   0 all as expected   1 a violation, or an expected witness that does not show   2 bad usage or input
//   3 vacuous or unknown   4 nondeterminism   70 the simulator itself has a bug

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { type Asked, checked, ownScenarios } from './asked.ts';
import { annotationsOf, tellsGithub } from './campaign/annotations.ts';
import { type CampaignOptions, campaignCommand, contradictionsOf, isCampaign } from './campaign/main.ts';
import { clientHistoryText } from './client-side/from-simulator.ts';
import { StepLog } from './determinism.ts';
import { registries } from './registries.ts';
import { replayJson, replayStory } from './replay-words.ts';
import type { RunOptions } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import { firstSeedDefault, replayText, seedsFrom, shardOf } from './seeds.ts';
import {
  freshFolder,
  keptName,
  loadScenarios,
  prepareFolder,
  type StoredSuite,
  storeRun,
  storeSuite,
} from './store.ts';
import { exitCodes, fingerprintOf, judgeOne, simulatorName, type WantedRun, worstOf } from './suite.ts';
import { storedScenario } from './suite-stored.ts';
import { crash, progressFor, realSurroundings, refused, type Surroundings } from './surroundings.ts';
import { defaultWorkers, runKey, runSuite, type SuiteRun, Swarm } from './swarm.ts';
import { story } from './swarm-worker.ts';
import { tellSuite } from './words.ts';

export interface SimOptions extends CampaignOptions {
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
  readonly steps?: string;
  readonly history?: string;
  readonly json?: boolean;
}

/** Seeds of each scenario when nobody says: all scenarios together then take about a minute on two cores. */
const seedsDefault = 10;
// ---- sim

export async function simCommand(
  paths: readonly string[],
  options: SimOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const contradictions = contradictionsOf(options);
  if (contradictions.length > 0) return refused(contradictions, around);
  if (isCampaign(options)) return campaignCommand(paths, options, around);
  const { seeds: count = seedsDefault, seed: first = firstSeedDefault, workers = defaultWorkers() } = options;
  const wanted = paths.length > 0 ? paths : [ownScenarios()];
  const asked = checked(wanted, { first, count, shard: options.shard, workers });
  if (Array.isArray(asked)) return refused(asked, around);
  const github = tellsGithub(options.annotations, around.onGithub === true);
  if (!github.ok) return refused([github.error], around);
  const startedAt = new Date();
  const folder = options.out ?? freshFolder(startedAt.toISOString());
  const prepared = prepareFolder(folder);
  if (!prepared.ok) return refused([prepared.error], around);
  const suite = await runAsked(asked as Asked & { count: number }, folder, startedAt, options, around);
  storeSuite(folder, suite);
  options.stored?.(folder);
  const json = options.json === true;
  around.out(json ? JSON.stringify(suite, null, 1) : tellSuite(suite, folder));
  if (github.value) for (const line of annotationsOf(suite)) (json ? around.error : around.out)(line);
  return suite.exitCode;
}

/** Runs everything that was asked for, or as much of it as there is time before somebody interrupts. */
async function runAsked(
  { first, count, shard, workers, scenarios: loaded }: Asked & { count: number },
  folder: string,
  startedAt: Date,
  options: SimOptions,
  around: Surroundings,
): Promise<StoredSuite> {
  const replayOf = (run: WantedRun) =>
    replayText({ file: run.of.file, seed: run.seed, control: run.control }, around.packed);
  const swarm = new Swarm({ workers, worker: around.worker });
  const keptNames = new Set<string>();
  let interrupted = false;
  const ignore = around.onInterrupt?.(() => {
    interrupted = true;
  });
  const plan = {
    scenarios: loaded,
    seeds: shardOf(seedsFrom(first, count), shard),
    replayOf,
    keep: (name: string, kept: Parameters<typeof storeRun>[2]) => {
      keptNames.add(name);
      storeRun(folder, name, kept);
    },
    stopped: () => interrupted,
  };
  const suiteRun = await runSuite(swarm, plan, progressFor(options.json === true, around));
  await swarm.close();
  ignore?.();
  const storing = {
    replayOf,
    divergenceOf: (run: WantedRun) => suiteRun.divergences.get(runKey(run)) ?? null,
    keptOf: ({ of, seed, control }: WantedRun) => {
      const name = keptName(of.name, seed, control);
      return keptNames.has(name) ? name : null;
    },
  };
  const scenarios = suiteRun.judged.map((judged) =>
    storedScenario(judged, storing, fingerprintOf(judged.runs)),
  );
  const result = worstOf(scenarios.map((scenario) => scenario.result));
  const broken = suiteRun.done.some(({ summary }) => summary.crash?.node === simulatorName);
  return {
    format: 1,
    kind: 'sim',
    result,
    exitCode: broken ? crash : exitCodes[result],
    fingerprint: fingerprintOf(suiteRun.done),
    seeds: { first, count, shard: options.shard ?? null },
    notes: notesOf(suiteRun),
    scenarios,
    machine: {
      startedAt: startedAt.toISOString(),
      seconds: (Date.now() - startedAt.getTime()) / 1000,
      workers,
      runs: suiteRun.executed,
      node: process.version,
    },
  };
}

function notesOf({ done, wanted }: SuiteRun): string[] {
  return done.length === wanted ? [] : [`interrupted: ${done.length} of ${wanted} runs were done`];
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
  const log = new StepLog();
  const more: RunOptions = {
    untilStep: options.until,
    onStep: options.steps === undefined ? undefined : log.listener,
  };
  const told = await story({ seed: options.seed, control }, of.scenario, more);
  if (options.trace !== undefined) {
    const lines = (told.outcome.trace ?? []).map((line) => `${JSON.stringify(line)}\n`);
    writeFileSync(options.trace, lines.join(''));
  }
  if (options.steps !== undefined) writeLines(options.steps, log.lines());
  if (options.history !== undefined) {
    const title = `${of.name}${control ? ' (control)' : ''}, seed ${options.seed}`;
    writeFileSync(options.history, clientHistoryText(told.outcome.history ?? [], title));
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
  around.out(options.json === true ? replayJson(told, asked) : replayStory(told, asked));
  return asked.stopped ? 0 : exitCodes[asked.result];
}

/** A line at a time: a long run has more of them than one string can hold. */
function writeLines(file: string, lines: Iterable<string>): void {
  const opened = openSync(file, 'w');
  try {
    for (const line of lines) writeSync(opened, line);
  } finally {
    closeSync(opened);
  }
}
