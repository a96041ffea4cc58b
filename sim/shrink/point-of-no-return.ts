// The moment from which on a run could no longer end well. The same seed runs again up to a step and goes on by other
// draws: twenty other futures of the same past. Where (nearly) all of them end in the same finding, it had been
// decided; the earliest such step is looked for by halving, and the step itself, what was recorded in it and what was
// drawn there are what decided.
//
// How likely the finding is need not rise from step to step; halving then finds one of the steps at which it becomes
// (nearly) certain, and tells how it was just before.

import { controlOf } from '../expectation.ts';
import type { RunOutcome, TraceLine } from '../outcome.ts';
import type { StepListener } from '../scheduler.ts';
import { type Goal, reached } from './goal.ts';
import type { Searching, Subject } from './trial.ts';

export interface Chances {
  readonly ended: number;
  readonly of: number;
}

export interface PointOfNoReturn {
  readonly step: number;
  readonly timeUs: number;
  readonly prose: string;
  /** Other futures from just before the step, and from it on, that end in the same finding. */
  readonly before: Chances;
  readonly after: Chances;
}

export interface PointLimits {
  /** Other futures of each moment. */
  readonly rolls: number;
  readonly runs: number;
}

export const rollsDefault = 20;
export const pointRunsDefault = 500;

/** Of so many rolls one may end otherwise, and the end is still as good as certain. */
const rollsPerMiss = 20;

/** Undefined when the run does not show it, or when its end is never certain. */
export function* pointOfNoReturn(
  { scenario, seed, control }: Subject,
  goal: Goal,
  limits: PointLimits,
  tell: (runs: number) => void = () => {},
): Searching<PointOfNoReturn | undefined> {
  const overrides = control ? controlOf(scenario) : undefined;
  const steps = new Steps();
  const first = yield { scenario, seed, options: { overrides, trace: true, onStep: steps.listener } };
  if (first === 'invalid' || first === 'enough') return undefined;
  const finding = reached(goal, first);
  if (finding === undefined) return undefined;
  const allowed = Math.floor(limits.rolls / rollsPerMiss);
  const known = new Map<number, Chances>();
  let runs = 1;

  /** Rolls until all are rolled, or (unless `all`) until too many ended otherwise. */
  function* rolled(afterStep: number, all: boolean): Searching<Chances> {
    const before = known.get(afterStep) ?? { ended: 0, of: 0 };
    let { ended, of } = before;
    while (of < limits.rolls && (all || of - ended <= allowed)) {
      if (!all && runs >= limits.runs) break;
      const fork = { afterStep, salt: `roll ${of + 1}` };
      const answer = yield { scenario, seed, options: { overrides, fork } };
      if (answer === 'enough' || answer === 'invalid') break;
      runs++;
      tell(runs);
      of++;
      if (reached(goal, answer) !== undefined) ended++;
    }
    known.set(afterStep, { ended, of });
    return { ended, of };
  }

  const isCertain = ({ ended, of }: Chances) => of > 0 && of - ended <= allowed;
  let late = Math.min(finding.step, first.steps);
  if (!isCertain(yield* rolled(late, false))) return undefined;
  let early = 0;
  if (isCertain(yield* rolled(early, false))) late = early;
  while (late - early > 1 && runs < limits.runs) {
    const middle = Math.floor((early + late) / 2);
    if (isCertain(yield* rolled(middle, false))) late = middle;
    else early = middle;
  }
  const after = yield* rolled(late, true);
  const before = late === 0 ? { ended: 0, of: 0 } : yield* rolled(early, true);
  const timeUs = late === 0 ? 0 : steps.timeUs(late);
  const told = yield { scenario, seed, options: { overrides, trace: true, drawsOf: Math.max(1, late) } };
  const outcome = told === 'invalid' || told === 'enough' ? first : told;
  return { step: late, timeUs, before, after, prose: prose(late, early, before, after, steps, outcome) };
}

function prose(
  late: number,
  early: number,
  before: Chances,
  after: Chances,
  steps: Steps,
  outcome: RunOutcome,
): string {
  const futures = `${after.ended} of ${after.of} other futures end the same`;
  if (late === 0) return `whatever is drawn, it ends so: ${futures}`;
  const moment = `step ${late}, ${(steps.timeUs(late) / 1e6).toFixed(6)} s`;
  const earlier = `${before.ended} of ${before.of}`;
  const span = late - early > 1 ? ` (to be found between step ${early} and it)` : '';
  const sites = (outcome.drawn ?? []).slice(0, decisionsMax).map(({ site, n }) => `${site}#${n}`);
  const drawn = sites.length === 0 ? '' : `; decided there: ${sites.join(', ')}`;
  const what = `${steps.what(late)}${eventsOf(outcome.trace ?? [], late)}${drawn}`;
  return `from ${moment} on${span}, ${futures}; before it, ${earlier}: ${what}`;
}

/** What was recorded in the step, and the last fault before it. */
function eventsOf(trace: readonly TraceLine[], step: number): string {
  const inStep = trace.filter((line) => line.step === step).map(inWords);
  const fault = trace.findLast((line) => line.step < step && line.event.kind === 'fault-began');
  const events = inStep.length === 0 ? '' : ` (${inStep.slice(0, eventsMax).join('; ')})`;
  return `${events}${fault === undefined ? '' : `, after ${inWords(fault)}`}`;
}

const eventsMax = 4;
const decisionsMax = 6;

function inWords({ node, event }: TraceLine): string {
  if (event.kind === 'fault-began') return `${event.fault} of ${event.target} began`;
  if (event.kind === 'note') return event.text;
  const fields = Object.entries(event).filter(([name]) => name !== 'kind');
  return `${node} ${event.kind} ${fields.map(([name, value]) => `${name}=${value}`).join(' ')}`.trimEnd();
}

/** Remembers when each step was, and what it was for. */
class Steps {
  readonly #times: number[] = [];
  readonly #whats: string[] = [];

  readonly listener: StepListener = (timeUs, owner, label) => {
    this.#times.push(timeUs);
    this.#whats.push(`${owner}: ${label}`);
  };

  timeUs(step: number): number {
    return this.#times[step - 1] ?? 0;
  }

  what(step: number): string {
    return this.#whats[step - 1] ?? '';
  }
}
