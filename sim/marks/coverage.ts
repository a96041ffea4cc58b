// The marks of many runs, added up: which were reached in how many runs and where first, which never, and how many new
// ones each stretch of the plan still brought. When that curve is flat the generator has shown what it can, and more
// seeds of it show the same again.

import { markDocs, markNames } from './index.ts';
import { type MarkPromise, shortOfPromise } from './promise.ts';

/** In how many runs, and the first of them in the order of the plan. */
export interface ReachedMark {
  readonly mark: string;
  readonly doc: string;
  readonly runs: number;
  readonly scenario: string;
  readonly seed: string;
  readonly control: boolean;
}

export interface NeverReached {
  readonly mark: string;
  readonly doc: string;
  /** Why the suite does not promise it; null when it does, or when nobody promised anything. */
  readonly why: string | null;
}

/** Of every stretch of `bucketRuns` runs of the plan: the last one may be shorter. */
export interface CurvePoint {
  /** Runs up to here. */
  readonly runs: number;
  /** Marks that were first reached in this stretch, and in all so far. */
  readonly fresh: number;
  readonly total: number;
}

export interface MarkCoverage {
  readonly known: number;
  readonly runs: number;
  /** The rarest first. */
  readonly reached: readonly ReachedMark[];
  readonly never: readonly NeverReached[];
  readonly bucketRuns: number;
  readonly curve: readonly CurvePoint[];
  /** What the folder of the suite promises; null when it promises nothing. */
  readonly promised: MarkPromise | null;
  /** What the suite promised and did not reach, one sentence each. */
  readonly missing: readonly string[];
}

/** A run, as far as marks go. */
export interface MarkedRun {
  readonly scenario: string;
  readonly seed: string;
  readonly control: boolean;
  readonly marks: readonly string[];
}

/** Points of a curve. */
const bucketsMax = 12;

/** Of runs in the order of their plan, of so many seeds. */
export function markCoverageOf(
  runs: readonly MarkedRun[],
  seeds: number,
  promise: MarkPromise | null,
): MarkCoverage {
  const reached = new Map<string, ReachedMark>();
  const bucketRuns = bucketOf(runs.length);
  const curve: CurvePoint[] = [];
  for (const [index, { scenario, seed, control, marks }] of runs.entries()) {
    for (const mark of marks) {
      const known = reached.get(mark);
      const doc = markDocs.get(mark) ?? '';
      const first = { mark, doc, runs: 0, scenario, seed, control };
      reached.set(mark, { ...(known ?? first), runs: (known?.runs ?? 0) + 1 });
    }
    const upTo = index + 1;
    if (upTo % bucketRuns !== 0 && upTo !== runs.length) continue;
    const total = reached.size;
    curve.push({ runs: upTo, fresh: total - (curve.at(-1)?.total ?? 0), total });
  }
  const byName = [...reached.values()].sort((a, b) => (a.mark < b.mark ? -1 : 1));
  const never = markNames.filter((mark) => !reached.has(mark));
  return {
    known: markNames.length,
    runs: runs.length,
    reached: byName.sort((a, b) => a.runs - b.runs),
    never: never.map((mark) => ({
      mark,
      doc: markDocs.get(mark) ?? '',
      why: promise?.unreached[mark] ?? null,
    })),
    bucketRuns,
    curve,
    promised: promise,
    missing: shortOfPromise(promise, seeds, never),
  };
}

/** 1, 2, 5, 10, 20, ...: the first with which all runs fit into so few buckets. */
export function bucketOf(runs: number): number {
  for (let power = 1; ; power *= 10) {
    for (const step of [1, 2, 5]) if (runs <= step * power * bucketsMax) return step * power;
  }
}

/** What one scenario reached: in how many of its seeds, and in which first. */
export interface ScenarioMark {
  readonly mark: string;
  readonly seeds: number;
  readonly seed: string;
}

/** The marks of one scenario, run by run; those of its control aside. */
export class ScenarioMarks {
  readonly #reached = new Map<string, ScenarioMark>();

  add({ seed, control, marks }: Omit<MarkedRun, 'scenario'>): void {
    if (control) return;
    for (const mark of marks) {
      const known = this.#reached.get(mark);
      this.#reached.set(mark, { mark, seeds: (known?.seeds ?? 0) + 1, seed: known?.seed ?? seed });
    }
  }

  /** How many seeds reached a mark. */
  seedsOf(mark: string): number {
    return this.#reached.get(mark)?.seeds ?? 0;
  }

  /** In the order of the registry. */
  all(): ScenarioMark[] {
    return markNames.flatMap((mark) => this.#reached.get(mark) ?? []);
  }
}

export function marksOfScenario(runs: readonly Omit<MarkedRun, 'scenario'>[]): ScenarioMark[] {
  const marks = new ScenarioMarks();
  for (const run of runs) marks.add(run);
  return marks.all();
}
