// Many seeds on all cores: a pool of threads that take one run after the other. Which thread runs which seed differs
// from machine to machine, and nothing that a suite says may depend on it.

import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { tellingFinding } from './expectation.ts';
import { compareReplay, type ReplayFacts } from './outcome.ts';
import type { Progress } from './progress.ts';
import { type ShrunkFailure, shrunkFailuresMax } from './shrink/suite-shrink.ts';
import { type KeptRun, keptName } from './store.ts';
import {
  brokenSummary,
  type DoneRun,
  type JudgedScenario,
  judgeRuns,
  keptFailuresMax,
  type LoadedScenario,
  runsToRepeat,
  unexpectedLine,
  type WantedRun,
  wantedRuns,
} from './suite.ts';
import type { RunSummary } from './summary.ts';
import type { Job, Reply, Story } from './swarm-worker.ts';
import type { Finding } from './verdict.ts';

/** Real time that one run may take before its thread is ended: the world's own limits are met long before. */
const runSecondsMaxDefault = 600;

/** The same for a search of some hundred runs. */
const shrinkSecondsMax = 3_600;

export interface SwarmOptions {
  readonly workers: number;
  /** The module that exports `work`. */
  readonly worker: URL;
  /** The slip that the engine of its threads has; their module has to know what to do with it. */
  readonly mutant?: string | undefined;
  /** Real time that one run may take; default 600 s. */
  readonly runSecondsMax?: number;
}

/** The thread's module: TypeScript in a checkout, JavaScript in the published package. */
export function defaultWorker(module = 'swarm-worker'): URL {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return new URL(`./${module}.${extension}`, import.meta.url);
}

export function defaultWorkers(): number {
  return availableParallelism();
}

export class Swarm {
  readonly #pool: Piscina;
  readonly #workers: number;
  readonly #mutant: string | undefined;
  readonly #runSecondsMax: number;
  readonly #shrinking = new AbortController();

