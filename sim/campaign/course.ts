// The course of a campaign: which run is next, and what is known so far. Runs end in any order, on any
// thread; they are taken in in the order of their seeds, so that a campaign is at every moment a function of
// what it was asked and how many seeds it has done. Pure: who runs the jobs and who stores what is settled is
// handed in.
//
// Memory: the sums, the tally, and the seeds that wait for an earlier one to end. One run that takes its
// whole time (see `runSecondsMax` in swarm.ts) holds up what all other threads do meanwhile, and no more.

import { present } from '../../engine/index.ts';
import { controlOf } from '../expectation.ts';
import { compareReplay, type ReplayFacts } from '../outcome.ts';
import { type Shard, seedAt } from '../seeds.ts';
import type { StoredRow } from '../store.ts';
import {
  againEvery,
  brokenSummary,
  type LoadedScenario,
  simulatorName,
  troubleOf,
  type WantedRun,
} from '../suite.ts';
import { storedRun } from '../suite-stored.ts';
import type { RunSummary } from '../summary.ts';
import { jobOf, type SwarmJob } from '../swarm.ts';
import type { Reply, Story } from '../swarm-worker.ts';
import type { Finding } from '../verdict.ts';
import type { Counts } from './counts.ts';
import { ScenarioSum, type Summed } from './sums.ts';
import { Tally } from './tally.ts';

export interface CoursePlan {
  /** Rows of the report, in their order; each run of `runsOf` belongs to one by its name. */
  readonly scenarios: readonly Summed[];
  /** What runs under a seed. */
  readonly scenariosOf: (seed: string) => readonly LoadedScenario[];
  readonly first: string;
  readonly shard: Shard;
  /** Seeds of all shards together; undefined when only time ends it. */
  readonly count: number | undefined;
  readonly stopped: () => boolean;
  readonly replayOf: (run: WantedRun) => string;
  /** Hears of each run once, in the order of the seeds. */
  readonly settled: (row: StoredRow) => void;
  /** Hears of everything that is wrong with a run. */
  readonly failed: (run: WantedRun, trouble: Trouble, finding: Finding) => void;
  /** Stores a telling run, and says under which name. */
  readonly keep: (run: WantedRun, story: Story) => string;
}

export type Trouble = NonNullable<StoredRow['trouble']>;

export interface CourseJob extends SwarmJob {
  readonly purpose: 'first' | 'again' | 'story';
}

interface Slot {
  readonly place: number;
  readonly runs: readonly WantedRun[];
  left: number;
  readonly first: Map<WantedRun, { summary: RunSummary; counts: Counts }>;
  readonly again: Map<WantedRun, RunSummary>;
}

/** Runs of one failure that are kept with all there is to know, and kept runs of one campaign. */
const keptSeedsMax = 2;
const keptRunsMax = 100;
/** Seeds that are listed of each failure. */
const seedsListed = 20;

export class Course {
  readonly #plan: CoursePlan;
  readonly #sums: ReadonlyMap<string, ScenarioSum>;
  readonly #tally = new Tally();
  readonly #slots: Slot[] = [];
  readonly #slotOf = new Map<WantedRun, Slot>();
  readonly #stories: WantedRun[] = [];
  readonly #told = new Map<WantedRun, StoredRow>();
  #again: CourseJob[] = [];
  #next = 0;
  #kept = 0;
  #seedsDone = 0;
  #executed = 0;
  #broken = false;

  constructor(plan: CoursePlan) {
    this.#plan = plan;
    this.#sums = new Map(plan.scenarios.map((of) => [of.name, new ScenarioSum(of, { seedsListed })]));
  }

  get sums(): readonly ScenarioSum[] {
    return this.#plan.scenarios.map(({ name }) => present(this.#sums.get(name), name));
  }

  get tally(): Tally {
    return this.#tally;
  }

  /** Seeds of this shard of which everything is known. */
  get seedsDone(): number {
    return this.#seedsDone;
  }

  /** Runs of the simulator, repetitions included. */
  get executed(): number {
    return this.#executed;
  }

  /** Whether the simulator itself failed in some run. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Whether the stories of runs that ended last are still to be told. */
  get hasStories(): boolean {
    return this.#stories.length > 0;
  }

  /** One job after the other, for whichever thread is free; ends when there are no more seeds, or somebody stops it. */
  *jobs(): Generator<CourseJob> {
    while (!this.#plan.stopped()) {
      const slot = this.#nextSlot();
      if (slot === undefined) break;
      const late = this.#again;
      // What is run again comes behind the next seed: whatever a thread remembers by mistake comes out.
      this.#again = slot.place % againEvery === 0 ? slot.runs.map((run) => this.#job(run, 'again')) : [];
      yield* this.#unlessStopped(slot.runs.map((run) => this.#job(run, 'first')));
      yield* this.#unlessStopped(late);
      yield* this.stories();
    }
    yield* this.#unlessStopped(this.#again);
    this.#again = [];
    yield* this.stories();
  }

  *#unlessStopped(jobs: readonly CourseJob[]): Generator<CourseJob> {
    for (const job of jobs) {
      if (this.#plan.stopped()) return;
      yield job;
    }
  }

