// The parts that a page of a benchmark is put together from. A section without a block is left out. Pictures come
// until the page is full; what did not fit is counted, never dropped in silence.

import type { BenchResult, Comparison, WorkloadRun } from '../../bench/result.ts';
import { anchor, html } from '../escape.ts';
import { counted } from '../format.ts';
import { badge, paragraph } from '../page.ts';
import { type Plot, plotFigure } from './chart.ts';
import { type Badge, losingFirst, worstFirst } from './facts.ts';
import { type Targets, targetsOf } from './targets.ts';

/** Markup, or a plot that is drawn where there is room. */
export type Block = string | Plot;

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export interface NamedRun {
  readonly id: string;
  readonly run: WorkloadRun;
}

export interface NamedComparison {
  readonly id: string;
  readonly comparison: Comparison;
}

/** What every section is made from. */
export interface Told {
  readonly bench: BenchResult;
  readonly targets: Targets;
  /** Losing cells first; ids by the order in the document, so that they stay when verdicts change. */
  readonly runs: readonly NamedRun[];
  readonly comparisons: readonly NamedComparison[];
  /** Runs and comparisons beyond the first, of which only the tables on top tell. */
  readonly untold: number;
}

/** Runs, and comparisons, that are told in full; a page of more is no page. */
const toldMax = 24;

export function toldOf(bench: BenchResult): Told {
  const runIds = new Map(bench.runs.map((run, index) => [run, `w${index + 1}-${anchor(run.name)}`]));
  const comparisonIds = new Map(
    bench.comparisons.map((one, index) => [one, `c${index + 1}-${anchor(one.workload)}`]),
  );
  const runs = losingFirst(bench.runs).map((run) => ({ id: runIds.get(run) as string, run }));
  const comparisons = worstFirst(bench.comparisons).map((comparison) => ({
    id: comparisonIds.get(comparison) as string,
    comparison,
  }));
  const untold = Math.max(0, runs.length - toldMax) + Math.max(0, comparisons.length - toldMax);
  return {
    ...{ bench, untold, targets: targetsOf(bench) },
    runs: runs.slice(0, toldMax),
    comparisons: comparisons.slice(0, toldMax),
  };
}

/** The same for each run: a heading, then its blocks; nothing for a run that has none. */
export function perRun(told: Told, blocksOf: (named: NamedRun) => readonly Block[]): Block[] {
  return told.runs.flatMap((named) => {
    const blocks = blocksOf(named);
    return blocks.length === 0 ? [] : [heading(named.run.name), ...blocks];
  });
}

export function heading(text: string, id?: string): string {
  return `<h3${id === undefined ? '' : ` id="${id}"`}>${html(text)}</h3>`;
}

export function badgesOf(badges: readonly Badge[]): string {
  return badges.map(({ text, kind }) => badge(text, kind)).join(' ');
}

/** Characters for pictures with their tables, of the 2 MB that a page may have. */
const pictureCharactersMax = 1_500_000;

/** The sections one after the other, as one text. */
export function assembled(sections: readonly Section[]): string {
  const room = new Room();
  return sections
    .filter(({ blocks }) => blocks.length > 0)
    .map(({ id, title, blocks }) =>
      [`<section id="${id}"><h2>${html(title)}</h2>`, ...room.markupOf(blocks), '</section>'].join('\n'),
    )
    .join('\n');
}

class Room {
  #left = pictureCharactersMax;

  markupOf(blocks: readonly Block[]): string[] {
    const parts: string[] = [];
    let dropped = 0;
    let beside: string[] = [];
    const close = () => {
      if (beside.length > 0) parts.push(`<div class="beside">${beside.join('\n')}</div>`);
      beside = [];
    };
    for (const block of blocks) {
      if (typeof block === 'string') {
        close();
        parts.push(block);
        continue;
      }
      const markup = this.#drawn(block);
      if (markup === undefined) dropped++;
      else if (block.small) beside.push(markup);
      else {
        close();
        parts.push(markup);
      }
    }
    close();
    if (dropped > 0) {
      const left = `${counted(dropped, 'picture')} left out to keep this page below 2 MB`;
      parts.push(paragraph(`${left}; the numbers are in bench.json.`, 'quiet'));
    }
    return parts;
  }

  #drawn(plot: Plot): string | undefined {
    if (this.#left <= 0) return undefined;
    const markup = plotFigure(plot);
    // A full page stays full: a smaller picture further down must not take the place of this one.
    this.#left = markup.length > this.#left ? 0 : this.#left - markup.length;
    return this.#left === 0 ? undefined : markup;
  }
}
