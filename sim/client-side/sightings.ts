// What the passes find: of each type how often, and the worst few. Words come last, when all is known.

import { type AnomalyType, anomalyRows } from './anomalies.ts';

/** Witnesses told of each type. */
export const witnessesMax = 32;

/** One anomaly, in the numbers of the ledger. */
export interface Sighting {
  /** -1 where an anomaly has no single key. */
  readonly key: number;
  readonly values: readonly number[];
  readonly operations: readonly number[];
  /** How bad it is among its kind: a distance, a count; see `worst` of its row. */
  readonly weight: number;
  /** What was left out, in the order of the log. */
  readonly skipped?: readonly number[];
  readonly offsets?: readonly number[];
  /** Of cycles: why each operation comes before the next. */
  readonly steps?: readonly string[];
}

export class Sightings {
  readonly #found = new Map<AnomalyType, { count: number; worst: Sighting[] }>();

  /** `times`: what one sighting stands for, where it sums up several. */
  add(type: AnomalyType, sighting: Sighting, times = 1): void {
    let found = this.#found.get(type);
    if (found === undefined) {
      found = { count: 0, worst: [] };
      this.#found.set(type, found);
    }
    found.count += times;
    const { worst } = found;
    if (worst.length < witnessesMax) {
      worst.push(sighting);
      if (worst.length === witnessesMax) worst.sort(order(type));
      return;
    }
    // From here on the list is sorted: one that is not worse than its last is only counted.
    const compare = order(type);
    if (compare(sighting, worst[witnessesMax - 1] as Sighting) >= 0) return;
    worst[witnessesMax - 1] = sighting;
    worst.sort(compare);
  }

  count(type: AnomalyType): number {
    return this.#found.get(type)?.count ?? 0;
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** In the order of the table, the worst witnesses first. */
  *all(): Generator<{ type: AnomalyType; count: number; worst: readonly Sighting[] }> {
    for (const { type } of anomalyRows) {
      const found = this.#found.get(type);
      if (found === undefined) continue;
      yield { type, count: found.count, worst: [...found.worst].sort(order(type)) };
    }
  }
}

const largestFirst = (a: Sighting, b: Sighting) => b.weight - a.weight;
const smallestFirst = (a: Sighting, b: Sighting) => a.weight - b.weight;
const orders = new Map(
  anomalyRows.map(({ type, worst }) => [type, worst === 'largest' ? largestFirst : smallestFirst]),
);

function order(type: AnomalyType): (a: Sighting, b: Sighting) => number {
  return orders.get(type) as (a: Sighting, b: Sighting) => number;
}
