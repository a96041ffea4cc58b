// The table of the contract, made from runs: for each cell and each anomaly what was promised, what was seen, and the
// first seed that shows it, with the fault that permitted it. Plain data, stored beside the suite as contract.json.

import type { DoneRun } from '../suite.ts';
import type { Finding } from '../verdict.ts';
import type { WitnessFault } from './because.ts';
import type { Cell } from './cells.ts';
import { type Anomaly, anomalies } from './tally.ts';

/** What became of a promise. `not-reached`: something is permitted, and no seed showed it. */
export type ClauseResult = 'kept' | 'reached' | 'not-reached' | 'broken';

export interface TableClause {
  readonly anomaly: Anomaly;
  readonly result: ClauseResult;
  /** Records of all seeds that the clause is about, and how many of them it lets be so. */
  readonly records: number;
  readonly permitted: number;
  /** Seeds in which it was seen, by permission. */
  readonly seen: number;
  /** Seeds in which it was seen where it was forbidden. */
  readonly forbidden: number;
  /** All of this in words, for tables: `may, 3/10`. */
  readonly words: string;
  readonly first: TableWitness | null;
}

/** The first seed that shows an anomaly, why it may, and the command that shows it again. */
export interface TableWitness {
  readonly seed: string;
  readonly step: number;
  /** Why it may be so, with the fault that permits it. */
  readonly because: string;
  readonly setting: string;
  readonly fault: WitnessFault | null;
  readonly replay: string;
}

export interface TableRow {
  /** What goes wrong: the scenario's name. */
  readonly fault: string;
  readonly file: string;
  readonly cell: Cell;
  readonly seeds: number;
  /** The client's words, for settings that it does not accept; such a row has no clauses. */
  readonly refused: string | null;
  readonly clauses: readonly TableClause[];
}

/** contract.json */
export interface ContractTable {
  readonly format: 1;
  readonly kind: 'contract';
  /** Of the suite it was made from. */
  readonly fingerprint: string;
  readonly seeds: { readonly first: string; readonly count: number };
  readonly rows: readonly TableRow[];
}

/** One cell of one scenario, from the runs of it. */
export function rowOf(
  fault: string,
  file: string,
  cell: Cell,
  runs: readonly DoneRun[],
  replayOf: (run: DoneRun) => string,
): TableRow {
  const clauses = anomalies.map((row) => clauseOf(row, runs, replayOf));
  return { fault, file, cell, seeds: runs.length, refused: null, clauses };
}

export function refusedRow(fault: string, file: string, cell: Cell, refused: string): TableRow {
  return { fault, file, cell, seeds: 0, refused, clauses: [] };
}

function clauseOf(
  { name, invariant }: (typeof anomalies)[number],
  runs: readonly DoneRun[],
  replayOf: (run: DoneRun) => string,
): TableClause {
  const showing = (findings: readonly Finding[]) =>
    findings.find((finding) => finding.invariant === invariant);
  const seen = runs.filter(({ summary }) => showing(summary.witnesses) !== undefined);
  const broken = runs.filter(({ summary }) => showing(summary.violations) !== undefined);
  let records = 0;
  let permitted = 0;
  for (const { summary } of runs) {
    records += summary.contract?.[name].of ?? 0;
    permitted += summary.contract?.[name].permitted ?? 0;
  }
  const run = broken[0] ?? seen[0];
  const finding = run && (showing(run.summary.violations) ?? showing(run.summary.witnesses));
  return {
    anomaly: name,
    result: resultOf(permitted, seen.length, broken.length),
    records,
    permitted,
    seen: seen.length,
    forbidden: broken.length,
    words: wordsOf({ records, permitted, seen: seen.length, forbidden: broken.length }, runs.length),
    first: run === undefined || finding === undefined ? null : witnessOf(run, finding, replayOf(run)),
  };
}

function wordsOf(
  { records, permitted, seen, forbidden }: Pick<TableClause, 'records' | 'permitted' | 'seen' | 'forbidden'>,
  seeds: number,
): string {
  const result = resultOf(permitted, seen, forbidden);
  if (result === 'broken') return `BROKEN ${forbidden}/${seeds}`;
  if (result === 'reached') return `may, ${seen}/${seeds}`;
  if (result === 'not-reached') return `may (${permitted} of ${records} records), NOT REACHED`;
  return records === 0 ? 'nothing to judge' : `never, 0/${seeds}`;
}

function resultOf(permitted: number, seen: number, broken: number): ClauseResult {
  if (broken > 0) return 'broken';
  if (seen > 0) return 'reached';
  return permitted > 0 ? 'not-reached' : 'kept';
}

function witnessOf({ seed }: DoneRun, { step, evidence, prose }: Finding, replay: string): TableWitness {
  const { because, setting, fault, faultTarget, faultStep } = evidence;
  const told = typeof because === 'string' ? because : prose;
  const named = typeof fault === 'string' ? `${fault} of ${faultTarget}` : '';
  return {
    seed,
    step,
    because: told.includes(named) ? told : `${told} (${named} at step ${faultStep})`,
    setting: typeof setting === 'string' ? setting : '',
    fault:
      typeof fault === 'string'
        ? { kind: fault, target: String(faultTarget), step: Number(faultStep) }
        : null,
    replay,
  };
}

/** Everything permitted that no seed reached. */
export function notReached({ rows }: ContractTable): { row: TableRow; clause: TableClause }[] {
  return clausesOf(rows).filter(({ clause }) => clause.result === 'not-reached');
}

export function clausesOf(rows: readonly TableRow[]): { row: TableRow; clause: TableClause }[] {
  return rows.flatMap((row) => row.clauses.map((clause) => ({ row, clause })));
}
