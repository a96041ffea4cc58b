// The page of a suite: the verdict, the table of scenarios, and a story with a timeline for each failure and each
// witness, the failures first.

import { campaignSections } from './campaign-page.ts';
import { anchor, html } from './escape.ts';
import {
  alsoIn,
  knownFailures,
  type ScenarioFacts,
  type SuiteFacts,
  type Told,
  titleOf,
  verdictSentence,
} from './facts.ts';
import { clipped, number, roughSeconds, seconds } from './format.ts';
import { badge, command, details, figure, page, paragraph, table } from './page.ts';
import { described, type Happening, type RunFacts } from './run-facts.ts';
import { proseCharactersMax, storyOf } from './story.ts';
import { aroundFinding, timeline, wholeRun } from './timeline.ts';

/** Bytes of stories on one page; the page as a whole stays below 2 MB. */
const storyBytesMax = 1_300_000;

/** Failures that are only named, on one page. */
const untoldMax = 60;

/** Rows of the tables below the pictures. */
const happeningsMax = 150;
const listedMax = 400;

/** `more` are sections that a suite of a special kind has before its scenarios. */
export function suitePage(facts: SuiteFacts, more: readonly string[] = []): string {
  const { suite } = facts;
  const allExpected = facts.asExpected === facts.scenarios.length && facts.scenarios.length > 0;
  const good = allExpected && knownFailures(facts).length === 0;
  const { first, count, shard } = suite.seeds;
  const body = [
    '<h1>Odradek: a suite of simulations</h1>',
    `<p class="verdict ${good ? 'good' : 'bad'}">${html(verdictSentence(facts))}</p>`,
    paragraph(
      `${number(count)} seeds from ${first}${shard === null ? '' : `, shard ${shard}`}: ${number(facts.runs)} runs,` +
        ` ${number(facts.steps)} steps, ${roughSeconds(facts.virtualUs)} of virtual time.` +
        ` Fingerprint ${suite.fingerprint}: two suites did the same exactly when these agree.`,
      'quiet',
    ),
    ...(suite.notes ?? []).map((note) => paragraph(note, 'bad')),
    ...more,
    '<h2 id="scenarios">Scenarios</h2>',
    verdictTable(facts.scenarios),
    ...campaignSections(suite),
    ...stories(facts),
    '<h2 id="again">Every replay</h2>',
    paragraph(
      'Each command runs its seed again, step by step the same; --until stops at a step, --stuck lists waits.',
    ),
    replays(facts),
  ];
  return page(`Odradek suite: ${verdictSentence(facts)}`, body.join('\n'));
}

function verdictTable(scenarios: readonly ScenarioFacts[]): string {
  const rows = scenarios.map(({ stored, expected }) => [
    { markup: `<a href="#${anchor(stored.name)}">${html(stored.name)}</a>` },
    stored.expectation,
    stored.seen,
    { markup: badge(stored.result, expected ? 'good' : stored.result === 'vacuous' ? 'warn' : 'bad') },
    { right: number(stored.seeds) },
    { right: stored.witness === null ? '' : number(stored.witnessed) },
    { code: stored.fingerprint },
  ]);
  const head = [
    'scenario',
    'expectation',
    'seen',
    'verdict',
    { right: 'seeds' },
    { right: 'witness seeds' },
    'fingerprint',
  ];
  return table(head, rows);
}

interface Budget {
  /** Bytes. */
  left: number;
  /** Failures that may still be named with their prose and no picture. */
  untold: number;
  skipped: number;
}

function stories(facts: SuiteFacts): string[] {
  const parts: string[] = [];
  const budget = { left: storyBytesMax, untold: untoldMax, skipped: facts.untold };
  // In two passes, so that when the budget ends it ends among the witnesses.
  const failing = facts.scenarios.filter(({ expected }) => !expected);
  const fine = facts.scenarios.filter(({ expected }) => expected);
  if (failing.length > 0) parts.push('<h2 id="failures">Not as expected</h2>');
  for (const scenario of failing) parts.push(scenarioSection(scenario, budget));
  if (fine.length > 0) parts.push('<h2 id="expected">As expected</h2>');
  for (const scenario of fine) parts.push(scenarioSection(scenario, budget));
  if (budget.skipped > 0) {
    parts.push(
      paragraph(
        `${budget.skipped} kept runs are not told here, for the size of this page; see their replays.`,
      ),
    );
  }
  return parts;
}

function scenarioSection({ stored, failures, witness }: ScenarioFacts, budget: Budget): string {
  const parts = [
    `<h3 id="${anchor(stored.name)}">${html(stored.name)}</h3>`,
    paragraph(stored.story),
    paragraph(`Expected: ${stored.expectation}. Seen: ${stored.seen}.`, 'quiet'),
    ...stored.missing.map((reason) => paragraph(reason, 'bad')),
  ];
  for (const told of witness === null ? failures : [...failures, witness]) {
    const { run } = told;
    if (run === null) {
      if (told.why === 'failure' && budget.untold-- > 0) parts.push(untold(told));
      continue;
    }
    const text = storyArticle(stored, told, run);
    const size = new TextEncoder().encode(text).length;
    if (size <= budget.left) {
      budget.left -= size;
      parts.push(text);
    } else {
      budget.skipped++;
      if (budget.untold-- > 0) parts.push(untold(told));
    }
  }
  return parts.join('\n');
}

