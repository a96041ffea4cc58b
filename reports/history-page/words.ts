// What the history says in sentences, and the badges at them. The page and the text for a terminal share it. Pure.

import { type Badge, confidenceText, type Kind } from '../bench-page/facts.ts';
import { capital } from '../bench-page/words.ts';
import { counted, number, percent } from '../format.ts';
import { alarmRate, sideMin } from './change-points.ts';
import { type Change, type Judged, type JudgedHistory, newest, type Standing } from './judged.ts';
import { commitName } from './results.ts';
import type { History, Series } from './series.ts';

// ---- badges

const badges: Readonly<Record<Standing, { readonly text: string; readonly kind: Kind }>> = {
  worse: { text: 'WORSE', kind: 'bad' },
  lost: { text: 'NOT REGAINED', kind: 'bad' },
  changed: { text: 'CHANGED', kind: 'warn' },
  'too few': { text: 'TOO FEW TO TELL', kind: 'warn' },
  'none found': { text: 'NO CHANGE FOUND', kind: 'good' },
  better: { text: 'BETTER', kind: 'good' },
  same: { text: 'THE SAME', kind: 'good' },
};

export function badgeOf(standing: Standing): Badge {
  return { ...badges[standing], why: '' };
}

// ---- the whole

/** How the whole stands: what was lost or is void is bad, what cannot be told yet is doubtful. */
export function kindOf({ subjects }: JudgedHistory): Kind {
  const all = subjects.flatMap(({ judged }) => judged.map(({ standing }) => badges[standing].kind));
  if (all.includes('bad') || subjects.some(({ subject }) => subject.voids.length > 0)) return 'bad';
  return all.includes('warn') ? 'warn' : 'good';
}

export function verdictOf(judged: JudgedHistory): string {
  const { history, subjects } = judged;
  const all = subjects.flatMap((subject) => subject.judged);
  const count = (...wanted: Standing[]) => all.filter(({ standing }) => wanted.includes(standing)).length;
  const voids = subjects.reduce((sum, { subject }) => sum + subject.voids.length, 0);
  const parts: readonly [number, string][] = [
    [count('worse'), 'worse'],
    [count('lost'), 'better again, but not as good as before'],
    [count('changed'), 'changed'],
    [count('better'), 'better'],
    [count('none found'), 'without a change that stands out from the noise'],
    [count('same'), 'the same in all'],
    [count('too few'), `with too few results to tell (${wantedText(judged)})`],
  ];
  const told = parts.filter(([times]) => times > 0).map(([times, what]) => `${number(times)} ${what}`);
  const void_ = voids === 0 ? '' : ` ${counted(voids, 'measurement')} void.`;
  const { results } = history;
  const commits = new Set(results.map(commitName)).size;
  const of = `${counted(results.length, 'result')} of ${counted(commits, 'commit')}`;
  return `${of}, ${counted(all.length, 'series', 'series')}: ${told.join(', ')}.${void_}`;
}

function wantedText({ wanted }: JudgedHistory): string {
  return `${wanted.atLeast} are wanted`;
}

/** How changes are found, how often that errs, and what it cannot see. */
export function methodOf(judged: JudgedHistory): string[] {
  const { history, subjects, wanted } = judged;
  if (history.isExact) {
    return [
      'These are counts of the simulator: the same code gives the same numbers on every run, so that every change is' +
        ' told, however small. A workload file that was edited changes them, too: the documents do not hold it.',
    ];
  }
  const tested = subjects
    .flatMap((subject) => subject.judged)
    .filter(({ series, standing }) => standing !== 'same' && series.points.length >= wanted.atLeast).length;
  const errs =
    tested === 0
      ? ''
      : ` Of the ${counted(tested, 'series', 'series')} here that could show one, ${number(tested * alarmRate, 2)}` +
        ' would on average if nothing had changed.';
  return [
    'A change is where the ranks of the results before and after differ more than they do anywhere in' +
      ` ${number(100 * (1 - alarmRate))} of 100 random orders of the same results, with ${sideMin} results on each` +
      ' side at least: a series in which nothing changed is said to have changed with a probability of' +
      ` about ${percent(alarmRate)}.${errs} A level that came and went is two changes.` +
      ' Where a change lies is known to a result or two.',
    `It takes ${wanted.atLeast} results to tell a change that lies in the middle of them, and ${wanted.forNewest}` +
      ` when only the newest ${newest} are changed. What is not found may be there all the same, hidden by noise.`,
    'Results follow each other by when they were measured, not by how commits follow each other. A machine that was' +
      ' slower for some days makes a change as well: results of one commit, repeated on several days, tell the two' +
      ' apart, and so does a comparison in interleaved rounds (odradek bench --compare).',
  ];
}

