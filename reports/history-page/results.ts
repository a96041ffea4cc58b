// The results of a history: what is kept of each stored document, in which order they stand, and which do not belong
// into one history. A line must never join two machines, so results of different machines are refused, as a comparison
// of two is. Pure.

import type { BenchResult, Environment } from '../../bench/result.ts';
import type { StoredCost } from '../../bench/simulated/document.ts';
import { machineDifferences } from '../bench-page/deltas.ts';
import { fields, text } from '../shape.ts';
import { DamagedRun, readBench, readDocument } from '../stored.ts';
import { type Cell, cellsOf } from './cells.ts';
import { modelDifferences, readSimulated, simulatedCells, simulatedFormat } from './simulated.ts';

export type StoredBenchmark =
  | { readonly kind: 'measured'; readonly bench: BenchResult }
  | { readonly kind: 'simulated'; readonly cost: StoredCost };

/** Where it was measured, or in which model it was counted. */
type Ground =
  | { readonly kind: 'measured'; readonly machine: Environment }
  | { readonly kind: 'simulated'; readonly model: StoredCost['model'] };

/** What is kept of a stored document: they have megabytes, and there may be a hundred. */
export interface Result {
  readonly ground: Ground;
  readonly startedAt: string;
  readonly commit: string | null;
  readonly version: string;
  readonly node: string;
  readonly command: string;
  readonly sha256: string;
  readonly cells: readonly Cell[];
}

/** `name`: what it was called on the command line, for complaints. */
export interface NamedResult {
  readonly name: string;
  readonly result: Result;
}

const measuredFormat: BenchResult['format'] = 'odradek-bench/2';

/** A document says itself of which kind it is. Throws `DamagedRun`. */
export function readBenchmark(name: string, content: string): StoredBenchmark {
  const { format } = readDocument(name, content, fields({ format: text })) as { format: string };
  if (format === measuredFormat) return { kind: 'measured', bench: readBench(name, content) };
  if (format === simulatedFormat) return { kind: 'simulated', cost: readSimulated(name, content) };
  throw new DamagedRun(
    `${name}: format: ${format} is another one than ${measuredFormat} and ${simulatedFormat}, which are read`,
  );
}

/** Throws `DamagedRun` when it has no place in an order of time. */
export function resultOf(stored: StoredBenchmark, name: string, sha256: string): Result {
  const result = stored.kind === 'measured' ? ofBench(stored.bench, sha256) : ofCost(stored.cost, sha256);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(result.startedAt)) return result;
  const wanted = 'a time as 2026-01-02T03:04:05.000Z is wanted';
  throw new DamagedRun(`${name}: startedAt: ${wanted}, or nobody knows which result came first`);
}

function ofBench(bench: BenchResult, sha256: string): Result {
  const { startedAt, command, environment } = bench;
  const { commit, version, node } = environment;
  return {
    ...{ ground: { kind: 'measured', machine: environment }, startedAt, commit, version, node, command },
    ...{ sha256, cells: numbered(cellsOf(bench)) },
  };
}

function ofCost(cost: StoredCost, sha256: string): Result {
  return {
    ...{ ground: { kind: 'simulated', model: cost.model }, ...cost.taken },
    ...{ command: 'odradek bench --simulated', sha256, cells: simulatedCells(cost) },
  };
}

/** A workload that ran twice in one result is two: the second belongs to the second of the others. */
function numbered(cells: readonly Cell[]): Cell[] {
  const seen = new Map<string, number>();
  return cells.map((cell) => {
    const times = (seen.get(cell.key) ?? 0) + 1;
    seen.set(cell.key, times);
    if (times === 1) return cell;
    return { ...cell, key: `${cell.key}, run ${times}`, name: `${cell.name}, run ${times}` };
  });
}

// ---- order

/** By when they were taken, whatever order they were named in. Text: why these are not one history. */
export function orderedResults(named: readonly NamedResult[]): readonly Result[] | string {
  const ordered = named.toSorted((one, other) => (placeInTime(one) < placeInTime(other) ? -1 : 1));
  const [first] = ordered;
  if (first === undefined) return 'no result was named';
  for (const [at, { name, result }] of ordered.entries()) {
    const before = ordered[at - 1];
    if (before?.result.sha256 === result.sha256) {
      return `${before.name} and ${name} are the same result, which counts once`;
    }
    const trouble = apart(first.result.ground, result.ground);
    if (trouble !== undefined) return `${first.name} and ${name} are ${trouble}`;
  }
  return ordered.map(({ result }) => result);
}

/** Two that began in the same millisecond stand by their content, so that the order is always the same. */
function placeInTime({ result }: NamedResult): string {
  return `${result.startedAt} ${result.sha256}`;
}

/** Why no line may join the two; undefined: it may. */
function apart(a: Ground, b: Ground): string | undefined {
  const not = 'and are not one history';
  if (a.kind === 'measured' && b.kind === 'measured') {
    const differences = machineDifferences(a.machine, b.machine);
    return differences.length === 0 ? undefined : `of different machines, ${not}: ${differences.join('; ')}`;
  }
  if (a.kind === 'simulated' && b.kind === 'simulated') {
    const differences = modelDifferences(a.model, b.model);
    return differences.length === 0 ? undefined : `of different models, ${not}: ${differences.join('; ')}`;
  }
  return `${a.kind} and ${b.kind}, ${not}`;
}

// ---- names

/** As people write it: `abc1234`, `abc1234-dirty`. */
export function commitName({ commit }: Pick<Result, 'commit'>): string {
  if (commit === null) return 'not known';
  const [hash = '', ...rest] = commit.split('-');
  return [hash.slice(0, 7), ...rest].join('-');
}

/** Whether two results are certainly of the same code: what `-dirty` stands for may differ from day to day. */
export function isSameCode(a: Result, b: Result): boolean {
  return a.commit !== null && a.commit === b.commit && !a.commit.endsWith('-dirty');
}
