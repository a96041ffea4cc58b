// The page of one run: what was promised and what happened, the way to it line by line, and a picture that can be
// moved and asked. Readable without its script as well, and on paper: then the drawing of the suite page stands for
// the picture.

import type { Finding, KeptRun } from '../../sim/index.ts';
import { html } from '../escape.ts';
import { clipped, counted, number, roughSeconds, seconds } from '../format.ts';
import { command, details, type PageScript, page, paragraph, scrolling } from '../page.ts';
import { crashOf, evidenceOf, legend, waitsOf } from '../run-details.ts';
import { type RunFacts, runFacts } from '../run-facts.ts';
import { permission } from '../story.ts';
import { timeline, wholeRun } from '../timeline.ts';
import { type Chain, type ChainLine, chainOf, chainSorts } from './chain.ts';
import { type Fitted, fitEvents, pageEvents } from './fit.ts';
import { headOf } from './head.ts';
import { promiseOf } from './promises.ts';
import { storyStyle } from './style.ts';

/** Why a run is told. */
export type Why = 'failure' | 'witness' | 'look';

export interface ToldRun {
  readonly kept: KeptRun;
  readonly finding: Finding | null;
  readonly why: Why;
  /** Where two runs of the seed part. */
  readonly divergence: string | null;
}

/** Bytes of a page. */
export const pageBytesMax = 2_000_000;
/** For what is said about events that are left out. */
const reservedBytes = 6_000;
/** Characters of a scenario file. */
const scenarioCharactersMax = 60_000;
const proseMax = 3_000;

export function storyPage(told: ToldRun, script: PageScript, bytesMax = pageBytesMax): string {
  const { kept, finding, why } = told;
  const run = runFacts(kept, finding, why === 'failure');
  const chain = chainOf(kept, finding);
  const events = pageEvents(kept.outcome.trace ?? [], kept.outcome.history ?? []);
  const write = (fitted: Fitted) => {
    const title = `${kept.scenario}, seed ${kept.outcome.seed}: ${verdictOf(told)}`;
    return page(title, bodyOf(told, run, chain, events.length, fitted), { style: storyStyle, script });
  };
  const rest = new TextEncoder().encode(write({ letters: '', kept: 0, leftOut: [] })).length;
  return write(fitEvents(events, finding, Math.max(0, bytesMax - reservedBytes - rest)));
}

function bodyOf(told: ToldRun, run: RunFacts, chain: Chain, eventCount: number, fitted: Fitted): string {
  const { kept, why, finding } = told;
  const tone = why === 'failure' ? 'bad' : why === 'witness' ? 'warn' : 'good';
  const control = kept.control ? ', under the overrides of its control' : '';
  return [
    `<h1>${html(kept.scenario)}, seed ${html(kept.outcome.seed)}${control}</h1>`,
    `<p class="verdict ${tone}">${html(verdictOf(told))}</p>`,
    cards(told, run),
    `<div class="told${why === 'failure' ? '' : ' lawful'}">${chainSection(chain)}`,
    `${pictureSection(run, eventCount, fitted, kept.replay)}</div>`,
    shrunkSection(kept),
    '<h2>The rest</h2>',
    told.divergence === null
      ? ''
      : details('Where two runs of this seed part', command(told.divergence), true),
    waitsOf(run),
    crashOf(run),
    details('The scenario file', command(clipped(kept.text, scenarioCharactersMax))),
    evidenceOf(run),
    data(
      'page-head',
      'application/json',
      JSON.stringify(headOf(run, chain, kept, finding)).replaceAll('<', '\\u003c'),
    ),
    data('page-events', 'text/plain', fitted.letters),
  ].join('\n');
}

/** Data for the script: no script itself, so that no policy has to let it run. */
function data(id: string, type: string, content: string): string {
  return `<script id="${id}" type="${type}">${content}</script>`;
}

// ---- the head

/** The verdict in one sentence. */
export function verdictOf({ finding, why }: ToldRun): string {
  if (finding === null) return 'Nothing was found in this run: every invariant that was judged held.';
  const { broken } = promiseOf(finding.invariant);
  const where = placeOf(finding);
  if (why === 'failure') return `A failure: ${broken}${where}.`;
  if (why === 'witness') return `A witness, not a violation: ${broken}${where}, and this run permits that.`;
  return `Found: ${broken}${where}.`;
}

function placeOf({ evidence, timeUs }: Finding): string {
  const { topic, partition, offset } = evidence;
  const place = topic === undefined ? '' : ` in ${topic}${partition === undefined ? '' : `/${partition}`}`;
  const at = typeof offset === 'number' && offset >= 0 ? ` at offset ${offset}` : '';
  return `${place}${at} (${roughSeconds(timeUs)} into the run)`;
}

