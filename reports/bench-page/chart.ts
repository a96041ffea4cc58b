// How a plot of a benchmark is drawn: SVG made by echarts on the server side. Colours are CSS variables, so that one
// picture serves light, dark and paper. What echarts numbers through the life of a process (ids, classes) is renamed
// after the plot: the same stored run gives the same bytes, whatever was rendered before.
//
// A plot is drawn only when the page asks for it: a page that is full asks no more.

import { type EChartsCoreOption, init } from 'echarts';
import { html, writable } from '../escape.ts';
import { number } from '../format.ts';
import { type Cell, details, figure, table } from '../page.ts';

export const ink = 'var(--ink)';
export const quiet = 'var(--quiet)';
const faint = 'var(--line)';
const font = 'system-ui, sans-serif';

/** Of targets: the same wherever a target is drawn (see targets.ts). */
export const targetColours = ['var(--c1)', 'var(--c2)', 'var(--c3)', 'var(--c8)'] as const;
/** Of what is measured of one target: percentiles, processes, durations. */
export const partColours = ['var(--c5)', 'var(--c6)', 'var(--c7)', 'var(--c3)'] as const;
/** Of what the machine can do. */
export const limitColour = 'var(--c4)';

export interface Plot {
  readonly id: string;
  readonly caption: string;
  /** Small plots stand beside one another. */
  readonly small: boolean;
  draw(): string;
  /** The same numbers as a table: head, then rows. */
  readonly table: Twin;
}

