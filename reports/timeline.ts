// The timeline of one run, drawn by us as SVG: a lane per node on the axis of virtual time. On top one row for each
// fault and target with a bar while it lasted (hollow when it took no effect), and the same span as a shade over the
// target's lane. A life of a node is a bar that ends in a glyph: died, lost power, gave up, stopped. Above a client's
// bar stand its acknowledged operations, below it the records it read, and on it what failed (cross) or what nobody
// knows of (ring). A vertical line marks the finding. Shapes differ, not only colours.
//
// The number of marks is bounded, whatever the run: operations are gathered in columns of 2 units, and lanes, rows
// and bars have maxima. What does not fit is counted in `notes`, never dropped in silence.

import { html } from './escape.ts';
import { clipped, counted, duration, number, seconds } from './format.ts';
import type { FaultSpan, Lane, Life, OperationMark, RunFacts } from './run-facts.ts';

export interface Window {
  readonly fromUs: number;
  readonly toUs: number;
}

export interface Timeline {
  readonly svg: string;
  /** What was left out or gathered; sentences. */
  readonly notes: readonly string[];
}

const width = 1200;
const left = 250;
const right = 1184;
const columnWidth = 2;
const columns = (right - left) / columnWidth;
const lanesMax = 20;
const faultRowsMax = 24;
const barsPerRowMax = 80;
const barsPerLaneMax = 60;
const faultRowHeight = 16;
const brokerLaneHeight = 34;
const clientLaneHeight = 46;
const headHeight = 36;

/** The whole run. */
export function wholeRun(run: RunFacts): Window {
  return { fromUs: 0, toUs: Math.max(1, run.endUs) };
}

/** The neighbourhood of the finding and of the last fault before it; undefined when that is nearly the whole run. */
export function aroundFinding(run: RunFacts): Window | undefined {
  if (run.finding === null) return undefined;
  const at = run.finding.timeUs;
  const felt = run.faults.filter(({ tookEffect }) => tookEffect);
  const before = felt.filter(({ beganUs }) => beganUs <= at).at(-1);
  const nearest = before ?? felt[0];
  const points = [at, ...(nearest === undefined ? [] : [nearest.beganUs])];
  const least = Math.min(...points);
  const most = Math.max(...points);
  const margin = Math.max(100_000, (most - least) / 3);
  const window = { fromUs: Math.max(0, least - margin), toUs: Math.min(run.endUs, most + margin) };
  return (window.toUs - window.fromUs) * 2 > run.endUs ? undefined : window;
}

export function timeline(run: RunFacts, window: Window, id: string): Timeline {
  return new Drawing(run, window, id).draw();
}

interface FaultRow {
  readonly fault: string;
  readonly target: string;
  readonly spans: FaultSpan[];
}

class Drawing {
  readonly #run: RunFacts;
  readonly #window: Window;
  readonly #id: string;
  readonly #parts: string[] = [];
  readonly #notes: string[] = [];

  constructor(run: RunFacts, window: Window, id: string) {
    this.#run = run;
    this.#window = window;
    this.#id = id;
  }

  draw(): Timeline {
    const rows = this.#faultRows();
    const lanes = this.#lanes();
    const lanesTop = headHeight + rows.length * faultRowHeight + 10;
    const tops: number[] = [];
    let bottom = lanesTop;
    for (const lane of lanes) {
      tops.push(bottom);
      bottom += lane.role === 'client' ? clientLaneHeight : brokerLaneHeight;
    }
    this.#phases(bottom);
    this.#axis(bottom);
    rows.forEach((row, index) => {
      this.#faultRow(row, headHeight + index * faultRowHeight);
    });
    lanes.forEach((lane, index) => {
      this.#lane(lane, tops[index] as number, rows);
    });
    this.#finding(bottom);
    const height = bottom + 30;
    const title = `Timeline from ${seconds(this.#window.fromUs)} to ${seconds(this.#window.toUs)} of virtual time`;
    const svg =
      `<svg class="timeline" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${this.#id}-t">` +
      `<title id="${this.#id}-t">${html(title)}: ${html(this.#summary())}</title>${this.#parts.join('')}</svg>`;
    return { svg, notes: this.#notes };
  }

  #summary(): string {
    const { lanes, faults, finding } = this.#run;
    const found = finding === null ? 'no finding' : `${finding.invariant} at ${seconds(finding.timeUs)}`;
    return `${counted(lanes.length, 'node')}, ${counted(faults.length, 'fault')}, ${found}`;
  }

  // ---- the frame

