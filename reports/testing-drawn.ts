// Slips drawn by lot for the tests of this room: one of each fate.

import type { DrawnResult, StoredDrawn } from '../sim/index.ts';
import { hostile } from './testing-suite.ts';

export function sampleDrawn(): StoredDrawn {
  const kill = {
    seed: '3',
    control: true,
    kind: 'crashed' as const,
    invariant: 'engine-crash',
    prose: hostile,
    guards: ['assertions'],
    scenario: 'acks/storm',
    replay: 'replay storm --mutant engine/a.ts:1:2:never',
  };
  const lived: DrawnResult = {
    name: 'engine/b.ts:3:4:always',
    operator: 'always',
    slip: hostile,
    line: 'if (isDue) this.flush();',
    fate: 'lived',
    runsPassing: 7,
    runsMade: 7,
    kill: null,
    noticed: null,
  };
  const name = 'engine/a.ts:1:2:never';
  return {
    format: 1,
    kind: 'drawn-mutants',
    exitCode: 0,
    verdict: '4 of 900 slips drawn with seed 7',
    seed: '7',
    seeds: 1,
    runsEach: 30,
    slips: 900,
    runs: 20,
    unusable: ['acks/calm, seed 7: vacuous: cried wolf'],
    results: [
      { ...lived, name, operator: 'never', fate: 'killed', runsMade: 2, kill },
      lived,
      { ...lived, name: 'engine/c.ts:5:6:never', operator: 'never', fate: 'noticed', noticed: 'it hangs' },
      { ...lived, name: 'engine/d.ts:7:8:always', fate: 'unpassed', runsMade: 0, runsPassing: 0 },
    ],
    machine: { startedAt: '2026-01-01T00:00:00.000Z', seconds: 9, workers: 2, node: 'v24.0.0' },
  };
}
