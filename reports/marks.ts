// The section of a suite's page on its sometimes marks: how many of all were reached, which never, how often the
// others were, and the curve of new ones over the runs, as a picture and as a table.

import type { MarkCoverage } from '../sim/index.ts';
import { html } from './escape.ts';
import { number, percent } from './format.ts';
import { details, figure, paragraph, table } from './page.ts';

/** How many of all, in one sentence. */
export function marksSentence({ reached, known, runs }: MarkCoverage): string {
  return `${reached.length} of ${known} sometimes marks were reached in ${number(runs)} runs.`;
}

export function marksSection(coverage: MarkCoverage): string {
  const { reached, never, missing } = coverage;
  const parts = [
    '<h2 id="marks">Sometimes marks</h2>',
    paragraph(
      `${marksSentence(coverage)} A mark is a rare turn that tests want to see now and then: one that is never` +
        ' reached says that nothing here tests what happens there.',
    ),
    ...missing.map((reason) => paragraph(reason, 'bad')),
  ];
  if (never.length > 0) {
    const rows = never.map(({ mark, doc, why }) => [{ code: mark }, doc, why ?? '']);
    parts.push(table(['never reached', 'what it is', 'why that is not promised'], rows));
  }
  const rows = reached.map(({ mark, doc, runs, scenario, seed, control }) => [
    { code: mark },
    doc,
    { right: number(runs) },
    { right: percent(runs / coverage.runs) },
    `${scenario}, seed ${seed}${control ? ' (control)' : ''}`,
  ]);
  const head = ['reached', 'what it is', { right: 'runs' }, { right: 'of all' }, 'first in'];
  parts.push(
    curveFigure(coverage),
    details('Every mark that was reached, the rarest first', table(head, rows)),
  );
  return parts.join('\n');
}

const width = 900;
const height = 220;
const margin = { left: 56, right: 16, top: 12, bottom: 36 };

/** Marks reached so far, against runs: steps, because nothing is known between two points. */
function curveFigure({ curve, known, runs, bucketRuns }: MarkCoverage): string {
  if (curve.length === 0) return '';
  const right = width - margin.right;
  const bottom = height - margin.bottom;
  const x = (at: number) => margin.left + ((right - margin.left) * at) / Math.max(1, runs);
  const y = (total: number) => bottom - ((bottom - margin.top) * total) / Math.max(1, known);
  const steps = curve.map((point) => `H${x(point.runs).toFixed(1)}V${y(point.total).toFixed(1)}`).join('');
  const dots = curve.map(
    (point) => `<circle cx="${x(point.runs).toFixed(1)}" cy="${y(point.total).toFixed(1)}" r="2.5"/>`,
  );
  const top = y(known).toFixed(1);
  const svg = [
    `<svg class="plot marks" viewBox="0 0 ${width} ${height}" role="img" aria-label="${html(
      `Marks reached, over ${runs} runs: ${curve.at(-1)?.total ?? 0} of ${known}`,
    )}">`,
    `<path class="axis" d="M${margin.left} ${margin.top}V${bottom}H${right}"/>`,
    `<path class="all" d="M${margin.left} ${top}H${right}"/>`,
    `<text x="${margin.left - 6}" y="${top}" class="end">${known}</text>`,
    `<text x="${margin.left - 6}" y="${bottom}" class="end">0</text>`,
    `<text x="${right}" y="${bottom + 16}" class="end">run ${number(runs)}</text>`,
    `<text x="${margin.left}" y="${bottom + 16}">run 0</text>`,
    `<path class="curve" d="M${margin.left} ${bottom}${steps}"/>`,
    ...dots,
    '</svg>',
  ].join('');
  const rows = curve.map((point, index) => {
    const length = point.runs - (curve[index - 1]?.runs ?? 0);
    return [point.runs, point.fresh, (point.fresh * 1000) / length, point.total].map((value, column) => ({
      right: number(value, column === 2 ? 1 : 0),
    }));
  });
  const head = ['up to run', 'new', 'new per thousand runs', 'in all'].map((name) => ({ right: name }));
  const caption = `Marks reached, by ${number(bucketRuns)} runs in the order of the plan; the line is all there are`;
  return figure(caption, svg, [], details('The same as a table', table(head, rows)));
}
