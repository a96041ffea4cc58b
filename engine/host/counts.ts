// What a served node has done so far, as plain numbers: for a parent that holds a channel to it (the benchmark) and for
// the metrics. Counting costs an addition where the work is done; no trace is listened to.

import { PerformanceObserver } from 'node:perf_hooks';
import type { Traffic } from './connection.ts';

/** What the host's disk asked of the system. */
export interface DiskCounts {
  /** Calls, each with however many pieces. */
  writes: number;
  writtenBytes: number;
  fsyncs: number;
}

/** Said to a node by its parent, who is answered with `NodeCounts`. */
export const countsMessage = 'counts';

export interface NodeCounts {
  /** Requests of connections, by the name of their API. */
  readonly requests: Readonly<Record<string, number>>;
  readonly traffic: Traffic;
  readonly disk: DiskCounts;
  /** Since counts were first asked for: nobody watches before. */
  readonly garbageCollections: number;
  readonly garbageCollectionMs: number;
}

/** Counts garbage collections from the moment it is made. */
export class CollectionCounter {
  collections = 0;
  milliseconds = 0;
  readonly #observer: PerformanceObserver;

  constructor() {
    this.#observer = new PerformanceObserver((list) => this.#add(list.getEntries()));
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Takes in what was not told yet. */
  refresh(): void {
    this.#add(this.#observer.takeRecords());
  }

  #add(entries: readonly { readonly duration: number }[]): void {
    this.collections += entries.length;
    for (const { duration } of entries) this.milliseconds += duration;
  }
}
