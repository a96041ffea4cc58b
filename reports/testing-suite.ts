// A stored suite for the tests of this room: one scenario that fails, one that shows its witness, one that passes; as
// files in memory, as `sim` would have written them.

import type {
  HistoryEntry,
  KeptRun,
  StoredFailure,
  StoredScenario,
  StoredSuite,
  TraceLine,
} from '../sim/index.ts';
import type { ReadFile } from './stored.ts';

type Finding = NonNullable<KeptRun['telling']>;

/** As hostile as a name can be. */
export const hostile = `<script>alert("x")</script>&'\u0007\ud800]]>`;

export const lost: Finding = {
  invariant: 'acked-write-lost',
  prose: `produce-1#1/7 was acknowledged at ${hostile}/0 offset 7 and is gone`,
  step: 40,
  timeUs: 900_000,
  evidence: { topic: hostile, partition: 0, offset: 7, value: 'produce-1#1/7', acks: -1 },
};

export function line(
  step: number,
  timeUs: number,
  node: string,
  event: TraceLine['event'],
  incarnation = 1,
): TraceLine {
  return { step, cause: step - 1, timeUs, node, incarnation, event };
}

function send(n: number, at: number, outcome: 'ok' | 'failed' | 'unknown'): HistoryEntry {
  return {
    ...{
      kind: 'send',
      id: n,
      client: 'produce-1',
      session: 'produce-1#1',
      topic: hostile,
      partition: 0,
      n,
      key: null,
    },
    ...{
      acks: -1,
      idempotent: true,
      maxInFlight: 5,
      ackedPartition: 0,
      offset: n,
      attempts: 1,
      sentAgain: 0,
    },
    invoked: { timeUs: at - 1_000, step: n },
    completed: { timeUs: at, step: n + 30 },
    outcome,
    error: outcome === 'ok' ? null : 'NETWORK_EXCEPTION',
  };
}

const place = { topic: hostile, partition: 0 };

export const smallTrace: readonly TraceLine[] = [
  line(1, 0, 'broker-1', { kind: 'node-booted', role: 'broker' }),
  line(5, 100_000, 'world', { kind: 'note', text: 'phase hurt' }, 0),
  line(6, 110_000, 'produce-1', { kind: 'node-booted', role: 'client' }),
  line(36, 890_000, 'broker-1', {
    ...{ kind: 'append-planned', ...place, baseOffset: 7, lastOffset: 7, producerId: 1, baseSequence: 7 },
    ...{ producerEpoch: 0, leaderEpoch: 0, crc: 0 },
  }),
  line(38, 895_000, 'broker-1', { kind: 'log-appended', ...place, logEndOffset: 8, bytes: 90, batches: 1 }),
  line(50, 1_000_000, 'broker-1', {
    kind: 'power-lost',
    writes: 3,
    lostWrites: 2,
    tornWrites: 1,
    lostNames: 0,
  }),
  line(60, 1_500_000, 'broker-1', { kind: 'node-booted', role: 'broker' }, 2),
  line(61, 1_500_500, 'broker-1', {
    ...{
      kind: 'log-recovered',
      ...place,
      logStartOffset: 0,
      logEndOffset: 7,
      recoveryPoint: 0,
      truncatedBytes: 90,
    },
  }),
  line(70, 1_800_000, 'broker-1', { kind: 'node-paused', reason: 'a fault' }, 2),
  line(71, 1_900_000, 'broker-1', { kind: 'node-resumed', heldEvents: 4 }, 2),
];

const history: readonly HistoryEntry[] = [
  send(7, 900_000, 'ok'),
  send(8, 1_100_000, 'failed'),
  send(9, 1_200_000, 'unknown'),
];

export type Effect = KeptRun['outcome']['effects'][number];

export function effect(fault: string, beganUs: number, endedUs: number | null, tookEffect = true): Effect {
  return {
    ...{ fault, target: 'broker-1', damage: fault === 'power-loss' ? 'unsynced-lost' : 'harmless' },
    began: { timeUs: beganUs, step: Math.floor(beganUs / 20_000) },
    ended: endedUs === null ? null : { timeUs: endedUs, step: Math.floor(endedUs / 20_000) },
    ...{ excusesHalt: false, partition: null, tookEffect, detail: `${fault} happened` },
  };
}

