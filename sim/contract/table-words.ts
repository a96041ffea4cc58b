// The contract's table in text: one line for each cell, below it the first witness of everything that is permitted.

import { type ContractTable, clausesOf, notReached, type TableClause, type TableRow } from './table.ts';
import { anomalies } from './tally.ts';

const headOfCells = ['fault', 'acks', 'idempotent', 'delivery'];

/** The table itself. */
export function tableText({ rows }: ContractTable): string {
  const head = [...headOfCells, ...anomalies.map(({ name }) => name)];
  const lines = rows.map((row) => [...cellWords(row), ...clauseWords(row)]);
  const widths = head.map((title, column) =>
    Math.max(
      title.length,
      ...lines.filter((line) => line.length === head.length).map((line) => (line[column] ?? '').length),
    ),
  );
  const text = (line: readonly string[]) =>
    line
      .map((word, column) => word.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [text(head), widths.map((width) => '-'.repeat(width)).join('  '), ...lines.map(text)].join('\n');
}

function cellWords({ fault, cell }: TableRow): string[] {
  return [fault, cell.acks, cell.idempotent ? 'yes' : 'no', cell.delivery];
}

function clauseWords({ refused, clauses }: TableRow): string[] {
  if (refused !== null) return [`cannot be: the client says "${refused}"`];
  return clauses.map(({ words }) => words);
}

/** Where to see each: the seed, why it may be so, and the command. */
export function witnessesText(table: ContractTable): string {
  const told = clausesOf(table.rows).filter(({ clause }) => clause.first !== null);
  return told
    .flatMap(({ row, clause: { anomaly, first, result } }) => {
      if (first === null) return [];
      const word = result === 'broken' ? 'BROKEN: ' : '';
      return [
        `${word}${row.fault}, ${row.cell.name}: ${anomaly} in seed ${first.seed}, step ${first.step}: ${first.because}`,
        `  ${first.setting === '' ? '' : `with ${first.setting}: `}${first.replay}`,
      ];
    })
    .join('\n');
}

/** The last lines: how much of it holds. */
export function contractLine(table: ContractTable): string {
  const all = clausesOf(table.rows);
  const count = (result: TableClause['result']) =>
    all.filter(({ clause }) => clause.result === result).length;
  const refused = table.rows.filter((row) => row.refused !== null).length;
  const missing = notReached(table).map(
    ({ row, clause }) => `  ${row.fault}, ${row.cell.name}: ${clause.anomaly}`,
  );
  const lines = [
    `${table.rows.length} cells, ${refused} of them refused by the client; ${count('reached')} permissions reached,` +
      ` ${count('not-reached')} not; ${count('kept')} promises kept, ${count('broken')} broken`,
  ];
  if (missing.length > 0) lines.push('permitted, and not reached in so many seeds:', ...missing);
  return lines.join('\n');
}
