// A draw in one sentence; reports tell the rest of it.

import type { DrawnResult, Fate, StoredDrawn } from './stored.ts';

export function countOf(results: readonly DrawnResult[], fate: Fate): number {
  return results.filter((result) => result.fate === fate).length;
}

export function drawnSentence({
  results,
  slips,
  seed,
  machine,
}: Pick<StoredDrawn, 'results' | 'slips' | 'seed' | 'machine'>): string {
  const passed = results.length - countOf(results, 'unpassed');
  const noticed = countOf(results, 'noticed');
  return (
    `${results.length} of ${slips} slips drawn with seed ${seed}, of which the runs come by ${passed}: ` +
    `${countOf(results, 'killed')} killed, ${noticed} noticed otherwise, ${countOf(results, 'lived')} lived; ` +
    `${machine.seconds.toFixed(0)} s on ${machine.workers} threads`
  );
}