/** What is known of how sure each point is; one sentence for each kind that is there. */
export function uncertaintyOf({ isExact, results, groups, subjects }: History): string[] {
  if (isExact) return [];
  const spreads = subjects.flatMap(({ series }) =>
    series.flatMap(({ points }) => points.map(({ spread }) => spread)),
  );
  const repeated = groups.reduce((sum, { of }) => sum + of.length, 0);
  const hasSeconds = spreads.some((spread) => spread !== null && spread.confidence === null);
  return [
    'One run is one sample, and has no interval.',
    groups.length === 0
      ? 'No commit was measured twice, so nothing here shows how far results of the same code differ.'
      : `${counted(groups.length, 'commit')} ${groups.length === 1 ? 'was' : 'were'} measured more than once` +
        ` (${repeated} of ${results.length} results): each has its median and its range, least to most.` +
        ' A working tree with changes (-dirty) is not taken for the same code twice.',
    ...(hasSeconds
      ? [
          'Upright lines at throughput are one standard deviation of the seconds inside of a run: not an interval.',
        ]
      : []),
    ...(spreads.some((spread) => spread !== null && spread.confidence !== null)
      ? ['Upright lines at ratios are the intervals that the comparisons themselves stored.']
      : []),
  ];
}

// ---- one change

export function changeSentence({ series }: Judged, change: Change, history: History): string {
  const { before, after, p, direction } = change;
  const { results, isExact } = history;
  const commitAt = (of: number) => (results[of] === undefined ? '' : commitName(results[of]));
  const write = writerOf(series);
  const where = `at ${commitAt(after.from)} (result ${after.from + 1}, after ${commitAt(before.to)})`;
  const values = `${write(before.median)} to ${write(after.median)} ${series.unit}`;
  const sure = isExact ? '' : `, medians of ${before.count} and ${after.count}, p = ${probability(p ?? 1)}`;
  const word = direction === 'other' ? '' : `, ${direction}`;
  return `${movement(before.median, after.median)} ${where}: ${values}${sure}${word}${doubts(change, history)}`;
}

function movement(before: number, after: number): string {
  if (before === after) return 'stayed in the middle where it was, and moved around it,';
  const verb = after > before ? 'rose' : 'fell';
  if (before <= 0) return verb;
  const by = 100 * Math.abs(after / before - 1);
  return `${verb} by ${number(by, by < 1 ? 2 : by < 10 ? 1 : 0)} %`;
}

/** What else may have made it than the code. */
function doubts({ before, isInsideCommit, nodeBefore }: Change, { results, isExact }: History): string {
  const commit = results[before.to];
  const other = isExact
    ? 'what was asked is another thing, or it was not counted by the same code'
    : 'the machine changed, or it lies a result or two away';
  const inside =
    isInsideCommit && commit !== undefined
      ? `; both sides are results of ${commitName(commit)}: ${other}`
      : '';
  return `${inside}${nodeBefore === null ? '' : `; Node was ${nodeBefore} before`}`;
}

export function probability(p: number): string {
  return p < 0.0001 ? 'below 0.0001' : number(p, 4);
}

/** Where the series was, and where it is; one level has both in it. */
export function levelsText({ series, levels }: Judged): string {
  const write = writerOf(series);
  const [first, last] = [levels[0]?.median ?? 0, levels.at(-1)?.median ?? 0];
  return `${levels.length === 1 ? write(first) : `${write(first)}, ${write(last)}`} ${series.unit}`;
}

export function voidSentence(
  { of, because }: { readonly of: number; readonly because: string },
  { results }: History,
): string {
  const commit = results[of] === undefined ? '' : ` (${commitName(results[of])})`;
  return `result ${of + 1}${commit} says nothing and has no point: ${because}.`;
}

// ---- numbers

/** All numbers of a series with the same decimals: about four digits of the largest. */
export function writerOf({ points, unit }: Series): (value: number) => string {
  const most = Math.max(...points.map(({ value }) => Math.abs(value)));
  const isWhole = points.every(({ value }) => Number.isInteger(value));
  const digits = [1_000, 100, 10, 1].findIndex((from) => most >= from);
  const decimals = isWhole && unit !== 'B over A' ? 0 : digits < 0 ? 4 : digits;
  return (value) => number(value, decimals);
}

export function betterText({ better }: Series): string {
  return better === 'neither' ? '' : `, ${better} is better`;
}

export function spreadText({ points }: Series): string {
  const levels = points.flatMap(({ spread }) => (spread === null ? [] : [spread.confidence]));
  const intervals = [...new Set(levels.flatMap((level) => (level === null ? [] : [confidenceText(level)])))];
  if (intervals.length > 0) return `; upright: the ${intervals.join(' or ')} interval of the comparison`;
  return levels.length > 0 ? '; upright: one standard deviation of its seconds, not an interval' : '';
}

/** At the beginning of a line; names that are no words, as `p99` and `broker.copies`, stay as they are. */
export function seriesName({ name }: Series): string {
  return /^[a-z]+( |$)/.test(name) ? capital(name) : name;
}
