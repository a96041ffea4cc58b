// A history to its renderings, pure.

import type { Compared } from '../bench-page/delta-page.ts';
import { historyPage } from './history-page.ts';
import { historyText } from './history-text.ts';
import { judgedHistory } from './judged.ts';
import type { History } from './series.ts';
import { verdictOf } from './words.ts';

export function renderedHistory(history: History): Compared {
  const judged = judgedHistory(history);
  return { verdict: verdictOf(judged), html: historyPage(judged), text: historyText(judged) };
}
