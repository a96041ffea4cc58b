// A sometimes mark that the trace tells: a name, one line of doc, and what to look for in the events. Each run begins
// with fresh eyes; a handler answers true when the mark is reached, as often as that happens.
//
// Marks look, and nothing more: they never change a run, and no verdict depends on one but the promise of a scenario
// that it reaches it.

import type { AnyEvent, AnyEventKind } from '../record/events.ts';
import type { RecordedEvent } from '../record/recorder.ts';

export type EventOf<K extends AnyEventKind> = Extract<AnyEvent, { readonly kind: K }>;

/** Whose event it is, and when it happened. */
export type At = Pick<RecordedEvent, 'node' | 'incarnation' | 'timeUs'>;

/** By kind of event. Whatever is not true is no. */
export type Eyes = {
  readonly [K in AnyEventKind]?: (event: EventOf<K>, at: At) => boolean | undefined;
};

export interface WatchedMark {
  readonly mark: string;
  readonly doc: string;
  begin(): Eyes;
}

/** Every event of this kind, or those that are like that. */
export function seen<K extends AnyEventKind>(
  mark: string,
  doc: string,
  kind: K,
  is: (event: EventOf<K>) => boolean = () => true,
): WatchedMark {
  return { mark, doc, begin: () => ({ [kind]: is }) as Eyes };
}

/** What takes a memory of what was before. */
export function watched(mark: string, doc: string, begin: () => Eyes): WatchedMark {
  return { mark, doc, begin };
}
