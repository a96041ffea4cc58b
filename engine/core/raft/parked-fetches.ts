// Fetches that the leader holds because it has nothing new: until there are records, the high watermark moves, the
// leader changes, or their time is over. One for each replica: whoever asks again has given up on its earlier Fetch,
// which is answered as if its time were over.

import type { FetchRequest } from './messages.ts';

export interface ParkedFetch {
  readonly token: number;
  readonly request: FetchRequest;
  readonly deadlineMs: number;
}

const parkedMax = 10_000;

export class ParkedFetches {
  /** In the order in which they came. */
  #parked: ParkedFetch[] = [];

  get isFull(): boolean {
    return this.#parked.length >= parkedMax;
  }

  park(fetch: ParkedFetch): void {
    this.#parked.push(fetch);
  }

  /** Takes out the one of the same replica, if there is one. */
  takeOf({ replicaId }: FetchRequest): ParkedFetch | undefined {
    if (replicaId < 0) return undefined;
    const at = this.#parked.findIndex(({ request }) => request.replicaId === replicaId);
    return at < 0 ? undefined : this.#parked.splice(at, 1)[0];
  }

  takeAll(): ParkedFetch[] {
    return this.#parked.splice(0);
  }

  takeOverdue(nowMs: number): ParkedFetch[] {
    const overdue = this.#parked.filter(({ deadlineMs }) => deadlineMs <= nowMs);
    if (overdue.length > 0) this.#parked = this.#parked.filter(({ deadlineMs }) => deadlineMs > nowMs);
    return overdue;
  }

  get nextDeadlineMs(): number {
    return this.#parked.reduce(
      (earliest, { deadlineMs }) => Math.min(earliest, deadlineMs),
      Number.POSITIVE_INFINITY,
    );
  }
}
