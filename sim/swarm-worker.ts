// One thread of a swarm: runs one seed of one scenario and answers with plain data. It takes a breath (one turn of the
// real macrotask loop) whenever the run offers one: buffers of native codecs are freed only there.

import { setImmediate as breath } from 'node:timers/promises';
import { assert } from '../engine/index.ts';
import { type Counts, countsOf } from './campaign/counts.ts';
import { firstDivergence, StepLog } from './determinism.ts';
import { controlOf, tellingFinding } from './expectation.ts';
import type { RunOutcome } from './outcome.ts';
import { registries } from './registries.ts';
import { type RunOptions, run } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import type { Scenario } from './scenario/schema.ts';
import type { StepListener } from './scheduler.ts';
import { type ShrunkFailure, shrinkFailure, suiteShrinkLimits } from './shrink/suite-shrink.ts';
import { drive } from './shrink-drive.ts';
import { type RunSummary, summaryOf } from './summary.ts';
import { Trail, type TrailStep } from './trail.ts';

export interface Job {
  readonly file: string;
  readonly text: string;
  readonly seed: string;
  readonly control: boolean;
  /**
   * summary: what a suite keeps of each run. counted: the same, and how often what happened. story: the whole run,
   * with trace, history and the trail of what tells it. divergence: the seed twice, and where the two
   * part. shrunk: the smallest scenario that fails for the same reason.
   */
  readonly wanted: 'summary' | 'counted' | 'story' | 'divergence' | 'shrunk';
  /** Of the scenario, in its suite. */
  readonly name: string;
  /** The slip that the engine of this thread must have (mutants/mutant-worker.ts). */
  readonly mutant?: string | undefined;
}

export interface Story {
  readonly outcome: RunOutcome;
  /** The causes of the finding that tells the run; empty when there is none. */
  readonly trail: readonly TrailStep[];
}

export type Reply =
  | { readonly kind: 'summary'; readonly summary: RunSummary }
  | { readonly kind: 'counted'; readonly summary: RunSummary; readonly counts: Counts }
  | { readonly kind: 'story'; readonly story: Story }
  /** `text` is null when the two runs were the same this time. */
  | { readonly kind: 'divergence'; readonly text: string | null }
  | { readonly kind: 'shrunk'; readonly failure: ShrunkFailure }
  /** The simulator itself has a bug. */
  | { readonly kind: 'broken'; readonly message: string; readonly stack: string };

/** The entry of the pool. `more` changes the world: the tests of the suite need one that is not deterministic. */
export async function work(job: Job, more: () => RunOptions = () => ({})): Promise<Reply> {
  try {
    return await answer(job, more);
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { kind: 'broken', message, stack };
  }
}

async function answer(job: Job, more: () => RunOptions): Promise<Reply> {
  const scenario = read(job);
  if (job.wanted === 'summary') {
    return { kind: 'summary', summary: summaryOf(await play(job, scenario, more())) };
  }
  if (job.wanted === 'counted') {
    const outcome = await play(job, scenario, more());
    return { kind: 'counted', summary: summaryOf(outcome), counts: countsOf(outcome) };
  }
  if (job.wanted === 'story') return { kind: 'story', story: await story(job, scenario, more()) };
  if (job.wanted === 'shrunk') {
    const { name, seed, control } = job;
    const search = shrinkFailure(name, { scenario, seed, control }, registries.checkers, suiteShrinkLimits);
    return { kind: 'shrunk', failure: await drive(search) };
  }
  const [first, second] = [new StepLog(), new StepLog()];
  for (const { listener } of [first, second]) await play(job, scenario, { ...more(), onStep: listener });
  return { kind: 'divergence', text: firstDivergence(first, second)?.text ?? null };
}

/** The whole story of one run. */
export async function story(
  job: Pick<Job, 'seed' | 'control'>,
  scenario: Scenario,
  more: RunOptions = {},
): Promise<Story> {
  const trail = new Trail();
  const onStep: StepListener = (...step) => {
    trail.listener(...step);
    more.onStep?.(...step);
  };
  const outcome = await play(job, scenario, { ...more, trace: true, onStep });
  const telling = tellingFinding(scenario, job.control, outcome);
  const step = telling?.step ?? (outcome.crash === null ? 0 : outcome.steps);
  return { outcome, trail: trail.to(step, outcome.trace ?? []) };
}

async function play(
  { seed, control }: Pick<Job, 'seed' | 'control'>,
  scenario: Scenario,
  options: RunOptions,
): Promise<RunOutcome> {
  const overrides = control ? controlOf(scenario) : undefined;
  assert(!control || overrides !== undefined, 'only a scenario with a control runs under it');
  const running = run(scenario, seed, { ...options, ...(overrides === undefined ? {} : { overrides }) });
  for (;;) {
    const turn = running.next();
    if (turn.done) return turn.value;
    await breath();
  }
}

const reader = new ScenarioReader(registries);
const scenarios = new Map<string, Scenario>();
/** Scenarios that a thread remembers: a campaign may make up another one for each seed. */
const rememberedMax = 500;

/** A thread sees the same few files again and again. */
function read({ file, text }: Job): Scenario {
  const known = scenarios.get(text);
  if (known !== undefined) return known;
  const fresh = reader.read(file, text);
  assert(fresh.ok, `the suite runs only what was read before: ${fresh.ok ? '' : fresh.error.join('; ')}`);
  if (scenarios.size >= rememberedMax) scenarios.clear();
  scenarios.set(text, fresh.value);
  return fresh.value;
}
