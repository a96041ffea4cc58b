// The other half of a proof: the engine without any slip, under many seeds, and nobody cries wolf. Worldly, because it
// waits for threads.

import type { Progress } from '../progress.ts';
import { brokenSummary, type LoadedScenario, troubleOf, unexpectedLine, wantedRuns } from '../suite.ts';
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
  const found = new Map<LoadedScenario, Found>(scenarios.map((of) => [of, { alarms: [], unjudged: [] }]));
  const jobs = wantedRuns(scenarios, seeds).map((run) => jobOf(run, 'summary'));
  progress.begin(jobs.length);
  await swarm.run(jobs, ({ run }, reply) => {
    const { of, seed, control } = run;
    const broken = reply.kind === 'broken' ? reply : {};
    const summary = reply.kind === 'summary' ? reply.summary : brokenSummary(seed, broken);
    const what = unexpectedLine({ of, seed, control, summary });
    progress.done(what);
    if (what === undefined) return;
    const kind = troubleOf(of.scenario, { control, summary })?.kind;
    const which = kind === 'vacuous' || kind === 'unknown' ? 'unjudged' : 'alarms';
    found.get(of)?.[which].push({ seed, control, what, replay: plan.replayOf(of, seed, control) });
  });
  progress.end();
  await swarm.close();
  const inOrder = (a: Alarm, b: Alarm) => seeds.indexOf(a.seed) - seeds.indexOf(b.seed);
  return {
    seeds: scenarios.length * seeds.length,
    scenarios: scenarios.map((of) => ({
      scenario: of.name,
      seeds: seeds.length,
      alarms: (found.get(of)?.alarms ?? []).sort(inOrder),
      unjudged: (found.get(of)?.unjudged ?? []).sort(inOrder),
    })),
  };
}

/** What was unexpected of one scenario. */
interface Found {
  readonly alarms: Alarm[];
  readonly unjudged: Alarm[];
}
