// Whole runs of shipped scenarios: the same seed is the same run, stopping is stopping, and the world is as dangerous
// as the stories say (a witness shows, its control never).

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { controlOf, showsWitness, unexpectedIn, unexpectedInControl } from './expectation.ts';
import { compareReplay, type RunOutcome } from './outcome.ts';
import { registries } from './registries.ts';
import { type RunOptions, run, runToEnd } from './run.ts';
import { ScenarioReader } from './scenario/read.ts';
import type { Scenario } from './scenario/schema.ts';

const reader = new ScenarioReader(registries);

function shipped(name: string): Scenario {
  const read = reader.read(name, readFileSync(`scenarios/${name}.jsonc`, 'utf8'));
  if (!read.ok) throw new Error(read.error.join('\n'));
  return read.value;
}

function runOf(name: string, seed: number, options: RunOptions = {}): RunOutcome {
  return runToEnd(run(shipped(name), String(seed), options));
}

describe('one run', () => {
  test('of the baseline holds, and is judged on something', () => {
    const outcome = runOf('ordering/ordering-per-partition-baseline', 1);
    expect(outcome.violations).toEqual([]);
    expect(outcome.verdict).toBe('holds');
    expect(outcome.counters['send ok']).toBeGreaterThanOrEqual(600);
    // One broker has no cluster to watch.
    const watched = new Set(['replication', 'metadata', 'coordinators']);
    const judged = outcome.judgements.filter((judgement) => !watched.has(judgement.checker));
    const unjudged = judged.filter((judgement) => judgement.judged === 0);
    // No group in it, so nothing was delivered or committed.
    expect(unjudged.map((judgement) => judgement.checker)).toEqual([
      'delivery',
      'commits',
      'groups',
      'retention',
    ]);
  });

  test('is the same run again, traced or not; under another seed it is another', () => {
    const first = runOf('storage/torn-tail', 3);
    const traced = runOf('storage/torn-tail', 3, { trace: true });
    expect(compareReplay(first, traced)).toBeUndefined();
    expect(traced.trace?.length).toBeGreaterThan(100);
    expect(runOf('storage/torn-tail', 4).fingerprint).not.toBe(first.fingerprint);
  });

  test('stops at a step, and tells who waits for what', () => {
    const outcome = runOf('ordering/ordering-per-partition-baseline', 1, { untilStep: 2_000 });
    expect(outcome.steps).toBe(2_000);
    expect(outcome.verdict).toBe('unknown');
    expect(outcome.standstill?.why).toContain('step 2000');
    expect(outcome.standstill?.waits.some((wait) => wait.node === 'broker-1')).toBe(true);
  });
});

describe('witnesses', () => {
  test.each([
    'acks/acks0-leader-crash',
    'acks/duplicate-append-without-idempotence',
    'ordering/ordering-retry-inflight5',
    'storage/powerfail-page-cache',
    'storage/lying-fsync',
    'delivery/at-most-once-commit-first',
  ])('%s shows what it is there to show, and its control does not', (name) => {
    const scenario = shipped(name);
    // A few: `npm start` runs them all, under more.
    const seeds = [1, 2, 3];
    const outcomes = seeds.map((seed) => runOf(name, seed));
    expect(outcomes.flatMap((outcome) => unexpectedIn(scenario, outcome))).toEqual([]);
    expect(outcomes.some((outcome) => showsWitness(scenario, outcome))).toBe(true);
    const overrides = controlOf(scenario);
    for (const seed of seeds) {
      const control = runOf(name, seed, { overrides });
      expect(unexpectedInControl(scenario, control)).toEqual([]);
    }
  });
});
