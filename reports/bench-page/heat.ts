// The latency map: time to the right, latency upwards in ten steps for each power of ten, and the darker a field,
// the larger the part of the operations of that time that took so long. It shows two humps where percentiles show
// one line. Made from the histograms of the seconds; drawn by us, because a chart library writes a hundred bytes for
// a field.

import { decodeFromCompressedBase64, JsHistogram } from 'hdr-histogram-js';
import type { LatencyReport } from '../../bench/result.ts';
import { html } from '../escape.ts';
import { duration, number, percent } from '../format.ts';
import type { Plot } from './chart.ts';
import { latencyName, tickDuration } from './words.ts';

/** Steps of a power of ten, evenly spaced on a log axis to within 1 %. */
const steps = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8];
const columnsMax = 120;
/** Shares at which a field becomes darker. */
const shades = [0, 0.001, 0.01, 0.1, 0.3] as const;

const left = 84;
const width = 900;
const top = 8;
const rowHeight = 9;
const bottom = 46;

export interface HeatMap {
  /** Seconds in each column. */
  readonly every: number;
  /** The lower edges of the rows, in microseconds, and one more above. */
  readonly edgesUs: readonly number[];
  /** By column, then by row: operations. */
  readonly counts: readonly (readonly number[])[];
}

/** null: there is no histogram in it, or one cannot be read. */
export function heatMap({ perSecond }: LatencyReport): HeatMap | null {
  const seconds = perSecond.map(({ hdrV2Base64 }) => fieldsOf(hdrV2Base64));
  if (seconds.length === 0 || seconds.some((fields) => fields === null)) return null;
  const every = Math.ceil(seconds.length / columnsMax);
  const used = seconds.flatMap((fields) => [...(fields ?? new Map<number, number>()).keys()]);
  if (used.length === 0) return null;
  const lowest = used.reduce((least, row) => Math.min(least, row));
  const highest = used.reduce((most, row) => Math.max(most, row));
  const rows = highest - lowest + 1;
  const counts = Array.from({ length: Math.ceil(seconds.length / every) }, (_, column) => {
    const fields = seconds.slice(column * every, (column + 1) * every);
    return Array.from({ length: rows }, (_, row) =>
      fields.reduce((sum, of) => sum + (of?.get(lowest + row) ?? 0), 0),
    );
  });
  return { every, counts, edgesUs: Array.from({ length: rows + 1 }, (_, row) => edgeUs(lowest + row)) };
}

/** How many operations lie in each row; null when the text is no histogram. */
function fieldsOf(hdrV2Base64: string): Map<number, number> | null {
  if (hdrV2Base64 === '') return null;
  try {
    const histogram = decodeFromCompressedBase64(hdrV2Base64, 32, false);
    return histogram instanceof JsHistogram ? sortedInto(histogram) : null;
  } catch {
    // Whoever wrote it had no histogram of ours; the other pictures of the latency do not need it.
    return null;
  }
}

function sortedInto(histogram: JsHistogram): Map<number, number> {
  const fields = new Map<number, number>();
  let row = 0;
  for (let index = 0; index < histogram.countsArrayLength; index++) {
    const count = histogram.getCountAtIndex(index);
    if (count <= 0) continue;
    const us = histogram.valueFromIndex(index);
    while (row < rowsMax && us >= edgeUs(row + 1)) row++;
    fields.set(row, (fields.get(row) ?? 0) + count);
  }
  return fields;
}

/** Up to 10^12 microseconds; what lies above is put there. */
const rowsMax = 120;

function edgeUs(row: number): number {
  return (steps[row % steps.length] as number) * powerOfTen(Math.floor(row / steps.length));
}

function powerOfTen(exponent: number): number {
  let power = 1;
  for (let at = 0; at < exponent; at++) power *= 10;
  return power;
}

// ---- drawing

