// The other half of a proof: the engine without any slip, under many seeds, and nobody cries wolf. Worldly, because it
// waits for threads.

import type { Progress } from '../progress.ts';
import { brokenSummary, type LoadedScenario, unexpectedLine, wantedRuns } from '../suite.ts';
import { defaultWorker, jobOf, Swarm } from '../swarm.ts';
import type { Alarm, StoredHealthy } from './stored.ts';

export interface HealthyPlan {
  readonly scenarios: readonly LoadedScenario[];
  readonly seeds: readonly string[];
  readonly workers: number;
  readonly replayOf: (of: LoadedScenario, seed: string, control: boolean) => string;
}

export async function runHealthy(plan: HealthyPlan, progress: Progress): Promise<StoredHealthy> {
  const { scenarios, seeds } = plan;
  const swarm = new Swarm({ workers: plan.workers, worker: defaultWorker() });
  const alarms = new Map<LoadedScenario, Alarm[]>(scenarios.map((of) => [of, []]));
  const jobs = wantedRuns(scenarios, seeds).map((run) => jobOf(run, 'summary'));
  progress.begin(jobs.length);
  await swarm.run(jobs, ({ run }, reply) => {
    const { of, seed, control } = run;
    const broken = reply.kind === 'broken' ? reply : {};
    const summary = reply.kind === 'summary' ? reply.summary : brokenSummary(seed, broken);
    const what = unexpectedLine({ of, seed, control, summary });
    if (what !== undefined)
      alarms.get(of)?.push({ seed, control, what, replay: plan.replayOf(of, seed, control) });
    progress.done(what);
  });
  progress.end();
  await swarm.close();
  return {
    seeds: scenarios.length * seeds.length,
    scenarios: scenarios.map((of) => ({
      scenario: of.name,
      seeds: seeds.length,
      alarms: (alarms.get(of) ?? []).sort((a, b) => seeds.indexOf(a.seed) - seeds.indexOf(b.seed)),
    })),
  };
}
