// The page of a benchmark: a sentence for each question on top, then section by section what was measured, against
// which limits, how sure, and how to do it again. A section for which nothing was stored is left out, and the page
// says so.

import type { BenchResult } from '../../bench/result.ts';
import { benchIsGood, benchSentence } from '../bench-text.ts';
import { html } from '../escape.ts';
import { page } from '../page.ts';
import { againSection } from './again.ts';
import { comparedSection } from './compared.ts';
import { costSection } from './cost.ts';
import { faultsSection } from './faults.ts';
import { kneeSection } from './knee.ts';
import { latencySection } from './latency.ts';
import { ledgerSection } from './ledger.ts';
import { limitsSection } from './limits.ts';
import { machineSection } from './machine.ts';
import { scalingSection } from './scaling.ts';
import { assembled, type Section, toldOf } from './section.ts';
import { statisticsSection } from './statistics.ts';
import { benchStyle } from './style.ts';
import { throughputSection } from './throughput.ts';
import { verdictStrip } from './verdict.ts';

export function benchPage(bench: BenchResult, sha256?: string): string {
  const told = toldOf(bench);
  const sections = [
    ...[comparedSection, machineSection, throughputSection, latencySection].map((section) => section(told)),
    ...[kneeSection, scalingSection, costSection, limitsSection].map((section) => section(told)),
    ...[faultsSection, ledgerSection, statisticsSection].map((section) => section(told)),
    againSection(bench, sha256),
  ].filter(({ blocks }) => blocks.length > 0);
  const body = [
    '<h1>Odradek: a benchmark</h1>',
    `<p class="verdict ${benchIsGood(bench) ? 'good' : 'bad'}">${html(benchSentence(bench))}</p>`,
    verdictStrip(bench),
    contents(sections),
    assembled(sections),
  ];
  return page(`Odradek benchmark: ${benchSentence(bench)}`, body.join('\n'), { style: benchStyle });
}

function contents(sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${html(title)}</a></li>`);
  return `<nav aria-label="Contents"><ul class="contents">${links.join('')}</ul></nav>`;
}
