// The host's trace: every event goes to whoever listens (the log, the metrics). Off, and free, when nobody does.

import type { Trace } from '../ports.ts';
import type { TraceEvent } from '../trace-events.ts';

export class HostTrace implements Trace {
  readonly enabled: boolean;
  readonly #listeners: readonly ((event: TraceEvent) => void)[];

  constructor(listeners: readonly ((event: TraceEvent) => void)[]) {
    this.#listeners = listeners;
    this.enabled = listeners.length > 0;
  }

  emit(event: TraceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
