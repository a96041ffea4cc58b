// Choices by name: each place that decides has its own name, and draws from the seed and that name alone. A
// row that is added to one table leaves every other choice of every seed as it was.

import { type Chooser, Randomness } from '../random.ts';

/** One of several things, with its weight (default 1). */
export interface Weighted<T> {
  readonly value: T;
  readonly weight?: number;
}

export class Drawer {
  readonly #randomness: Randomness;

  constructor(seed: string) {
    this.#randomness = new Randomness(seed);
  }

  /** One of the rows, by weight. */
  weighted<T>(name: string, rows: readonly Weighted<T>[]): T {
    const total = rows.reduce((sum, { weight = 1 }) => sum + weight, 0);
    let drawn = this.#site(name).below(total);
    for (const { value, weight = 1 } of rows) {
      drawn -= weight;
      if (drawn < 0) return value;
    }
    throw new RangeError(`${name}: the weights add up`);
  }

  pick<T>(name: string, values: readonly T[]): T {
    return this.#site(name).pick(values);
  }

  /** True in `numerator` of `denominator` seeds. */
  chance(name: string, numerator: number, denominator: number): boolean {
    return this.#site(name).ratio({ numerator, denominator });
  }

  between(name: string, least: number, most: number): number {
    return this.#site(name).between(least, most);
  }

  #site(name: string): Chooser {
    return this.#randomness.chooser(`campaign/${name}`);
  }
}
