// The page of two stored benchmarks of one machine: the sections of a single one, as deltas, the greatest loss first.

import type { BenchResult } from '../../bench/result.ts';
import { html } from '../escape.ts';
import { clipped, counted, number } from '../format.ts';
import { badge, type Cell, page, paragraph, table } from '../page.ts';
import { finished, table as textTable } from '../text.ts';
import {
  categoryAxis,
  dots,
  frame,
  markLines,
  type Plot,
  plot,
  targetColours,
  valueAxis,
  wide,
} from './chart.ts';
import { type Delta, type Deltas, deltasOf, lossOf, type Pair } from './deltas.ts';
import { ratio } from './facts.ts';
import { assembled, type Block, heading, type Section } from './section.ts';
import { benchStyle } from './style.ts';

/** What stands below this is called the same: two single runs of one program differ as much. */
const sameWithin = 0.05;

export interface Compared {
  readonly verdict: string;
  readonly html: string;
  readonly text: string;
}

export function deltaPage(a: BenchResult, b: BenchResult): Compared {
  const deltas = deltasOf(a, b);
  const verdict = sentence(deltas);
  const isVoid = deltas.pairs.some(({ voidBecause }) => voidBecause !== null);
  const parts = ['throughput', 'latency', 'cost'] as const;
  const titles = { throughput: 'Throughput and shares', latency: 'Latency', cost: 'Cost' } as const;
  const sections: Section[] = [
    {
      id: 'compared',
      title: 'What is compared',
      blocks: [sides(a, b), paragraph(caution), ...unpaired(deltas)],
    },
    ...parts.map((part) => ({ id: part, title: titles[part], blocks: deltaBlocks(deltas.pairs, part) })),
  ];
  const body = [
    '<h1>Odradek: two benchmarks</h1>',
    `<p class="verdict ${isVoid ? 'bad' : 'good'}">${html(verdict)}</p>`,
    assembled(sections),
  ];
  const rows = deltas.pairs.flatMap((pair) =>
    all(pair).map((delta) => [pair.name, ...cells(delta), word(delta)]),
  );
  const text = finished([verdict, caution, '', ...textTable(head, rows), '', ...deltas.unpaired]);
  return { verdict, html: page(`Odradek: ${verdict}`, body.join('\n'), { style: benchStyle }), text };
}

const caution =
  'Each side is one sample, taken at another time: what is within 5 % is called the same, and what is' +
  ' beyond is a reason to' +
  ' run both in interleaved rounds, not a verdict.';

function sentence({ pairs }: Deltas): string {
  if (pairs.length === 0) return 'The two have nothing in common that could be compared.';
  const voided = pairs.filter(({ voidBecause }) => voidBecause !== null).length;
  const words = pairs
    .filter(({ voidBecause }) => voidBecause === null)
    .flatMap((pair) => all(pair).map(word));
  const count = (wanted: string) => words.filter((one) => one === wanted).length;
  const gap = voided === 0 ? '' : ` ${counted(voided, 'pair')} void.`;
  const numbers = `Of the ${number(words.length)} numbers of B ${count('worse')} are worse by more than 5 %`;
  const rest = `${count('better')} better, ${count('same')} the same`;
  return `${counted(pairs.length, 'pair')} compared.${gap} ${numbers}, ${rest}.`;
}

function all({ throughput, latency, cost }: Pair): Delta[] {
  return [...throughput, ...latency, ...cost];
}

/** What B is. */
function word(delta: Delta): 'better' | 'worse' | 'same' | '-' {
  if (delta.ratio === null || delta.ratio <= 0) return '-';
  const loss = lossOf(delta);
  if (loss > 1 + sameWithin) return 'worse';
  return 1 / loss > 1 + sameWithin ? 'better' : 'same';
}

const head = ['workload', 'what', 'A', 'B', 'B over A', 'B is'];

function cells({ name, unit, a, b, ratio: of }: Delta): string[] {
  const digits = Math.max(Math.abs(a), Math.abs(b)) < 100 ? 3 : 0;
  return [`${name} (${unit})`, number(a, digits), number(b, digits), of === null ? '-' : ratio(of)];
}

