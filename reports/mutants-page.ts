// The page of a kill matrix: which slip was noticed by whom and how soon, what each judge is worth, and how quiet all
// of them are when nothing is broken.

import type { StoredHealthy, StoredMutants } from '../sim/index.ts';
import { html } from './escape.ts';
import { counted, number } from './format.ts';
import { badge, type Cell, command, details, page, paragraph, table } from './page.ts';

export function mutantsPage(stored: StoredMutants): string {
  const { mutants, healthy, exitCode, verdict: sentence } = stored;
  const body = [
    '<h1>Odradek: the judges, judged</h1>',
    `<p class="verdict ${exitCode === 0 ? 'good' : 'bad'}">${html(sentence)}</p>`,
    paragraph(
      'Each mutant is the engine with one slip in it. Under each of its scenarios seeds run until one of' +
        ' them raises' +
        ' an alarm that the healthy engine does not raise under the same seed, at most' +
        ` ${number(stored.seeds.max)} seeds, counted from ${stored.seeds.first}.`,
      'quiet',
    ),
    '<h2 id="matrix">Kill matrix</h2>',
    table(
      ['mutant', 'the slip', 'from', 'scenario', { right: 'seeds to kill' }, 'killed by'],
      mutants.flatMap(mutantRows),
    ),
    '<h2 id="ablation">Without each judge</h2>',
    paragraph(
      'With one judge switched off, the mutants that no run made here would have killed (every scenario ran' +
        ` ${counted(stored.seeds.always, 'seed')} at least). A judge that guards nothing alone is not useless:` +
        ' others stand beside it for these slips.',
      'quiet',
    ),
    table(
      ['judge', { right: 'mutants it caught' }, 'would have lived without it'],
      stored.ablation.map(({ guard, caught, survivors }) => [
        { code: guard },
        { right: number(caught) },
        survivors.join(', '),
      ]),
    ),
    ...(healthy === null ? [] : healthyPart(healthy)),
    '<h2 id="again">Every replay</h2>',
    details('One command for each kill', command(replays(stored).join('\n'))),
  ];
  return page(`Odradek mutants: ${sentence}`, body.join('\n'));
}

function mutantRows({
  name,
  slip,
  origin,
  killed,
  cells,
  trouble,
}: StoredMutants['mutants'][number]): Cell[][] {
  const head: Cell[] = [
    { markup: `<code>${html(name)}</code> ${killed ? '' : badge('lives', 'bad')}` },
    slip,
    { code: origin },
  ];
  if (trouble !== null) return [[...head, '', '', trouble]];
  return cells.map(({ scenario, seedsRun, seedsToKill, kill }, index) => [
    ...(index === 0 ? head : ['', '', '']),
    scenario,
    { right: seedsToKill === null ? `not in ${number(seedsRun)}` : number(seedsToKill) },
    kill === null ? '' : `${kill.kind === 'crashed' ? 'assertion' : kill.invariant}: ${kill.prose}`,
  ]);
}

function healthyPart({ seeds, scenarios }: StoredHealthy): string[] {
  const alarms = scenarios.flatMap((scenario) => scenario.alarms);
  return [
    '<h2 id="healthy">Without any slip</h2>',
    paragraph(
      `${counted(seeds, 'seed')} of ${counted(scenarios.length, 'scenario')}: ${counted(alarms.length, 'alarm')}.`,
    ),
    table(
      ['scenario', { right: 'seeds' }, { right: 'alarms' }, { right: 'not judged' }, 'what'],
      scenarios.map((one) => [
        one.scenario,
        { right: number(one.seeds) },
        { right: number(one.alarms.length) },
        { right: number(one.unjudged.length) },
        [...one.alarms, ...one.unjudged].map(({ what, replay }) => `${what} (${replay})`).join('; '),
      ]),
    ),
  ];
}

function replays({ mutants }: StoredMutants): string[] {
  return mutants.flatMap(({ cells }) => cells.flatMap(({ replay }) => (replay === null ? [] : [replay])));
}
