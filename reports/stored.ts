// What reports read: a folder that `sim` or `bench` wrote, and whether it is what it says it is. `sim` tells its own
// folder in sim/store.ts (run.json, and one file in seeds/ for each kept run), `bench` in bench/result.ts
// (bench.json). Kept runs are read one after the other, when their story is told, and dropped again: one may be 100
// MB.

import benchSchema from '../bench/result.schema.json' with { type: 'json' };
import type { BenchResult } from '../bench/result.ts';
import type { KeptRun, StoredDrawn, StoredMutants, StoredSuite } from '../sim/index.ts';
import { shapeOfSchema } from './schema-shape.ts';
import {
  amount,
  anything,
  fields,
  flag,
  listOf,
  oneOf,
  optional,
  orNull,
  type Shape,
  tableOf,
  text,
} from './shape.ts';

/** Files of the stored run, by name relative to its folder; undefined when there is none. */
export type ReadFile = (name: string) => string | undefined;

export type Stored =
  | { readonly kind: 'sim'; readonly suite: StoredSuite }
  | { readonly kind: 'mutants'; readonly mutants: StoredMutants }
  | { readonly kind: 'drawn-mutants'; readonly drawn: StoredDrawn }
  /** `content` is the text of bench.json. */
  | { readonly kind: 'bench'; readonly bench: BenchResult; readonly content: string };

/** A stored run that cannot be read; the message is for people. */
export class DamagedRun extends Error {}

/** Finds out what the folder holds, and checks its shape. Throws `DamagedRun`. */
export function readStored(readFile: ReadFile): Stored {
  const sim = readFile('run.json');
  if (sim !== undefined) return readRun(sim);
  const bench = readFile('bench.json');
  if (bench !== undefined) {
    return { kind: 'bench', bench: readBench('bench.json', bench), content: bench };
  }
  throw new DamagedRun('no stored run here: neither run.json (of sim) nor bench.json');
}

/** A stored benchmark, in a file of any name. Throws `DamagedRun`. */
export function readBench(name: string, content: string): BenchResult {
  return readDocument(name, content, benchShape) as BenchResult;
}

/** run.json says itself whose it is. */
function readRun(content: string): Stored {
  const { kind } = readDocument(
    'run.json',
    content,
    fields({ format: oneOf(1), kind: oneOf('sim', 'mutants', 'drawn-mutants') }),
  ) as {
    kind: string;
  };
  if (kind === 'sim') return { kind, suite: readDocument('run.json', content, suiteShape) as StoredSuite };
  if (kind === 'drawn-mutants') {
    return { kind, drawn: readDocument('run.json', content, drawnShape) as StoredDrawn };
  }
  return { kind: 'mutants', mutants: readDocument('run.json', content, mutantsShape) as StoredMutants };
}

/** A kept run of a suite. Throws `DamagedRun`. */
export function readKept(name: string, readFile: ReadFile): KeptRun {
  if (name.startsWith('/') || name.includes('\\') || name.split('/').includes('..')) {
    throw new DamagedRun(`${name}: a file of a stored run lies in its folder`);
  }
  const content = readFile(name);
  if (content === undefined)
    throw new DamagedRun(`${name}: run.json speaks of this file, and it is not there`);
  return readDocument(name, content, keptShape) as KeptRun;
}

/** Throws `DamagedRun` where the content is not of this shape. */
export function readDocument(name: string, content: string, shape: Shape): unknown {
  const value = parsed(content, name);
  const wrong = shape(value, '');
  if (wrong !== undefined) throw new DamagedRun(`${name}: ${wrong}`);
  return value;
}