export interface Twin {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export const wide = (height: number): Size => ({ width: 900, height });
/** One of several that stand side by side; it is readable on a narrow screen. */
export const narrow = (height: number): Size => ({ width: 430, height });

export function plot(id: string, caption: string, option: EChartsCoreOption, size: Size, twin: Twin): Plot {
  const draw = () => {
    const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
    chart.setOption({ animation: false, textStyle: { fontFamily: font, color: ink }, ...option });
    const drawn = chart.renderToSVGString({ useViewBox: true });
    chart.dispose();
    // echarts escapes what is hostile, but not what cannot be written at all.
    return settled(writable(drawn), id, caption);
  };
  return { id, caption, small: size.width < 600, draw, table: twin };
}

/** The picture, and its numbers under it. */
export function plotFigure(drawn: Plot): string {
  return figure(drawn.caption, drawn.draw(), [], details('The same as a table', twinTable(drawn.table)));
}

/** A column of numbers stands to the right. */
export function twinTable({ head, rows }: Twin): string {
  const numeric = head.map(
    (_, column) => rows.length > 0 && rows.every((row) => isNumber(row[column] ?? '')),
  );
  const cells = rows.map((row) =>
    row.map((text, column): Cell => (numeric[column] ? { right: text } : text)),
  );
  return table(
    head.map((name, column) => (numeric[column] ? { right: name } : name)),
    cells,
  );
}

const missing = new Set(['', '-', 'not measured', 'too few samples', 'never']);

function isNumber(text: string): boolean {
  return missing.has(text) || /^[-+]?[\d,.]+( ?[a-zA-Z%/]+)?$/.test(text);
}

/**
 * Renames what echarts counts through the life of the process, takes away how it answers to a pointer (this
 * page has no
 * script to do the rest), and names the picture for those who do not see it.
 */
function settled(svg: string, id: string, caption: string): string {
  const names = new Map<string, string>();
  const still = svg.replace(/<style[\s\S]*?<\/style>\s*/g, '').replace(/ class="[^"]*"/g, '');
  const renamed = still.replace(/\bzr\d+-[\w-]+/g, (name) => {
    const known = names.get(name);
    if (known !== undefined) return known;
    const given = `${id}-${names.size}`;
    names.set(name, given);
    return given;
  });
  return renamed
    .replace(
      /^<svg [^>]*?(viewBox="[^"]*")[^>]*>/,
      `<svg class="plot" $1 role="img" aria-label="${html(caption)}">`,
    )
    .replace(/<rect width="\d+" height="\d+" x="0" y="0" [^>]*fill="none"><\/rect>\n?/, '')
    .replaceAll(' xml:space="preserve"', '')
    .replaceAll(`font-family="${font}"`, '')
    .replaceAll(`font-family:${font};`, '');
}

// ---- parts of an option

export interface Margins {
  readonly left?: number;
  readonly right?: number;
  readonly top?: number;
  readonly bottom?: number;
}

/** A name in a legend. A line has no dot on it, and shows none there. */
export type Entry = string | { readonly name: string; readonly itemStyle: { readonly opacity: number } };

export function lineEntry(name: string): Entry {
  return { name, itemStyle: { opacity: 0 } };
}

/** Room around the picture, and the names of the series above it. */
export function frame(legend: readonly Entry[], margins: Margins = {}): EChartsCoreOption {
  const shown = {
    data: [...legend],
    top: 0,
    left: 4,
    // echarts guesses the width of letters here: names must not run into each other.
    itemGap: 20,
    itemWidth: 28,
    textStyle: { color: ink, fontFamily: font },
  };
  const grid = { left: 80, right: 44, top: legend.length > 0 ? 34 : 12, bottom: 50, ...margins };
  return {
    backgroundColor: 'transparent',
    grid,
    ...(legend.length > 0 ? { legend: shown } : {}),
  };
}

const axisLines = {
  axisLine: { lineStyle: { color: ink } },
  axisTick: { lineStyle: { color: ink } },
  splitLine: { lineStyle: { color: faint } },
};

function axis(name: string, gap: number) {
  return {
    ...axisLines,
    name,
    nameLocation: 'middle',
    nameGap: gap,
    nameTextStyle: { color: ink, fontFamily: font },
  };
}

type Written = (value: number) => string;

/** From zero, so that the length of a bar is its value. */
export function zeroAxis(name: string, gap: number, written: Written = (value) => number(value)) {
  return { ...axis(name, gap), type: 'value', min: 0, axisLabel: label(written) };
}

/** Where zero says nothing, as for ratios. */
export function valueAxis(name: string, gap: number, range: readonly [number, number], written: Written) {
  const [min, max] = range;
  // The ends are odd numbers, and would stand on their neighbours.
  const axisLabel = { ...label(written), showMinLabel: false, showMaxLabel: false };
  return { ...axis(name, gap), type: 'value', min, max, axisLabel };
}

/** Said to be logarithmic, so that nobody reads distances as differences. */
export function logAxis(name: string, gap: number, written: Written = (value) => number(value)) {
  return { ...axis(`${name} (log)`, gap), type: 'log', logBase: 10, axisLabel: label(written) };
}

export function categoryAxis(name: string, gap: number, names: readonly string[]) {
  return {
    ...axis(name, gap),
    type: 'category',
    data: [...names],
    splitLine: { show: false },
    axisLabel: { color: ink, fontFamily: font, hideOverlap: true },
  };
}

export function label(formatter: Written) {
  return { color: ink, fontFamily: font, formatter, hideOverlap: true };
}

const dashes = ['solid', 'dashed', 'dotted'] as const;

/** A line; what tells lines apart is never the colour alone. */
export function line(name: string, colour: string, dash = 0) {
  return {
    name,
    type: 'line',
    symbol: 'none',
    silent: true,
    emphasis: { disabled: true },
    lineStyle: { color: colour, width: 2, type: dashes[dash % dashes.length] as string },
    itemStyle: { color: colour },
  };
}

export const symbols = ['circle', 'rect', 'triangle', 'diamond'] as const;

export function dots(name: string, colour: string, shape = 0, size = 8) {
  return {
    name,
    type: 'scatter',
    symbol: symbols[shape % symbols.length] as string,
    symbolSize: size,
    silent: true,
    emphasis: { disabled: true },
    itemStyle: { color: colour, opacity: 0.9 },
  };
}

export function bars(name: string, colour: string) {
  return { name, type: 'bar', silent: true, emphasis: { disabled: true }, itemStyle: { color: colour } };
}

export interface Mark {
  readonly at: number | string;
  readonly text: string;
}

/** Upright or level lines through a plot, with a word at each. */
export function markLines(
  along: 'x' | 'y',
  marks: readonly Mark[],
  colour = 'var(--bad)',
  end: 'start' | 'end' = 'end',
) {
  const data = marks.map(({ at, text }) => ({
    [along === 'x' ? 'xAxis' : 'yAxis']: at,
    label: {
      formatter: () => text,
      color: ink,
      fontFamily: font,
      position: along === 'x' ? end : 'insideEndTop',
    },
  }));
  return { symbol: 'none', silent: true, lineStyle: { color: colour, type: 'dashed', width: 1.5 }, data };
}

/** Shaded spans of the x axis. */
export function markAreas(spans: readonly { from: number | string; to: number | string; text: string }[]) {
  const data = spans.map(({ from, to, text }) => [
    { xAxis: from, name: text, label: { color: ink, fontFamily: font, position: 'top' } },
    { xAxis: to },
  ]);
  return { silent: true, itemStyle: { color: 'var(--fault)', opacity: 0.25 }, data };
}

/** Points of a series, and rows of the table under it. */
const pointsMax = 300;

/**
 * A long series, gathered so that picture and table stay readable; `every` says so in the caption. Percentiles
 * are never
 * averaged: of several seconds the worst stands for all.
 */
export function gathered<T>(series: readonly T[], gather: (several: readonly T[]) => T) {
  const size = Math.ceil(series.length / pointsMax);
  if (size <= 1) return { seconds: series, every: () => '' };
  const seconds = Array.from({ length: Math.ceil(series.length / size) }, (_, at) =>
    gather(series.slice(at * size, (at + 1) * size)),
  );
  return { seconds, every: (how: string) => `; the ${how} of every ${size} seconds` };
}