function untold({ telling, failure }: Told): string {
  const { finding, replay } = telling;
  const prose = clipped(finding.prose, proseCharactersMax);
  const also = failure === null ? '' : paragraph(alsoIn(failure), 'quiet');
  return (
    `<article><h3>${html(titleOf(telling))}</h3>` +
    `${paragraph(`Step ${number(finding.step)}: ${prose}.`)}${also}${command(replay)}</article>`
  );
}

function storyArticle(stored: ScenarioFacts['stored'], told: Told, run: RunFacts): string {
  const { telling, failure, why } = told;
  const story = storyOf(stored, told, run);
  const id = anchor(`${stored.name}-${why}-${telling.seed}-${telling.control}-${telling.finding.step}`);
  const zoom = aroundFinding(run);
  const also = failure === null ? '' : alsoIn(failure);
  return [
    `<article id="${id}"><h3>${html(story.title)} ${badge(why, why === 'failure' ? 'bad' : 'warn')}</h3>`,
    paragraph(story.verdict),
    also === '' ? '' : paragraph(also, 'quiet'),
    command(telling.replay),
    paragraph(story.opening, 'quiet'),
    picture(run, wholeRun(run), `${id}-whole`, 'The whole run'),
    zoom === undefined ? '' : picture(run, zoom, `${id}-zoom`, 'Around the finding'),
    legend,
    details('What happened, in order', storyList(story.lines, story.leftOut, run.isFailure), true),
    trailOf(run),
    failure?.divergence ? details('Where two runs of this seed part', command(failure.divergence), true) : '',
    waitsOf(run),
    crashOf(run),
    evidenceOf(run),
    '</article>',
  ].join('\n');
}

function picture(
  run: RunFacts,
  window: { fromUs: number; toUs: number },
  id: string,
  caption: string,
): string {
  const { svg, notes } = timeline(run, window, id);
  const inside = run.happenings.filter(({ timeUs }) => timeUs >= window.fromUs && timeUs <= window.toUs);
  const rows = inside
    .slice(0, happeningsMax)
    .map(({ timeUs, step, node, sort, text }) => [
      { right: seconds(timeUs) },
      { right: number(step) },
      node,
      sort,
      text,
    ]);
  const more = inside.length - rows.length;
  const rest = more > 0 ? paragraph(`${number(more)} further rows are left out.`, 'quiet') : '';
  const operations = run.lanes
    .filter(({ role }) => role === 'client')
    .map(({ node, operations: { acked, read, failed, unknown } }) => [
      node,
      ...[acked, read, failed, unknown].map((times) => ({ right: number(within(times, window)) })),
    ]);
  const heads = ['client', ...['acknowledged', 'read', 'failed', 'unknown'].map((right) => ({ right }))];
  const twin =
    table([{ right: 'time' }, { right: 'step' }, 'node', 'sort', 'what'], rows) +
    rest +
    table(heads, operations);
  return figure(`${caption}: nodes, faults and operations`, svg, notes, details('The same as a table', twin));
}

function within(times: readonly number[], { fromUs, toUs }: { fromUs: number; toUs: number }): number {
  return times.filter((time) => time >= fromUs && time <= toUs).length;
}

function storyList(lines: readonly Happening[], leftOut: string, isFailure: boolean): string {
  const items = lines.map(
    ({ timeUs, step, text, sort }) =>
      `<li><span class="at">${seconds(timeUs)}</span><span class="step">step ${number(step)}</span>` +
      `<span class="${sort}">${html(text)}</span></li>`,
  );
  const missing = leftOut === '' ? '' : paragraph(leftOut, 'quiet');
  return `<ol class="story${isFailure ? '' : ' lawful'}">${items.join('\n')}</ol>${missing}`;
}

function trailOf({ trail }: RunFacts): string {
  if (trail.length === 0) return '';
  const rows = trail.map(({ step, timeUs, node, label, events, repeated }) => [
    { right: seconds(timeUs) },
    { right: number(step) },
    node,
    repeated > 0 ? `${label} (after ${number(repeated)} like it)` : label,
    events
      .slice(0, 6)
      .map((line) => described(line.event))
      .join('; '),
  ]);
  const head = [{ right: 'time' }, { right: 'step' }, 'node', 'the step', 'what it told'];
  return details('What caused the step of the finding, each step caused by the one above', table(head, rows));
}

function waitsOf({ outcome: { standstill, crash } }: RunFacts): string {
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

function crashOf({ outcome: { crash } }: RunFacts): string {
  return crash === null
    ? ''
    : details('The stack of the crash', command(clipped(`${crash.message}\n${crash.stack}`, 8_000)), true);
}

function evidenceOf({ finding, outcome }: RunFacts): string {
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

function replays({ scenarios }: SuiteFacts): string {
  const rows = scenarios.flatMap(({ stored, failures, witness }) =>
    (witness === null ? failures : [...failures, witness]).map(({ why, telling }) => [
      stored.name,
      { markup: badge(why, why === 'failure' ? 'bad' : 'warn') },
      titleOf(telling),
      { right: number(telling.finding.step) },
      { markup: `<code>${html(telling.replay)}</code>` },
    ]),
  );
  const shown = rows.slice(0, listedMax);
  const more = rows.length - shown.length;
  const rest = more > 0 ? paragraph(`${number(more)} more are in run.json.`) : '';
  if (rows.length === 0) return paragraph('There is nothing to replay: no failure and no witness.');
  return table(['scenario', '', 'what', { right: 'step' }, 'again'], shown) + rest;
}

const swatch = (inside: string) => `<svg viewBox="-12 -9 24 18" aria-hidden="true">${inside}</svg>`;

/** What the shapes of a timeline mean. */
const legend = `<p class="legend">${[
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
