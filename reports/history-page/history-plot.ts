// The picture of a series: a dot for each result in the order in which they were taken, the levels between changes, the
// median and the range of each commit that was measured more than once, and what is known of how sure a result is.
// The dots are not joined: between two commits nothing was measured.

import {
  dots,
  frame,
  ink,
  line,
  lineEntry,
  markLines,
  narrow,
  type Plot,
  partColours,
  plot,
  quiet,
  type Size,
  type Twin,
  targetColours,
  valueAxis,
  wide,
} from '../bench-page/chart.ts';
import { number } from '../format.ts';
import type { Judged } from './judged.ts';
import { median } from './median.ts';
import { commitName } from './results.ts';
import type { Group, History, Series } from './series.ts';
import { betterText, seriesName, spreadText, writerOf } from './words.ts';

/** Results that a narrow picture has room for. */
const narrowMax = 24;
/** Changes that have their word in the picture; words of more would stand on each other. */
const namedMax = 4;

export function historyPlot(judged: Judged, history: History, id: string): Plot {
  const { series } = judged;
  const { results, isExact } = history;
  const groups = isExact ? [] : groupsWithin(series, history);
  const axis = rangeOf(series);
  const names = { result: 'result', level: 'level', commit: 'same commit' };
  const legend = [
    ...[names.result, lineEntry(names.level)],
    ...(groups.length > 0 ? [lineEntry(names.commit)] : []),
    ...(series.points.some(({ spread }) => spread !== null) ? [lineEntry('spread')] : []),
  ];
  const option = {
    ...frame(isExact ? [] : legend, {
      left: 78,
      right: 18,
      bottom: 84,
      ...(isExact ? { top: 24 } : { top: 44 }),
    }),
    xAxis: commitAxis(history),
    yAxis: valueAxis(series.unit, 60, axis.range, (value) => number(value, axis.decimals)),
    series: [
      ...(groups.length > 0 ? [bands(names.commit, groups)] : []),
      spreadLines(series),
      levelLines(names.level, judged),
      {
        ...dots(names.result, targetColours[0], 0, 8),
        data: series.points.map(({ of, value }) => [of + 1, value]),
        markLine: markLines(
          'x',
          judged.changes.map(({ after, direction }) => {
            const text = judged.changes.length > namedMax ? '' : direction;
            return { at: after.from + 0.5, text };
          }),
          ink,
        ),
      },
    ],
  };
  const size: Size = results.length > narrowMax ? wide(300) : narrow(280);
  const n = `n = ${series.points.length} of ${results.length} results`;
  const shaded = groups.length === 0 ? '' : '; dotted and shaded: median and range of one commit';
  const zero = axis.range[0] === 0 ? '' : '; the axis does not begin at 0';
  const said = `${series.unit}${betterText(series)}; ${n}${spreadText(series)}${shaded}${zero}`;
  const caption = `${seriesName(series)} by commit (${said})`;
  return plot(id, caption, option, size, twinOf(judged, history, groups));
}

// ---- parts of the picture

/** A commit stands where its result stands; the second of neighbours with one commit is not named again. */
function commitAxis({ results }: History) {
  const names = results.map(commitName);
  const shown = (value: number) => {
    const at = value - 1;
    return names[at] === undefined || names[at] === names[at - 1] ? '' : names[at];
  };
  const axis = valueAxis('', 0, [0, results.length + 1], shown);
  return {
    ...axis,
    interval: 1,
    splitLine: { show: false },
    axisTick: { show: false },
    axisLabel: { ...axis.axisLabel, rotate: 60, fontSize: 11 },
  };
}

function levelLines(name: string, { levels }: Judged) {
  const data = levels.flatMap(({ from, to, median }) => [
    [from + 0.6, median],
    [to + 1.4, median],
    [to + 1.4, null],
  ]);
  return { ...line(name, partColours[0]), data };
}

function spreadLines({ points }: Series) {
  const data = points.flatMap(({ of, spread }) =>
    spread === null
      ? []
      : [
          [of + 1, spread.low],
          [of + 1, spread.high],
          [of + 1, null],
        ],
  );
  const thin = line('spread', quiet);
  return { ...thin, lineStyle: { ...thin.lineStyle, width: 1 }, data };
}

