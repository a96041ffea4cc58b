// The history for a terminal and for logs: a line for each series, and under them what changed. Plain text, safe to
// print.

import { counted } from '../format.ts';
import { finished, table } from '../text.ts';
import type { JudgedHistory } from './judged.ts';
import { commitName } from './results.ts';
import {
  badgeOf,
  changeSentence,
  levelsText,
  methodOf,
  seriesName,
  uncertaintyOf,
  verdictOf,
  voidSentence,
} from './words.ts';

export function historyText(judged: JudgedHistory): string {
  const { history, subjects } = judged;
  const lines = [verdictOf(judged), '', ...table(['result', 'taken', 'commit', 'Node'], resultRows(judged))];
  for (const { subject, judged: all } of subjects) {
    const told = history.isExact ? all.filter(({ standing }) => standing !== 'same') : all;
    const same = all.length - told.length;
    const rows = told.map((one) => [
      ...[seriesName(one.series), String(one.series.points.length), levelsText(one)],
      badgeOf(one.standing).text,
    ]);
    const changes = told.flatMap((one) =>
      one.changes.map((change) => `  ${one.series.name} ${changeSentence(one, change, history)}`),
    );
    lines.push('', subject.name, ...subject.voids.map((one) => `  VOID: ${voidSentence(one, history)}`));
    if (rows.length > 0) lines.push(...table(['what', 'n', 'first level, and newest', 'today'], rows));
    if (same > 0) lines.push(`${counted(same, 'count')} the same in all`);
    lines.push(...changes);
  }
  if (history.unshared.length > 0)
    lines.push('', 'not shown:', ...history.unshared.map((text) => `  ${text}`));
  return finished([...lines, '', ...methodOf(judged), ...uncertaintyOf(history)]);
}

function resultRows({ history }: JudgedHistory): string[][] {
  return history.results.map((result, at) => [
    ...[String(at + 1), result.startedAt, commitName(result), result.node],
  ]);
}