  #phases(bottom: number): void {
    const shown = this.#run.phases;
    shown.forEach(({ name, beganUs }, index) => {
      const ends = shown[index + 1]?.beganUs ?? this.#run.endUs;
      if (ends < this.#window.fromUs || beganUs > this.#window.toUs) return;
      const from = this.#x(beganUs);
      const to = this.#x(ends);
      if (index % 2 === 0)
        this.#add(`<rect class="phase" x="${from}" y="0" width="${to - from}" height="${bottom}"/>`);
      // A phase too short for its name says it to the pointer only; the table below the picture has all of them.
      const label = to - from < name.length * 6.5 ? '' : `<text x="${from + 3}" y="11">${html(name)}</text>`;
      this.#add(
        `<g class="phase-name"><title>phase ${html(name)} from ${seconds(beganUs)}</title>${label}</g>`,
      );
    });
  }

  #axis(bottom: number): void {
    const { fromUs, toUs } = this.#window;
    const step = niceStep((toUs - fromUs) / 9);
    this.#add(`<line class="axis" x1="${left}" y1="${bottom}" x2="${right}" y2="${bottom}"/>`);
    for (let at = Math.ceil(fromUs / step) * step; at <= toUs; at += step) {
      const x = this.#x(at);
      this.#add(`<line class="grid" x1="${x}" y1="16" x2="${x}" y2="${bottom + 4}"/>`);
      this.#add(`<text class="tick" x="${x}" y="${bottom + 16}">${html(tickLabel(at, step))}</text>`);
    }
    this.#add(`<text class="tick-unit" x="${left - 18}" y="${bottom + 16}">virtual seconds</text>`);
  }

  #finding(bottom: number): void {
    const { finding, isFailure } = this.#run;
    if (finding === null || !this.#inside(finding.timeUs, finding.timeUs)) return;
    const x = this.#x(finding.timeUs);
    const kind = isFailure ? 'failure' : 'witness';
    const label = `${finding.invariant}, step ${number(finding.step)}`;
    const fits = x + 8 + label.length * 6.6 < right;
    this.#add(
      `<g class="finding ${kind}"><title>${html(clipped(`${kind}: ${finding.prose}`, 300))}</title>` +
        `<line x1="${x}" y1="18" x2="${x}" y2="${bottom}"/><path d="M${x} 18l-5 -5h10z"/>` +
        `<text x="${fits ? x + 8 : x - 8}" y="26" text-anchor="${fits ? 'start' : 'end'}">${html(label)}</text></g>`,
    );
  }

  // ---- faults

  #faultRows(): FaultRow[] {
    const rows = new Map<string, FaultRow>();
    for (const span of this.#run.faults) {
      if (!this.#inside(span.beganUs, span.endedUs)) continue;
      const key = `${span.fault} of ${span.target}`;
      const row = rows.get(key) ?? { fault: span.fault, target: span.target, spans: [] };
      row.spans.push(span);
      rows.set(key, row);
    }
    const felt = (row: FaultRow) => (row.spans.some(({ tookEffect }) => tookEffect) ? 0 : 1);
    const all = [...rows.values()].sort((a, b) => felt(a) - felt(b));
    if (all.length > faultRowsMax) {
      const names = all.slice(faultRowsMax).map(({ fault, target }) => `${fault} of ${target}`);
      this.#notes.push(
        `${counted(names.length, 'row')} of faults not drawn: ${names.slice(0, 8).join(', ')}.`,
      );
    }
    return all.slice(0, faultRowsMax);
  }

  #faultRow({ fault, target, spans }: FaultRow, top: number): void {
    const name = `${fault} \u2192 ${target}`;
    this.#add(`<text class="row" x="${left - 8}" y="${top + 12}">${html(clipped(name, 41))}</text>`);
    for (const span of spans.slice(0, barsPerRowMax)) {
      const { from, length } = this.#bar(span.beganUs, span.endedUs);
      const kind = span.tookEffect ? 'fault' : 'fault none';
      this.#add(
        `<rect class="${kind}" x="${from}" y="${top + 3}" width="${length}" height="${faultRowHeight - 5}">` +
          `<title>${html(faultTitle(span))}</title></rect>`,
      );
    }
    if (spans.length > barsPerRowMax) {
      this.#notes.push(
        `${name}: ${number(spans.length - barsPerRowMax)} of ${number(spans.length)} bars not drawn.`,
      );
    }
  }

  // ---- lanes

  #lanes(): readonly Lane[] {
    const { lanes, traced } = this.#run;
    if (!traced) this.#notes.push('No trace was kept of this run: lives of nodes are not drawn.');
    if (lanes.length > lanesMax) {
      const rest = lanes.slice(lanesMax).map(({ node }) => node);
      this.#notes.push(`${counted(rest.length, 'lane')} not drawn: ${clipped(rest.join(', '), 200)}.`);
    }
    return lanes.slice(0, lanesMax);
  }

  #lane(lane: Lane, top: number, rows: readonly FaultRow[]): void {
    const height = lane.role === 'client' ? clientLaneHeight : brokerLaneHeight;
    const middle = top + (lane.role === 'client' ? 26 : 18);
    this.#add(`<line class="grid" x1="4" y1="${top}" x2="${right}" y2="${top}"/>`);
    this.#add(
      `<text class="lane ${lane.role}" x="${left - 8}" y="${middle + 4}">${html(clipped(lane.node, 36))}</text>`,
    );
    this.#shades(lane, top, height, rows);
    const thickness = lane.role === 'client' ? 4 : 12;
    const lives = lane.lives.filter(({ beganUs, endedUs }) => this.#inside(beganUs, endedUs));
    for (const life of lives.slice(0, barsPerLaneMax)) this.#life(lane, life, middle, thickness);
    this.#beyond(lane.node, 'life', 'lives', lives.length);
    const pauses = lane.pauses.filter(({ beganUs, endedUs }) => this.#inside(beganUs, endedUs));
    for (const pause of pauses.slice(0, barsPerLaneMax)) {
      const { from, length } = this.#bar(pause.beganUs, pause.endedUs);
      this.#add(
        `<rect class="paused" x="${from}" y="${middle - thickness / 2}" width="${length}" height="${thickness}">` +
          `<title>${html(lane.node)} does not run from ${seconds(pause.beganUs)}</title></rect>`,
      );
    }
    this.#beyond(lane.node, 'pause', 'pauses', pauses.length);
    if (lane.role === 'client') this.#operations(lane, middle);
  }

  #beyond(node: string, one: string, many: string, count: number): void {
    if (count <= barsPerLaneMax) return;
    this.#notes.push(`${node}: ${counted(count - barsPerLaneMax, one, many)} of ${number(count)} not drawn.`);
  }

  #shades(lane: Lane, top: number, height: number, rows: readonly FaultRow[]): void {
    for (const { target, spans } of rows) {
      if (target !== lane.node) continue;
      for (const span of spans.slice(0, barsPerRowMax)) {
        if (!span.tookEffect) continue;
        const { from, length } = this.#bar(span.beganUs, span.endedUs);
        this.#add(
          `<rect class="shade" x="${from}" y="${top + 1}" width="${length}" height="${height - 2}"/>`,
        );
      }
    }
  }

  #life(lane: Lane, life: Life, middle: number, thickness: number): void {
    const { from, length } = this.#bar(life.beganUs, life.endedUs);
    const until =
      life.endedUs === null ? 'to the end' : `to ${seconds(life.endedUs)} (${life.end ?? 'started again'})`;
    this.#add(
      `<rect class="life" x="${from}" y="${middle - thickness / 2}" width="${length}" height="${thickness}">` +
        `<title>${html(`${lane.node}, life ${life.incarnation}: ${seconds(life.beganUs)} ${until}`)}</title></rect>`,
    );
    if (life.incarnation > 1 && this.#inside(life.beganUs, life.beganUs)) {
      this.#add(`<path class="boot" d="M${this.#x(life.beganUs)} ${middle - 9}v18l9 -9z"/>`);
    }
    if (life.end === null || life.endedUs === null || !this.#inside(life.endedUs, life.endedUs)) return;
    const x = this.#x(life.endedUs);
    this.#add(
      `<g class="end ${life.end}"><title>${html(`${lane.node}: ${life.end}`)}</title>${glyph(life, x, middle)}</g>`,
    );
  }

  #operations({ operations, node }: Lane, middle: number): void {
    this.#bars('acked', operations.acked, node, middle - 3, -1, 18);
    this.#bars('read', operations.read, node, middle + 3, 1, 14);
    this.#glyphs('failed', operations.failed, node, middle, 'm-3 -3l6 6m0 -6l-6 6');
    this.#glyphs('unknown', operations.unknown, node, middle, 'm-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0');
  }

  /** One bar per column, the higher the more operations ended there. */
  #bars(
    mark: OperationMark,
    times: readonly number[],
    node: string,
    base: number,
    sign: number,
    most: number,
  ): void {
    const counts = this.#gathered(times);
    const highest = counts.reduce((high, count) => Math.max(high, count), 0);
    if (highest === 0) return;
    const path = [...counts].map((count, column) => {
      if (count === 0) return '';
      // The square root: one burst after a restart must not flatten everything else.
      const height = Math.max(2, Math.round(most * Math.sqrt(count / highest)));
      return `M${left + column * columnWidth + 1} ${base}v${sign * height}`;
    });
    const columnUs = (this.#window.toUs - this.#window.fromUs) / columns;
    const title = `${node}: ${number(total(counts))} ${mark}, at most ${highest} within ${duration(columnUs)}`;
    this.#add(`<path class="op ${mark}" d="${path.join('')}"><title>${html(title)}</title></path>`);
  }

  /** One glyph per column in which anything ended so. */
  #glyphs(mark: OperationMark, times: readonly number[], node: string, middle: number, shape: string): void {
    const counts = this.#gathered(times);
    const all = total(counts);
    if (all === 0) return;
    const path: string[] = [];
    let last = -3;
    counts.forEach((count, column) => {
      if (count === 0 || column - last < 3) return;
      last = column;
      path.push(`M${left + column * columnWidth + 1} ${middle}${shape}`);
    });
    const title = `${node}: ${number(all)} ${mark}`;
    this.#add(`<path class="op ${mark}" d="${path.join('')}"><title>${html(title)}</title></path>`);
  }

  #gathered(times: readonly number[]): Int32Array {
    const counts = new Int32Array(columns);
    const { fromUs, toUs } = this.#window;
    for (const at of times) {
      if (at < fromUs || at > toUs) continue;
      const column = Math.min(columns - 1, Math.floor(((at - fromUs) * columns) / (toUs - fromUs)));
      counts[column] = (counts[column] as number) + 1;
    }
    return counts;
  }

  // ---- places

  #add(part: string): void {
    this.#parts.push(part);
  }

  /** Whether any of a span is in the picture; what has no end lasts to the end of the run. */
  #inside(beganUs: number, endedUs: number | null): boolean {
    return beganUs <= this.#window.toUs && (endedUs ?? this.#run.endUs) >= this.#window.fromUs;
  }

  /** The place of a time, clamped to the picture, to a tenth of a unit. */
  #x(timeUs: number): number {
    const { fromUs, toUs } = this.#window;
    const at = Math.min(toUs, Math.max(fromUs, timeUs));
    return Math.round((left + ((right - left) * (at - fromUs)) / (toUs - fromUs)) * 10) / 10;
  }

  /** A span wide enough to be seen. */
  #bar(beganUs: number, endedUs: number | null): { from: number; length: number } {
    const from = Math.min(this.#x(beganUs), right - 3);
    const to = this.#x(endedUs ?? this.#run.endUs);
    return { from, length: Math.round(Math.max(3, to - from) * 10) / 10 };
  }
}