interface Band extends Group {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Of the commits that have two and more points in this series. */
function groupsWithin({ points }: Series, { groups }: History): Band[] {
  return groups.flatMap((group) => {
    const inside = points.filter(({ of }) => group.of.includes(of));
    if (inside.length < 2) return [];
    const values = inside.map(({ value }) => value);
    return [
      {
        ...{ commit: group.commit, of: inside.map(({ of }) => of), median: median(values) },
        ...{ low: Math.min(...values), high: Math.max(...values) },
      },
    ];
  });
}

/** Shaded where the results of the commit stand, and a line at their median. */
function bands(name: string, groups: readonly Band[]) {
  const stretches = groups.flatMap((band) => stretchesOf(band.of).map((stretch) => ({ ...band, stretch })));
  const dotted = line(name, partColours[1], 2);
  return {
    ...dotted,
    lineStyle: { ...dotted.lineStyle, width: 1.5 },
    data: stretches.flatMap(({ median, stretch: [from, to] }) => [
      ...[
        [from + 0.6, median],
        [to + 1.4, median],
        [to + 1.4, null],
      ],
    ]),
    markArea: {
      silent: true,
      itemStyle: { color: partColours[1], opacity: 0.16 },
      data: stretches.map(({ low, high, stretch: [from, to] }) => [
        { coord: [from + 0.6, low] },
        { coord: [to + 1.4, high] },
      ]),
    },
  };
}

/** Neighbours together. */
function stretchesOf(of: readonly number[]): [number, number][] {
  const stretches: [number, number][] = [];
  for (const at of of) {
    const last = stretches.at(-1);
    if (last !== undefined && last[1] === at - 1) last[1] = at;
    else stretches.push([at, at]);
  }
  return stretches;
}

/** Never closer than a tenth around the middle: else noise would look like a change. */
function rangeOf({ points }: Series): { range: [number, number]; decimals: number } {
  const all = points.flatMap(({ value, spread }) => [
    value,
    ...(spread === null ? [] : [spread.low, spread.high]),
  ]);
  const middle = median(points.map(({ value }) => value));
  const low = Math.min(...all, middle - Math.abs(middle) * 0.1);
  const high = Math.max(...all, middle + Math.abs(middle) * 0.1);
  const room = (high - low) * 0.08 || 1;
  const bottom = low - room < (high - low) * 0.5 ? Math.min(0, low) : low - room;
  const span = high + room - bottom;
  const decimals = span >= 20 ? 0 : span >= 2 ? 1 : span >= 0.2 ? 2 : 3;
  return { range: [bottom, high + room], decimals };
}

// ---- its numbers

function twinOf(judged: Judged, history: History, groups: readonly Band[]): Twin {
  const { series, levels } = judged;
  const write = writerOf(series);
  const hasSpread = series.points.some(({ spread }) => spread !== null);
  const rows = history.results.map((result, at) => {
    const point = series.points.find(({ of }) => of === at);
    const level = levels.find(({ from, to }) => from <= at && at <= to);
    const group = groups.find(({ of }) => of.includes(at));
    const spread = point?.spread ?? null;
    return [
      ...[String(at + 1), commitName(result)],
      point === undefined ? '-' : write(point.value),
      ...(hasSpread
        ? [spread === null ? '-' : write(spread.low), spread === null ? '-' : write(spread.high)]
        : []),
      level === undefined || point === undefined ? '-' : write(level.median),
      ...(groups.length === 0
        ? []
        : group === undefined
          ? ['-', '-', '-']
          : [write(group.median), `${write(group.low)} to ${write(group.high)}`, String(group.of.length)]),
    ];
  });
  const head = [
    ...['result', 'commit', `${series.name} (${series.unit})`],
    ...(hasSpread ? ['from', 'to'] : []),
    'level',
    ...(groups.length === 0 ? [] : ['median of its commit', 'range of its commit', 'results of it']),
  ];
  return { head, rows };
}
