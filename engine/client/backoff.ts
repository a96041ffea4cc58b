// How long to wait before trying again: doubling from a first to a longest time, plus or minus a fifth, so
// that many clients that failed together do not come back together (Kafka's ExponentialBackoff, in whole
// milliseconds).

import type { Random } from '../ports.ts';

export function backoffMs(random: Random, failures: number, firstMs: number, longestMs: number): number {
  let waitMs = firstMs;
  for (let doubled = 1; doubled < failures && waitMs < longestMs; doubled++) waitMs *= 2;
  waitMs = Math.min(waitMs, longestMs);
  return Math.floor((waitMs * (80 + random.below(41))) / 100);
}