function total(counts: Int32Array): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function faultTitle({ fault, target, beganUs, endedUs, tookEffect, detail }: FaultSpan): string {
  const until = endedUs === null ? 'to the end' : `to ${seconds(endedUs)}`;
  return `${fault} of ${target}: ${seconds(beganUs)} ${until}; ${tookEffect ? detail : `no effect: ${detail}`}`;
}

function glyph({ end }: Life, x: number, y: number): string {
  if (end === 'power-lost') return `<path d="M${x + 2} ${y - 12}l-7 13h5l-3 11l9 -14h-5l4 -10z"/>`;
  if (end === 'halted') return `<path d="M${x - 6} ${y - 6}h12v12h-12z"/>`;
  if (end === 'stopped') return `<path d="M${x - 2} ${y - 9}h4v18h-4z"/>`;
  const cross = `<path class="stroke" d="M${x - 6} ${y - 6}l12 12m0 -12l-12 12"/>`;
  return end === 'crashed' ? cross : `${cross}<circle class="stroke" cx="${x}" cy="${y}" r="10"/>`;
}

/** The next larger of 1, 2 and 5 times a power of ten. */
export function niceStep(atLeast: number): number {
  let decade = 1;
  while (decade * 10 <= atLeast) decade *= 10;
  const step = [1, 2, 5, 10].find((factor) => factor * decade >= atLeast);
  return (step ?? 10) * decade;
}

function tickLabel(timeUs: number, stepUs: number): string {
  const digits =
    stepUs >= 1_000_000 ? 0 : stepUs >= 100_000 ? 1 : stepUs >= 10_000 ? 2 : stepUs >= 1_000 ? 3 : 6;
  return number(timeUs / 1_000_000, digits);
}
