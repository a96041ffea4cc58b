// Files in and out: scenario files are found and read, a suite is written to its folder.
//
//   runs/<time>/run.json        the suite: verdicts, failures, one line per run
//   runs/<time>/seeds/*.json    one file for each failing or witnessing seed that was kept, with trace and history
//   runs/<time>/contract.json   the table of the contract, when `contract` made the suite (contract/main.ts)
//
// All of run.json but `machine` is the same whenever the same suite runs again, on however many threads.

import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { failure, type Outcome, success } from '../engine/index.ts';
import type { MarkCoverage, ScenarioMark } from './marks/coverage.ts';
import { type MarkPromise, markPromiseFileName, readMarkPromise } from './marks/promise.ts';
import type { RunOutcome } from './outcome.ts';
import type { ScenarioReader } from './scenario/read.ts';
import type { PointOfNoReturn } from './shrink/point-of-no-return.ts';
import type { FailureKind, LoadedScenario, SuiteResult } from './suite.ts';
import type { TrailStep } from './trail.ts';
import type { Finding, Verdict } from './verdict.ts';

/** run.json */
export interface StoredSuite {
  readonly format: 1;
  readonly kind: 'sim';
  readonly result: SuiteResult;
  readonly exitCode: number;
  /** Two suites did the same exactly when these agree. */
  readonly fingerprint: string;
  readonly seeds: {
    readonly first: string;
    /** Of each scenario, before sharding. */
    readonly count: number;
    /** `2/5`, or null. */
    readonly shard: string | null;
  };
  /** What a reader has to know of how it came about: interrupted, shards that are missing; one sentence each. */
  readonly notes: readonly string[];
  readonly scenarios: readonly StoredScenario[];
  /** Known failures that were run again first, where a ledger is kept. */
  readonly ledger?: readonly StoredRecheck[];
  /** Only of a campaign: its scenarios have no `runs`, they are in `runs/*.json`. */
  readonly campaign?: StoredCampaign;
  /** The sometimes marks of all runs, controls included; a campaign counts them with all else that happened. */
  readonly marks?: MarkCoverage;
  readonly machine: StoredMachine & { readonly runs: number };
}

/** Where and how long something ran: the only part of a stored run that differs when it is run again. */
export interface StoredMachine {
  readonly startedAt: string;
  readonly seconds: number;
  readonly workers: number;
  readonly node: string;
}

/** Of a run that ends now. */
export function machineSince(startedAt: Date, workers: number): StoredMachine {
  return {
    startedAt: startedAt.toISOString(),
    seconds: (Date.now() - startedAt.getTime()) / 1000,
    workers,
    node: process.version,
  };
}

export interface StoredScenario {
  readonly name: string;
  readonly file: string;
  readonly story: string;
  /** The scenario file as it was. */
  readonly text: string;
  /** In words: `pass`, `witness acked-write-lost; control never`. */
  readonly expectation: string;
  /** In words: `witness 9/10, control clean 10/10`. */
  readonly seen: string;
  readonly result: SuiteResult;
  /** `seeds` ran as the scenario says, `controls` of them also under its control. */
  readonly seeds: number;
  readonly passed: number;
  readonly witnessed: number;
  readonly controls: number;
  readonly controlsClean: number;
  readonly fingerprint: string;
  /** Failures by reason. */
  readonly failures: readonly StoredFailure[];
  /** The sometimes marks that its seeds reached, without the control's. */
  readonly marks: readonly ScenarioMark[];
  /** Where an expected witness or a promised mark is missing, one sentence each. */
  readonly missing: readonly string[];
  readonly witness: StoredTelling | null;
  readonly runs: readonly StoredRun[];
  /** Where `runs` are elsewhere: how many, and how long. */
  readonly totals?: { readonly runs: number; readonly steps: number; readonly virtualUs: number };
}

/** A finding, the seed that shows it, and how to see it again. */
export interface StoredTelling {
  readonly seed: string;
  readonly control: boolean;
  readonly finding: Finding;
  readonly replay: string;
  /** The kept run, from the folder of the suite; null when it was not kept. */
  readonly kept: string | null;
}