const nothingPermits =
  'Nothing permits it: neither the configuration of this run nor any fault that took effect.';
const notHere = 'The world permits it, and the scenario says that it must not show here.';

/** What checkers write between the facts of a witness and what permits it. */
const lawful = /;? *lawful: */;

function cards({ kept, finding, why }: ToldRun, run: RunFacts): string {
  const parts: string[] = [];
  if (finding !== null) {
    const [what = '', because = ''] = clipped(finding.prose, proseMax).split(lawful);
    const { promise, permitted } = promiseOf(finding.invariant);
    parts.push(
      card(
        'What is promised',
        paragraph(promise) + paragraph(`The invariant ${finding.invariant}.`, 'quiet'),
      ),
    );
    parts.push(card('What happened instead', paragraph(sentence(what)) + facts(finding)));
    const reasons = [sentence(because), permitted || permission(run)].filter((reason) => reason !== '');
    if (why !== 'failure')
      parts.push(card('What permits it', reasons.map((reason) => paragraph(reason)).join('')));
    else if (run.isViolation) parts.push(card('Why it is a failure', paragraph(nothingPermits)));
    else
      parts.push(
        card('Why it is a failure', [notHere, ...reasons].map((reason) => paragraph(reason)).join('')),
      );
  }
  if (kept.pointOfNoReturn != null) {
    const { timeUs, step, prose } = kept.pointOfNoReturn;
    const at = `At ${seconds(timeUs)}, step ${number(step)}.`;
    parts.push(card('The point of no return', paragraph(sentence(prose)) + paragraph(at, 'quiet')));
  }
  const copy =
    '<button type="button" class="alive-only copy" data-do="copy">copy</button> <span id="copied"></span>';
  const again = `<pre><code id="command">${html(kept.replay)}</code></pre>${copy}`;
  const opening =
    `${counted(run.lanes.length, 'node')}, ${number(kept.outcome.steps)} steps, ${roughSeconds(run.endUs)} of` +
    ' virtual time; every step is the same each time.';
  parts.push(card('See it again', again + paragraph(opening, 'quiet')));
  const about = kept.story === undefined || kept.story === '' ? `From ${kept.file}.` : kept.story;
  parts.push(card('The scenario', paragraph(about) + paragraph(kept.file, 'quiet')));
  return `<div class="cards">${parts.join('\n')}</div>`;
}

function card(title: string, markup: string): string {
  return `<section class="card"><h2>${html(title)}</h2>${markup}</section>`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const first = trimmed.charAt(0);
  // A name such as produce-1#1/49 keeps its letter.
  const begun = /^[a-z]+ /.test(trimmed) ? first.toUpperCase() + trimmed.slice(1) : trimmed;
  return /[.!?]$/.test(begun) || begun === '' ? begun : `${begun}.`;
}

/** Facts of a finding that its own sentences say. */
const saidElsewhere: ReadonlySet<string> = new Set(['because', 'seen']);

function facts({ evidence }: Finding): string {
  const rows = Object.entries(evidence).filter(([name, value]) => value !== null && !saidElsewhere.has(name));
  const named = (name: string) => (name === 'value' ? 'record' : name);
  const written = (name: string, value: unknown) => (name === 'acks' && value === -1 ? 'all' : String(value));
  return `<dl>${rows
    .map(
      ([name, value]) => `<dt>${html(named(name))}</dt><dd>${html(clipped(written(name, value), 300))}</dd>`,
    )
    .join('')}</dl>`;
}

// ---- the way to it

function chainSection({ lines, leftOut }: Chain): string {
  const many = counted(lines.length, 'line');
  const hint = `<p class="quiet alive-only hint">${many}. Choose one, and the picture goes to its moment.</p>`;
  const missing =
    leftOut === 0 ? '' : paragraph(`${number(leftOut)} lines farther away are left out.`, 'quiet');
  const items = lines.map(chainItem).join('\n');
  return `<section><h2>How it came to this</h2>${hint}<ol id="chain">${items}</ol>${missing}</section>`;
}

function chainItem({ timeUs, step, sort, text }: ChainLine): string {
  return (
    `<li><button type="button" class="${sort}" data-at="${timeUs}" title="step ${step}">` +
    `<span class="at">${seconds(timeUs)}</span><span class="text">${html(text)}</span>` +
    `<span class="sort">${html(chainSorts[sort])}</span></button></li>`
  );
}

// ---- the picture

