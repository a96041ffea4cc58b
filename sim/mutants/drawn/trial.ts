// The trial of one drawn slip: the runs that come by its place, those that come by most often first, until one of them
// kills. Pure: it says which run it wants next, and is told what came of it.

import { troubleOf, type WantedRun } from '../../suite.ts';
import type { Reply } from '../../swarm-worker.ts';
import { type Kill, killOf } from '../matrix.ts';
import type { DrawnResult } from './stored.ts';

/** A run of the healthy engine that was as expected, and how often it came by. */
export interface Passing {
  readonly run: WantedRun;
  readonly passes: number;
}

export interface Sentence {
  readonly fate: DrawnResult['fate'];
  readonly runsMade: number;
  readonly kill: { readonly kill: Kill; readonly run: WantedRun } | null;
  readonly noticed: string | null;
}

/**
 * Yields the run that a thread whose engine has the slip shall make, and goes on with its reply. After `runsMax` runs
 * without a kill it is over.
 */
export function* tried(passing: readonly Passing[], runsMax: number): Generator<WantedRun, Sentence, Reply> {
  if (passing.length === 0) return { fate: 'unpassed', runsMade: 0, kill: null, noticed: null };
  let runsMade = 0;
  let noticed: string | null = null;
  for (const { run } of byPasses(passing).slice(0, runsMax)) {
    runsMade++;
    const reply = yield run;
    if (reply.kind !== 'summary') {
      // It hangs, or does not even load: so it would everywhere.
      noticed = `${run.of.name}: ${reply.kind === 'broken' ? reply.message : reply.kind}`;
      break;
    }
    const { seed, control } = run;
    const judged = { seed, control, summary: reply.summary };
    const kill = killOf(run.of, judged);
    if (kill !== undefined) return { fate: 'killed', runsMade, kill: { kill, run }, noticed };
    const trouble = troubleOf(run.of.scenario, judged);
    if (trouble !== undefined) noticed ??= `${run.of.name}: ${trouble.kind}: ${trouble.signature}`;
  }
  return { fate: noticed === null ? 'lived' : 'noticed', runsMade, kill: null, noticed };
}

function byPasses(passing: readonly Passing[]): Passing[] {
  return [...passing].sort((a, b) => b.passes - a.passes);
}