export interface StoredFailure extends StoredTelling {
  readonly kind: FailureKind;
  readonly signature: string;
  /** Every seed that failed for this reason; `seed` is the first. */
  readonly seeds: readonly string[];
  /** How many they are, where only the first are listed. */
  readonly count?: number;
  /** Where two runs of one seed part, when they could be made to part again. */
  readonly divergence: string | null;
}

export interface StoredRun {
  readonly seed: string;
  readonly control: boolean;
  readonly verdict: Verdict;
  readonly signature: string;
  /** Names of the invariants of which it is a witness. */
  readonly witnesses: readonly string[];
  /** Names of the sometimes marks that it reached. */
  readonly marks: readonly string[];
  readonly fingerprint: string;
  readonly steps: number;
  readonly virtualUs: number;
  readonly ackedWrites: number;
  readonly effectiveFaults: number;
}

/** runs/000001.json and on: the runs of a campaign, so many at a time, in the order of its seeds. */
export interface StoredBlock {
  readonly format: 1;
  readonly kind: 'sim-runs';
  readonly runs: readonly StoredRow[];
}

/** A run that knows its scenario, and what was wrong with it by the scenario's expectation. */
export interface StoredRow extends StoredRun {
  readonly scenario: string;
  readonly trouble: { readonly kind: FailureKind; readonly signature: string } | null;
}

export interface StoredCampaign {
  /** Why it ended; null while it is under way, and for ever when it was killed. */
  readonly ended: 'time' | 'interrupted' | 'seeds' | null;
  /** Files in `runs/`. */
  readonly blocks: number;
  /** How often what happened, in all runs. */
  readonly tally: Readonly<Record<string, StoredTally>>;
  readonly coverage: readonly StoredCoverage[];
}

export interface StoredTally {
  readonly times: number;
  readonly runs: number;
  /** The place, in the sequence of seeds (of all shards), of the first seed in which it happened. */
  readonly first: number;
}

/** What is known of one sort of things that can happen. */
export interface StoredCoverage {
  readonly sort: string;
  readonly happened: number;
  readonly never: readonly string[];
  /** How many had happened within the first thousand seeds, two thousand, and so on. */
  readonly perThousandSeeds: readonly number[];
}

export interface StoredRecheck {
  readonly status: 'still fails' | 'fails otherwise' | 'fixed' | 'unreadable';
  readonly scenario: string;
  readonly signature: string;
  readonly seed: string;
  readonly replay: string;
  /** What it says today; empty for one that is fixed. */
  readonly prose: string;
  /** As what it fails today; null when it does not, or when nobody knows. */
  readonly failure: FailureKind | null;
}

/** seeds/*.json: one run with all there is to know. */
export interface KeptRun {
  readonly format: 1;
  readonly kind: 'sim-run';
  readonly scenario: string;
  readonly file: string;
  readonly text: string;
  readonly control: boolean;
  readonly replay: string;
  /** The finding that tells the run; null when it only crashed or did not end. */
  readonly telling: Finding | null;
  /** The steps that led to it, each caused by the one before. */
  readonly trail: readonly TrailStep[];
  /** The smallest scenario that shows the same; of the first seed of each kind of failure, else null. */
  readonly shrunk?: {
    /** The scenario file; it is stored beside the run as well. */
    readonly text: string;
    readonly seed: string;
    /** Faults and operations that are left. */
    readonly events: number;
    /** In a few lines. */
    readonly story: readonly string[];
    readonly replay: string;
  } | null;
  /** From where on other draws change nothing any more; null where nobody looked, or where there is none. */
  readonly pointOfNoReturn?: PointOfNoReturn | null;
  /** With trace, history and waits. */
  readonly outcome: RunOutcome;
  /** The scenario's own words about what it is for. */
  readonly story?: string;
}

// ---- scenarios

