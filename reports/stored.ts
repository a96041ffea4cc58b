// What reports read: a folder that `sim` or `bench` wrote. `bench` says itself what its `bench.json` is (bench/result.ts).
// For `sim` this file says what is expected of the folder:
//
//   sim.json            the suite: one row per scenario, and the runs worth telling (every failure, the first witness)
//   traces/*.jsonl      one trace line per line, named by `trace` of a told run
//   histories/*.jsonl   one history entry per line, named by `history` of a told run
//
// Traces are read one after the other, when their story is told, and dropped again: one may be 100 MB.

import type { BenchResult } from '../bench/result.ts';
import type { HistoryEntry, RunOutcome, Scenario, ScenarioJudgement, TraceLine } from '../sim/index.ts';
import { amount, anything, fields, flag, listOf, oneOf, orNull, type Shape, tableOf, text } from './shape.ts';

export const simFormat = 'odradek-sim/1';
export const benchFormat = 'odradek-bench/1';

/** Files of the stored run, by name relative to its folder; undefined when there is none. */
export type ReadFile = (name: string) => string | undefined;

/** One run that is told in full. */
export interface ToldRun {
  readonly seed: string;
  /** Whether it ran under the control's overrides. */
  readonly control: boolean;
  readonly why: 'failure' | 'witness';
  /** The command that does it again, step by step the same. */
  readonly replay: string;
  readonly outcome: RunOutcome;
  /** File names relative to the folder; null when they were not kept. */
  readonly trace: string | null;
  readonly history: string | null;
}

export interface StoredScenario {
  /** As given to the command: `scenarios/acks/acks0-leader-crash.jsonc`. */
  readonly file: string;
  readonly story: string;
  readonly expect: Scenario['expect'];
  readonly judgement: ScenarioJudgement;
  /** Of the runs without the control: how many did nothing unexpected. */
  readonly passed: number;
  /** Runs under the control, and how many of them showed nothing they must not; null without a control. */
  readonly control: { readonly seeds: number; readonly clean: number } | null;
  /** Over all its runs. */
  readonly fingerprint: string;
  readonly steps: number;
  readonly virtualUs: number;
  readonly told: readonly ToldRun[];
}

export interface StoredSuite {
  readonly format: typeof simFormat;
  /** The first seed, and how many each scenario ran. */
  readonly seed: string;
  readonly seeds: number;
  /** Of everything: two suites are the same exactly when these agree. */
  readonly fingerprint: string;
  readonly scenarios: readonly StoredScenario[];
}

export type Stored =
  | { readonly kind: 'sim'; readonly suite: StoredSuite }
  | { readonly kind: 'bench'; readonly bench: BenchResult };

/** A stored run that cannot be read; the message is for people. */
export class DamagedRun extends Error {}

/** Characters of a trace that are read: one line takes about 150, and a string cannot hold much more. */
const traceCharactersMax = 256_000_000;

/** Finds out what the folder holds, and checks its shape. Throws `DamagedRun`. */
export function readStored(readFile: ReadFile): Stored {
  const sim = readFile('sim.json');
  const bench = readFile('bench.json');
  if (sim !== undefined) return { kind: 'sim', suite: document('sim.json', sim, suiteShape) as StoredSuite };
  if (bench !== undefined) {
    return { kind: 'bench', bench: document('bench.json', bench, benchShape) as BenchResult };
  }
  throw new DamagedRun('no stored run here: neither sim.json nor bench.json');
}

/** The trace of a told run; undefined when none was kept. Throws `DamagedRun`. */
export function readTrace(told: ToldRun, readFile: ReadFile): TraceLine[] | undefined {
  return lines(told.trace, readFile, traceShape) as TraceLine[] | undefined;
}

/** The history of a told run; undefined when none was kept. Throws `DamagedRun`. */
export function readHistory(told: ToldRun, readFile: ReadFile): HistoryEntry[] | undefined {
  return lines(told.history, readFile, fields({ kind: text })) as HistoryEntry[] | undefined;
}

function document(name: string, content: string, shape: Shape): unknown {
  const value = parsed(content, name);
  const wrong = shape(value, '');
  if (wrong !== undefined) throw new DamagedRun(`${name}: ${wrong}`);
  return value;
}

function lines(name: string | null, readFile: ReadFile, shape: Shape): unknown[] | undefined {
  if (name === null) return undefined;
  if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..')) {
    throw new DamagedRun(`${name}: a file of a stored run lies in its folder`);
  }
  const content = readFile(name);
  if (content === undefined)
    throw new DamagedRun(`${name}: sim.json speaks of this file, and it is not there`);
  if (content.length > traceCharactersMax) {
    throw new DamagedRun(`${name}: ${content.length} characters; reports read at most ${traceCharactersMax}`);
  }
  const read: unknown[] = [];
  for (const [index, line] of content.split('\n').entries()) {
    if (line === '') continue;
    const value = parsed(line, `${name}:${index + 1}`);
    const wrong = shape(value, 'the line');
    if (wrong !== undefined) throw new DamagedRun(`${name}:${index + 1}: ${wrong}`);
    read.push(value);
  }
  return read;
}

