// What happened in a whole campaign, and when it happened for the first time: counts of runs added up. Two
// tallies of different seeds are merged by adding, in any order.

import type { StoredCoverage, StoredTally } from '../store.ts';
import { type Counts, countSources } from './counts.ts';

export type Tallies = Readonly<Record<string, StoredTally>>;

export class Tally {
  readonly #found = new Map<string, { times: number; runs: number; first: number }>();

  /** `place` is that of the run's seed in the sequence of all seeds, those of other shards included. */
  add(counts: Counts, place: number): void {
    for (const [name, times] of Object.entries(counts)) {
      if (times > 0) this.#put(name, { times, runs: 1, first: place });
    }
  }

  merge(other: Tallies): void {
    for (const [name, tally] of Object.entries(other)) this.#put(name, tally);
  }

  /** By name, in alphabetical order: what was merged in another order is the same. */
  stored(): Tallies {
    const rows = [...this.#found].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(rows.map(([name, tally]) => [name, { ...tally }]));
  }

  #put(name: string, { times, runs, first }: StoredTally): void {
    const known = this.#found.get(name);
    if (known === undefined) {
      this.#found.set(name, { times, runs, first });
      return;
    }
    known.times += times;
    known.runs += runs;
    known.first = Math.min(known.first, first);
  }
}

/** Thousands of seeds that the curve of new things is told for; a campaign beyond them is told as one last point. */
const pointsMax = 1_000;

/** What happened and what never did, and how that grew with the seeds. */
export function coverageOf(tallies: Tallies, seeds: number): StoredCoverage[] {
  return countSources.map(({ sort, known }) => {
    const names = known();
    const firsts = names.flatMap((name) => tallies[`${sort} ${name}`]?.first ?? []);
    const thousands = Math.max(1, Math.min(pointsMax, Math.ceil(seeds / 1_000)));
    const isLast = (point: number) => point === thousands - 1;
    const perThousandSeeds = Array.from({ length: thousands }, (_, point) =>
      isLast(point) ? firsts.length : firsts.filter((first) => first < (point + 1) * 1_000).length,
    );
    return {
      sort,
      happened: firsts.length,
      never: names.filter((name) => tallies[`${sort} ${name}`] === undefined),
      perThousandSeeds,
    };
  });
}
