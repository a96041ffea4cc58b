// How often what happened in one run, by sort: the kinds of trace events, the faults that took effect, the sometimes
// marks. Another sort of things that a campaign shall count is another row here, and nothing else.

import { markNames } from '../marks/index.ts';
import type { RunOutcome } from '../outcome.ts';
import { eventDocs } from '../record/events.ts';
import { registries } from '../registries.ts';

/** Times by `sort name`: `event log-appended`, `fault crash`. */
export type Counts = Readonly<Record<string, number>>;

interface CountSource {
  readonly sort: string;
  /** Everything that could happen. */
  readonly known: () => readonly string[];
  /** What happened, with its times. */
  readonly of: (outcome: RunOutcome) => Iterable<readonly [name: string, times: number]>;
}

export const countSources: readonly CountSource[] = [
  {
    sort: 'event',
    // A note is what operators say, an engine-crashed is a failure: nobody misses them.
    known: () => Object.keys(eventDocs).filter((kind) => kind !== 'note' && kind !== 'engine-crashed'),
    of: ({ counters }) =>
      Object.entries(counters).flatMap(([name, times]) =>
        name.startsWith('event ') ? [[name.slice('event '.length), times] as const] : [],
      ),
  },
  {
    sort: 'fault',
    known: () => registries.faults.map(({ name }) => name),
    of: ({ effects }) =>
      effects.filter(({ tookEffect }) => tookEffect).map(({ fault }) => [fault, 1] as const),
  },
  { sort: 'mark', known: () => markNames, of: ({ marks }) => Object.entries(marks) },
];

export function countsOf(outcome: RunOutcome): Counts {
  const counts = new Map<string, number>();
  for (const { sort, of } of countSources) {
    for (const [name, times] of of(outcome)) {
      const key = `${sort} ${name}`;
      counts.set(key, (counts.get(key) ?? 0) + times);
    }
  }
  return Object.fromEntries(counts);
}
