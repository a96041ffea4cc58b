// The rules against a correct replication under random faults, of which they must not complain, and against the same
// with one mistake, which they must find.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Mistake, ToyReplication } from './toy-replication.ts';

function played(seed: number, eligibleReplicas: boolean, mistake?: Mistake): ToyReplication {
  let state = seed;
  const below = (n: number) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % n;
  };
  const toy = new ToyReplication(below, eligibleReplicas, mistake);
  for (let step = 0; step < 1_500; step++) toy.step();
  return toy;
}

describe.each([true, false])('eligible leader replicas: %s', (eligibleReplicas) => {
  test('a correct replication is never blamed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        expect(played(seed, eligibleReplicas).story.found.violations).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test('it gets on: most of what is produced is committed', () => {
    const ends = Array.from({ length: 20 }, (_, seed) => played(seed, eligibleReplicas).story.partition);
    const committed = ends.map(({ trueHighWatermark, losses }) => trueHighWatermark + losses.length);
    expect(Math.max(...committed)).toBeGreaterThan(20);
  });

  const mistakes: Mistake[] = ['eager-high-watermark', 'early-joiner', 'truncates-to-high-watermark'];
  if (eligibleReplicas) mistakes.push('forgives-unclean-shutdown');

  test.each(mistakes)('%s is found', (mistake) => {
    const found = new Set<string>();
    for (let seed = 0; seed < 150; seed++) {
      for (const name of played(seed, eligibleReplicas, mistake).story.found.violations) found.add(name);
    }
    expect([...found]).not.toEqual([]);
  });
});
