// The page of slips drawn by lot: how many of those that can be made at all would be seen, by operator, and each of
// them with the line in which it stands. Those that lived come first: they are what one reads it for.

import type { DrawnResult, Fate, StoredDrawn } from '../sim/index.ts';
import { fateRows, fates } from './drawn-text.ts';
import { html } from './escape.ts';
import { counted, number } from './format.ts';
import { badge, type Cell, command, details, page, paragraph, table } from './page.ts';

const order: readonly Fate[] = ['lived', 'noticed', 'unpassed', 'killed'];
const tones = { lived: 'bad', noticed: 'good', unpassed: 'bad', killed: 'good' } as const;

export function drawnPage(stored: StoredDrawn): string {
  const { results, slips, seed, seeds, runs, runsEach, unusable, verdict } = stored;
  const told = order.flatMap((fate) => results.filter((result) => result.fate === fate));
  const replays = results.flatMap(({ kill }) => (kill === null ? [] : [kill.replay]));
  const body = [
    '<h1>Odradek: slips drawn by lot</h1>',
    `<p class="verdict">${html(verdict)}</p>`,
    paragraph(
      `Of ${counted(slips, 'slip')} that a hand could make in the sources of the engine, one edit each,` +
        ` ${number(results.length)} were drawn with seed ${seed}. Each was tried under those of` +
        ` ${counted(runs, 'run')} (${counted(seeds, 'seed')} of each scenario) that come by its place, until one` +
        ` raised an alarm that the healthy engine does not raise, in ${counted(runsEach, 'run')} at most.`,
      'quiet',
    ),
    paragraph(
      'A slip that lived is a question, not a failure: it may change nothing that anybody can see (a cache, a' +
        ' wait, a limit that is never met), or it may be a place where nobody looks.',
      'quiet',
    ),
    '<h2 id="fates">By kind of slip</h2>',
    table(
      ['slip', { right: 'drawn' }, ...Object.values(fates).map((right) => ({ right }))],
      fateRows(results).map(({ operator, drawn, counts }) => [
        { code: operator },
        ...[drawn, ...counts].map((count) => ({ right: number(count) })),
      ]),
    ),
    '<h2 id="slips">Every slip</h2>',
    table(
      ['where', 'the line', 'the slip', 'what became of it', { right: 'runs' }, { right: 'come by' }],
      told.map(row),
    ),
    ...(unusable.length === 0
      ? []
      : [paragraph(`Without any slip not as expected, and not asked: ${unusable.join('; ')}`)]),
    '<h2 id="again">Every replay</h2>',
    details('One command for each kill', command(replays.join('\n'))),
  ];
  return page(`Odradek slips: ${verdict}`, body.join('\n'));
}

function row(result: DrawnResult): Cell[] {
  const { name, line, slip, fate, kill, noticed, runsMade, runsPassing } = result;
  const by =
    kill === null
      ? (noticed ?? '')
      : `${kill.invariant}: ${kill.prose} (${kill.scenario}, seed ${kill.seed})`;
  return [
    { code: name },
    { code: line },
    { code: slip },
    { markup: `${badge(fates[fate], tones[fate])} ${html(by)}` },
    { right: number(runsMade) },
    { right: number(runsPassing) },
  ];
}