function sides(a: BenchResult, b: BenchResult): string {
  const row = (name: string, of: (bench: BenchResult) => string) => [name, of(a), of(b)];
  const rows = [
    row('started', ({ startedAt }) => startedAt),
    row('target', ({ target }) => (target.kind === 'ours' ? 'our own broker' : target.address)),
    row(
      'odradek',
      ({ environment }) => `${environment.version}, commit ${environment.commit ?? 'not known'}`,
    ),
    row('Node', ({ environment }) => environment.node),
    row(
      'machine',
      ({ environment }) => `${environment.processor}, ${environment.cores} cores, ${environment.kernel}`,
    ),
    row('command', ({ command }) => command),
    row('seed', ({ seed }) => seed),
  ];
  return table(['', 'A', 'B'], rows);
}

function unpaired(deltas: Deltas): string[] {
  if (deltas.unpaired.length === 0) return [];
  const items = deltas.unpaired.map((text) => `<li>${html(text)}</li>`).join('');
  return [`${heading('Not compared')}<ul>${items}</ul>`];
}

function deltaBlocks(pairs: readonly Pair[], part: 'throughput' | 'latency' | 'cost'): Block[] {
  const rows = pairs.flatMap((pair) => pair[part].map((delta) => ({ pair, delta })));
  if (rows.length === 0) return [];
  const ordered = rows.toSorted((one, other) => lossOf(other.delta) - lossOf(one.delta));
  return [...ratioPlots(ordered, part), table(head.map(aligned), ordered.map(tableRow))];
}

function aligned(name: string, column: number) {
  return column >= 2 && column <= 4 ? { right: name } : name;
}

interface Row {
  readonly pair: Pair;
  readonly delta: Delta;
}

function tableRow({ pair, delta }: Row): Cell[] {
  const [what = '', a = '', b = '', of = ''] = cells(delta);
  const kinds = { worse: 'bad', better: 'good', same: 'good', '-': 'warn' } as const;
  const words = { worse: 'WORSE', better: 'BETTER', same: 'SAME', '-': 'NO RATIO' } as const;
  const found = word(delta);
  const mark = pair.voidBecause === null ? badge(words[found], kinds[found]) : badge('VOID', 'bad');
  return [pair.name, what, { right: a }, { right: b }, { right: of }, { markup: mark }];
}

/** Rows of one picture; the table has all. */
const plottedMax = 30;

function ratioPlots(rows: readonly Row[], part: string): Plot[] {
  const shown = rows.filter(({ delta }) => delta.ratio !== null && delta.ratio > 0).slice(0, plottedMax);
  if (shown.length === 0) return [];
  const names = shown.map(({ pair, delta }) =>
    clipped(`${delta.name} ${delta.better === 'higher' ? '\u2191' : '\u2193'} ${pair.name}`, 46),
  );
  const ratios = shown.map(({ delta }) => delta.ratio ?? 1);
  const span = Math.max(0.1, ...ratios.map((one) => Math.abs(one - 1))) * 1.05;
  const category = categoryAxis('', 0, names);
  const option = {
    ...frame([], { left: 330, right: 30, top: 24, bottom: 48 }),
    xAxis: valueAxis('B over A', 30, [Math.max(0, 1 - span), 1 + span], (value) => number(value, 2)),
    yAxis: { ...category, inverse: true, axisLabel: { ...category.axisLabel, interval: 0 } },
    series: [
      {
        ...dots('ratio', targetColours[0], 3, 11),
        data: ratios.map((value, at) => [value, at]),
        markLine: markLines('x', [{ at: 1, text: 'equal' }], 'var(--ink)', 'start'),
      },
    ],
  };
  const twin = shown.map(({ pair, delta }) => [pair.name, ...cells(delta)]);
  const left = rows.length - shown.length;
  const more = left > 0 ? `; ${left} further ones in the table` : '';
  const caption = `B over A, the greatest loss first (no unit; n = 1 run of each${more})`;
  return [
    plot(`delta-${part}`, caption, option, wide(80 + shown.length * 26), {
      head: head.slice(0, 5),
      rows: twin,
    }),
  ];
}
