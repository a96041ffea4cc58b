// The suite itself: it accepts a toy that keeps the contract, and notices each mistake that a toy can make.

import { describe, expect, test } from 'vitest';
import { performCheck, portChecks, portsConformance } from './ports-conformance.ts';
import { type Mistake, mistakes, toyLife } from './toy-world.ts';

portsConformance({ name: 'the toy', create: () => toyLife(undefined) });

describe('the suite notices', () => {
  test.each(Object.entries(mistakes))('%s', async (mistake, sentence) => {
    const guards = portChecks.filter((check) => check.sentence.startsWith(sentence));
    expect(guards.length, `one check begins with "${sentence}"`).toBe(1);
    for (const check of guards) {
      await expect(performCheck(check, toyLife(mistake as Mistake))).rejects.toThrow();
    }
  });

  test('something with every check', () => {
    const guarded = Object.values(mistakes) as string[];
    const idle = portChecks.filter(({ sentence }) => !guarded.some((begin) => sentence.startsWith(begin)));
    expect(idle.map(({ sentence }) => sentence)).toEqual([]);
  });
});
