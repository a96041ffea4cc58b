// What a scenario expects, against outcomes written by hand.

import { describe, expect, test } from 'vitest';
import { judgeScenario } from './expectation.ts';
import { compareReplay, type RunOutcome, signatureOf, verdictOf } from './outcome.ts';
import type { Scenario } from './scenario/schema.ts';
import type { Finding, Judgement } from './verdict.ts';

const finding = (invariant: string): Finding => ({
  invariant,
  prose: 'so it was',
  step: 7,
  timeUs: 9,
  evidence: {},
});

function outcome(seed: string, more: Partial<RunOutcome> = {}): RunOutcome {
  return {
    seed,
    verdict: 'holds',
    violations: [],
    witnesses: [],
    judgements: [],
    fingerprint: 'f',
    steps: 10,
    virtualUs: 100,
    counters: {},
    marks: {},
    effects: [],
    signature: '',
    crash: null,
    standstill: null,
    ...more,
  };
}

const lost = 'acked-write-lost';
const scenarioThat = (expect: Scenario['expect']) => ({ expect }) as Scenario;
const passing = scenarioThat({ verdict: 'pass' });
const witnessing = scenarioThat({
  witness: lost,
  inAtLeast: { seeds: 1, of: 2 },
  control: { never: [lost] },
});

describe('a scenario that must pass', () => {
  test('passes without violations, also with witnesses', () => {
    const runs = [outcome('1'), outcome('2', { witnesses: [finding(lost)] })];
    expect(judgeScenario(passing, runs, []).result).toBe('as-expected');
  });

  test('fails by one violation, and by a witness that it must never show', () => {
    const violated = outcome('2', { verdict: 'violated', violations: [finding(lost)] });
    const judged = judgeScenario(passing, [outcome('1'), violated], []);
    expect(judged).toMatchObject({ result: 'violated', tellingSeed: '2' });
    const strict = scenarioThat({ verdict: 'pass', never: [lost] });
    expect(judgeScenario(strict, [outcome('2', { witnesses: [finding(lost)] })], []).result).toBe('violated');
  });

  test('is vacuous, unknown or crashed when a run is', () => {
    const vacuous = outcome('1', { verdict: 'unknown', violations: [finding('vacuous-pass')] });
    expect(judgeScenario(passing, [vacuous], []).result).toBe('vacuous');
    expect(judgeScenario(passing, [outcome('1', { verdict: 'unknown' })], []).result).toBe('unknown');
    const crash = { node: 'broker-1', label: 'append', message: 'must be present', stack: '' };
    expect(judgeScenario(passing, [outcome('1', { verdict: 'violated', crash })], []).result).toBe('crashed');
  });
});

describe('a scenario that must show a witness', () => {
  const shows = (seed: string) => outcome(seed, { witnesses: [finding(lost)] });

  test('is as expected when enough seeds show it', () => {
    const judged = judgeScenario(witnessing, [outcome('1'), shows('2')], [outcome('1'), outcome('2')]);
    expect(judged).toMatchObject({ result: 'as-expected', witnessed: 1, tellingSeed: '2' });
  });

  test('went blind when too few do', () => {
    expect(judgeScenario(witnessing, [outcome('1'), outcome('2')], []).result).toBe('blind');
    const known = scenarioThat({ witness: lost, firstSeed: 1 });
    expect(judgeScenario(known, [outcome('1')], []).result).toBe('blind');
  });

  test('fails when the control shows it', () => {
    const judged = judgeScenario(witnessing, [shows('1'), shows('2')], [shows('1'), outcome('2')]);
    expect(judged.result).toBe('violated');
  });
});

describe('a scenario that promises a mark', () => {
  const mark = 'torn-tail-cut';
  const promising = { ...passing, reaches: [{ mark, inAtLeast: { seeds: 1, of: 2 } }] } as Scenario;

  test('is as expected when enough seeds reach it, and went blind when too few do', () => {
    const reaching = outcome('2', { marks: { [mark]: 4 } });
    expect(judgeScenario(promising, [outcome('1'), reaching], []).result).toBe('as-expected');
    const blind = judgeScenario(promising, [outcome('1'), outcome('2')], []);
    expect(blind).toMatchObject({ result: 'blind' });
    expect(blind.reasons.join()).toContain(mark);
  });

  test('a violation outweighs a broken promise', () => {
    const violated = outcome('1', { verdict: 'violated', violations: [finding(lost)] });
    expect(judgeScenario(promising, [violated, outcome('2')], []).result).toBe('violated');
  });
});

test('a vacuous run is unknown, any other violation is a violation, an unfinished run never holds', () => {
  const judgement = (verdict: Judgement['verdict'], ...invariants: string[]): Judgement => ({
    checker: 'one',
    verdict,
    violations: invariants.map(finding),
    witnesses: [],
    judged: 1,
    reason: null,
  });
  expect(verdictOf([judgement('holds')], null, true)).toBe('holds');
  expect(verdictOf([judgement('holds')], null, false)).toBe('unknown');
  expect(verdictOf([judgement('violated', 'vacuous-pass')], null, true)).toBe('unknown');
  expect(verdictOf([judgement('violated', 'vacuous-pass'), judgement('violated', lost)], null, true)).toBe(
    'violated',
  );
});

test('signatures forget numbers, and keep the reason', () => {
  const crash = (n: number) => ({
    node: 'a',
    label: `load ${n}`,
    message: `offset ${n} must be new`,
    stack: '',
  });
  expect(signatureOf([], crash(1))).toBe(signatureOf([], crash(23)));
  expect(signatureOf([finding('b'), finding('a'), finding('b')], null)).toBe('a + b');
});

test('a replay with another fingerprint is a finding', () => {
  expect(compareReplay(outcome('1'), outcome('1'))).toBeUndefined();
  expect(compareReplay(outcome('1'), outcome('1', { fingerprint: 'g' }))?.invariant).toBe(
    'nondeterministic-replay',
  );
});
