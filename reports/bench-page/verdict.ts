// The strip on top of the page: one sentence for each question, with its badges, what was lost first.

import type { BenchResult } from '../../bench/result.ts';
import { html } from '../escape.ts';
import { paragraph } from '../page.ts';
import { type Answer, answersOf, worstKind } from './facts.ts';
import { badgesOf } from './section.ts';

/** Answers in the strip; those that follow are better off, and are in the sections. */
const answersMax = 40;

export function verdictStrip(bench: BenchResult): string {
  const answers = answersOf(bench);
  const items = answers.slice(0, answersMax).map(stripItem);
  const rest = answers.length - answersMax;
  const more = rest > 0 ? paragraph(`${rest} further answers, none of them worse, are below.`, 'quiet') : '';
  return items.length === 0 ? '' : `<ul class="strip">${items.join('\n')}</ul>${more}`;
}

export function stripItem({ sentence, badges }: Pick<Answer, 'sentence' | 'badges'>): string {
  const whys = badges
    .filter(({ kind, why }) => kind !== 'good' && why !== '')
    .map(({ text, why }) => `${text}: ${why}`);
  const why = whys.length === 0 ? '' : `<span class="why">${html(whys.join('; '))}</span>`;
  return `<li class="${worstKind(badges)}"><span>${badgesOf(badges)}</span><span>${html(sentence)}${why}</span></li>`;
}
