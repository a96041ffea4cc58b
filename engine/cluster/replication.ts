// What keeps the replicas of this broker in step with those of others: as a follower the fetchers towards its leaders,
// as a leader the watch over followers that lag, and the ISR changes that follow from it.

import type { Cancel } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { FollowerFetcher, type FollowerOptions } from './follower-fetcher.ts';
import { IsrChanges, type IsrChangesOptions } from './isr-changes.ts';
import type { Partition } from './partition.ts';

export interface ReplicationOptions extends FollowerOptions, IsrChangesOptions {
  readonly runtime: Runtime;
  readonly lagTimeMaxMs: () => number;
  readonly partitions: () => Iterable<Partition>;
}

export class Replication {
  readonly isrChanges: IsrChanges;
  readonly #options: ReplicationOptions;
  readonly #fetchers = new Map<number, FollowerFetcher>();
  /** Whom a partition is fetched from. */
  readonly #leaders = new Map<Partition, number>();
  #cancel: Cancel | undefined;
  #stopped = false;

  constructor(options: ReplicationOptions) {
    this.#options = options;
    this.isrChanges = new IsrChanges(options);
  }

  start(): void {
    // Half of what a follower may lag: it leaves the ISR after one and a half times that at the latest.
    this.#cancel = this.#options.runtime.after(this.#options.lagTimeMaxMs() / 2, () => {
      for (const partition of this.#options.partitions()) partition.checkLag();
      if (!this.#stopped) this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.isrChanges.stop();
    for (const partition of [...this.#leaders.keys()]) this.unfollow(partition);
  }

  /** Fetches for `partition`, in the epoch that it is in, from `leader` until told otherwise. */
  follow(partition: Partition, leader: number): void {
    if (this.#stopped) return;
    let fetcher = this.#fetchers.get(leader);
    if (fetcher === undefined) {
      fetcher = new FollowerFetcher(this.#options, leader);
      this.#fetchers.set(leader, fetcher);
    }
    this.#leaders.set(partition, leader);
    fetcher.add(partition);
  }

  unfollow(partition: Partition): void {
    const leader = this.#leaders.get(partition);
    if (leader === undefined) return;
    this.#leaders.delete(partition);
    this.#fetchers.get(leader)?.remove(partition);
  }
}
