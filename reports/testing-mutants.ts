// A stored kill matrix for the tests of this room: one mutant killed, one alive, one alarm without a cause.

import type { StoredMutants } from '../sim/index.ts';
import { hostile } from './testing-suite.ts';

export function sampleMutants(): StoredMutants {
  const kill = {
    seed: '3',
    control: false,
    kind: 'violated' as const,
    invariant: 'acked-write-lost',
    prose: hostile,
    guards: ['acked-writes'],
  };
  const killedCell = {
    scenario: 'acks/storm',
    seedsRun: 3,
    seedsToKill: 3,
    kill,
    guards: [kill.guards],
    replay: 'replay storm --mutant early-answer',
  };
  const livingCell = {
    ...killedCell,
    seedsRun: 500,
    seedsToKill: null,
    kill: null,
    guards: [],
    replay: null,
  };
  const mutant = { slip: hostile, origin: 'KAFKA-1', trouble: null };
  return {
    format: 1,
    kind: 'mutants',
    exitCode: 1,
    verdict: '1 of 2 mutants killed; ALIVE: immortal',
    seeds: { first: '1', max: 500, always: 3 },
    mutants: [
      { ...mutant, name: 'early-answer', killed: true, cells: [killedCell] },
      { ...mutant, name: 'immortal', killed: false, cells: [livingCell] },
    ],
    ablation: [{ guard: 'acked-writes', caught: 1, survivors: ['early-answer'] }],
    healthy: {
      seeds: 20,
      scenarios: [
        { scenario: 'acks/storm', seeds: 10, alarms: [], unjudged: [] },
        {
          scenario: 'acks/calm',
          seeds: 10,
          alarms: [{ seed: '7', control: false, what: 'cried wolf', replay: 'replay calm --seed 7' }],
          unjudged: [],
        },
      ],
    },
    machine: { startedAt: '2026-01-01T00:00:00.000Z', seconds: 9, workers: 2, node: 'v24.0.0' },
  };
}
