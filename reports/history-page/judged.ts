// What a series says: its levels, where it went from one to the next, and whether it stands worse today. A measured
// series changes where change-points.ts finds a step; a counted one wherever a number is another one. What is not
// found is not denied: a series without a step may have changed by less than the noise hides. Pure.

import { StepFinder } from './change-points.ts';
import { median } from './median.ts';
import { isSameCode, type Result } from './results.ts';
import type { History, Series, Subject } from './series.ts';

/** Results between two changes. */
export interface Level {
  /** Places of its first and last result. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly median: number;
}

export type Direction = 'worse' | 'better' | 'other';

export interface Change {
  readonly before: Level;
  readonly after: Level;
  /** How often chance alone makes one as clear; null: it is exact. */
  readonly p: number | null;
  readonly direction: Direction;
  /** The results on both sides of it are of one commit. */
  readonly isInsideCommit: boolean;
  /** Node was another one before; null: it was not. */
  readonly nodeBefore: string | null;
}

/** `lost`: what changed last was for the better, and did not bring back what was lost before. */
export type Standing = 'worse' | 'lost' | 'changed' | 'too few' | 'none found' | 'same' | 'better';

export interface Judged {
  readonly series: Series;
  readonly levels: readonly Level[];
  readonly changes: readonly Change[];
  readonly standing: Standing;
  /** Today's level against the best earlier one, as a ratio of at least 1; without a change of the newest result. */
  readonly loss: number;
}

export interface JudgedSubject {
  readonly subject: Subject;
  /** The greatest loss first. */
  readonly judged: readonly Judged[];
}

export interface JudgedHistory {
  readonly history: History;
  /** The greatest loss first. */
  readonly subjects: readonly JudgedSubject[];
  /** Results that are wanted before a change can be told; of changes with so many results behind them, too. */
  readonly wanted: { readonly atLeast: number; readonly forNewest: number };
}

/** For `forNewest`: so few results lie behind a change that is new. */
export const newest = 4;

export function judgedHistory(history: History): JudgedHistory {
  const finder = new StepFinder();
  const wanted = history.isExact
    ? { atLeast: 2, forNewest: 2 }
    : { atLeast: finder.resultsWanted(), forNewest: finder.resultsWanted(newest) };
  const subjects = history.subjects.map((subject): JudgedSubject => {
    const judged = subject.series.map((series) => judgedSeries(series, history, finder, wanted.atLeast));
    return { subject, judged: judged.toSorted(worseFirst) };
  });
  const first = ({ judged, subject }: JudgedSubject) => ({ voids: subject.voids.length, worst: judged[0] });
  return {
    ...{ history, wanted },
    subjects: subjects.toSorted((one, other) => {
      const [a, b] = [first(one), first(other)];
      if (a.voids !== b.voids) return b.voids - a.voids;
      return a.worst === undefined || b.worst === undefined ? 0 : worseFirst(a.worst, b.worst);
    }),
  };
}

const standings: readonly Standing[] = [
  ...(['worse', 'lost', 'changed', 'too few', 'none found'] as const),
  ...(['better', 'same'] as const),
];

function worseFirst(one: Judged, other: Judged): number {
  const rank = ({ standing }: Judged) => standings.indexOf(standing);
  return rank(one) - rank(other) || other.loss - one.loss;
}

// ---- one series

function judgedSeries(series: Series, history: History, finder: StepFinder, wanted: number): Judged {
  const values = series.points.map(({ value }) => value);
  const steps = history.isExact ? exactSteps(values) : finder.stepsIn(values);
  const starts = [0, ...steps.map(({ at }) => at)];
  const levels = starts.map((start, index) => levelOf(series, start, starts[index + 1] ?? values.length));
  const changes = steps.map(({ at, p }, index) => {
    const [before, after] = [levels[index], levels[index + 1]] as [Level, Level];
    const [last, first] = [at - 1, at].map((point) => history.results[series.points[point]?.of ?? -1]);
    return {
      ...{ before, after, p, direction: directionOf(series, before, after) },
      ...aroundIt(last as Result, first as Result),
    };
  });
  const loss = changes.length > 0 ? lossOfLevels(series, levels) : lossOfNewest(series, values);
  const standing = standingOf(values, changes, loss, { isExact: history.isExact, wanted });
  return { series, levels, changes, loss, standing };
}

function exactSteps(values: readonly number[]): { at: number; p: null }[] {
  return values.flatMap((value, at) => (at > 0 && value !== values[at - 1] ? [{ at, p: null }] : []));
}

function levelOf({ points }: Series, start: number, end: number): Level {
  const inside = points.slice(start, end);
  return {
    ...{ from: inside[0]?.of ?? 0, to: inside.at(-1)?.of ?? 0, count: inside.length },
    median: median(inside.map(({ value }) => value)),
  };
}

function directionOf({ better }: Series, before: Level, after: Level): Direction {
  if (better === 'neither' || before.median === after.median) return 'other';
  return after.median > before.median === (better === 'higher') ? 'better' : 'worse';
}

/** What else may have made a change than the code. */
function aroundIt(last: Result, first: Result): Pick<Change, 'isInsideCommit' | 'nodeBefore'> {
  const nodeBefore = last.node === first.node ? null : last.node;
  return { nodeBefore, isInsideCommit: isSameCode(last, first) };
}

/** A measured level is called as good as the best one while it is no farther below than this. */
const backWithin = 0.02;

function standingOf(
  values: readonly number[],
  changes: readonly Change[],
  loss: number,
  { isExact, wanted }: { isExact: boolean; wanted: number },
): Standing {
  const last = changes.at(-1);
  if (last !== undefined) {
    if (last.direction === 'worse') return 'worse';
    if (last.direction === 'other') return 'changed';
    return loss > 1 + (isExact ? 0 : backWithin) ? 'lost' : 'better';
  }
  if (values.every((value) => value === values[0])) return 'same';
  return values.length < wanted ? 'too few' : 'none found';
}

function lossOfLevels(series: Series, levels: readonly Level[]): number {
  const today = levels.at(-1)?.median ?? 0;
  return Math.max(1, ...levels.slice(0, -1).map((level) => lossOf(series, level.median, today)));
}

/** Only for the order of series in which nothing was found. */
function lossOfNewest(series: Series, values: readonly number[]): number {
  return Math.max(1, lossOf(series, median(values.slice(0, -1)), values.at(-1) ?? 0));
}

/** How many times the one is worse than the other was. */
function lossOf({ better }: Series, before: number, after: number): number {
  if (better === 'neither') return 1;
  const [larger, smaller] = better === 'higher' ? [before, after] : [after, before];
  // Something after nothing, or nothing after something, is as bad as it gets.
  if (smaller <= 0) return larger > 0 ? Number.MAX_VALUE : 1;
  return larger / smaller;
}
