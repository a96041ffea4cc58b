// The series of a history: what several results measured of one workload, one point for each result, in the order in
// which they were taken. A result that has no such number leaves a gap, and so does one whose ledger has a gap. Pure.

import type { Better, Cell, Measured, Spread } from './cells.ts';
import { commitName, isSameCode, type NamedResult, orderedResults, type Result } from './results.ts';
import { notCounted } from './simulated.ts';

export interface Point {
  /** Which result: its place in the order. */
  readonly of: number;
  readonly value: number;
  readonly spread: Spread | null;
}

export interface Series {
  readonly name: string;
  readonly unit: string;
  readonly better: Better;
  readonly points: readonly Point[];
}

/** All series of one workload, knee, point of a sweep or comparison. */
export interface Subject {
  readonly name: string;
  readonly series: readonly Series[];
  /** Results that have no points here, because their numbers say nothing. */
  readonly voids: readonly { readonly of: number; readonly because: string }[];
}

/** Results of one commit, which differ by what the machine does to them. */
export interface Group {
  readonly commit: string;
  /** In order; two and more. */
  readonly of: readonly number[];
}

export interface History {
  /** Counted in the simulator: any change is one. Else measured, and noisy. */
  readonly isExact: boolean;
  readonly results: readonly Result[];
  readonly groups: readonly Group[];
  readonly subjects: readonly Subject[];
  /** What has too few points to be a series, in sentences. */
  readonly unshared: readonly string[];
}

/** Points of a series at least. Two exact ones already tell. */
const pointsMin = { measured: 3, exact: 2 } as const;

/** Text: why these are not a history. */
export function historyOf(named: readonly NamedResult[]): History | string {
  const results = orderedResults(named);
  if (typeof results === 'string') return results;
  const isExact = results[0]?.ground.kind === 'simulated';
  const wanted = isExact ? pointsMin.exact : pointsMin.measured;
  if (results.length < wanted) return `a history wants ${wanted} results, and ${results.length} were named`;
  const told = asked(results).map((asked) => subjectOf(asked, isExact, wanted));
  const subjects = told.flatMap(({ subject }) =>
    subject.series.length + subject.voids.length > 0 ? [subject] : [],
  );
  const unshared = told.flatMap(({ unshared }) => unshared);
  if (subjects.every(({ series }) => series.length === 0)) {
    return [`nothing was measured in ${wanted} of these ${results.length} results`, ...unshared].join('; ');
  }
  return { isExact, results, groups: groupsOf(results), subjects, unshared };
}

// ---- the same question in several results

interface Asked {
  readonly name: string;
  /** Which results asked it, with what they have. */
  readonly answers: readonly { readonly of: number; readonly cell: Cell }[];
}

/** By workload, and where its file changed on the way, by what was in the file. */
function asked(results: readonly Result[]): Asked[] {
  const found = new Map<string, { key: string; name: string; answers: { of: number; cell: Cell }[] }>();
  for (const [of, { cells }] of results.entries()) {
    for (const cell of cells) {
      const id = JSON.stringify([cell.key, cell.asked]);
      const one = found.get(id) ?? { key: cell.key, name: cell.name, answers: [] };
      one.answers.push({ of, cell });
      found.set(id, one);
    }
  }
  const all = [...found.values()];
  return all.map(({ key, name, answers }) => {
    const isAlone = all.filter((other) => other.key === key).length === 1;
    const first = 1 + (answers[0]?.of ?? 0);
    return { name: isAlone ? name : `${name} (as asked first in result ${first})`, answers };
  });
}

function subjectOf({ name, answers }: Asked, isExact: boolean, wanted: number) {
  const voids = answers.flatMap(({ of, cell: { voidBecause: because } }) =>
    because === null ? [] : [{ of, because }],
  );
  const sound = answers.filter(({ cell }) => cell.voidBecause === null);
  const all = seriesOf(isExact ? withZeros(sound) : sound);
  const few = all.filter(({ points }) => points.length < wanted);
  const series = all.filter((one) => !few.includes(one));
  const subject: Subject = { name, series, voids: series.length > 0 ? voids : [] };
  const unshared =
    series.length === 0
      ? [`${name}: ${sound.length} sound ${sound.length === 1 ? 'result' : 'results'}, ${wanted} are wanted`]
      : few.map((one) => `${name}: ${one.name}: ${one.points.length} measured, ${wanted} are wanted`);
  return { subject, unshared };
}

function seriesOf(answers: Asked['answers']): Series[] {
  const found = new Map<string, { measured: Measured; points: Point[] }>();
  const binding = answers.findLast(({ cell }) => cell.binding !== null)?.cell.binding;
  for (const { of, cell } of answers) {
    for (const measured of cell.measured) {
      if (measured.limit !== undefined && measured.limit !== binding) continue;
      const one = found.get(measured.name) ?? { measured, points: [] };
      one.points.push({ of, value: measured.value, spread: measured.spread });
      found.set(measured.name, one);
    }
  }
  return [...found.values()].map(({ measured: { name, unit, better }, points }) => {
    return { name, unit, better, points };
  });
}

/** What one result counted and another does not name happened there 0 times. */
function withZeros(answers: Asked['answers']): Asked['answers'] {
  const names = new Set(answers.flatMap(({ cell }) => cell.measured.map(({ name }) => name)));
  return answers.map(({ of, cell }) => {
    const missing = [...names].filter((name) => cell.measured.every((one) => one.name !== name));
    return { of, cell: { ...cell, measured: [...cell.measured, ...missing.map(notCounted)] } };
  });
}

// ---- the same code in several results

function groupsOf(results: readonly Result[]): Group[] {
  const groups = results.map((result, at) => ({
    first: at,
    commit: commitName(result),
    of: results.flatMap((other, index) => (isSameCode(result, other) ? [index] : [])),
  }));
  return groups
    .filter(({ first, of }) => of.length > 1 && of[0] === first)
    .map(({ commit, of }) => ({ commit, of }));
}
