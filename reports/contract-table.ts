// The contract's table on the page of the suite that it was made from: what each cell promises, what was seen, and
// where to see it. Read from contract.json, which only the command `contract` writes.

import type { ContractTable, TableClause } from '../sim/index.ts';
import { html } from './escape.ts';
import { badge, details, paragraph, table } from './page.ts';
import { amount, fields, flag, listOf, oneOf, orNull, text } from './shape.ts';
import { type ReadFile, readDocument } from './stored.ts';

const witness = fields({
  seed: text,
  step: amount,
  because: text,
  setting: text,
  fault: orNull(fields({ kind: text, target: text, step: amount })),
  replay: text,
});

const tableShape = fields({
  format: oneOf(1),
  kind: oneOf('contract'),
  fingerprint: text,
  seeds: fields({ first: text, count: amount }),
  rows: listOf(
    fields({
      fault: text,
      file: text,
      cell: fields({ name: text, acks: text, idempotent: flag, delivery: text }),
      seeds: amount,
      refused: orNull(text),
      clauses: listOf(
        fields({
          anomaly: text,
          result: oneOf('kept', 'reached', 'not-reached', 'broken'),
          records: amount,
          permitted: amount,
          seen: amount,
          forbidden: amount,
          words: text,
          first: orNull(witness),
        }),
      ),
    }),
  ),
});

/** The table beside a suite; undefined when the suite is none of `contract`. Throws `DamagedRun`. */
export function readContract(readFile: ReadFile): ContractTable | undefined {
  const content = readFile('contract.json');
  if (content === undefined) return undefined;
  return readDocument('contract.json', content, tableShape) as ContractTable;
}

const badges = { kept: 'good', reached: 'good', 'not-reached': 'warn', broken: 'bad' } as const;

export function contractSection({ rows }: ContractTable): string {
  const anomalies = rows.find(({ clauses }) => clauses.length > 0)?.clauses ?? [];
  const head = ['fault', 'acks', 'idempotent', 'delivery', ...anomalies.map(({ anomaly }) => anomaly)];
  const places = rows.map(({ fault, cell, refused, clauses }) => {
    const place = [fault, cell.acks, cell.idempotent ? 'yes' : 'no', cell.delivery];
    if (refused === null) return [...place, ...clauses.map(clauseCell)];
    return [
      ...place,
      { markup: `<em>cannot be: ${html(refused)}</em>` },
      ...anomalies.slice(1).map(() => ''),
    ];
  });
  const witnesses = rows.flatMap(({ fault, cell, clauses }) =>
    clauses.flatMap(({ anomaly, first }) =>
      first === null
        ? []
        : [[`${fault}, ${cell.name}`, anomaly, first.because, first.setting, { code: first.replay }]],
    ),
  );
  return [
    '<h2 id="contract">The contract</h2>',
    paragraph(
      'What a record and a group are owed under each fault, by the settings of a cell. "may" tells in how many' +
        ' seeds it was seen, "never" that it is forbidden and was not seen.',
    ),
    table(head, places),
    details(
      'The first witness of each, the fault that permits it, and its replay',
      table(['cell', 'anomaly', 'because', 'settings', 'replay'], witnesses),
    ),
  ].join('\n');
}

function clauseCell({ result, words }: TableClause): { markup: string } | string {
  return result === 'kept' ? words : { markup: badge(words, badges[result]) };
}
