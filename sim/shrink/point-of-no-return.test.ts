// The point of no return in a toy world, in which the step that decides is known.

import { expect, test } from 'vitest';
import { pointOfNoReturn } from './point-of-no-return.ts';
import { draftOf, driven, outcomeOf } from './testing-draft.ts';

const goal = { invariant: 'acked-write-lost', shown: 'violated', signature: '' } as const;
const subject = { scenario: draftOf(), seed: '7', control: false };

/** Forks after the deciding step all end in the finding, those before it one time in five. */
function found(decides: number, lucky = 5, limits = { rolls: 20, runs: 1_000 }) {
  return driven(pointOfNoReturn(subject, goal, limits), (draft, { fork }) => {
    const roll = Number(fork?.salt.split(' ').at(-1) ?? 0);
    const ends = fork === undefined || fork.afterStep >= decides || roll % lucky === 0;
    const outcome = outcomeOf(draft, ends ? goal.invariant : null);
    return { ...outcome, violations: outcome.violations.map((finding) => ({ ...finding, step: 90 })) };
  });
}

test('the step that decides is found, with the chances around it', () => {
  const { result, trials } = found(42);
  expect(result).toMatchObject({ step: 42, before: { ended: 4, of: 20 }, after: { ended: 20, of: 20 } });
  expect(result?.prose).toContain('from step 42');
  expect(result?.prose).toContain('20 of 20 other futures end the same; before it, 4 of 20');
  // Moments that are not certain cost few rolls.
  expect(trials).toBeLessThan(120);
});

test('what no draw decides was so from the beginning', () => {
  expect(found(0).result).toMatchObject({ step: 0, after: { ended: 20, of: 20 } });
});

test('where the end is never certain there is none', () => {
  expect(found(1_000).result).toBeUndefined();
});

test('with too few runs it tells between which steps it is', () => {
  const { result } = found(42, 5, { rolls: 20, runs: 60 });
  expect(result?.step).toBeGreaterThanOrEqual(42);
  expect(result?.prose).toContain('to be found between step');
});
