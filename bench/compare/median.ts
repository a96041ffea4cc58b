// The median, and quantiles of values in order. Pure.

import { assert } from '../../engine/index.ts';

export function sorted(values: readonly number[]): number[] {
  return [...values].sort((left, right) => left - right);
}

export function median(values: readonly number[]): number {
  return quantile(sorted(values), 0.5);
}

/** Of values in order, between two neighbours where the share falls between them. */
export function quantile(ordered: ArrayLike<number>, share: number): number {
  const { length } = ordered;
  assert(length > 0, 'nothing has no quantile');
  assert(share >= 0 && share <= 1, 'a share is between 0 and 1');
  const at = share * (length - 1);
  const below = Math.floor(at);
  const [low, high] = [ordered[below] as number, ordered[Math.ceil(at)] as number];
  // Not by weights: of two equal values it must be that value to the last bit.
  return low + (high - low) * (at - below);
}
