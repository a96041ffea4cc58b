// The speed of the simulator: its loop alone, with events that do nothing but call for the next, and a whole
// scenario with brokers, clients, faults and checkers in it.

import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { setImmediate as breath } from 'node:timers/promises';
import {
  defaultLimits,
  label,
  Randomness,
  type RunOutcome,
  registries,
  run,
  type Scenario,
  ScenarioReader,
  Scheduler,
} from '../../sim/index.ts';
import type { MicroCase } from './cases.ts';

const eventsOfCall = 20_000;
const chains = [10, 1_000];
/** A scenario is run under new seeds until it has taken so long. */
const scenarioMs = 4_000;

export function schedulerCases(): MicroCase[] {
  return chains.map((count) => ({
    name: `scheduler, ${count} events waiting, per event`,
    operations: eventsOfCall,
    bytes: 0,
    run: () => {
      const scheduler = new Scheduler(new Randomness('bench'), defaultLimits);
      const what = label('event of a benchmark');
      const again = (): void => {
        scheduler.after(1 + (scheduler.step % 997), scheduler.world, what, again);
      };
      for (let chain = 0; chain < count; chain++) again();
      scheduler.run(eventsOfCall, Number.POSITIVE_INFINITY);
      return scheduler.step;
    },
  }));
}

export interface ScenarioSpeed {
  readonly name: string;
  readonly seeds: number;
  readonly stepsPerSecond: number;
  readonly virtualSecondsPerSecond: number;
}

/** Steps and virtual seconds of one thread in one real second; the first seed warms up and does not count. */
export async function scenarioSpeed(path: string): Promise<ScenarioSpeed> {
  const scenario = readScenario(path);
  let seeds = 0;
  let steps = 0;
  let virtualUs = 0;
  let startMs = performance.now();
  for (let seed = 0; seeds === 0 || performance.now() - startMs < scenarioMs; seed++) {
    const outcome = await played(scenario, `bench-${seed}`);
    if (seed === 0) {
      startMs = performance.now();
      continue;
    }
    seeds++;
    steps += outcome.steps;
    virtualUs += outcome.virtualUs;
  }
  const seconds = (performance.now() - startMs) / 1000;
  return {
    name: basename(path).replace(/\.jsonc$/, ''),
    seeds,
    stepsPerSecond: steps / seconds,
    virtualSecondsPerSecond: virtualUs / 1e6 / seconds,
  };
}

export function readScenario(path: string): Scenario {
  const scenario = new ScenarioReader(registries).read(path, readFileSync(path, 'utf8'));
  if (!scenario.ok) throw new Error(scenario.error.join('\n'));
  return scenario.value;
}

/** One run to its end, breathing where it asks for it. */
export async function played(scenario: Scenario, seed: string): Promise<RunOutcome> {
  const running = run(scenario, seed);
  for (;;) {
    const turn = running.next();
    if (turn.done) return turn.value;
    await breath();
  }
}
