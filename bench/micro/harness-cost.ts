// What judging a run costs, and what its fingerprint costs: the same seeds as they are, without the one and without the
// other, in turns, by processor time. Shares of one minute on one machine compare; absolute times do not.

import { basename } from 'node:path';
import { ClusterMonitor, Fingerprint, type Scenario } from '../../sim/index.ts';
import { played, readScenario } from './simulator.ts';

export interface HarnessCost {
  readonly name: string;
  readonly seeds: number;
  /** Shares of the processor time of a whole run, 0 to 1. */
  readonly fingerprint: number;
  /** The monitor of the cluster and all checkers. */
  readonly judging: number;
  readonly eventsPerSecond: number;
  readonly seedsPerMinute: number;
}

const seedsMeasured = 8;
/** Rounds of each seed: the fastest of each kind counts, which is the least disturbed. */
const rounds = 3;

export async function harnessCost(path: string): Promise<HarnessCost> {
  const scenario = readScenario(path);
  const unjudged: Scenario = { ...scenario, checkers: ['harness'] };
  const totals = { whole: 0, withoutFingerprint: 0, withoutJudging: 0 };
  let steps = 0;
  await played(scenario, 'bench-0');
  for (let seed = 1; seed <= seedsMeasured; seed++) {
    const best = { whole: Infinity, withoutFingerprint: Infinity, withoutJudging: Infinity };
    const name = `bench-${seed}`;
    for (let round = 0; round < rounds; round++) {
      const whole = await timed(scenario, name);
      if (round === 0) steps += whole.steps;
      best.whole = Math.min(best.whole, whole.ms);
      const plain = await without(Fingerprint.prototype, 'add', () => timed(scenario, name));
      best.withoutFingerprint = Math.min(best.withoutFingerprint, plain.ms);
      const blind = await without(ClusterMonitor.prototype, 'take', () => timed(unjudged, name));
      best.withoutJudging = Math.min(best.withoutJudging, blind.ms);
    }
    for (const kind of ['whole', 'withoutFingerprint', 'withoutJudging'] as const) totals[kind] += best[kind];
  }
  return {
    name: basename(path).replace(/\.jsonc$/, ''),
    seeds: seedsMeasured,
    fingerprint: 1 - totals.withoutFingerprint / totals.whole,
    judging: 1 - totals.withoutJudging / totals.whole,
    eventsPerSecond: (1000 * steps) / totals.whole,
    seedsPerMinute: (60_000 * seedsMeasured) / totals.whole,
  };
}

async function timed(scenario: Scenario, seed: string): Promise<{ ms: number; steps: number }> {
  const before = process.cpuUsage();
  const { steps } = await played(scenario, seed);
  const { user, system } = process.cpuUsage(before);
  return { ms: (user + system) / 1000, steps };
}

/** Runs `measure` while a method does nothing. */
async function without<T, R>(prototype: T, method: keyof T, measure: () => Promise<R>): Promise<R> {
  const real = prototype[method];
  prototype[method] = (() => {}) as T[keyof T];
  try {
    return await measure();
  } finally {
    prototype[method] = real;
  }
}
