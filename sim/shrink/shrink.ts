// From a run that shows something to the smallest scenario that shows the same: fewer faults, fewer operations, fewer
// nodes, shorter, and with little left to luck.
//
// First what the seed drew is written down (concretize.ts). Then faults and records are taken away in chunks
// (chunks.ts), and at last every single step of edits.ts is tried, until none of them is left that keeps the finding:
// the scenario is 1-minimal by these steps. A candidate is tried under the seed that it has, then under a few others:
// a step that moves one draw often needs another roll of the rest. fast-check shrinks what its own arbitraries made,
// value by value, and keeps no scenario valid on the way; it serves in the tests.

import { controlOf } from '../expectation.ts';
import type { RunOutcome } from '../outcome.ts';
import { overridden } from '../run.ts';
import { calmable, type Scenario } from '../scenario/schema.ts';
import type { Checker, Finding } from '../verdict.ts';
import { withoutChunks } from './chunks.ts';
import { isDrawn, withDrawnFaults, withDrawnSends, withoutKinds } from './concretize.ts';
import {
  copied,
  type Draft,
  type Edit,
  type EventCount,
  eventsOf,
  expectationFor,
  faultsOf,
} from './draft.ts';
import { editsOf } from './edits.ts';
import { byRole, withFaults } from './edits-faults.ts';
import { calmElsewhen, calmed } from './edits-luck.ts';
import { fewerPhases, fewerSettings, shorterPhases, smallerCluster } from './edits-surroundings.ts';
import { allSends, fewerWorkloads, withSends } from './edits-workloads.ts';
import { type Goal, goalOf, isExpected, leftOut, reached } from './goal.ts';
import type { Answer, Searching, Subject } from './trial.ts';

export interface ShrinkLimits {
  /** Runs that the search may take; whatever it has by then is its answer. */
  readonly runs: number;
  /** Seeds that a candidate is tried under beside its own. */
  readonly otherSeeds: number;
}

export const shrinkRunsDefault = 1_500;
export const otherSeedsDefault = 3;
/** Seeds under which the smallest scenario is run at the end, to tell how much of it is luck. */
const probeSeeds = 10;

/** What differs most from seed to seed. */
const luck = ['schedule', 'network', 'random'] as const;

/** How far the search is, whenever it got further. */
export interface ShrinkProgress {
  readonly runs: number;
  readonly events: number;
  readonly what: string;
}

export interface Shrunk {
  readonly draft: Draft;
  readonly goal: Goal;
  readonly finding: Finding;
  /** The run of the draft, traced. */
  readonly outcome: RunOutcome;
  readonly before: EventCount;
  readonly after: EventCount;
  readonly runs: number;
  /** Whether no single step is left that keeps the finding; and how many there are. */
  readonly minimal: boolean;
  readonly stepsLeft: number;
  /** Of so many other seeds, under how many the smallest scenario shows it as well. */
  readonly otherSeeds: { readonly shown: number; readonly of: number };
}

/** Undefined when the run shows nothing, or not the invariant that was named. */
export function* shrink(
  subject: Subject,
  named: string | undefined,
  checkers: readonly Checker[],
  limits: ShrinkLimits,
  tell: (progress: ShrinkProgress) => void = () => {},
): Searching<Shrunk | undefined> {
  const { scenario, seed, control } = subject;
  const overrides = control ? controlOf(scenario) : undefined;
  const first = yield { scenario, seed, options: { trace: true, overrides }, isNeeded: true };
  if (first === 'invalid' || first === 'enough') return undefined;
  const goal = goalOf(scenario, control, first, named);
  if (goal === undefined) return undefined;
  const start = { ...copied(overridden(scenario, overrides ?? {})), seed };
  const expected = isExpected(scenario, control, goal, first);
  const search = new Search(goal, limits, start, first, tell);
  yield* search.begin(withoutKinds(start, leftOut(scenario, control)), expected, checkers);
  yield* search.reduce();
  return yield* search.end(eventsOf(start, first));
}

class Search {
  readonly #goal: Goal;
  readonly #limits: ShrinkLimits;
  readonly #tell: (progress: ShrinkProgress) => void;
  readonly #failed = new Set<string>();
  #draft: Draft;
  #outcome: RunOutcome;
  #events: number;
  #runs = 1;
  #over = false;
  /** Whether the large steps are done. */
  #isSettling = false;
  #stepsLeft = 0;
  #minimal = false;