  constructor({ workers, worker, mutant, runSecondsMax = runSecondsMaxDefault }: SwarmOptions) {
    this.#runSecondsMax = runSecondsMax;
    this.#workers = workers;
    this.#mutant = mutant;
    this.#pool = new Piscina({
      filename: worker.href,
      name: 'work',
      minThreads: workers,
      maxThreads: workers,
    });
  }

  /**
   * Runs all jobs; `onDone` hears of each as it ends, in whatever order they end. Jobs are asked for one by one, when a
   * thread is free: whoever makes them may make them up as it goes.
   */
  async run<T extends Job>(jobs: Iterable<T>, onDone: (job: T, reply: Reply) => void): Promise<void> {
    const waiting = jobs[Symbol.iterator]();
    const feed = async () => {
      for (let next = waiting.next(); !next.done; next = waiting.next()) {
        onDone(next.value, await this.one(next.value));
      }
    };
    await Promise.all(Array.from({ length: this.#workers }, feed));
  }

  /** Ends every search for a smaller scenario, now and from now on: a search takes hundreds of runs. */
  endShrinking(): void {
    this.#shrinking.abort();
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  /** Runs one job on whichever thread is free. */
  async one({ name, file, text, seed, control, wanted }: Job): Promise<Reply> {
    const job: Job = { name, file, text, seed, control, wanted, mutant: this.#mutant };
    try {
      const signal =
        wanted === 'shrunk'
          ? AbortSignal.any([this.#shrinking.signal, AbortSignal.timeout(shrinkSecondsMax * 1000)])
          : AbortSignal.timeout(this.#runSecondsMax * 1000);
      return (await this.#pool.run(job, { signal })) as Reply;
    } catch (error) {
      const { name, message, stack = '' } = error instanceof Error ? error : new Error(String(error));
      const hung = `the run did not end in ${this.#runSecondsMax} s of real time`;
      return { kind: 'broken', message: name === 'AbortError' ? hung : message, stack };
    }
  }
}

// ---- a suite

export interface SuitePlan {
  readonly scenarios: readonly LoadedScenario[];
  readonly seeds: readonly string[];
  /** The command that runs it again. */
  readonly replayOf: (run: WantedRun) => string;
  /** The command that runs a shrunk scenario, by the name under which its run is kept; without it nothing is shrunk. */
  readonly replayOfShrunk: ((name: string, seed: string) => string) | undefined;
  /** Stores the whole story of a telling run. */
  readonly keep: (name: string, kept: KeptRun) => void;
  /** Whether somebody wants an end: what is under way is finished, and judged with all that was done before. */
  readonly stopped: () => boolean;
}

export interface SuiteRun {
  readonly judged: readonly JudgedScenario[];
  /** Every run that was done, in the order of the plan. */
  readonly done: readonly DoneRun[];
  /** Runs that were to be done. */
  readonly wanted: number;
  /** Runs of the simulator that were executed, repetitions included. */
  readonly executed: number;
  /** Where two runs of one seed part, by `scenario, control or not, seed`. */
  readonly divergences: ReadonlyMap<string, string>;
}

type Broken = { readonly run: WantedRun; readonly finding: Finding };
export type SwarmJob = Job & { readonly run: WantedRun };

/** Seeds of a failure whose runs are kept. */
const keptSeedsMax = 2;

/** Every run once; some of them twice; the telling ones a last time with everything recorded. */
export async function runSuite(swarm: Swarm, plan: SuitePlan, progress: Progress): Promise<SuiteRun> {
  const wanted = wantedRuns(plan.scenarios, plan.seeds);
  const repeated = runsToRepeat(wanted, plan.seeds);
  progress.begin(wanted.length + repeated.length);
  const summaries = await runAll(swarm, until(plan.stopped, wanted), progress);
  // All others lie between the first and the second time: whatever a thread remembers by mistake comes out here.
  const repeatable = repeated.filter((run) => summaries.has(run));
  const again = await runAll(swarm, until(plan.stopped, repeatable), progress);
  progress.end();
  const done = wanted.flatMap((run) => {
    const summary = summaries.get(run);
    return summary === undefined ? [] : [{ ...run, wanted: run, summary }];
  });
  const broken: Broken[] = [];
  for (const [run, second] of again) compare(run, summaries, second, broken);
  const judgedFirst = plan.scenarios.map((of) => judgeRuns(of, done, broken));
  const telling = judgedFirst.flatMap(tellingRuns);
  const { replayOfShrunk } = plan;
  const shrunk =
    replayOfShrunk === undefined ? new Map() : await shrinkFailures(swarm, judgedFirst, progress);
  const stories = jobsOf(telling, 'story');
  await swarm.run(stories, ({ run }, reply) => {
    if (reply.kind !== 'story') return;
    compare(run, summaries, reply.story.outcome, broken);
    const name = keptName(run.of.name, run.seed, run.control);
    const small = withReplay(shrunk.get(run), (seed) => replayOfShrunk?.(name, seed) ?? '');
    plan.keep(name, keptRun(run, reply.story, plan.replayOf(run), small));
  });
  const judged = plan.scenarios.map((of) => judgeRuns(of, done, broken));
  const divergences = await divergencesOf(swarm, broken);
  const executed = done.length + again.size + telling.length;
  return { judged, done, wanted: wanted.length, executed, divergences };
}

function* until(stopped: () => boolean, runs: readonly WantedRun[]): Generator<WantedRun> {
  for (const run of runs) {
    if (stopped()) return;
    yield run;
  }
}

async function runAll(
  swarm: Swarm,
  runs: Iterable<WantedRun>,
  progress: Progress,
): Promise<Map<WantedRun, RunSummary>> {
  const summaries = new Map<WantedRun, RunSummary>();
  await swarm.run(jobsOf(runs, 'summary'), ({ run }, reply) => {
    const summary =
      reply.kind === 'summary'
        ? reply.summary
        : brokenSummary(run.seed, reply.kind === 'broken' ? reply : {});
    summaries.set(run, summary);
    progress.done(unexpectedLine({ ...run, summary }));
  });
  return summaries;
}

function* jobsOf(runs: Iterable<WantedRun>, wanted: Job['wanted']): Generator<SwarmJob> {
  for (const run of runs) yield jobOf(run, wanted);
}

export function jobOf(run: WantedRun, wanted: Job['wanted']): SwarmJob {
  const { name, file, text } = run.of;
  return { run, name, file, text, seed: run.seed, control: run.control, wanted };
}

function compare(
  run: WantedRun,
  summaries: ReadonlyMap<WantedRun, RunSummary>,
  second: ReplayFacts,
  broken: Broken[],
): void {
  if (broken.some((one) => one.run === run)) return;
  const finding = compareReplay(summaries.get(run) as RunSummary, second);
  if (finding !== undefined) broken.push({ run, finding });
}

/** The runs of a scenario whose stories are kept. */
function tellingRuns({ failures, witness, runs }: JudgedScenario): WantedRun[] {
  const failing = failures
    .slice(0, keptFailuresMax)
    .flatMap(({ control, seeds }) => seeds.slice(0, keptSeedsMax).map((seed) => ({ control, seed })));
  const all = witness === null ? failing : [...failing, { control: false, seed: witness.seed }];
  const chosen = all.map(({ control, seed }) =>
    runs.find((run) => run.control === control && run.seed === seed),
  );
  // The same objects that the suite began with: they are keys.
  return [...new Set(chosen)].flatMap((run) => (run === undefined ? [] : [run.wanted]));
}

/** The first run of each kind of failure that there is, shrunk and explained. */
async function shrinkFailures(
  swarm: Swarm,
  judged: readonly JudgedScenario[],
  progress: Progress,
): Promise<Map<WantedRun, ShrunkFailure>> {
  const known = new Set<string>();
  const chosen = judged.flatMap(({ failures, runs }) =>
    failures.flatMap(({ kind, control, signature, seeds }) => {
      const isNew = !known.has(`${kind} ${signature}`);
      known.add(`${kind} ${signature}`);
      const first = runs.find((run) => run.control === control && run.seed === seeds[0]);
      const isWorthIt = isNew && (kind === 'violated' || kind === 'crashed');
      return isWorthIt && first !== undefined ? [first.wanted] : [];
    }),
  );
  const found = new Map<WantedRun, ShrunkFailure>();
  const first = chosen.slice(0, shrunkFailuresMax);
  if (first.length === 0) return found;
  progress.begin(first.length, 'failures shrunk');
  await swarm.run(jobsOf(first, 'shrunk'), ({ run }, reply) => {
    if (reply.kind === 'shrunk') found.set(run, reply.failure);
    progress.done();
  });
  progress.end();
  return found;
}

/** A shrunk scenario knows its seed; the command that runs it knows where it is stored. */
export function withReplay(failure: ShrunkFailure | undefined, replayOf: (seed: string) => string) {
  if (failure === undefined) return undefined;
  const { shrunk, pointOfNoReturn } = failure;
  return {
    shrunk: shrunk === null ? null : { ...shrunk, replay: replayOf(shrunk.seed) },
    pointOfNoReturn,
  };
}

/** What is stored of a telling run. `failure` is what shrinking came to, where it was tried. */
export function keptRun(
  { of, control }: WantedRun,
  { outcome, trail }: Story,
  replay: string,
  failure?: { readonly shrunk: KeptRun['shrunk']; readonly pointOfNoReturn: KeptRun['pointOfNoReturn'] },
): KeptRun {
  return {
    format: 1,
    kind: 'sim-run',
    scenario: of.name,
    file: of.file,
    text: of.text,
    control,
    replay,
    story: of.scenario.story,
    telling: tellingFinding(of.scenario, control, outcome) ?? null,
    trail,
    shrunk: failure?.shrunk ?? null,
    pointOfNoReturn: failure?.pointOfNoReturn ?? null,
    outcome,
  };
}

async function divergencesOf(swarm: Swarm, broken: readonly Broken[]): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const first = broken.slice(0, keptFailuresMax).map(({ run }) => run);
  await swarm.run(jobsOf(first, 'divergence'), ({ run }, reply) => {
    const same = 'run twice more in one thread it was the same: look for what threads remember';
    if (reply.kind === 'divergence') found.set(runKey(run), reply.text ?? same);
  });
  return found;
}

export function runKey({ of, control, seed }: WantedRun): string {
  return `${of.name} ${control ? 'control' : 'itself'} ${seed}`;
}
