// Facts and sentences of a violating and of a witnessing run.

import { describe, expect, test } from 'vitest';
import { suiteFacts } from './facts.ts';
import { runFacts } from './run-facts.ts';
import { readStored } from './stored.ts';
import { storyLinesMax, storyOf } from './story.ts';
import { effect, hostile, keptRun, lost, readerOf, smallSuite } from './testing-suite.ts';

function factsOf(files = smallSuite()) {
  const stored = readStored(readerOf(files));
  if (stored.kind !== 'sim') throw new Error('a suite is wanted');
  return suiteFacts(stored.suite, readerOf(files));
}

describe('a violating run', () => {
  const run = runFacts(keptRun('17', 'violation'), lost, true);

  test('has lives, deaths, pauses and outcomes', () => {
    expect(run.lanes.map(({ node, role }) => `${node} ${role}`)).toEqual([
      'broker-1 broker',
      'produce-1 client',
    ]);
    const [broker, producer] = run.lanes;
    expect(broker?.lives).toEqual([
      { incarnation: 1, beganUs: 0, endedUs: 1_000_000, end: 'power-lost' },
      { incarnation: 2, beganUs: 1_500_000, endedUs: null, end: null },
    ]);
    expect(broker?.pauses).toEqual([{ beganUs: 1_800_000, endedUs: 1_900_000 }]);
    expect(producer?.operations).toEqual({
      acked: [900_000],
      failed: [1_100_000],
      unknown: [1_200_000],
      read: [],
    });
    expect(run.isViolation).toBe(true);
  });

  test('tells the life of the record in order, up to its loss', () => {
    const told = run.happenings.map(({ text }) => text.replaceAll(hostile, 'T'));
    const parts = [
      'produce-1 is asked to send produce-1#1/7 to T',
      'broker-1 takes the batch of epoch 0 at offset 7 of T/0',
      'the batch with offset 7 is in the file of broker-1, not durable yet',
      'acked-write-lost',
      'fault power-loss of broker-1',
      'broker-1 loses power with 3 unsynced writes: 2 are lost, 1 are torn',
      'broker-1 starts again, life 2',
      'broker-1 opens T/0: its log goes up to 7, 90 bytes of a bad tail cut away: offset 7 is gone there',
    ];
    const places = parts.map((part) => told.findIndex((text) => text.startsWith(part)));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });

  test('keeps what is near the finding when there is too much to tell', () => {
    const effects = Array.from({ length: 500 }, (_, index) =>
      effect('pause', index * 4_000, index * 4_000 + 10),
    );
    const crowded = runFacts(keptRun('17', 'violation', { effects }), lost, true);
    const [, scenario] = factsOf().scenarios;
    const told = scenario?.failures[0];
    if (scenario === undefined || told === undefined) throw new Error('the failing scenario is the second');
    const story = storyOf(scenario.stored, told, crowded);
    expect(story.lines.length).toBe(storyLinesMax);
    expect(story.lines.some(({ sort }) => sort === 'finding')).toBe(true);
    expect(Math.max(...story.lines.map(({ timeUs }) => Math.abs(timeUs - lost.timeUs)))).toBeLessThan(
      200_000,
    );
    expect(story.leftOut).toMatch(/^\d+ of \d+ events/);
  });
});

describe('the facts of a suite', () => {
  test('are those of its runs', () => {
    const facts = factsOf();
    expect(facts.asExpected).toBe(2);
    expect(facts.untold).toBe(0);
    const [passing, failing, witnessing] = facts.scenarios;
    expect(passing?.failures).toEqual([]);
    expect(failing?.failures[0]?.run?.isFailure).toBe(true);
    expect(witnessing?.witness?.run?.isFailure).toBe(false);
    expect(witnessing?.witness?.run?.isViolation).toBe(false);
  });

  test.each([
    ['crashed', 'An assertion broke'],
    ['nondeterministic', 'One seed, two histories'],
    ['vacuous', 'Not worth judging'],
    ['unknown', 'Unknown, which is never a pass'],
  ] as const)('say of a run that is %s: %s', (kind, sentence) => {
    const [, scenario] = factsOf().scenarios;
    const told = scenario?.failures[0];
    if (!scenario || !told?.failure || !told.run) throw new Error('the failing scenario is the second');
    const failure = { ...told.failure, kind };
    expect(storyOf(scenario.stored, { ...told, failure, telling: failure }, told.run).verdict).toContain(
      sentence,
    );
  });
});
