// The ledger: what became of each record that was meant to be sent, for every run, and the first examples of gaps.

import type { WorkloadRun } from '../../bench/result.ts';
import { html } from '../escape.ts';
import { number } from '../format.ts';
import { type Cell, details, paragraph, table } from '../page.ts';
import { badgesOf, type Section, type Told } from './section.ts';
import { spaced } from './words.ts';

const account = [
  'intended',
  'acknowledged',
  'failed',
  'unfinished',
  'readBack',
  'acknowledgedReadBack',
] as const;
const gaps = [
  ...(['missing', 'duplicated', 'corrupt', 'misplaced', 'reordered', 'foreign'] as const),
  ...(['refusedButThere', 'uncounted'] as const),
];

export function ledgerSection({ runs }: Told): Section {
  if (runs.length === 0) return { id: 'ledger', title: 'Ledger', blocks: [] };
  const deliveries = runs.filter(({ run }) => run.ledger.delivery !== null);
  return {
    ...{ id: 'ledger', title: 'Ledger' },
    blocks: [
      paragraph(
        'Intended = acknowledged + failed + unfinished; everything acknowledged was read back and must be' +
          ' there once, in its place,' +
          ' in order, as it was sent. Any gap makes a run void.',
        'quiet',
      ),
      counts(
        runs.map(({ run }) => run),
        account,
      ),
      counts(
        runs.map(({ run }) => run),
        gaps,
      ),
      ...(deliveries.length > 0 ? [delivered(deliveries.map(({ run }) => run))] : []),
      ...runs.flatMap(({ run }) => examples(run)),
    ],
  };
}

function counts(
  runs: readonly WorkloadRun[],
  names: readonly (typeof account | typeof gaps)[number][],
): string {
  const rows = runs.map(({ name, ledger }): Cell[] => [
    { markup: `${html(name)} ${badgesOf([sound(ledger.sound)])}` },
    ...names.map((count) => ({ right: number(ledger[count]) })),
  ]);
  return table(['records', ...names.map((name) => ({ right: spaced(name) }))], rows);
}

function sound(isSound: boolean) {
  return isSound
    ? ({ text: 'sound', kind: 'good', why: '' } as const)
    : ({ text: 'VOID', kind: 'bad', why: '' } as const);
}

function delivered(runs: readonly WorkloadRun[]): string {
  const rows = runs.map(({ name, ledger: { delivery } }): Cell[] => [
    name,
    ...[delivery?.delivered, delivery?.undelivered, delivery?.deliveredAgain].map((count) => ({
      right: number(count ?? 0),
    })),
  ]);
  const heads = ['delivered', 'undelivered', 'delivered again'].map((right) => ({ right }));
  return table(['to a consumer that followed the load', ...heads], rows);
}

/** Gaps that a page tells; the rest is in bench.json. */
const examplesTold = 20;

function examples({ name, ledger }: WorkloadRun): string[] {
  const all = ledger.examples.slice(0, examplesTold);
  if (all.length === 0) return [];
  const lines = all.map((example) => paragraph(example, ledger.sound ? 'quiet' : 'bad')).join('');
  return [details(`What ${name} has to say`, lines, !ledger.sound)];
}