/** Every scenario under `paths` (files, or folders with .jsonc files in them), in the order of names; or complaints. */
export function loadScenarios(
  paths: readonly string[],
  reader: ScenarioReader,
): Outcome<LoadedScenario[], string[]> {
  const complaints: string[] = [];
  const files = new Set<string>();
  for (const path of paths) {
    if (!existsSync(path)) complaints.push(`${path}: there is no such file or folder`);
    else if (!statSync(path).isDirectory()) files.add(path);
    else {
      const inside = scenarioFiles(path);
      if (inside.length === 0) complaints.push(`${path}: there is no .jsonc file in this folder`);
      for (const file of inside) files.add(file);
    }
  }
  const loaded: LoadedScenario[] = [];
  const names = new Set<string>();
  for (const file of files) {
    const text = readFileSync(file, 'utf8');
    const read = reader.read(file, text);
    const name = nameOf(file);
    if (!read.ok) complaints.push(...read.error);
    else if (names.has(name)) complaints.push(`${file}: two scenarios of one suite are called ${name}`);
    else loaded.push({ name, file, text, scenario: read.value });
    names.add(name);
  }
  return complaints.length > 0 ? failure(complaints) : success(loaded);
}

/** What the only folder of a suite promises of its marks; undefined where it promises nothing. */
export function loadMarkPromise(paths: readonly string[]): Outcome<MarkPromise | undefined, string[]> {
  const file = join(paths[0] ?? '', markPromiseFileName);
  if (paths.length !== 1 || !existsSync(file)) return success(undefined);
  return readMarkPromise(file, readFileSync(file, 'utf8'));
}

function scenarioFiles(folder: string): string[] {
  const found = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return found.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return scenarioFiles(path);
    return entry.name.endsWith('.jsonc') ? [path] : [];
  });
}

/** Folder and file: `acks/acks0-leader-crash`, wherever the folder lies. */
function nameOf(file: string): string {
  const full = resolve(file);
  return `${basename(dirname(full))}/${basename(full, '.jsonc')}`;
}

// ---- suites

/** Makes the folder ready: an earlier suite in it is replaced, anything else is not touched. */
export function prepareFolder(folder: string): Outcome<true, string> {
  if (existsSync(folder)) {
    if (!statSync(folder).isDirectory()) return failure(`${folder}: is a file`);
    const others = readdirSync(folder).length > 0 && !existsSync(join(folder, 'run.json'));
    if (others) return failure(`${folder}: is not empty, and no suite is stored in it`);
    // What was rendered from the run before would tell of another one.
    for (const name of ['run.json', 'contract.json', 'report.html', 'junit.xml', 'summary.txt']) {
      rmSync(join(folder, name), { force: true });
    }
    for (const name of ['seeds', 'stories', 'runs', 'scenarios']) {
      rmSync(join(folder, name), { recursive: true, force: true });
    }
  }
  mkdirSync(join(folder, 'seeds'), { recursive: true });
  return success(true);
}

/** A folder below `runs` named after the time, that does not exist yet. */
export function freshFolder(startedAt: string): string {
  const base = join('runs', startedAt.replace(/\.\d+Z$/, 'Z').replaceAll(':', '-'));
  for (let count = 1; ; count++) {
    const folder = count === 1 ? base : `${base}-${count}`;
    if (!existsSync(folder)) return folder;
  }
}

/** Where a kept run lies, from the folder of its suite. */
export function keptName(scenario: string, seed: string, control: boolean): string {
  const safe = `${scenario}@${seed}`.replace(/[^\w.@-]/g, '_');
  return `seeds/${safe}${control ? '.control' : ''}.json`;
}

/** Where the shrunk scenario of a kept run lies. */
export function shrunkName(keptAs: string): string {
  return keptAs.replace(/\.json$/, '.shrunk.jsonc');
}

export function storeRun(folder: string, name: string, kept: KeptRun): void {
  const { shrunk = null } = kept;
  if (shrunk !== null) writeWhole(join(folder, shrunkName(name)), shrunk.text);
  writeWhole(join(folder, name), `${JSON.stringify(kept)}\n`);
}

/** Reads a kept run; undefined when it was not kept. */
export function keptAs(folder: string, name: string): KeptRun | undefined {
  const file = join(folder, name);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeptRun) : undefined;
}

/** Writes what the whole run came to. */
export function storeSuite(folder: string, suite: { readonly format: 1; readonly kind: string }): void {
  writeWhole(join(folder, 'run.json'), `${JSON.stringify(suite, null, 1)}\n`);
}

/** All of the file or nothing: whoever is killed in between leaves what was there before. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
}
