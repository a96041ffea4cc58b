// Drives a search in the real world: each trial is validated as a file would be and run to its end, with a breath (one
// turn of the real macrotask loop) whenever the run offers one. One thread, one run at a time, whatever engine is
// loaded.

import { setImmediate as breath } from 'node:timers/promises';
import type { RunOutcome } from './outcome.ts';
import { registries } from './registries.ts';
import { run } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import type { Scenario } from './scenario/schema.ts';
import type { Answer, Searching, Trial } from './shrink/trial.ts';

const reader = new ScenarioReader(registries);
/** Scenarios known to be valid: a point of no return runs one a hundred times. */
const valid = new WeakSet<Scenario>();

/** Runs until the search has its answer; when `enough` says so it is asked for what it has. */
export async function drive<T>(searching: Searching<T>, enough: () => boolean = () => false): Promise<T> {
  let turn = searching.next();
  while (!turn.done) turn = searching.next(await answer(turn.value, enough));
  return turn.value;
}

async function answer(trial: Trial, enough: () => boolean): Promise<Answer> {
  if (trial.isNeeded !== true && enough()) return 'enough';
  const { scenario, seed, options } = trial;
  if (!valid.has(scenario)) {
    if (!reader.read('a candidate', JSON.stringify(scenario)).ok) return 'invalid';
    valid.add(scenario);
  }
  const running = run(scenario, seed, options);
  for (;;) {
    const turn: IteratorResult<void, RunOutcome> = running.next();
    if (turn.done) return turn.value;
    await breath();
  }
}
