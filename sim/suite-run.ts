// Runs a suite that was asked for, or as much of it as there is time before somebody interrupts, and stores it: what
// the commands `sim` and `contract` have in common. Worldly, because it waits for threads and writes files.

import { join } from 'node:path';
import { failure, type Outcome, success } from '../engine/index.ts';
import { markCoverageOf } from './marks/coverage.ts';
import type { MarkPromise } from './marks/promise.ts';
import {
  freshFolder,
  type KeptRun,
  keptName,
  machineSince,
  prepareFolder,
  type StoredSuite,
  shrunkName,
  storeRun,
  storeSuite,
} from './store.ts';
import {
  exitCodes,
  fingerprintOf,
  type LoadedScenario,
  simulatorName,
  type WantedRun,
  worstOf,
} from './suite.ts';
import { storedScenario } from './suite-stored.ts';
import { crash, progressFor, type Surroundings } from './surroundings.ts';
import { runKey, runSuite, type SuiteRun, Swarm } from './swarm.ts';
import type { Explained } from './words.ts';

/** What is to be run, and where it goes. */
export interface AskedSuite {
  readonly scenarios: readonly LoadedScenario[];
  readonly seeds: StoredSuite['seeds'];
  /** The seeds themselves. */
  readonly named: readonly string[];
  readonly workers: number;
  /** What all of it together has to reach. */
  readonly promise?: MarkPromise | undefined;
  readonly out: string | undefined;
  readonly replayOf: (run: WantedRun) => string;
  /** The command that runs a shrunk scenario; without it failures stay as they are. */
  readonly replayOfShrunk?: ((file: string, seed: string) => string) | undefined;
}

export interface RanSuite {
  readonly suite: StoredSuite;
  readonly suiteRun: SuiteRun;
  readonly folder: string;
  /** The failures that were made small. */
  readonly explained: readonly Explained[];
}

/** A complaint when there is no place for it. */
export async function runAndStore(
  asked: AskedSuite,
  options: { readonly json?: boolean; readonly stored?: (folder: string) => void },
  around: Surroundings,
): Promise<Outcome<RanSuite, string>> {
  const startedAt = new Date();
  const folder = asked.out ?? freshFolder(startedAt.toISOString());
  const prepared = prepareFolder(folder);
  if (!prepared.ok) return failure(prepared.error);
  const keptNames = new Set<string>();
  const explained: Explained[] = [];
  const keep = (name: string, kept: KeptRun) => {
    const { scenario, shrunk = null, pointOfNoReturn = null, outcome } = kept;
    keptNames.add(name);
    if (shrunk !== null) explained.push({ scenario, seed: outcome.seed, shrunk, pointOfNoReturn });
    storeRun(folder, name, kept);
  };
  const suiteRun = await runAll(asked, folder, keep, options.json === true, around);
  const suite = storedSuite(asked, suiteRun, keptNames, startedAt);
  storeSuite(folder, suite);
  options.stored?.(folder);
  return success({ suite, suiteRun, folder, explained });
}

async function runAll(
  { scenarios, named, workers, replayOf, replayOfShrunk }: AskedSuite,
  folder: string,
  keep: (name: string, kept: KeptRun) => void,
  json: boolean,
  around: Surroundings,
): Promise<SuiteRun> {
  const swarm = new Swarm({ workers, worker: around.worker });
  let interrupted = false;
  const ignore = around.onInterrupt?.(() => {
    interrupted = true;
    swarm.endShrinking();
  });
  const plan = {
    scenarios,
    seeds: named,
    replayOf,
    replayOfShrunk:
      replayOfShrunk === undefined
        ? undefined
        : (name: string, seed: string) => replayOfShrunk(join(folder, shrunkName(name)), seed),
    keep,
    stopped: () => interrupted,
  };
  const suiteRun = await runSuite(swarm, plan, progressFor(json, around));
  await swarm.close();
  ignore?.();
  return suiteRun;
}

function storedSuite(
  { seeds, named, workers, promise, replayOf }: AskedSuite,
  suiteRun: SuiteRun,
  keptNames: ReadonlySet<string>,
  startedAt: Date,
): StoredSuite {
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
  const marked = suiteRun.done.map(({ of, seed, control, summary }) => {
    return { scenario: of.name, seed, control, marks: Object.keys(summary.marks) };
  });
  const marks = markCoverageOf(marked, named.length, promise ?? null);
  const unkept = marks.missing.length > 0 ? (['blind'] as const) : [];
  const result = worstOf([...scenarios.map((scenario) => scenario.result), ...unkept]);
  const broken = suiteRun.done.some(({ summary }) => summary.crash?.node === simulatorName);
  return {
    format: 1,
    kind: 'sim',
    result,
    exitCode: broken ? crash : exitCodes[result],
    fingerprint: fingerprintOf(suiteRun.done),
    seeds,
    notes: notesOf(suiteRun),
    scenarios,
    marks,
    machine: { ...machineSince(startedAt, workers), runs: suiteRun.executed },
  };
}

function notesOf({ done, wanted }: SuiteRun): string[] {
  return done.length === wanted ? [] : [`interrupted: ${done.length} of ${wanted} runs were done`];
}