export function keptRun(
  seed: string,
  found: 'violation' | 'witness',
  changes: Partial<KeptRun['outcome']> = {},
): KeptRun {
  return {
    ...{ format: 1, kind: 'sim-run', scenario: 'x', file: 'scenarios/x.jsonc', text: '{}', control: false },
    replay: `npm run -s odradek -- replay scenarios/x.jsonc --seed ${seed}`,
    telling: lost,
    trail: [
      {
        step: 39,
        timeUs: 899_000,
        node: 'broker-1',
        label: 'deliver bytes',
        repeated: 0,
        events: [smallTrace[4] as TraceLine],
      },
    ],
    outcome: {
      ...{ seed, verdict: found === 'violation' ? 'violated' : 'holds', fingerprint: 'f00d', signature: '' },
      violations: found === 'violation' ? [lost] : [],
      witnesses: found === 'witness' ? [lost] : [],
      judgements: [{ checker: 'acked-writes', verdict: 'holds', judged: 3, reason: null }],
      ...{ steps: 80, virtualUs: 2_000_000, counters: { send: 3 }, crash: null, standstill: null },
      marks: { 'torn-tail-cut': 1 },
      effects: [
        effect('power-loss', 1_000_000, 1_500_000),
        effect('pause', 1_800_000, 1_900_000),
        effect('wipe', 10, 10, false),
      ],
      trace: smallTrace,
      history,
      ...changes,
    },
  };
}

export function scenario(name: string, changes: Partial<StoredScenario> = {}): StoredScenario {
  return {
    ...{
      name,
      file: `scenarios/${name}.jsonc`,
      story: `The story of ${hostile}.`,
      text: '{}',
      expectation: 'pass',
    },
    ...{
      seen: 'pass 2/2',
      result: 'as-expected',
      seeds: 2,
      passed: 2,
      witnessed: 0,
      controls: 0,
      controlsClean: 0,
    },
    ...{ fingerprint: 'beef', failures: [], marks: [], missing: [], witness: null },
    runs: [],
    ...changes,
  };
}

export function failing(name: string, changes: Partial<StoredFailure> = {}): StoredScenario {
  const failure: StoredFailure = {
    ...{
      seed: '17',
      control: false,
      finding: lost,
      kind: 'violated',
      signature: lost.invariant,
      seeds: ['17', '18'],
    },
    replay: `npm run -s odradek -- replay scenarios/${name}.jsonc --seed 17`,
    kept: `seeds/${name}@17.json`,
    divergence: null,
    ...changes,
  };
  return scenario(name, { result: 'violated', seen: 'pass 0/2', passed: 0, failures: [failure] });
}

export function witnessing(name: string): StoredScenario {
  const witness = {
    seed: '3',
    control: false,
    finding: lost,
    replay: `replay ${name} --seed 3`,
    kept: `seeds/${name}@3.json`,
  };
  return scenario(name, {
    expectation: 'witness acked-write-lost',
    seen: 'witness 2/2',
    witnessed: 2,
    witness,
  });
}

export function suite(scenarios: readonly StoredScenario[]): StoredSuite {
  return {
    ...{ format: 1, kind: 'sim', result: 'violated', exitCode: 1, fingerprint: 'cafe' },
    seeds: { first: '17', count: 2, shard: null },
    notes: [],
    scenarios,
    marks: {
      known: 3,
      runs: 6,
      reached: [
        { mark: 'torn-tail-cut', doc: hostile, runs: 2, scenario: hostile, seed: '17', control: false },
      ],
      never: [
        { mark: 'isr-grew-back', doc: 'an ISR is whole again', why: null },
        { mark: 'fsync-lied', doc: hostile, why: 'no disk lies here' },
      ],
      bucketRuns: 5,
      curve: [
        { runs: 5, fresh: 0, total: 0 },
        { runs: 6, fresh: 1, total: 1 },
      ],
      promised: null,
      missing: [],
    },
    machine: { startedAt: '2026-01-02T03:04:05Z', seconds: 1, workers: 2, runs: 6, node: 'v24' },
  };
}

/** The files of a suite in which `failing`, `witnessing` and `passing` are what their names say. */
export function smallSuite(): Map<string, string> {
  return new Map([
    [
      'run.json',
      JSON.stringify(suite([scenario('a/passing'), failing('a/failing'), witnessing('b/witnessing')])),
    ],
    ['seeds/a/failing@17.json', JSON.stringify(keptRun('17', 'violation'))],
    ['seeds/b/witnessing@3.json', JSON.stringify(keptRun('3', 'witness'))],
  ]);
}

export function readerOf(files: ReadonlyMap<string, string>): ReadFile {
  return (name) => files.get(name);
}
