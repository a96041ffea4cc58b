// What limits each run: the table of resources, Little's law, and the bottleneck with its evidence. Computed in
// bottleneck.ts, told here.

import { html } from '../escape.ts';
import { number, percent } from '../format.ts';
import { type Cell, paragraph, table } from '../page.ts';
import { type Little, limitingOf, littleWithin } from './bottleneck.ts';
import { perRun, type Section, type Told } from './section.ts';

export function limitsSection(told: Told): Section {
  const blocks = perRun(told, ({ run }) => {
    const { resources, little, bottleneck, evidence } = limitingOf(run, told.bench);
    const rows = resources.map(({ name, used, evidence: how }): Cell[] => [
      name,
      { right: percent(used) },
      how,
    ]);
    return [
      `<p>The limit: <strong>${html(bottleneck)}</strong>: ${html(evidence)}.</p>`,
      ...(rows.length > 0 ? [table(['resource', { right: 'used' }, 'of what'], rows)] : []),
      ...(little === null ? [] : [paragraph(littleSentence(little))]),
    ];
  });
  return { id: 'limits', title: 'What limits it', blocks };
}

function littleSentence({ inFlight, asked, evidence }: Little): string {
  const law = `Little's law: ${evidence}`;
  if (asked === null) return `${law} on average; the loop is open, so nothing holds them to a number.`;
  const off = Math.abs(inFlight / asked - 1);
  const verdict =
    off <= littleWithin
      ? 'throughput and latency agree'
      : 'throughput and latency do not agree: the load was not steady, or the latency leaves something out';
  return `${law}; the closed loop keeps ${number(asked)} (${percent(off)} apart): ${verdict}.`;
}
