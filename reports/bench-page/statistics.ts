// How sure: what the comparisons of equals found, how intervals were made, and how small an effect could have been
// seen.

import { number, percent } from '../format.ts';
import { type Cell, paragraph, table } from '../page.ts';
import { confidenceText, falseDifferences, type Metric } from './facts.ts';
import type { Block, Section, Told } from './section.ts';
import { forestPlots } from './throughput.ts';
import { spaced } from './words.ts';

export function statisticsSection(told: Told): Section {
  const { bench, comparisons, targets } = told;
  if (comparisons.length === 0) return { id: 'statistics', title: 'Statistics', blocks: [] };
  const nulls = comparisons.filter(({ comparison }) => comparison.same);
  return {
    ...{ id: 'statistics', title: 'Statistics' },
    blocks: [
      paragraph(method),
      paragraph(nullSentence(nulls.length, falseDifferences(bench).length), nulls.length === 0 ? 'warn' : ''),
      ...comparisons.flatMap(({ comparison }) =>
        comparison.voidBecause === null
          ? []
          : [paragraph(`${comparison.question} is void: ${comparison.voidBecause}.`, 'bad')],
      ),
      ...forestPlots(nulls, targets, 'nulls'),
      ...power(told),
    ],
  };
}

const method =
  'Ratios are taken inside a round, between fresh processes that ran one after the other, in an order that' +
  ' changes from round to round. An interval is a BCa bootstrap interval of the median ratio over rounds;' +
  " nothing is left out as an outlier. Beside it stands Wilcoxon's signed-rank test on the log ratios. A metric is" +
  ' called different, equivalent (within the margin), or inconclusive, which asks for more rounds.';

function nullSentence(nulls: number, wrong: number): string {
  if (nulls === 0)
    return 'No comparison of equals (A/A) was run: nothing shows here how often the method errs.';
  const of = `${number(nulls)} comparison${nulls === 1 ? '' : 's'} of equals (A/A)`;
  if (wrong === 0) return `${of} found no difference, as it must be. Their ratios are below.`;
  return `${number(wrong)} of ${of} found a difference where there is none: the comparisons of this run are void.`;
}

/** What these rounds could have seen. */
function power({ comparisons }: Told): Block[] {
  const rows = comparisons.flatMap(({ comparison }) =>
    comparison.metrics.map((metric): Cell[] => [
      comparison.question,
      spaced(metric.name),
      { right: String(metric.ratios.length) },
      { right: confidenceText(comparison.confidence) },
      { right: spread(metric) },
      { right: percent(metric.margin) },
      { right: metric.smallestVisible === null ? 'not known' : percent(metric.smallestVisible) },
    ]),
  );
  if (rows.length === 0) return [];
  const heads = ['rounds', 'confidence', 'least to most ratio', 'margin', 'smallest visible effect'].map(
    (right) => ({
      right,
    }),
  );
  return [table(['question', 'metric', ...heads], rows)];
}

function spread({ ratios }: Metric): string {
  if (ratios.length === 0) return '-';
  return `${number(Math.min(...ratios), 3)} to ${number(Math.max(...ratios), 3)}`;
}
