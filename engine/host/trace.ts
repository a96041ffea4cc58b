// The host's trace: every event goes to those who listen to its kind (the log at its level, the metrics). A kind that
// nobody listens to costs its emitter one look into a set, and no event is built.

import type { Trace } from '../ports.ts';
import type { TraceEvent, TraceEventKind } from '../trace-events.ts';

/** Somebody who listens to the trace. */
export interface TraceListener {
  readonly kinds: ReadonlySet<TraceEventKind>;
  /** Hears the events of `kinds`, and no others. */
  hear(event: TraceEvent): void;
}

export class HostTrace implements Trace {
  readonly #wanted: ReadonlySet<TraceEventKind>;
  readonly #listeners: readonly TraceListener[];

  constructor(listeners: readonly TraceListener[]) {
    this.#listeners = listeners;
    this.#wanted = new Set(listeners.flatMap(({ kinds }) => [...kinds]));
  }

  wants(kind: TraceEventKind): boolean {
    return this.#wanted.has(kind);
  }

  emit(event: TraceEvent): void {
    for (const listener of this.#listeners) if (listener.kinds.has(event.kind)) listener.hear(event);
  }
}
