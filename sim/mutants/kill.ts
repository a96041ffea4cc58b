// Runs the kill matrix on all cores: mutants side by side, one thread each, and in it seed after seed until a kill.
// Worldly, because it waits for threads.

import { controlOf } from '../expectation.ts';
import type { Progress } from '../progress.ts';
import type { LoadedScenario } from '../suite.ts';
import { defaultWorker, jobOf, Swarm } from '../swarm.ts';
import { type Cell, type Kill, killOf, type MutantResult, resultOf } from './matrix.ts';
import type { Mutant } from './mutant.ts';

export interface MatrixPlan {
  readonly mutants: readonly Mutant[];
  /** Of each mutant, in the order in which they are tried. */
  readonly scenariosOf: (mutant: Mutant) => readonly LoadedScenario[];
  /** Seeds of each scenario, at the most. */
  readonly seeds: readonly string[];
  /** So many seeds run in any case: with kills of the first only, little would be known of who guards. */
  readonly seedsAlways: number;
  readonly workers: number;
  readonly replayOf: (of: LoadedScenario, seed: string, control: boolean, mutant: string) => string;
}

export async function runMatrix(plan: MatrixPlan, progress: Progress): Promise<MutantResult[]> {
  progress.begin(plan.mutants.length);
  const healthy = new Swarm({ workers: plan.workers, worker: defaultWorker() });
  const results = new Map<Mutant, MutantResult>();
  const waiting = plan.mutants.values();
  const feed = async () => {
    for (const mutant of waiting) {
      const result = await killOne(mutant, plan, healthy);
      results.set(mutant, result);
      progress.done(result.killed ? undefined : `${mutant.name} lives: ${result.trouble ?? mutant.slip}`);
    }
  };
  await Promise.all(Array.from({ length: plan.workers }, feed));
  await healthy.close();
  progress.end();
  return plan.mutants.map((mutant) => results.get(mutant) as MutantResult);
}

async function killOne(mutant: Mutant, plan: MatrixPlan, healthy: Swarm): Promise<MutantResult> {
  const worker = defaultWorker('mutants/mutant-worker');
  const swarm = new Swarm({ workers: 1, worker, mutant: mutant.name });
  const cells: Cell[] = [];
  let trouble: string | null = null;
  try {
    for (const of of plan.scenariosOf(mutant)) cells.push(await fill(mutant, of, plan, swarm, healthy));
  } catch (error) {
    trouble = error instanceof Error ? error.message : String(error);
  } finally {
    await swarm.close();
  }
  return resultOf(mutant, cells, trouble);
}

/** One mutant under one scenario. */
async function fill(
  mutant: Mutant,
  of: LoadedScenario,
  plan: MatrixPlan,
  swarm: Swarm,
  healthy: Swarm,
): Promise<Cell> {
  let seedsRun = 0;
  let seedsToKill: number | null = null;
  let first: Kill | null = null;
  const guards: (readonly string[])[] = [];
  for (const seed of plan.seeds) {
    if (first !== null && seedsRun >= plan.seedsAlways) break;
    seedsRun++;
    for (const control of controlOf(of.scenario) === undefined ? [false] : [false, true]) {
      const kill = await runOnce(swarm, of, seed, control);
      if (kill === undefined || (await runOnce(healthy, of, seed, control)) !== undefined) continue;
      guards.push(kill.guards);
      first ??= kill;
      seedsToKill ??= seedsRun;
    }
  }
  const replay = first === null ? null : plan.replayOf(of, first.seed, first.control, mutant.name);
  return { scenario: of.name, seedsRun, seedsToKill, kill: first, guards, replay };
}

async function runOnce(
  swarm: Swarm,
  of: LoadedScenario,
  seed: string,
  control: boolean,
): Promise<Kill | undefined> {
  const reply = await swarm.one(jobOf({ of, seed, control }, 'summary'));
  if (reply.kind !== 'summary') throw new Error(reply.kind === 'broken' ? reply.message : reply.kind);
  return killOf(of, { seed, control, summary: reply.summary });
}
