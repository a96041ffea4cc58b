// Counts the marks that one run reaches. Each event is shown to those who asked for its kind, and to nobody else.

import { present } from '../../engine/index.ts';
import { listOf } from '../lists.ts';
import type { AnyEvent } from '../record/events.ts';
import type { RecordedEvent } from '../record/recorder.ts';
import { markNames, watchedMarks } from './index.ts';
import type { At, WatchedMark } from './mark.ts';

interface Eye {
  readonly mark: string;
  readonly sees: (event: AnyEvent, at: At) => boolean | undefined;
}

export class MarkCounter {
  readonly #eyes = new Map<string, Eye[]>();
  readonly #counts = new Map<string, number>();

  constructor(watched: readonly WatchedMark[] = watchedMarks) {
    for (const { mark, begin } of watched) {
      for (const [kind, sees] of Object.entries(begin())) {
        listOf(this.#eyes, kind).push({ mark, sees: sees as Eye['sees'] });
      }
    }
  }

  take(recorded: RecordedEvent): void {
    const { event } = recorded;
    if (event.kind === 'reached') return this.#count(event.mark);
    const eyes = this.#eyes.get(event.kind);
    if (eyes === undefined) return;
    for (const { mark, sees } of eyes) if (sees(event, recorded) === true) this.#count(mark);
  }

  /** How often each mark was reached that was reached at all, in the order of the registry. */
  counts(): Record<string, number> {
    const reached = markNames.filter((mark) => this.#counts.has(mark));
    return Object.fromEntries(reached.map((mark) => [mark, present(this.#counts.get(mark), mark)]));
  }

  #count(mark: string): void {
    this.#counts.set(mark, (this.#counts.get(mark) ?? 0) + 1);
  }
}