/** null where there is nothing to draw it from. */
export function heatPlot(latency: LatencyReport, id: string): Plot | null {
  const map = heatMap(latency);
  if (map === null) return null;
  const n = latency.perSecond.reduce((sum, { count }) => sum + count, 0);
  const columns = map.every === 1 ? 'a column is 1 second' : `a column is ${map.every} seconds`;
  const caption =
    `Map of ${latencyName(latency)}: the darker, the larger the part of a column's operations ` +
    `(latency upwards on a log axis; ${columns}; n = ${number(n)})`;
  const rows = map.counts.map((fields, column) => rowOf(map, fields, column));
  const head = ['from second', 'operations', 'most took', 'part of them', 'longest at least'];
  return { id, caption, small: false, draw: () => drawn(map, caption), table: { head, rows } };
}

function rowOf({ every, edgesUs }: HeatMap, fields: readonly number[], column: number): string[] {
  const total = fields.reduce((sum, count) => sum + count, 0);
  const most = fields.reduce((best, count, row) => (count > (fields[best] as number) ? row : best), 0);
  const longest = fields.findLastIndex((count) => count > 0);
  const edge = (row: number) => duration(edgesUs[row] as number);
  if (total === 0) return [String(column * every), '0', '-', '-', '-'];
  return [
    ...[String(column * every), number(total), `${edge(most)} to ${edge(most + 1)}`],
    ...[percent((fields[most] as number) / total), edge(longest)],
  ];
}

function drawn(map: HeatMap, caption: string): string {
  const rows = map.edgesUs.length - 1;
  const height = top + rows * rowHeight + bottom;
  const parts = [...fieldPaths(map), ...axes(map, height)].join('');
  return (
    `<svg class="plot heat" viewBox="0 0 ${width} ${height}" role="img" aria-label="${html(caption)}">` +
    `${parts}</svg>`
  );
}

/** All fields of one shade as one path. */
function fieldPaths({ counts, edgesUs }: HeatMap): string[] {
  const rows = edgesUs.length - 1;
  const columnWidth = columnWidthOf(counts.length);
  const paths = shades.map(() => '');
  counts.forEach((fields, column) => {
    const total = fields.reduce((sum, count) => sum + count, 0);
    fields.forEach((count, row) => {
      if (count === 0) return;
      const shade = shades.findLastIndex((from) => count / total >= from);
      const x = number(left + column * columnWidth, 1).replaceAll(',', '');
      paths[shade] +=
        `M${x} ${top + (rows - 1 - row) * rowHeight}h${columnWidth}v${rowHeight}h-${columnWidth}z`;
    });
  });
  return paths.flatMap((path, shade) => (path === '' ? [] : [`<path class="shade${shade}" d="${path}"/>`]));
}

function columnWidthOf(columns: number): number {
  return Math.floor((10 * (width - left - 40)) / columns) / 10;
}

/** Powers of ten on the left, seconds below, what the shades mean in the last line. */
function axes({ counts, edgesUs, every }: HeatMap, height: number): string[] {
  const rows = edgesUs.length - 1;
  const floor = top + rows * rowHeight;
  const columnWidth = columnWidthOf(counts.length);
  const right = left + columnWidth * counts.length;
  const ticks = edgesUs.flatMap((us, row) => {
    if (!isPowerOfTen(us)) return [];
    const y = floor - row * rowHeight;
    const grid = `<path class="grid" d="M${left} ${y}H${right}"/>`;
    return [`${grid}<text class="end" x="${left - 6}" y="${y + 4}">${tickDuration(us)}</text>`];
  });
  const step = Math.max(1, Math.ceil(counts.length / 12));
  const seconds = counts.flatMap((_, column) => {
    if (column % step !== 0) return [];
    const x = left + column * columnWidth;
    return [`<text x="${Math.round(x)}" y="${floor + 14}">${column * every}</text>`];
  });
  const axis = `<path class="axis" d="M${left} ${top}V${floor}H${right}"/>`;
  const legend = shades.map((from, shade) => {
    const x = left + 160 + shade * 126;
    const text = from === 0 ? `below ${percent(shades[1])}` : `${percent(from)} and more`;
    const y = height - 12;
    return `<path class="shade${shade}" d="M${x} ${y}h14v10h-14z"/><text x="${x + 18}" y="${y + 9}">${text}</text>`;
  });
  return [
    ...ticks,
    axis,
    ...seconds,
    `<text x="${left}" y="${height - 3}">second of the load</text>`,
    ...legend,
  ];
}

function isPowerOfTen(us: number): boolean {
  return /^10*$/.test(String(us));
}