  constructor(
    goal: Goal,
    limits: ShrinkLimits,
    draft: Draft,
    outcome: RunOutcome,
    tell: (progress: ShrinkProgress) => void,
  ) {
    this.#goal = goal;
    this.#limits = limits;
    this.#draft = draft;
    this.#outcome = outcome;
    this.#events = eventsOf(draft, outcome).total;
    this.#tell = tell;
  }

  /** What concerns only the judges, and then what the seed drew. */
  *begin(start: Draft, expected: boolean, checkers: readonly Checker[]): Searching<void> {
    const bare = copied(start);
    delete bare.floor;
    for (const part of ['config', 'network', 'disk'] as const) {
      if (Object.keys(bare[part] ?? {}).length === 0) delete bare[part];
    }
    bare.expect = expectationFor(this.#goal, expected);
    bare.story = `Shrunk: the smallest scenario that shows ${this.#goal.invariant}.`;
    const judges = checkers.filter(({ invariants }) => Object.hasOwn(invariants, this.#goal.invariant));
    if (judges.length > 0) bare.checkers = judges.map(({ name }) => name) as Scenario['checkers'];
    // Without a run: it is the one that was seen, but for a control that leaves kinds out of its groups.
    this.#draft = bare;
    yield* this.#drawFaults();
    yield* this.#try({ what: 'nothing after the finding', draft: this.#endedAtFinding() });
    yield* this.#try({ what: 'read through leaders only', draft: { ...this.#draft, finalScan: 'leader' } });
  }

  *reduce(): Searching<void> {
    yield* this.#fewerFaults();
    yield* this.#each(shorterPhases);
    yield* this.#each(fewerWorkloads);
    yield* this.#drawSends();
    yield* this.#fewerSends();
    yield* this.#fewerFaults();
    this.#isSettling = true;
    for (const kind of [fewerPhases, smallerCluster, fewerSettings, byRole]) yield* this.#each(kind);
    // Before anything is rounded: what is rounded under luck fits no calm any more.
    yield* this.#calmDown();
    yield* this.#settle();
    // Smaller runs may bear what the whole one did not.
    const before = JSON.stringify(this.#draft);
    yield* this.#again();
    if (!isDrawn(this.#draft)) yield* this.#drawFaults();
    yield* this.#drawSends();
    yield* this.#fewerSends();
    yield* this.#calmDown();
    if (JSON.stringify(this.#draft) !== before) yield* this.#settle();
  }

  *end(before: EventCount): Searching<Shrunk | undefined> {
    yield* this.#again();
    const finding = reached(this.#goal, this.#outcome);
    if (finding === undefined) return undefined;
    const otherSeeds = { shown: 0, of: 0 };
    for (let number = 1; number <= probeSeeds; number++) {
      const seed = `other-${number}`;
      const answer = yield this.#trial({ ...this.#draft, seed }, seed, false);
      if (!isOutcome(answer)) break;
      otherSeeds.of++;
      if (reached(this.#goal, answer) !== undefined) otherSeeds.shown++;
    }
    return {
      draft: this.#draft,
      goal: this.#goal,
      finding,
      outcome: this.#outcome,
      before,
      after: eventsOf(this.#draft, this.#outcome),
      runs: this.#runs,
      minimal: this.#minimal,
      stepsLeft: this.#stepsLeft,
      otherSeeds,
    };
  }

  /** The draft without what comes after the moment of the finding, where that is in one of its phases. */
  #endedAtFinding(): Draft {
    const atUs = reached(this.#goal, this.#outcome)?.timeUs ?? Number.POSITIVE_INFINITY;
    const draft = copied(this.#draft);
    draft.phases = draft.phases.filter(({ name }) => (this.#timesOf(name)?.begunUs ?? 0) < atUs);
    const last = draft.phases.at(-1);
    const times = this.#timesOf(last?.name);
    if (last === undefined || times === undefined || times.endedUs <= atUs) return this.#draft;
    last.until = { virtualSeconds: Math.ceil((atUs - times.begunUs) / 1e5) / 10 };
    return draft;
  }

  #timesOf(phase: string | undefined) {
    return this.#outcome.course?.phases.find((one) => one.phase === phase);
  }

  *#drawFaults(): Searching<void> {
    if (this.#outcome.course === undefined) return;
    for (const moments of ['timed', 'triggered'] as const) {
      const draft = withDrawnFaults(this.#draft, this.#outcome, moments);
      if (yield* this.#try({ what: `faults as they were drawn (${moments})`, draft }, true)) return;
    }
  }

  *#drawSends(): Searching<void> {
    yield* this.#again();
    const draft = withDrawnSends(this.#draft, this.#outcome);
    if (draft !== undefined) yield* this.#try({ what: 'records one by one', draft });
  }

  /** Nothing left to luck at all, with each fault where it then has to be. */
  *#calmDown(): Searching<void> {
    if (calmable.every((one) => this.#draft.calm?.includes(one))) return;
    const calm = calmed(this.#draft);
    if ((yield* this.#try(calm)) || this.#over) return;
    const seen = yield this.#trial(calm.draft, calm.draft.seed, true);
    if (!isOutcome(seen)) return;
    this.#runs++;
    for (const elsewhen of calmElsewhen(this.#draft, seen)) {
      if (yield* this.#try(elsewhen)) return;
    }
  }

  *#fewerFaults(): Searching<void> {
    const from = this.#draft;
    const all = [...faultsOf(from).keys()];
    const self = this;
    yield* withoutChunks(all, function* (kept) {
      const what = `${kept.length} faults`;
      return yield* self.#try({
        what,
        draft: { ...withFaults(from, new Set(kept)), seed: self.#draft.seed },
      });
    });
  }

  *#fewerSends(): Searching<void> {
    const from = this.#draft;
    const all = [...allSends(from).keys()];
    const self = this;
    yield* withoutChunks(all, function* (kept) {
      const what = `${kept.length} records`;
      return yield* self.#try({ what, draft: { ...withSends(from, new Set(kept)), seed: self.#draft.seed } });
    });
  }

  /** One sweep over edits of one kind. */
  *#each(kind: (draft: Draft) => Edit[]): Searching<void> {
    for (let at = 0; ; ) {
      const edit = kind(this.#draft)[at];
      if (edit === undefined || this.#over) return;
      if (!(yield* this.#try(edit))) at++;
    }
  }

  /** Every step there is, until none of them keeps the finding. */
  *#settle(): Searching<void> {
    let edits = editsOf(this.#draft);
    let failed = 0;
    for (let at = 0; failed < edits.length && !this.#over; ) {
      const edit = edits[at % edits.length] as Edit;
      if (yield* this.#try(edit)) {
        edits = editsOf(this.#draft);
        failed = 0;
      } else {
        failed++;
        at++;
      }
    }
    this.#stepsLeft = edits.length;
    this.#minimal = !this.#over;
  }

  /** Runs the draft once more, with everything recorded. */
  *#again(): Searching<void> {
    if (this.#outcome.trace !== undefined) return;
    const answer = yield { ...this.#trial(this.#draft, this.#draft.seed, true), isNeeded: true };
    if (isOutcome(answer)) this.#outcome = answer;
  }

  /** Whether the edit keeps the finding; then it is made. */
  *#try({ what, draft }: Edit, traced = false): Searching<boolean> {
    // While runs are long, another seed costs more than it brings.
    const wanted = this.#isSettling ? this.#limits.otherSeeds : Math.min(1, this.#limits.otherSeeds);
    // Where nothing that matters is drawn, another seed is the same run.
    const isCalm = luck.every((one) => draft.calm?.includes(one));
    const others = isCalm ? 0 : wanted;
    const seeds = [draft.seed, ...Array.from({ length: others }, (_, index) => String(index + 1))];
    for (const seed of new Set(seeds)) {
      const candidate = { ...draft, seed };
      const text = JSON.stringify(candidate);
      if (text === JSON.stringify(this.#draft)) return false;
      if (this.#failed.has(text)) continue;
      if (this.#runs >= this.#limits.runs) this.#over = true;
      if (this.#over) return false;
      const answer = yield this.#trial(candidate, seed, traced);
      if (answer === 'enough') this.#over = true;
      if (answer === 'invalid') return false;
      if (!isOutcome(answer)) return false;
      this.#runs++;
      const events = eventsOf(candidate, answer).total;
      if (reached(this.#goal, answer) !== undefined && events <= this.#events) {
        this.#draft = candidate;
        this.#outcome = answer;
        this.#events = events;
        this.#tell({ runs: this.#runs, events, what });
        return true;
      }
      this.#failed.add(text);
    }
    return false;
  }

  #trial(scenario: Draft, seed: string, traced: boolean) {
    return { scenario, seed, options: traced ? { trace: true } : {} };
  }
}

function isOutcome(answer: Answer): answer is RunOutcome {
  return answer !== 'invalid' && answer !== 'enough';
}