function parsed(content: string, place: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw new DamagedRun(`${place}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const momentFields = { timeUs: amount, step: amount };
const moment = fields(momentFields);
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
  marks: tableOf(amount),
  effects: listOf(
    fields({
      fault: text,
      target: text,
      damage: text,
      began: moment,
      ended: orNull(moment),
      tookEffect: flag,
      detail: text,
    }),
  ),
  signature: text,
  crash: orNull(fields({ node: text, label: text, message: text, stack: text })),
  trace: optional(listOf((value, place) => traceLine(value, place))),
  history: optional(listOf(fields({ kind: text }))),
  standstill: orNull(
    fields({
      where: text,
      why: text,
      waits: listOf(fields({ node: text, task: text, waitingFor: text })),
    }),
  ),
});

const traceLine = fields({
  step: amount,
  timeUs: amount,
  node: text,
  incarnation: amount,
  event: fields({ kind: text }),
});

const keptShape = fields({
  format: oneOf(1),
  kind: oneOf('sim-run'),
  scenario: text,
  file: text,
  control: flag,
  replay: text,
  telling: orNull(finding),
  trail: listOf(
    fields({
      step: amount,
      timeUs: amount,
      node: text,
      label: text,
      events: listOf(traceLine),
      repeated: amount,
    }),
  ),
  outcome: outcomeShape,
  story: optional(text),
  shrunk: optional(orNull(fields({ text, seed: text, events: amount, story: listOf(text), replay: text }))),
  pointOfNoReturn: optional(orNull(fields({ ...momentFields, prose: text }))),
});

const telling = {
  seed: text,
  control: flag,
  finding,
  replay: text,
  kept: orNull(text),
};

const results = ['as-expected', 'vacuous', 'unknown', 'blind', 'violated', 'crashed', 'nondeterministic'];

const scenarioShape = fields({
  name: text,
  file: text,
  story: text,
  expectation: text,
  seen: text,
  result: oneOf(...results),
  seeds: amount,
  passed: amount,
  witnessed: amount,
  controls: amount,
  controlsClean: amount,
  fingerprint: text,
  failures: listOf(
    fields({
      ...telling,
      kind: text,
      signature: text,
      seeds: listOf(text),
      count: optional(amount),
      divergence: orNull(text),
    }),
  ),
  marks: optional(listOf(fields({ mark: text, seeds: amount, seed: text }))),
  missing: listOf(text),
  witness: orNull(fields(telling)),
  runs: listOf(fields({ seed: text, control: flag, steps: amount, virtualUs: amount })),
  totals: optional(fields({ runs: amount, steps: amount, virtualUs: amount })),
});

const recheckShape = fields({
  status: oneOf('still fails', 'fails otherwise', 'fixed', 'unreadable'),
  scenario: text,
  signature: text,
  seed: text,
  replay: text,
  prose: text,
});

const campaignShape = fields({
  coverage: listOf(
    fields({ sort: text, happened: amount, never: listOf(text), perThousandSeeds: listOf(amount) }),
  ),
  tally: tableOf(fields({ times: amount, runs: amount, first: amount })),
});

const suiteShape = fields({
  format: oneOf(1),
  kind: oneOf('sim'),
  result: oneOf(...results),
  exitCode: amount,
  fingerprint: text,
  seeds: fields({ first: text, count: amount, shard: orNull(text) }),
  // Suites that were stored before there were notes have none.
  notes: optional(listOf(text)),
  scenarios: listOf(scenarioShape),
  ledger: optional(listOf(recheckShape)),
  campaign: optional(campaignShape),
  marks: optional(
    fields({
      known: amount,
      runs: amount,
      reached: listOf(
        fields({ mark: text, doc: text, runs: amount, scenario: text, seed: text, control: flag }),
      ),
      never: listOf(fields({ mark: text, doc: text, why: orNull(text) })),
      bucketRuns: amount,
      curve: listOf(fields({ runs: amount, fresh: amount, total: amount })),
      missing: listOf(text),
    }),
  ),
});

const killFields = {
  seed: text,
  control: flag,
  kind: oneOf('violated', 'crashed'),
  invariant: text,
  prose: text,
  guards: listOf(text),
};
const killShape = fields(killFields);

const alarmShape = fields({ seed: text, control: flag, what: text, replay: text });

const mutantsShape = fields({
  verdict: text,
  exitCode: amount,
  seeds: fields({ first: text, max: amount, always: amount }),
  mutants: listOf(
    fields({
      name: text,
      slip: text,
      origin: text,
      killed: flag,
      trouble: orNull(text),
      cells: listOf(
        fields({
          scenario: text,
          seedsRun: amount,
          seedsToKill: orNull(amount),
          kill: orNull(killShape),
          guards: listOf(listOf(text)),
          replay: orNull(text),
        }),
      ),
    }),
  ),
  ablation: listOf(fields({ guard: text, caught: amount, survivors: listOf(text) })),
  healthy: orNull(
    fields({
      seeds: amount,
      scenarios: listOf(
        fields({
          scenario: text,
          seeds: amount,
          alarms: listOf(alarmShape),
          unjudged: listOf(alarmShape),
        }),
      ),
    }),
  ),
  machine: fields({ seconds: amount, workers: amount, node: text }),
});

const drawnShape = fields({
  verdict: text,
  exitCode: amount,
  seed: text,
  seeds: amount,
  runsEach: amount,
  slips: amount,
  runs: amount,
  unusable: listOf(text),
  results: listOf(
    fields({
      name: text,
      operator: text,
      slip: text,
      line: text,
      fate: oneOf('killed', 'noticed', 'lived', 'unpassed'),
      runsPassing: amount,
      runsMade: amount,
      kill: orNull(fields({ ...killFields, scenario: text, replay: text })),
      noticed: orNull(text),
    }),
  ),
  machine: fields({ seconds: amount, workers: amount, node: text }),
});

const benchShape = shapeOfSchema(benchSchema);