function parsed(content: string, place: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new DamagedRun(`${place}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const moment = fields({ timeUs: amount, step: amount });
const finding = fields({
  invariant: text,
  prose: text,
  step: amount,
  timeUs: amount,
  evidence: tableOf(anything),
});

const outcomeShape = fields({
  seed: text,
  verdict: oneOf('holds', 'violated', 'unknown'),
  violations: listOf(finding),
  witnesses: listOf(finding),
  judgements: listOf(fields({ checker: text, verdict: text, judged: amount, reason: orNull(text) })),
  fingerprint: text,
  steps: amount,
  virtualUs: amount,
  counters: tableOf(amount),
  effects: listOf(
    fields({
      fault: text,
      target: text,
      began: moment,
      ended: orNull(moment),
      tookEffect: flag,
      detail: text,
    }),
  ),
  signature: text,
  crash: orNull(fields({ node: text, label: text, message: text, stack: text })),
  standstill: orNull(
    fields({
      where: text,
      why: text,
      waits: listOf(fields({ node: text, task: text, waitingFor: text })),
    }),
  ),
});

const toldShape = fields({
  seed: text,
  control: flag,
  why: oneOf('failure', 'witness'),
  replay: text,
  outcome: outcomeShape,
  trace: orNull(text),
  history: orNull(text),
});

const scenarioShape = fields({
  file: text,
  story: text,
  expect: tableOf(anything),
  judgement: fields({
    result: oneOf('as-expected', 'violated', 'vacuous', 'unknown', 'crashed'),
    reasons: listOf(text),
    seeds: amount,
    witnessed: amount,
    tellingSeed: orNull(text),
  }),
  passed: amount,
  control: orNull(fields({ seeds: amount, clean: amount })),
  fingerprint: text,
  steps: amount,
  virtualUs: amount,
  told: listOf(toldShape),
});

const suiteShape = fields({
  format: oneOf(simFormat),
  seed: text,
  seeds: amount,
  fingerprint: text,
  scenarios: listOf(scenarioShape),
});

const traceShape = fields({
  step: amount,
  cause: amount,
  timeUs: amount,
  node: text,
  incarnation: amount,
  event: fields({ kind: text }),
});

const histogram = fields({
  count: amount,
  censored: amount,
  ...Object.fromEntries(
    ['minUs', 'meanUs', 'p50Us', 'p90Us', 'p99Us', 'p999Us', 'p9999Us', 'maxUs'].map((name) => [
      name,
      orNull(amount),
    ]),
  ),
  curve: listOf(fields({ percentile: amount, us: amount })),
});

const cost = fields({
  userUsPerRecord: orNull(amount),
  systemUsPerRecord: orNull(amount),
  cpuPercent: orNull(amount),
  rssMaxBytes: orNull(amount),
});

const ledgerCounts = [
  ...['intended', 'acknowledged', 'failed', 'unfinished', 'readBack', 'acknowledgedReadBack', 'missing'],
  ...['duplicated', 'corrupt', 'misplaced', 'reordered', 'foreign', 'refusedButThere', 'uncounted'],
];

const workloadRunShape = fields({
  name: text,
  story: text,
  workload: fields({ kind: text }),
  durability: text,
  settings: fields({ producer: orNull(tableOf(anything)), consumer: orNull(tableOf(anything)) }),
  payloadGzipRatio: amount,
  throughput: fields({
    recordsPerSecond: amount,
    megabytesPerSecond: amount,
    coefficientOfVariation: orNull(amount),
    offeredRecordsPerSecond: orNull(amount),
  }),
  seconds: listOf(
    fields({ second: amount, phase: oneOf('warm-up', 'measured'), records: amount, bytes: amount }),
  ),
  latencies: listOf(
    fields({
      of: oneOf('acknowledge', 'end-to-end', 'poll', 'send-lateness'),
      fromIntendedTime: flag,
      whole: histogram,
      perSecond: listOf(
        fields({ second: amount, count: amount, p50Us: orNull(amount), p99Us: orNull(amount) }),
      ),
    }),
  ),
  broker: orNull(cost),
  client: cost,
  limits: listOf(fields({ of: oneOf('disk', 'loopback'), pattern: text, megabytesPerSecond: amount })),
  share: orNull(fields({ binding: text, limitMegabytesPerSecond: amount, share: amount })),
  ledger: fields({
    ...Object.fromEntries(ledgerCounts.map((name) => [name, amount])),
    sound: flag,
    examples: listOf(text),
  }),
  stamps: listOf(fields({ name: text, why: text })),
  notes: listOf(text),
});

const benchShape = fields({
  format: oneOf(benchFormat),
  startedAt: text,
  seed: text,
  target: fields({ kind: oneOf('ours', 'against'), address: text }),
  environment: fields({
    node: text,
    platform: text,
    kernel: text,
    processor: text,
    cores: amount,
    memoryBytes: amount,
    disk: orNull(text),
    commit: orNull(text),
    version: text,
  }),
  runs: listOf(workloadRunShape),
});
