// The page of a history: several stored results of one machine, each of them a point, in the order in which they were
// taken. On top what changed, what was lost first; then how to read it; then each workload with its pictures.

import type { Badge } from '../bench-page/facts.ts';
import { assembled, type Block, badgesOf, type Section } from '../bench-page/section.ts';
import { benchStyle } from '../bench-page/style.ts';
import { stripItem } from '../bench-page/verdict.ts';
import { anchor, html } from '../escape.ts';
import { counted } from '../format.ts';
import { type Cell, details, page, paragraph, table } from '../page.ts';
import { historyPlot } from './history-plot.ts';
import type { Judged, JudgedHistory, JudgedSubject } from './judged.ts';
import { commitName } from './results.ts';
import type { History } from './series.ts';
import {
  badgeOf,
  changeSentence,
  kindOf,
  levelsText,
  methodOf,
  seriesName,
  uncertaintyOf,
  verdictOf,
  voidSentence,
} from './words.ts';

export function historyPage(judged: JudgedHistory): string {
  const { history, subjects } = judged;
  const verdict = verdictOf(judged);
  const sections: Section[] = [
    ...subjects.map((subject, at) => subjectSection(subject, history, `s${at + 1}`)),
    { id: 'method', title: 'How changes are found', blocks: methodOf(judged).map((text) => paragraph(text)) },
    resultsSection(history),
    unsharedSection(history),
  ].filter(({ blocks }) => blocks.length > 0);
  const body = [
    '<h1>Odradek: the history of a benchmark</h1>',
    `<p class="verdict ${kindOf(judged)}">${html(verdict)}</p>`,
    strip(judged),
    ...uncertaintyOf(history).map((text) => paragraph(text, 'quiet')),
    contents(sections),
    assembled(sections),
  ];
  return page(`Odradek history: ${verdict}`, body.join('\n'), { style: `${benchStyle}${historyStyle}` });
}

const historyStyle = `
.verdict.warn { border-color: var(--warn); color: var(--ink); }
.changes { list-style: none; margin: 0; padding: 0; }
`;

// ---- on top

/** Lines of the strip; what follows is no worse, and stands below. */
const stripMax = 40;

/** What is void, and what changed; series in which nothing was found are counted in the verdict. */
function strip({ history, subjects }: JudgedHistory): string {
  const voids = subjects.flatMap(({ subject }) =>
    subject.voids.map((one) => ({
      sentence: `${subject.name}: ${voidSentence(one, history)}`,
      badges: [{ text: 'VOID', kind: 'bad', why: '' } satisfies Badge],
    })),
  );
  const changed = subjects.flatMap(({ subject, judged }) =>
    judged.flatMap((one) => {
      const last = one.changes.at(-1);
      if (last === undefined) return [];
      const sentence = `${subject.name}: ${one.series.name} ${changeSentence(one, last, history)}.`;
      return [{ sentence, badges: [badgeOf(one.standing)] }];
    }),
  );
  const rank = ({ badges }: { badges: readonly Badge[] }) => kinds.indexOf(badges[0]?.kind ?? 'good');
  const all = [...voids, ...changed.toSorted((one, other) => rank(one) - rank(other))];
  const rest = all.length - stripMax;
  const more = rest > 0 ? paragraph(`${rest} further changes, none of them worse, are below.`, 'quiet') : '';
  if (all.length === 0) return '';
  return `<ul class="strip">${all.slice(0, stripMax).map(stripItem).join('\n')}</ul>${more}`;
}

const kinds: readonly Badge['kind'][] = ['bad', 'warn', 'good'];

function contents(sections: readonly Section[]): string {
  const links = sections.map(({ id, title }) => `<li><a href="#${id}">${html(title)}</a></li>`);
  return `<nav aria-label="Contents"><ul class="contents">${links.join('')}</ul></nav>`;
}

// ---- one workload

function subjectSection({ subject, judged }: JudgedSubject, history: History, id: string): Section {
  // Of the many counts of the simulator those that never changed are only counted.
  const told = history.isExact ? judged.filter(({ standing }) => standing !== 'same') : judged;
  const same = judged.length - told.length;
  // What is the same in all would be a level line.
  const drawn = told.filter(({ standing }) => standing !== 'same');
  return {
    ...{ id, title: subject.name },
    blocks: [
      ...subject.voids.map((one) => paragraph(`VOID: ${voidSentence(one, history)}`, 'bad')),
      ...(told.length > 0 ? [seriesTable(told, history)] : []),
      ...(same > 0
        ? [paragraph(`${counted(same, 'count')} ${same === 1 ? 'is' : 'are'} the same in all.`)]
        : []),
      ...drawn.map(
        (one, at): Block => historyPlot(one, history, `${id}-${at + 1}-${anchor(one.series.name)}`),
      ),
    ],
  };
}

function seriesTable(all: readonly Judged[], history: History): string {
  const rows = all.map((one): Cell[] => [
    seriesName(one.series),
    { right: String(one.series.points.length) },
    levelsText(one),
    { markup: badgesOf([badgeOf(one.standing)]) },
    { markup: changesList(one, history) },
  ]);
  return table(['what', { right: 'n' }, 'first level, and newest', 'today', 'changes'], rows);
}

/** Changes of one series that the table tells; a count may change with every commit. */
const changesMax = 8;

function changesList(one: Judged, history: History): string {
  const told = one.changes.slice(-changesMax).toReversed();
  const items = told.map((change) => `<li>${html(changeSentence(one, change, history))}</li>`);
  const earlier = one.changes.length - told.length;
  const more = earlier > 0 ? [`<li>${html(`and ${counted(earlier, 'earlier change')}`)}</li>`] : [];
  return items.length === 0 ? '-' : `<ul class="changes">${[...items, ...more].join('')}</ul>`;
}

// ---- below

function resultsSection({ results }: History): Section {
  const rows = results.map((result, at): Cell[] => [
    { right: String(at + 1) },
    { code: result.startedAt },
    commitName(result),
    result.version,
    result.node,
    { code: result.command },
    { code: result.sha256 },
  ]);
  const head = [
    { right: 'result' },
    'taken',
    'commit',
    'odradek',
    'Node',
    'command',
    'SHA-256 of the document',
  ];
  const { ground } = results[0] as (typeof results)[number];
  const place =
    ground.kind === 'measured'
      ? `All of one machine: ${ground.machine.processor}, ${ground.machine.cores} cores,` +
        ` ${ground.machine.platform} ${ground.machine.kernel}, ${ground.machine.disk ?? 'a disk that is not known'}.`
      : 'All counted in one model of network and disk.';
  const again = '`odradek report` with the same documents, in any order, makes the same page, byte for byte.';
  return {
    ...{ id: 'results', title: 'Results' },
    blocks: [paragraph(place), table(head, rows), paragraph(again, 'quiet')],
  };
}

function unsharedSection({ unshared }: History): Section {
  const items = unshared.map((text) => `<li>${html(text)}</li>`).join('');
  const list = details(
    `${counted(unshared.length, 'series', 'series')} with too few results`,
    `<ul>${items}</ul>`,
  );
  return { id: 'unshared', title: 'Not shown', blocks: unshared.length === 0 ? [] : [list] };
}
