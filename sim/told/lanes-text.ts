// The timeline of a run for terminals: a row of characters for each node and each fault on the axis of virtual time.

import type { NodeRole } from '../record/events.ts';
import type { Told } from './sentences.ts';

/** What is drawn: a trace, the faults, and when the run ended and the finding was. */
export interface DrawnRun {
  readonly trace: readonly (Told & { readonly timeUs: number })[];
  readonly effects: readonly {
    readonly fault: string;
    readonly target: string;
    readonly tookEffect: boolean;
    readonly began: { readonly timeUs: number };
    readonly ended: { readonly timeUs: number } | null;
  }[];
  readonly endUs: number;
  readonly findingUs: number | null;
}

const columns = 72;
const rowsMax = 24;
const nameMax = 30;

const legend = '= runs   . not there   ~ paused   x dies   ! power lost   # gives up or stops   > starts';

export function lanesText(run: DrawnRun): string[] {
  if (run.trace.length === 0 || run.endUs <= 0) return [];
  const lanes = nodeRows(run);
  const faults = faultRows(run);
  const shown = [...lanes.slice(0, rowsMax), ...faults.slice(0, rowsMax)];
  const width = Math.min(nameMax, Math.max(...shown.map(({ name }) => name.length)));
  const line = (name: string, marks: string) => `${name.slice(0, width).padStart(width)} |${marks}|`;
  const lines = shown.map(({ name, marks }) => line(name, marks.join('')));
  const seconds = `0 s${`${(run.endUs / 1e6).toFixed(1)} s`.padStart(columns - 1)}`;
  if (run.findingUs !== null) {
    const at = columnOf(run.findingUs, run.endUs);
    const label = at > columns / 2 ? 'finding ^'.padStart(at + 1) : `${' '.repeat(at)}^ finding`;
    lines.push(`${' '.repeat(width + 2)}${label}`);
  }
  const left = lanes.length + faults.length - shown.length;
  if (left > 0) lines.push(`(${left} more rows are not drawn)`);
  return [`${' '.repeat(width + 2)}${seconds}`, ...lines, legend];
}

interface Row {
  readonly name: string;
  readonly marks: string[];
}

function nodeRows({ trace, endUs }: DrawnRun): Row[] {
  const rows = new Map<string, { role: NodeRole; row: Row; from: number; state: string }>();
  const fill = (lane: { row: Row; from: number; state: string }, until: number) => {
    for (let at = lane.from; at < until; at++) lane.row.marks[at] ??= lane.state;
    lane.from = Math.max(lane.from, until);
  };
  for (const { node, timeUs, event } of trace) {
    const change = changeOf(event.kind);
    if (change === undefined) continue;
    const at = columnOf(timeUs, endUs);
    const lane = rows.get(node) ?? { role: 'client' as const, row: emptyRow(node), from: 0, state: '.' };
    if (event.kind === 'node-booted') lane.role = event.role;
    rows.set(node, lane);
    fill(lane, at);
    if (change.mark !== '') lane.row.marks[at] = change.mark;
    lane.state = change.state;
  }
  const rank = (role: NodeRole) => ['broker', 'controller', 'client'].indexOf(role);
  const all = [...rows.values()].sort((a, b) => rank(a.role) - rank(b.role));
  for (const lane of all) fill(lane, columns);
  return all.map(({ row }) => row);
}

function changeOf(kind: string): { mark: string; state: string } | undefined {
  if (kind === 'node-booted') return { mark: '>', state: '=' };
  if (kind === 'node-crashed') return { mark: 'x', state: '.' };
  if (kind === 'power-lost') return { mark: '!', state: '.' };
  if (kind === 'node-halted' || kind === 'node-stopped') return { mark: '#', state: '.' };
  if (kind === 'node-paused') return { mark: '', state: '~' };
  return kind === 'node-resumed' ? { mark: '', state: '=' } : undefined;
}

function faultRows({ effects, endUs }: DrawnRun): Row[] {
  const rows = new Map<string, Row>();
  for (const { fault, target, tookEffect, began, ended } of effects) {
    if (!tookEffect) continue;
    const name = `${fault} of ${target}`;
    const row = rows.get(name) ?? emptyRow(name);
    rows.set(name, row);
    const last = columnOf(ended?.timeUs ?? endUs, endUs);
    for (let at = columnOf(began.timeUs, endUs); at <= last; at++) row.marks[at] = '-';
  }
  for (const { marks } of rows.values()) for (let at = 0; at < columns; at++) marks[at] ??= ' ';
  return [...rows.values()];
}

function emptyRow(name: string): Row {
  return { name, marks: Array.from<string>({ length: columns }) };
}

function columnOf(timeUs: number, endUs: number): number {
  return Math.min(columns - 1, Math.max(0, Math.floor((timeUs * columns) / endUs)));
}
