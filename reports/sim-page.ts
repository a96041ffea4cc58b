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
import { marksSection } from './marks.ts';
import { badge, command, details, figure, page, paragraph, table } from './page.ts';
import { crashOf, evidenceOf, legend, listedMax, waitsOf } from './run-details.ts';
import { described, type Happening, type RunFacts } from './run-facts.ts';
import { proseCharactersMax, storyOf } from './story.ts';
import { storyName } from './story-page/story-name.ts';
import { aroundFinding, timeline, wholeRun } from './timeline.ts';

/** Bytes of stories on one page; the page as a whole stays below 2 MB. */
const storyBytesMax = 1_300_000;

/** Failures that are only named, on one page. */
const untoldMax = 60;

/** Rows of the tables below the pictures. */
const happeningsMax = 150;

/** `more` are sections that a suite of a special kind has before its scenarios. */
export function suitePage(facts: SuiteFacts, more: readonly string[] = []): string {
  const { suite } = facts;
  const allExpected = suite.result === 'as-expected' && facts.scenarios.length > 0;
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
    ...(suite.marks === undefined ? [] : [marksSection(suite.marks)]),
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
    telling.kept === null ? '' : explained(telling.kept),
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

/** The run on a page of its own. */
function explained(kept: string): string {
  const words = 'This run explained step by step, with a picture that can be moved and asked';
  return `<p><a href="${html(storyName(kept))}">${words}</a></p>`;
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
