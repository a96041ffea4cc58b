// Slips drawn by lot, as text: what became of them by operator, every one that lived, and how to see one that died.

import type { DrawnResult, Fate, StoredDrawn } from '../sim/index.ts';
import { finished, table } from './text.ts';

/** In words, in the order in which they are told. */
export const fates: Readonly<Record<Fate, string>> = {
  killed: 'killed',
  noticed: 'noticed otherwise',
  lived: 'lived',
  unpassed: 'no run comes by',
};

export interface FateRow {
  readonly operator: string;
  readonly drawn: number;
  readonly counts: readonly number[];
}

/** By operator, in the order of the alphabet; the last row is of all. */
export function fateRows(results: readonly DrawnResult[]): FateRow[] {
  const rowOf = (operator: string, mine: readonly DrawnResult[]): FateRow => ({
    operator,
    drawn: mine.length,
    counts: Object.keys(fates).map((fate) => mine.filter((result) => result.fate === fate).length),
  });
  const operators = [...new Set(results.map(({ operator }) => operator))].sort();
  return [
    ...operators.map((operator) =>
      rowOf(
        operator,
        results.filter((result) => result.operator === operator),
      ),
    ),
    rowOf('all', results),
  ];
}

export function drawnText(stored: StoredDrawn): string {
  const { results, unusable, verdict } = stored;
  const head = ['slip', 'drawn', ...Object.values(fates)];
  const rows = fateRows(results).map(({ operator, drawn, counts }) =>
    [operator, drawn, ...counts].map(String),
  );
  const parts = [
    table(head, rows).join('\n'),
    list('lived, each a question to its reader:', results, 'lived', ({ runsMade }) => `${runsMade} runs`),
    list('noticed otherwise:', results, 'noticed', ({ noticed }) => noticed ?? ''),
    list('killed:', results, 'killed', ({ kill }) =>
      kill === null ? '' : `${kill.invariant}\n    ${kill.replay}`,
    ),
    list('no run comes by:', results, 'unpassed', () => ''),
    ...(unusable.length === 0
      ? []
      : [['without any slip not as expected, and not asked:', ...unusable].join('\n  ')]),
    verdict,
  ];
  return finished([parts.filter((part) => part !== '').join('\n\n')]);
}

function list(
  head: string,
  results: readonly DrawnResult[],
  fate: Fate,
  more: (result: DrawnResult) => string,
): string {
  const mine = results.filter((result) => result.fate === fate);
  if (mine.length === 0) return '';
  const lines = mine.map((result) => {
    const { name, slip } = result;
    const end = more(result);
    return `  ${name}\n    ${slip}${end === '' ? '' : `\n    ${end}`}`;
  });
  return [head, ...lines].join('\n');
}
