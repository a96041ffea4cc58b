// Counts by name, and which of them belong to the load: everything is counted all the time, and the load is the
// difference of two moments.

export type Counts = Readonly<Record<string, number>>;

export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + by);
  }

  /** As it stands now, sorted by name: the same counts are the same text, whatever happened first. */
  counts(): Counts {
    return sorted([...this.#counts]);
  }
}

/** What was counted between two moments of one tally; a name that did not move is left out. */
export function between(before: Counts, after: Counts): Counts {
  return sorted(
    Object.entries(after)
      .map(([name, count]): [string, number] => [name, count - (before[name] ?? 0)])
      .filter(([, count]) => count !== 0),
  );
}

function sorted(counts: readonly (readonly [string, number])[]): Counts {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
