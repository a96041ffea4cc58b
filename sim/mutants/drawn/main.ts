// The command `mutants --drawn N`: how much of what can go wrong would be seen? Mutants of the registry were chosen by
// those who wrote the scenarios; these are chosen by lot.
//
//   0 every slip was tried   2 bad usage   3 too few runs of the healthy engine are as expected   70 a bug of ours
//
// A slip that lives is no failure: it may change nothing that anybody can see. It is a question to whoever reads it.

import { ownScenarios, type SuiteOptions, workersMax } from '../../asked.ts';
import type { Progress } from '../../progress.ts';
import { registries } from '../../registries.ts';
import { ScenarioReader } from '../../scenario/read.ts';
import { firstSeedDefault, replayText, seedsFrom } from '../../seeds.ts';
import { freshFolder, loadScenarios, machineSince, prepareFolder, storeSuite } from '../../store.ts';
import { type WantedRun, wantedRuns } from '../../suite.ts';
import { progressFor, realSurroundings, refused, type Surroundings } from '../../surroundings.ts';
import { defaultWorker, defaultWorkers, jobOf, Swarm } from '../../swarm.ts';
import { noSources } from '../checkout.ts';
import { drawn } from './draw.ts';
import { passingsOf } from './passings.ts';
import type { PlacedSlip } from './slips.ts';
import { engineFiles, mutantOf, sourceOf } from './sources.ts';
import type { DrawnResult, StoredDrawn } from './stored.ts';
import { type Passing, type Sentence, tried } from './trial.ts';
import { drawnSentence } from './words.ts';

export interface DrawnOptions extends Omit<SuiteOptions, 'shard'> {
  readonly drawn: number;
  /** Beginnings of names of source files; empty for all. */
  readonly in?: readonly string[];
  /** Runs after which a slip is taken to live. */
  readonly runs?: number;
}

const drawnMax = 100_000;
const seedsMax = 1_000;
const runsDefault = 30;
const runsMax = 1_000_000;
/** A run takes seconds; one that hangs shall not hold the others up. */
const runSecondsMax = 60;
const notJudged = 3;

export async function drawnCommand(
  paths: readonly string[],
  options: DrawnOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const { seed = firstSeedDefault, seeds = 1, workers = defaultWorkers(), json = false } = options;
  const { runs: runsEach = runsDefault } = options;
  const complaints = complaintsOf({ ...options, seeds, workers, runs: runsEach }, around);
  const loaded = loadScenarios(paths.length > 0 ? paths : [ownScenarios()], new ScenarioReader(registries));
  if (!loaded.ok) complaints.push(...loaded.error);
  if (complaints.length > 0 || !loaded.ok) return refused(complaints, around);
  const startedAt = new Date();
  const folder = options.out ?? freshFolder(startedAt.toISOString());
  const prepared = prepareFolder(folder);
  if (!prepared.ok) return refused([prepared.error], around);

  const { parses, slipsIn } = await import('./slips.ts');
  const files = engineFiles().filter((file) => isAskedFor(file, options.in));
  const all = files.flatMap((file) => slipsIn(file, sourceOf(file)));
  const chosen = drawn(all, options.drawn, seed, (slip) => parses(slip, sourceOf(slip.file)));
  const runs = wantedRuns(loaded.value, seedsFrom(seed, seeds));
  const progress = progressFor(json, around);
  const { passings, unusable } = await passingsOf(chosen, runs, workers, progress);
  const results = await tryAll(chosen, passings, { workers, runsEach, progress, around });
  const machine = machineSince(startedAt, workers);
  const stored: StoredDrawn = {
    format: 1,
    kind: 'drawn-mutants',
    exitCode: unusable.length * 2 > runs.length ? notJudged : 0,
    verdict: drawnSentence({ results, slips: all.length, seed, machine }),
    seed,
    seeds,
    runsEach,
    slips: all.length,
    runs: runs.length,
    unusable,
    results,
    machine,
  };
  storeSuite(folder, stored);
  options.stored?.(folder);
  around.out(json ? JSON.stringify(stored, null, 1) : `stored in ${folder}`);
  return stored.exitCode;
}

function isAskedFor(file: string, beginnings: readonly string[] = []): boolean {
  return beginnings.length === 0 || beginnings.some((beginning) => file.startsWith(beginning));
}

function complaintsOf(
  options: DrawnOptions & { seeds: number; workers: number; runs: number },
  around: Surroundings,
): string[] {
  const { drawn: count, in: beginnings = [], seeds, workers, runs } = options;
  const complaints = noSources(around);
  if (runs < 1 || runs > runsMax) complaints.push(`--runs: 1 to ${runsMax}`);
  if (count < 1 || count > drawnMax) complaints.push(`--drawn: 1 to ${drawnMax}`);
  if (seeds < 1 || seeds > seedsMax) complaints.push(`--seeds: 1 to ${seedsMax} with --drawn`);
  if (workers < 1 || workers > workersMax) complaints.push(`--workers: 1 to ${workersMax}`);
  for (const beginning of beginnings) {
    if (complaints.length > 0 || engineFiles().some((file) => file.startsWith(beginning))) continue;
    complaints.push(`--in: no source of the engine begins with ${beginning}`);
  }
  return complaints;
}

interface TrialPlan {
  readonly workers: number;
  readonly runsEach: number;
  readonly progress: Progress;
  readonly around: Surroundings;
}

async function tryAll(
  slips: readonly PlacedSlip[],
  passings: readonly Passing[][],
  plan: TrialPlan,
): Promise<DrawnResult[]> {
  const { workers, progress } = plan;
  const results: DrawnResult[] = [];
  const waiting = slips.entries();
  progress.begin(slips.length, 'slips');
  const feed = async () => {
    for (const [index, slip] of waiting) {
      const result = await tryOne(slip, passings[index] as Passing[], plan);
      results[index] = result;
      progress.done(result.fate === 'lived' ? `${slip.name} lived: ${result.slip}` : undefined);
    }
  };
  await Promise.all(Array.from({ length: workers }, feed));
  progress.end();
  return results;
}

async function tryOne(slip: PlacedSlip, passing: Passing[], plan: TrialPlan): Promise<DrawnResult> {
  const { name, operator, file, line } = slip;
  const source = sourceOf(file);
  const worker = defaultWorker('mutants/mutant-worker');
  const swarm = new Swarm({ workers: 1, worker, mutant: name, runSecondsMax });
  const { fate, runsMade, kill, noticed } = await sentenceOf(passing, plan.runsEach, swarm);
  await swarm.close();
  return {
    name,
    operator,
    slip: mutantOf(slip, source).slip,
    line: (source.split('\n')[line - 1] as string).trim(),
    fate,
    runsPassing: passing.length,
    runsMade,
    kill: kill === null ? null : { ...kill.kill, ...whereOf(kill.run, name, plan.around) },
    noticed,
  };
}

async function sentenceOf(passing: readonly Passing[], runsEach: number, swarm: Swarm): Promise<Sentence> {
  const trial = tried(passing, runsEach);
  let step = trial.next();
  while (step.done !== true) step = trial.next(await swarm.one(jobOf(step.value, 'summary')));
  return step.value;
}

function whereOf({ of, seed, control }: WantedRun, mutant: string, around: Surroundings) {
  return { scenario: of.name, replay: replayText({ file: of.file, seed, control, mutant }, around.packed) };
}
