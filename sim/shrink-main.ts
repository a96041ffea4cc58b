// The command `shrink`, and what `replay` and `sim` take from it: from a seed that shows something to the smallest
// scenario file that shows the same. Runs in the thread that it is called in.
//
//   0 shrunk   1 the seed shows nothing that could be shrunk   2 bad usage or input

import { existsSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { registries } from './registries.ts';
import { ScenarioReader } from './scenario/read.ts';
import { replayText } from './seeds.ts';
import { pointOfNoReturn, pointRunsDefault, rollsDefault } from './shrink/point-of-no-return.ts';
import { otherSeedsDefault, type ShrinkProgress, shrink, shrinkRunsDefault } from './shrink/shrink.ts';
import { shrunkJson, shrunkText, writtenScenario } from './shrink/shrunk-words.ts';
import { drive } from './shrink-drive.ts';
import { loadScenarios } from './store.ts';
import type { LoadedScenario } from './suite.ts';
import { realSurroundings, type Surroundings } from './surroundings.ts';

export interface ShrinkOptions {
  readonly seed?: string;
  readonly control?: boolean;
  /** The slip that the engine has, for the command that runs the result. */
  readonly mutant?: string;
  readonly invariant?: string;
  readonly out?: string;
  readonly runs?: number;
  /** `90s`, `2m`. */
  readonly for?: string;
  /** Look also for the step of the given run from which on other draws change nothing. */
  readonly pointOfNoReturn?: boolean;
  readonly json?: boolean;
}

const shrunkCode = 0;
const nothingCode = 1;
const usageCode = 2;

/** Between two lines about progress. */
const tellEveryMs = 2_000;

export async function shrinkCommand(
  file: string,
  options: ShrinkOptions,
  around: Surroundings = realSurroundings(),
): Promise<number> {
  const loaded = loadScenarios([file], new ScenarioReader(registries));
  const complaints = loaded.ok ? complaintsOf(file, options, loaded.value) : [...loaded.error];
  const of = loaded.ok ? loaded.value[0] : undefined;
  if (complaints.length > 0 || of === undefined) {
    for (const complaint of complaints) around.error(complaint);
    return usageCode;
  }
  const seed = options.seed ?? of.scenario.seed ?? '';
  const control = options.control === true;
  const limits = { runs: options.runs ?? shrinkRunsDefault, otherSeeds: otherSeedsDefault };
  const subject = { scenario: of.scenario, seed, control };
  const enough = deadlineOf(options.for);
  const search = shrink(
    subject,
    options.invariant,
    registries.checkers,
    limits,
    teller(options.json === true, around),
  );
  const shrunk = await drive(search, enough);
  if (shrunk === undefined) {
    const what = options.invariant ?? 'no violation, no crash and no witness';
    const missing = options.invariant === undefined ? `shows ${what}` : `does not show ${what}`;
    around.error(`${of.name}, seed ${seed}${control ? ' (control)' : ''}: ${missing}; nothing to shrink`);
    return nothingCode;
  }
  const out = options.out ?? besides(file, around);
  const schema = dirname(out) === dirname(file) ? of.scenario.$schema : undefined;
  const origin = { scenario: of.name, seed, control };
  const { text, story } = writtenScenario(origin, shrunk, schema);
  writeFileSync(out, text);
  const { mutant } = options;
  const replay = replayText({ file: out, seed: shrunk.draft.seed, control: false, mutant }, around.packed);
  // Of the run as it was: where nothing is left to luck any more, every future is the same.
  const futures = { rolls: rollsDefault, runs: pointRunsDefault };
  const looked =
    options.pointOfNoReturn === true ? pointOfNoReturn(subject, shrunk.goal, futures) : undefined;
  const point = looked === undefined ? undefined : await drive(looked, enough);
  const told = { out, story, replay, point };
  around.out(
    options.json === true
      ? JSON.stringify(shrunkJson(origin, shrunk, told), null, 1)
      : shrunkText(shrunk, told),
  );
  return shrunkCode;
}

function complaintsOf(file: string, options: ShrinkOptions, loaded: readonly LoadedScenario[]): string[] {
  const [of, ...others] = loaded;
  if (of === undefined || others.length > 0) return [`${file}: shrink takes one scenario file`];
  const found: string[] = [];
  if ((options.seed ?? of.scenario.seed) === undefined) {
    found.push('--seed: which seed? (the file names none)');
  }
  const hasControl = 'control' in of.scenario.expect && of.scenario.expect.control !== undefined;
  if (options.control === true && !hasControl) {
    found.push(`${file}: expect.control is not there to be shrunk`);
  }
  const { invariant, runs } = options;
  const known = registries.checkers.flatMap(({ invariants }) => Object.keys(invariants));
  if (invariant !== undefined && !known.includes(invariant)) {
    found.push(`--invariant: there is no invariant ${invariant}`);
  }
  if (runs !== undefined && (runs < 1 || runs > runsMax)) found.push(`--runs: 1 to ${runsMax}`);
  if (options.for !== undefined && millisecondsOf(options.for) === undefined) {
    found.push(`--for: a time is written 90s or 2m, not "${options.for}"`);
  }
  return found;
}

const runsMax = 1_000_000;

function millisecondsOf(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})(s|m|h)$/.exec(text) ?? [];
  if (count === undefined) return undefined;
  return Number(count) * { s: 1_000, m: 60_000, h: 3_600_000 }[unit as 's' | 'm' | 'h'];
}

function deadlineOf(text: string | undefined): () => boolean {
  if (text === undefined) return () => false;
  const untilMs = performance.now() + (millisecondsOf(text) ?? 0);
  return () => performance.now() > untilMs;
}

function teller(json: boolean, around: Surroundings): (progress: ShrinkProgress) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  return ({ runs, events, what }) => {
    const nowMs = performance.now();
    if (json || nowMs - toldMs < tellEveryMs) return;
    toldMs = nowMs;
    around.error(`${runs} runs, ${events} events: ${what}`);
  };
}

/** Beside the scenario; beside the one who asks when the scenario is part of the installed program. */
function besides(file: string, around: Surroundings): string {
  const name = `${basename(file, '.jsonc')}.shrunk.jsonc`;
  return around.packed || !existsSync(dirname(file)) ? name : join(dirname(file), name);
}
