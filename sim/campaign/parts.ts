// Stored runs from their folders, whole, for merging; and the merged one back into a folder. Worldly, because
// it reads and writes files. What is damaged is refused with file and place: a merge that leaves something
// out would lie.

import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { failure, type Outcome, success } from '../../engine/index.ts';
import {
  keptAs,
  type StoredBlock,
  type StoredFailure,
  type StoredRow,
  type StoredSuite,
  shrunkName,
  storeRun,
} from '../store.ts';
import { blockName, CampaignFolder } from './folder.ts';
import type { Merged, Part } from './merge.ts';

/** Runs that are merged at once: all of them are in memory, a few hundred bytes each. */
const runsMax = 5_000_000;

const finding = z.looseObject({
  invariant: z.string(),
  prose: z.string(),
  step: z.number(),
  timeUs: z.number(),
});
const telling = {
  seed: z.string(),
  control: z.boolean(),
  finding,
  replay: z.string(),
  kept: z.string().nullable(),
};
const run = {
  seed: z.string(),
  control: z.boolean(),
  verdict: z.enum(['holds', 'violated', 'unknown']),
  signature: z.string(),
  witnesses: z.array(z.string()),
  fingerprint: z.string(),
  steps: z.number(),
  virtualUs: z.number(),
};
const kind = z.enum(['crashed', 'violated', 'nondeterministic', 'unknown', 'vacuous']);
const failing = z.looseObject({ ...telling, kind, signature: z.string(), seeds: z.array(z.string()) });
const scenario = z.looseObject({
  name: z.string(),
  file: z.string(),
  story: z.string(),
  text: z.string(),
  failures: z.array(failing),
  witness: z.looseObject(telling).nullable(),
  runs: z.array(z.looseObject(run)),
});
const tally = z.looseObject({ times: z.number(), runs: z.number(), first: z.number() });
const suiteSchema = z.looseObject({
  format: z.literal(1),
  kind: z.literal('sim'),
  exitCode: z.number(),
  fingerprint: z.string(),
  seeds: z.looseObject({ first: z.string(), count: z.number(), shard: z.string().nullable() }),
  notes: z.array(z.string()),
  scenarios: z.array(scenario),
  campaign: z.looseObject({ blocks: z.int().min(0), tally: z.record(z.string(), tally) }).optional(),
  machine: z.looseObject({ startedAt: z.string(), seconds: z.number(), runs: z.number() }),
});
const trouble = z.looseObject({ kind, signature: z.string() });
const blockSchema = z.looseObject({
  format: z.literal(1),
  kind: z.literal('sim-runs'),
  runs: z.array(z.looseObject({ ...run, scenario: z.string(), trouble: trouble.nullable() })),
});

class Damaged extends Error {}

/** All of the folders, or everything that is wrong with them. */
export function readParts(folders: readonly string[]): Outcome<Part[], string[]> {
  const complaints: string[] = [];
  const parts: Part[] = [];
  let runs = 0;
  for (const name of new Set(folders)) {
    try {
      const part = readPart(name);
      runs += part.rows.length;
      parts.push(part);
    } catch (error) {
      if (!(error instanceof Damaged)) throw error;
      complaints.push(error.message);
    }
    if (runs > runsMax) return failure([`${runs} runs; at most ${runsMax} are merged at once`]);
  }
  return complaints.length > 0 ? failure(complaints) : success(parts);
}

function readPart(folder: string): Part {
  const suite = document(join(folder, 'run.json'), suiteSchema) as unknown as StoredSuite;
  if (suite.campaign === undefined) return { name: folder, suite, rows: rowsOfSuite(suite) };
  const rows: StoredRow[] = [];
  for (let number = 1; number <= suite.campaign.blocks; number++) {
    const block = document(join(folder, blockName(number)), blockSchema) as unknown as StoredBlock;
    for (const row of block.runs) rows.push(row);
  }
  return { name: folder, suite, rows };
}

function document(path: string, schema: z.ZodType): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Damaged(
      `${path}: ${isMissing(error) ? 'there is no such file: no stored run of sim' : String(error)}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Damaged(`${path}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = schema.safeParse(value);
  if (read.success) return value;
  const [issue] = read.error.issues;
  throw new Damaged(`${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a stored run'}`);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
}

/** A plain suite says what is wrong with its runs in the lists of its failures. */
function rowsOfSuite(suite: StoredSuite): StoredRow[] {
  return suite.scenarios.flatMap(({ name, runs, failures }) => {
    const troubles = new Map<string, StoredFailure>();
    for (const one of failures) {
      if (one.kind === 'nondeterministic') continue;
      for (const seed of one.seeds) troubles.set(`${one.control} ${seed}`, one);
    }
    return runs.map((ran): StoredRow => {
      const one = troubles.get(`${ran.control} ${ran.seed}`);
      const trouble = one === undefined ? null : { kind: one.kind, signature: one.signature };
      return { scenario: name, ...ran, trouble };
    });
  });
}

/** Writes the merged run, with the kept runs and the generated scenarios of its parts. */
export function storeMerged(
  path: string,
  { suite, rows, kept }: Merged,
  parts: readonly Part[],
  replayOfShrunk: (file: string, seed: string) => string,
): void {
  for (const [name, part] of kept) {
    const run = keptAs(part, name);
    if (run === undefined) continue;
    // Its shrunk scenario moves with it, and so does the command that runs that.
    const replay = run.shrunk ? replayOfShrunk(join(path, shrunkName(name)), run.shrunk.seed) : '';
    storeRun(path, name, run.shrunk ? { ...run, shrunk: { ...run.shrunk, replay } } : run);
  }
  for (const { name } of parts) {
    const scenarios = join(name, 'scenarios');
    if (!existsSync(scenarios)) continue;
    mkdirSync(join(path, 'scenarios'), { recursive: true });
    for (const file of readdirSync(scenarios))
      copyFileSync(join(scenarios, file), join(path, 'scenarios', file));
  }
  const folder = new CampaignFolder(path);
  if (suite.campaign === undefined) folder.store(suite);
  else {
    for (const row of rows) folder.add(row);
    folder.store({ ...suite, campaign: { ...suite.campaign, blocks: folder.blocks } });
  }
}
