// Less left to luck: latencies, ties and the like go the simplest way, so that the file shows the same under any seed
// and after changes that have nothing to do with it.
//
// A fault that was drawn into the right millisecond is at the wrong one when every latency becomes the least. So the
// calm run is looked at, and the fault is tried just behind whatever happened in it around that time: behind the
// answer to a send, behind an append, behind a commit.

import type { RunOutcome } from '../outcome.ts';
import type { AnyEventKind } from '../record/events.ts';
import { calmable } from '../scenario/schema.ts';
import { type Draft, type Edit, edit, faultsOf } from './draft.ts';
import { rounded, secondsOf } from './numbers.ts';

export function calmer(draft: Draft): Edit[] {
  const calm = draft.calm ?? [];
  const missing = calmable.filter((one) => !calm.includes(one));
  const single = missing.map((one) =>
    edit(draft, `${one} is not left to luck`, (changed) => {
      changed.calm = calmable.filter((other) => other === one || calm.includes(other));
    }),
  );
  return missing.length > 1 ? [calmed(draft), ...single] : single;
}

export function calmed(draft: Draft): Edit {
  return edit(draft, 'nothing is left to luck', (changed) => {
    changed.calm = [...calmable];
  });
}

/** Where the state of a broker changes in a way that a fault may come too early or too late for. */
const turns: ReadonlySet<AnyEventKind> = new Set([
  'append-planned',
  'log-appended',
  'log-flushed',
  'produce-answered',
  'high-watermark-moved',
  'follower-fetched',
  'delete-records-answered',
  'records-fetched',
  'offset-committed',
  'group-state',
  'leader-began',
  'isr-proposed',
  'partition-committed',
  'fault-ended',
]);

/** Moments tried for one fault, the nearest to where it stands. */
const momentsMax = 24;
/** With more faults than this the search is not yet where luck matters. */
const faultsMax = 5;
/** Just behind a moment: at once, and a little later than the least latency of a usual network. */
const behind = [0.000001, 0.00016] as const;

/** The calm draft with one fault at another moment, by what happened in a run of it. */
export function calmElsewhen(draft: Draft, outcome: RunOutcome): Edit[] {
  const faults = faultsOf(draft);
  if (faults.length > faultsMax || draft.phases.length > 1) return [];
  const begunUs = outcome.course?.phases[0]?.begunUs ?? 0;
  const moments = momentsIn(outcome)
    .map((timeUs) => secondsOf(timeUs - begunUs))
    .filter((at) => at >= 0);
  return faults.flatMap(({ phase, at: place, fault }) => {
    if ('oneOf' in fault || typeof fault.at !== 'number') return [];
    const { at: present } = fault;
    const distance = (at: number) => Math.abs(at - present);
    const near = [...new Set(moments)].sort((a, b) => distance(a) - distance(b)).slice(0, momentsMax);
    return near.flatMap((moment) =>
      behind.map((later) => {
        const at = rounded(moment + later, 6);
        return edit(calmed(draft).draft, `no luck, and ${fault.fault} at ${at} s`, (changed) => {
          const moved = changed.phases[phase]?.faults?.[place];
          if (moved !== undefined && !('oneOf' in moved)) moved.at = at;
        });
      }),
    );
  });
}

function momentsIn({ trace = [], history = [] }: RunOutcome): number[] {
  const ended = history.flatMap((entry) =>
    'completed' in entry && entry.completed !== null ? [entry.completed.timeUs] : [],
  );
  const turned = trace.flatMap(({ event, timeUs }) => (turns.has(event.kind) ? [timeUs] : []));
  return [...ended, ...turned];
}
