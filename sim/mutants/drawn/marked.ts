// Who comes by: a source in which each place counts how often it is evaluated. Pure text. Rejected: the counts of V8's
// profiler, which know every place of every source without an edit, and make a run ten times as long.

import type { Range } from './operators.ts';

/** The global that counts: an array, by the number of the place. */
export const counterName = 'odradekPasses';

export interface MarkedPlace {
  readonly around: Range & { readonly isStatement: boolean };
  readonly number: number;
}

interface Insert {
  readonly at: number;
  readonly text: string;
  /** At one position: what ends comes before what begins; inner ends and outer begins first. */
  readonly order: number;
}

/** The places nest, or lie apart. */
export function marked(source: string, places: readonly MarkedPlace[]): string {
  const inserts = places.flatMap(insertsOf).sort((a, b) => a.at - b.at || a.order - b.order);
  let text = '';
  let done = 0;
  for (const { at, text: insert } of inserts) {
    text += source.slice(done, at) + insert;
    done = at;
  }
  return text + source.slice(done);
}

function insertsOf({ around: { start, end, isStatement }, number }: MarkedPlace): Insert[] {
  const count = `${counterName}[${number}]++`;
  const length = end - start;
  const [before, after] = isStatement ? [`{ ${count}; `, ' }'] : [`(${count}, `, ')'];
  return [
    { at: start, text: before, order: 1 / length },
    { at: end, text: after, order: length - Number.MAX_SAFE_INTEGER },
  ];
}
