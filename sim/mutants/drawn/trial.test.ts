// The draw, and the trial of a slip against replies that are made up: which runs are made, and what is said of it.

import { describe, expect, test } from 'vitest';
import { brokenSummary, type LoadedScenario, type WantedRun } from '../../suite.ts';
import type { RunSummary } from '../../summary.ts';
import type { Reply } from '../../swarm-worker.ts';
import { drawn } from './draw.ts';
import { type Passing, type Sentence, tried } from './trial.ts';

describe('a draw', () => {
  const all = Array.from({ length: 50 }, (_, index) => index);

  test('is the same under the same seed, another under another, and has nothing twice', () => {
    const one = drawn(all, 10, 'a', () => true);
    expect(drawn(all, 10, 'a', () => true)).toEqual(one);
    expect(drawn(all, 10, 'b', () => true)).not.toEqual(one);
    expect(new Set(one).size).toBe(10);
  });

  test('more begin with what fewer have', () => {
    expect(drawn(all, 20, 'a', () => true).slice(0, 10)).toEqual(drawn(all, 10, 'a', () => true));
  });

  test('takes only what fits, and ends when there is no more', () => {
    const even = drawn(all, 100, 'a', (one) => one % 2 === 0);
    expect([...even].sort((a, b) => a - b)).toEqual(all.filter((one) => one % 2 === 0));
  });
});

describe('a trial', () => {
  const of = (name: string) => ({ name, scenario: { expect: 'pass' } }) as unknown as LoadedScenario;
  const passing = (name: string, passes: number): Passing => ({
    run: { of: of(name), seed: '1', control: false },
    passes,
  });
  const fine: RunSummary = { ...brokenSummary('1', {}), crash: null, verdict: 'holds' };
  const summary = (more: Partial<RunSummary>): Reply => ({ kind: 'summary', summary: { ...fine, ...more } });
  const finding = { invariant: 'acked-write-lost', prose: 'gone', step: 1, timeUs: 1, evidence: {} };

  function tell(passings: readonly Passing[], replies: Readonly<Record<string, Reply>>, runsMax = 10) {
    const made: string[] = [];
    const trial = tried(passings, runsMax);
    let step: IteratorResult<WantedRun, Sentence> = trial.next();
    while (step.done !== true) {
      made.push(step.value.of.name);
      step = trial.next(replies[step.value.of.name] ?? summary({}));
    }
    return { made, sentence: step.value };
  }

  test('a place that no run comes by is not tried', () => {
    expect(tell([], {})).toMatchObject({ made: [], sentence: { fate: 'unpassed', runsMade: 0 } });
  });

  test('those that come by most often are first, and nothing runs after a kill', () => {
    const { made, sentence } = tell([passing('seldom', 1), passing('often', 9), passing('never-asked', 0)], {
      seldom: summary({ verdict: 'violated', violations: [finding] }),
    });
    expect(made).toEqual(['often', 'seldom']);
    expect(sentence).toMatchObject({ fate: 'killed', runsMade: 2, kill: { kill: { kind: 'violated' } } });
  });

  test('it lives when all are as expected', () => {
    expect(tell([passing('a', 1), passing('b', 2)], {}).sentence).toMatchObject({
      fate: 'lived',
      runsMade: 2,
    });
  });

  test('it lives when so many runs as it may have are as expected', () => {
    const killed = summary({ verdict: 'violated', violations: [finding] });
    const three = [passing('a', 3), passing('b', 2), passing('c', 1)];
    expect(tell(three, { c: killed }, 2)).toMatchObject({ made: ['a', 'b'], sentence: { fate: 'lived' } });
    expect(tell(three, { c: killed }, 3).sentence.fate).toBe('killed');
  });

  test('a worthless run is noticed, and a kill after it counts more', () => {
    const vacuous = summary({ verdict: 'unknown' });
    expect(tell([passing('a', 2), passing('b', 1)], { a: vacuous }).sentence).toMatchObject({
      fate: 'noticed',
      runsMade: 2,
      noticed: expect.stringMatching(/^a: unknown/),
    });
    const killed = summary({ verdict: 'violated', violations: [finding] });
    const both = tell([passing('a', 2), passing('b', 1)], { a: vacuous, b: killed });
    expect(both.sentence.fate).toBe('killed');
  });

  test('an engine that hangs is not tried any further', () => {
    const hung: Reply = { kind: 'broken', message: 'the run did not end in 60 s of real time', stack: '' };
    expect(tell([passing('a', 2), passing('b', 1)], { a: hung })).toMatchObject({
      made: ['a'],
      sentence: { fate: 'noticed', noticed: 'a: the run did not end in 60 s of real time' },
    });
  });
});
