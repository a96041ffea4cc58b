// Less left to luck: latencies, ties and the like go the simplest way, so that the file shows the same under any seed and
// after changes that have nothing to do with it.
//
// A fault that was drawn into the right millisecond is at the wrong one when every latency becomes the least. So the
// calm is tried together with other moments for a fault: shortly behind what comes before it.

import { calmable } from '../scenario/schema.ts';
import { type Draft, type Edit, edit, faultsOf } from './draft.ts';
import { momentsOf } from './edits-surroundings.ts';
import { rounded } from './numbers.ts';

export function calmer(draft: Draft): Edit[] {
  const calm = draft.calm ?? [];
  const missing = calmable.filter((one) => !calm.includes(one));
  if (missing.length === 0) return [];
  const all = edit(draft, 'nothing is left to luck', calmDown);
  const single = missing.map((one) =>
    edit(draft, `${one} is not left to luck`, (changed) => {
      changed.calm = calmable.filter((other) => other === one || calm.includes(other));
    }),
  );
  return missing.length === 1 ? single : [all, ...single, ...calmElsewhen(draft)];
}

function calmDown(draft: Draft): void {
  draft.calm = [...calmable];
}

/** Behind the moment before: what a request, a flush, a fetch and a timeout of the usual lengths take. */
const distances = [0.0005, 0.001, 0.002, 0.004, 0.0055, 0.006, 0.007, 0.01, 0.02, 0.05, 0.1, 0.5] as const;
/** Moments before a fault that it may come shortly behind. */
const momentsBefore = 2;
/** With more faults than this the search is not yet where luck matters. */
const faultsMax = 6;

function calmElsewhen(draft: Draft): Edit[] {
  const faults = faultsOf(draft);
  if (faults.length > faultsMax) return [];
  return faults.flatMap(({ phase, at: place, fault }) => {
    if ('oneOf' in fault || typeof fault.at !== 'number') return [];
    const { at: moment } = fault;
    const earlier = momentsOf(draft).filter((one) => one.at < moment);
    const befores = [...new Set(earlier.map((one) => one.at))].sort((a, b) => b - a).slice(0, momentsBefore);
    return befores.flatMap((before) =>
      distances.map((distance) => {
        const at = rounded(before + distance, 6);
        return edit(draft, `nothing is left to luck, and ${fault.fault} comes at ${at} s`, (changed) => {
          calmDown(changed);
          const moved = changed.phases[phase]?.faults?.[place];
          if (moved !== undefined && !('oneOf' in moved)) moved.at = at;
        });
      }),
    );
  });
}
