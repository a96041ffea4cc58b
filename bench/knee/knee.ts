// The knee of a workload: the highest rate of its open loop that meets an objective, searched for with a fresh broker
// for every step, and then the curve around it.

import { type HarnessOptions, runWorkload } from '../harness.ts';
import type { Progress } from '../progress.ts';
import type { Knee } from '../result.ts';
import type { WorkloadFile } from '../workload.ts';
import { lowestRate, type Objective, objectiveText } from './objective.ts';
import { type Found, type SearchPlan, searchKnee } from './search.ts';
import { type KneePoint, kneePointOf, whyNot } from './step.ts';

const rateMax = 10_000_000;
const stepsMax = 40;
/** Shares of the knee at which the curve is measured. */
const curveShares = [0.1, 0.5, 0.7, 0.9, 1.1];
/** What is still under way after so long has failed the step anyway. */
const drainSecondsMax = 5;
/** To start a broker and read everything back, as a guess for the plan. */
const overheadSeconds = 4;

/** Why there is no knee to be found in this workload; undefined when there may be one. */
export function noKneeIn({ name, workload }: WorkloadFile): string | undefined {
  if (workload.kind === 'consume' || workload.load.loop === 'closed')
    return `${name}: --knee changes the rate of an open loop, and there is none`;
  if (workload.faults.length > 0) return `${name}: --knee wants an even broker, and there are faults`;
  if (workload.kind === 'end-to-end' && workload.backlogRecords > 0)
    return `${name}: --knee wants an even broker, and there is a backlog`;
  return undefined;
}

/** `runStep`: what measures a step; another one is for tests. */
export async function findKnee(
  file: WorkloadFile,
  objective: Objective,
  options: HarnessOptions,
  runStep = runWorkload,
): Promise<Knee> {
  const { progress } = options;
  const plan = planOf(file, objective);
  const limitSeconds = announce(file, objective, plan, progress);
  const points: KneePoint[] = [];
  const measure = async (rate: number, of: KneePoint['of']): Promise<boolean> => {
    const run = await runStep(atRate(file, rate, points.length), { ...options, probes: false });
    const point = kneePointOf(run, objective, of);
    points.push(point);
    const verdict = whyNot(run, objective, point.objectiveUs) ?? 'met';
    const us = point.objectiveUs === null ? '-' : (point.objectiveUs / 1000).toFixed(2);
    progress.step(`${rate} records/s: p${objective.percentile} ${us} ms, ${verdict}`);
    return point.met;
  };
  const untilMs = performance.now() + limitSeconds * 1000;
  const isOver = (): boolean => performance.now() > untilMs;
  const found = await searchKnee(plan, (rate) => measure(rate, 'search'), isOver);
  progress.step(told(found));
  if (found.rate !== null) {
    for (const share of curveShares) {
      const rate = Math.round(found.rate * share);
      if (rate >= 1 && rate <= rateMax) await measure(rate, 'curve');
    }
  }
  return {
    workload: file.name,
    objective,
    recordsPerSecond: found.rate,
    failedAtRecordsPerSecond: found.failedAt,
    points,
  };
}

function planOf({ workload }: WorkloadFile, objective: Objective): SearchPlan {
  const rateMin = lowestRate(objective, workload.durationSeconds);
  const wanted =
    workload.kind !== 'consume' && workload.load.loop === 'open' ? workload.load.recordsPerSecond : 0;
  const startRate = Math.min(rateMax, Math.max(rateMin, Math.round(wanted)));
  return { startRate, rateMin, rateMax, factor: 2, resolution: 1.05, stepsMax };
}

/** Says what is going to happen, and how long it may take at the most, in seconds. */
function announce(file: WorkloadFile, objective: Objective, plan: SearchPlan, progress: Progress): number {
  const { warmupSeconds, durationSeconds } = file.workload;
  const stepSeconds = warmupSeconds + durationSeconds + overheadSeconds;
  const minutes = (seconds: number): string => `${Math.ceil(seconds / 60)} minutes`;
  const few = minutes((15 + curveShares.length) * stepSeconds);
  const most = (stepsMax + curveShares.length) * (stepSeconds + drainSecondsMax);
  progress.workload(file.name);
  progress.step(
    `the highest rate with ${objectiveText(objective)}, from ${plan.startRate} records/s: ` +
      `usually ${few}, at most ${minutes(most)}`,
  );
  return most;
}

function told({ rate, failedAt, close }: Found): string {
  const stopped = close ? '' : '; the search had no more time';
  if (rate === null) return `no rate met the objective${stopped}`;
  const above = failedAt === null ? 'no rate above it failed' : `${failedAt} failed`;
  return `${rate} records/s meet the objective, ${above}${stopped}`;
}

function atRate({ name, story, workload }: WorkloadFile, rate: number, step: number): WorkloadFile {
  if (workload.kind === 'consume' || workload.load.loop === 'closed') throw new Error('no open loop');
  const drainSeconds = Math.min(drainSecondsMax, workload.drainSeconds);
  const load = { ...workload.load, recordsPerSecond: rate };
  // A topic of its own for each step: on a broker that is not ours the one before may not be gone yet.
  return {
    name: `${name}-step-${step + 1}`,
    story,
    workload: { ...workload, load, drainSeconds } as typeof workload,
  };
}
