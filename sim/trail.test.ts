// The trail of a step: causes in the order of time, with what was recorded in them; ticking timers are told once.

import { expect, test } from 'vitest';
import type { TraceLine } from './outcome.ts';
import { Trail, trailStepsMax } from './trail.ts';

function line(step: number, text: string): TraceLine {
  return { step, cause: 0, timeUs: step, node: 'a', incarnation: 1, event: { kind: 'note', text } };
}

function trailOf(steps: readonly [label: string, cause: number][]): Trail {
  const trail = new Trail();
  for (const [index, [label, cause]] of steps.entries()) trail.listener(index * 10, 'a', label, 0, cause);
  return trail;
}

test('leads from the beginning to the step, and over nothing else', () => {
  const trail = trailOf([
    ['boot', 0],
    ['elsewhere', 0],
    ['write', 1],
    ['elsewhere', 2],
    ['answer', 3],
  ]);
  const told = trail.to(5, [line(3, 'written'), line(3, 'twice'), line(4, 'not mine'), line(5, 'answered')]);
  expect(told.map(({ step, label, timeUs }) => [step, label, timeUs])).toEqual([
    [1, 'boot', 0],
    [3, 'write', 20],
    [5, 'answer', 40],
  ]);
  expect(told.map(({ events }) => events.length)).toEqual([0, 2, 1]);
});

test('steps that are alike and silent are counted, not told', () => {
  const ticks = Array.from({ length: 100 }, (_, index): [string, number] => ['timer', index + 1]);
  const trail = trailOf([['boot', 0], ...ticks, ['send', 101]]);
  const told = trail.to(102, []);
  expect(told.map(({ step, label, repeated }) => [step, label, repeated])).toEqual([
    [1, 'boot', 0],
    [101, 'timer', 99],
    [102, 'send', 0],
  ]);
});

test('is never longer than people read, and empty for a step that nobody took', () => {
  const trail = trailOf(Array.from({ length: 500 }, (_, index) => [`step ${index}`, index]));
  const told = trail.to(500, []);
  expect(told).toHaveLength(trailStepsMax);
  expect(told.at(-1)?.step).toBe(500);
  expect(trail.to(0, [])).toEqual([]);
});