function pictureSection(run: RunFacts, eventCount: number, fitted: Fitted, replay: string): string {
  const drawing = timeline(run, wholeRun(run), 'whole');
  const notes = drawing.notes.map((note) => paragraph(note, 'quiet')).join('');
  const still = `<div class="static-only">${scrolling(drawing.svg, 'The whole run')}${notes}${legend}</div>`;
  return `<section id="picture-box"><h2>The picture</h2>
<div class="alive-only">
<div class="tools">${tools(run)}</div>
<div class="frame wide"><canvas id="picture" tabindex="0" role="application" aria-describedby="keys"
 aria-label="Nodes over time, with faults, messages and what happened; the list below says the same"></canvas>
<div id="tip" role="tooltip" hidden=""></div></div>
<p id="selected" aria-live="polite"></p>
<p class="quiet" id="drawn"></p>
${filters}
${signs}
<h2 id="list-title">What happens in the window</h2>
<p class="quiet" id="list-note"></p><ol id="list"></ol>
</div>
${still}${leftOutOf(eventCount, fitted, replay)}</section>`;
}

function tools({ finding }: RunFacts): string {
  const button = (name: string, text: string) => `<button type="button" data-do="${name}">${text}</button>`;
  return [
    finding === null ? '' : button('finding', 'to the finding'),
    button('first', 'the whole story'),
    button('whole', 'the whole run'),
    button('in', 'closer'),
    button('out', 'farther'),
    '<label>chart of <select id="partition"></select></label>',
    '<label><input type="checkbox" id="only-partition"> only events of this partition</label>',
  ].join('');
}

const filters = `<details class="filters"><summary>What is shown</summary>
<div id="filter-groups"><b>events</b></div><div id="filter-sorts"><b>messages</b></div>
<div id="filter-nodes"><b>nodes</b></div></details>`;

const stroke = (name: string, colour: string, text: string) =>
  `<span><i class="swatch ${name}" style="color:var(--${colour})"></i>${text}</span>`;

/** How to read the picture, and how to move it. */
const signs = `${legend}
<p class="legend">${[
  stroke('', 'c1', 'a produce request'),
  stroke('', 'c3', 'a consumer reads'),
  stroke('', 'good', 'a follower fetches'),
  stroke('', 'c2', 'of a consumer group'),
  stroke('dotted', 'c4', 'an answer'),
  stroke('dashed', 'bad', 'a message that never arrives'),
  '<span>Coloured diamonds: events that matter (red: nodes and faults, green: leaders and replicas, ' +
    'violet: controllers)</span>',
  '<span>Chart: a line is where the log of a replica ends, a broken line its high watermark (below ' +
    'it: committed)</span>',
].join('')}</p>
<p class="quiet keys" id="keys"><span>Drag to move.</span>
<span>Ctrl and wheel to zoom (the wheel alone once the picture was clicked).</span>
<span>Keys, when it was clicked: arrows move and zoom, n and p go from event to event, f goes to the finding,
Home shows the whole run.</span></p>`;

/** Kinds of missing events that are named. */
const kindsNamed = 8;

function leftOutOf(eventCount: number, { kept, leftOut }: Fitted, replay: string): string {
  if (kept === eventCount)
    return paragraph(`All ${number(eventCount)} events of the run are in this page.`, 'quiet');
  const named = leftOut.slice(0, kindsNamed).map(([kind, count]) => `${number(count)} ${kind}`);
  const more = leftOut.length > named.length ? ', and others' : '';
  const text =
    `${number(eventCount - kept)} of ${number(eventCount)} events are not in this page, for its size: ` +
    `${named.join(', ')}${more}. What is far from the finding and matters least went first. This writes all of them:`;
  return paragraph(text) + command(`${replay} --trace trace.jsonl`);
}

// ---- the minimal scenario

function listed(lines: readonly string[]): string {
  const items = lines.map((line) => `<li>${html(line)}</li>`);
  return items.length === 0 ? '' : `<ul>${items.join('')}</ul>`;
}

function shrunkSection({ shrunk, pointOfNoReturn }: KeptRun): string {
  if (shrunk == null) return '';
  const size = `${counted(shrunk.events, 'event')}, seed ${shrunk.seed}`;
  const what = `The smallest scenario that was found to end the same way: ${size}.`;
  const turn =
    pointOfNoReturn == null
      ? ''
      : paragraph(`The point of no return: ${sentence(pointOfNoReturn.prose)}`, 'quiet');
  return (
    `<h2 id="minimal">The minimal scenario</h2>${paragraph(what)}` +
    `${listed(shrunk.story)}${turn}${command(shrunk.replay)}` +
    details('Its file', command(clipped(shrunk.text, scenarioCharactersMax)), true)
  );
}
