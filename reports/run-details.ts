// What both pages say of a run below its story: who waits, the stack of a crash, evidence and judges; and what the
// shapes of a timeline mean.

import { clipped, number } from './format.ts';
import { command, details, paragraph, table } from './page.ts';
import type { RunFacts } from './run-facts.ts';

/** Rows of one table. */
export const listedMax = 400;

export function waitsOf({ outcome: { standstill, crash } }: RunFacts): string {
  if (standstill === null) return '';
  const rows = standstill.waits
    .slice(0, listedMax)
    .map(({ node, task, waitingFor }) => [node, task, waitingFor]);
  const why = `In the phase ${standstill.where}: ${standstill.why}.`;
  return details(
    'Who waits for what',
    paragraph(why) + table(['node', 'task', 'waits for'], rows),
    crash === null,
  );
}

export function crashOf({ outcome: { crash } }: RunFacts): string {
  return crash === null
    ? ''
    : details('The stack of the crash', command(clipped(`${crash.message}\n${crash.stack}`, 8_000)), true);
}

export function evidenceOf({ finding, outcome }: RunFacts): string {
  const facts = Object.entries(finding?.evidence ?? {}).map(([name, value]) => [
    name,
    clipped(String(value), 500),
  ]);
  const judged = outcome.judgements.map(({ checker, verdict, judged: count, reason }) => [
    checker,
    verdict,
    { right: number(count) },
    reason ?? '',
  ]);
  const counters = Object.entries(outcome.counters).map(([name, value]) => [name, { right: number(value) }]);
  return details(
    'Evidence, judges and counters',
    (facts.length > 0 ? table(['evidence', 'value'], facts) : '') +
      table(['checker', 'verdict', { right: 'judged' }, 'why unknown'], judged) +
      table(['counter', { right: 'times' }], counters.slice(0, listedMax)),
  );
}

const swatch = (inside: string) => `<svg viewBox="-12 -9 24 18" aria-hidden="true">${inside}</svg>`;

/** What the shapes of a timeline mean. */
export const legend = `<p class="legend">${[
  `${swatch('<rect class="life" x="-12" y="-4" width="24" height="8"/>')} a life of a node`,
  `${swatch('<g class="end"><path class="stroke" d="M-6 -6l12 12m0 -12l-12 12"/></g>')} the process dies`,
  `${swatch('<g class="end"><path d="M2 -9l-7 10h5l-3 8l9 -11h-5l4 -7z"/></g>')} power is lost`,
  `${swatch('<g class="end"><path d="M-6 -6h12v12h-12z"/></g>')} it gives up`,
  `${swatch('<path class="boot" d="M-4 -8v16l9 -8z"/>')} it starts again`,
  `${swatch('<rect class="fault" x="-11" y="-5" width="22" height="9"/>')} a fault`,
  `${swatch('<rect class="fault none" x="-11" y="-5" width="22" height="9"/>')} a fault without effect`,
  `${swatch('<path class="op acked" d="M-8 7v-8M-4 7v-14M0 7v-10M4 7v-13M8 7v-6"/>')} acknowledged (higher: more)`,
  `${swatch('<path class="op read" d="M-8 -7v8M-4 -7v12M0 -7v9M4 -7v6M8 -7v10"/>')} read`,
  `${swatch('<path class="op failed" d="M-3 -3l6 6m0 -6l-6 6"/>')} failed for certain`,
  `${swatch('<path class="op unknown" d="M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0"/>')} may have happened or not`,
]
  .map((item) => `<span>${item}</span>`)
  .join('')}</p>`;