  /** Takes in the seeds that were cut short, as far as they were run: nothing of them is under way any more. */
  finish(): void {
    for (const slot of this.#slots.splice(0)) this.#settle(slot);
  }

  *stories(): Generator<CourseJob> {
    for (let run = this.#stories.shift(); run !== undefined; run = this.#stories.shift()) {
      yield this.#job(run, 'story');
    }
  }

  done({ run, purpose }: CourseJob, reply: Reply): void {
    this.#executed++;
    if (purpose === 'story') {
      this.#tellStory(run, reply);
      return;
    }
    const slot = present(this.#slotOf.get(run), 'a run belongs to a seed');
    if (purpose === 'again') slot.again.set(run, summaryOf(run, reply));
    else slot.first.set(run, { summary: summaryOf(run, reply), counts: countsIn(reply) });
    slot.left--;
    for (let first = this.#slots[0]; first?.left === 0; first = this.#slots[0]) {
      this.#slots.shift();
      this.#settle(first);
    }
  }

  #nextSlot(): Slot | undefined {
    const { first, shard, count } = this.#plan;
    const place = shard.index - 1 + this.#next * shard.of;
    if (count !== undefined && place >= count) return undefined;
    this.#next++;
    const seed = seedAt(first, place);
    const runs = this.#plan.scenariosOf(seed).flatMap((of) => {
      const run = { of, seed, control: false };
      return controlOf(of.scenario) === undefined ? [run] : [run, { ...run, control: true }];
    });
    const left = runs.length * (place % againEvery === 0 ? 2 : 1);
    const slot: Slot = { place, runs, left, first: new Map(), again: new Map() };
    this.#slots.push(slot);
    for (const run of runs) this.#slotOf.set(run, slot);
    return slot;
  }

  #job(run: WantedRun, purpose: CourseJob['purpose']): CourseJob {
    return {
      ...jobOf(run, purpose === 'first' ? 'counted' : purpose === 'again' ? 'summary' : 'story'),
      purpose,
    };
  }

  #settle(slot: Slot): void {
    if (slot.runs.every((run) => slot.first.has(run))) this.#seedsDone++;
    for (const run of slot.runs) {
      this.#slotOf.delete(run);
      const done = slot.first.get(run);
      // Only of a seed that was cut short.
      if (done === undefined) continue;
      const { summary, counts } = done;
      this.#tally.add(counts, slot.place);
      if (summary.crash?.node === simulatorName) this.#broken = true;
      const trouble = troubleOf(run.of.scenario, { control: run.control, summary });
      const row = rowOf(run, summary, trouble ?? null);
      const finding = trouble?.finding ?? witnessIn(run, summary);
      const tell = () => ({
        finding: finding ?? nothing(summary),
        replay: this.#plan.replayOf(run),
        kept: null,
      });
      const sum = present(this.#sums.get(run.of.name), run.of.name);
      if (sum.add(row, tell, keptSeedsMax)) this.#wantStory(run, row);
      const second = slot.again.get(run);
      if (second !== undefined) this.#compare(run, row, second);
      this.#plan.settled(row);
      if (trouble !== undefined && row.trouble !== null) this.#plan.failed(run, row.trouble, trouble.finding);
    }
  }

  #wantStory(run: WantedRun, row: StoredRow): void {
    if (this.#kept >= keptRunsMax) return;
    this.#kept++;
    this.#told.set(run, row);
    this.#stories.push(run);
  }

  #tellStory(run: WantedRun, reply: Reply): void {
    const row = present(this.#told.get(run), 'a story that was asked for');
    this.#told.delete(run);
    if (reply.kind !== 'story') return;
    const sum = present(this.#sums.get(run.of.name), run.of.name);
    sum.keep(run.seed, run.control, this.#plan.keep(run, reply.story));
    this.#compare(run, row, reply.story.outcome);
  }

  #compare(run: WantedRun, row: StoredRow, second: ReplayFacts): void {
    const finding = compareReplay(row, second);
    if (finding === undefined) return;
    const tell = () => ({ finding, replay: this.#plan.replayOf(run), kept: null });
    const sum = present(this.#sums.get(run.of.name), run.of.name);
    sum.addNondeterministic(row, finding.invariant, null, tell);
    this.#plan.failed(run, { kind: 'nondeterministic', signature: finding.invariant }, finding);
  }
}

function rowOf(run: WantedRun, summary: RunSummary, trouble: Trouble | null): StoredRow {
  return {
    scenario: run.of.name,
    ...storedRun(run.seed, run.control, summary),
    trouble: trouble === null ? null : { kind: trouble.kind, signature: trouble.signature },
  };
}

function summaryOf(run: WantedRun, reply: Reply): RunSummary {
  if (reply.kind === 'counted' || reply.kind === 'summary') return reply.summary;
  return brokenSummary(run.seed, reply.kind === 'broken' ? reply : {});
}

function countsIn(reply: Reply): Counts {
  return reply.kind === 'counted' ? reply.counts : {};
}

function witnessIn({ of: { scenario } }: WantedRun, { witnesses }: RunSummary): Finding | undefined {
  const wanted = 'witness' in scenario.expect ? scenario.expect.witness : undefined;
  return witnesses.find(({ invariant }) => invariant === wanted);
}

function nothing({ steps, virtualUs }: RunSummary): Finding {
  return { invariant: 'unknown', prose: 'nothing was found', step: steps, timeUs: virtualUs, evidence: {} };
}
