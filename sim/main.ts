// The commands `sim` and `replay`: from a command line to an exit code.
//
//   0 all as expected   1 a violation, or an expected witness that does not show   2 bad usage or input
//   3 vacuous or unknown   4 nondeterminism   70 the simulator itself has a bug

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { failure, type Outcome, success } from '../engine/index.ts';
import { checked, ownScenarios, type SuiteOptions } from './asked.ts';
import { annotationsOf, tellsGithub } from './campaign/annotations.ts';
import { type CampaignOptions, campaignCommand, contradictionsOf, isCampaign } from './campaign/main.ts';
import { clientHistoryText } from './client-side/from-simulator.ts';
import { cellNamed, withCell } from './contract/cells.ts';
import { StepLog } from './determinism.ts';
import type { RunOutcome } from './outcome.ts';
import { registries } from './registries.ts';
import { replayJson, replayStory } from './replay-words.ts';
import type { RunOptions } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import { firstSeedDefault, replayText, seedsFrom, shardOf } from './seeds.ts';
import { goalOf } from './shrink/goal.ts';
import {
  type PointOfNoReturn,
  pointOfNoReturn,
  pointRunsDefault,
  rollsDefault,
} from './shrink/point-of-no-return.ts';
import type { Subject } from './shrink/trial.ts';
import { drive } from './shrink-drive.ts';
import { type KeptRun, loadScenarios } from './store.ts';
import { exitCodes, judgeOne, type LoadedScenario, type WantedRun } from './suite.ts';
import { runAndStore } from './suite-run.ts';
import { realSurroundings, refused, type Surroundings } from './surroundings.ts';
import { defaultWorkers, keptRun } from './swarm.ts';
import { story } from './swarm-worker.ts';
import { tellSuite } from './words.ts';

export interface SimOptions extends SuiteOptions, CampaignOptions {}

export interface ReplayOptions {
  /** The one that the scenario names, when nobody says. */
  readonly seed?: string;
  readonly control?: boolean;
  /** The settings of this cell of the contract instead of its own. */
  readonly cell?: string;
  /** The slip that the engine has; who calls has put it in. */
  readonly mutant?: string;
  readonly until?: number;
  readonly stuck?: boolean;
  /** Look for the step from which on other draws change nothing. */
  readonly pointOfNoReturn?: boolean;
  /** Other futures of each step that is looked at. */
  readonly rolls?: number;
  readonly trace?: string;
  readonly steps?: string;
  readonly history?: string;
  readonly json?: boolean;
  /** Given the run, to be told by somebody else as well. */
  readonly kept?: (run: KeptRun, isFailure: boolean) => void;
}

/** Seeds of each scenario when nobody says: all scenarios together then take about a minute on two cores. */
const seedsDefault = 10;
/** Futures of one step that somebody may ask for. */
const rollsMax = 10_000;
/** Runs allowed for each roll asked for: a few steps are rolled to the end, the others are not. */
const rollsPerRun = 25;

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
  const replayOf = ({ of, seed, control }: WantedRun) =>
    replayText({ file: of.file, seed, control }, around.packed);
  const seeds = { first, count, shard: options.shard ?? null };
  const named = shardOf(seedsFrom(first, count), asked.shard);
  const replayOfShrunk = (file: string, seed: string) =>
    replayText({ file, seed, control: false }, around.packed);
  const plan = {
    ...{ scenarios: asked.scenarios, promise: asked.promise, seeds, named, workers },
    ...{ out: options.out, replayOf },
    replayOfShrunk: options.shrink === false ? undefined : replayOfShrunk,
  };
  const ran = await runAndStore(plan, options, around);
  if (!ran.ok) return refused([ran.error], around);
  const { suite, folder, explained } = ran.value;
  const json = options.json === true;
  around.out(json ? JSON.stringify(suite, null, 1) : tellSuite(suite, folder, explained));
  if (github.value) for (const line of annotationsOf(suite)) (json ? around.error : around.out)(line);
  return suite.exitCode;
}

// ---- replay

export async function replayCommand(
  file: string,
  options: ReplayOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const reader = new ScenarioReader(registries);
  const loaded = loadScenarios([file], reader);
  if (!loaded.ok) return refused(loaded.error, around);
  const [plain, ...others] = loaded.value;
  if (plain === undefined || others.length > 0)
    return refused([`${file}: replay runs one scenario file`], around);
  const chosen = options.cell === undefined ? success(plain) : cellOver(plain, options.cell, reader);
  if (!chosen.ok) return refused(chosen.error, around);
  const of = chosen.value;
  const control = options.control === true;
  const hasControl = 'control' in of.scenario.expect && of.scenario.expect.control !== undefined;
  if (control && !hasControl) return refused([`${file}: expect.control is not there to be run`], around);
  const seed = options.seed ?? of.scenario.seed;
  if (seed === undefined) return refused(['--seed: which seed? (the file names none)'], around);
  const { rolls = rollsDefault } = options;
  if (rolls < 1 || rolls > rollsMax) return refused([`--rolls: 1 to ${rollsMax}`], around);
  const log = new StepLog();
  const more: RunOptions = {
    untilStep: options.until,
    onStep: options.steps === undefined ? undefined : log.listener,
  };
  const told = await story({ seed, control }, of.scenario, more);
  if (options.trace !== undefined) {
    const lines = (told.outcome.trace ?? []).map((line) => `${JSON.stringify(line)}\n`);
    writeFileSync(options.trace, lines.join(''));
  }
  if (options.steps !== undefined) writeLines(options.steps, log.lines());
  if (options.history !== undefined) {
    const title = `${of.name}${control ? ' (control)' : ''}, seed ${seed}`;
    writeFileSync(options.history, clientHistoryText(told.outcome.history ?? [], title));
  }
  const { outcome } = told;
  const wanted = options.pointOfNoReturn === true;
  const point = wanted ? await pointOf({ scenario: of.scenario, seed, control }, outcome, rolls) : undefined;
  const asked = {
    of,
    point,
    control,
    stuck: options.stuck === true,
    // A run that was told to stop has not failed.
    stopped: options.until !== undefined && outcome.standstill !== null && outcome.steps >= options.until,
    result: judgeOne(of, control, outcome),
  };
  const { mutant, cell } = options;
  const replay = replayText({ file, seed, control, mutant, cell }, around.packed);
  const kept = keptRun({ of, seed, control }, told, replay, { shrunk: null, pointOfNoReturn: point ?? null });
  options.kept?.(kept, asked.result !== 'as-expected');
  around.out(options.json === true ? replayJson(told, asked) : replayStory(told, asked));
  return asked.stopped ? 0 : exitCodes[asked.result];
}

/** Null when the run shows nothing, or when its end is never certain. */
async function pointOf(
  subject: Subject,
  outcome: RunOutcome,
  rolls: number,
): Promise<PointOfNoReturn | null> {
  const goal = goalOf(subject.scenario, subject.control, outcome);
  if (goal === undefined) return null;
  const runs = Math.max(pointRunsDefault, rolls * rollsPerRun);
  return (await drive(pointOfNoReturn(subject, goal, { rolls, runs }))) ?? null;
}

/** The scenario with the settings of a cell of the contract over it. */
function cellOver(
  of: LoadedScenario,
  name: string,
  reader: ScenarioReader,
): Outcome<LoadedScenario, string[]> {
  const cell = cellNamed(name);
  return cell.ok ? withCell(of, cell.value, reader) : failure([`--cell: ${cell.error}`]);
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
