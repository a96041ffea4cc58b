// The memory of failures across campaigns: one entry for each reason to fail of each scenario, small enough
// for a file of its own, and complete enough to run it again without anything else. Pure; the files are in
// ledger-files.ts.

import { z } from 'zod';
import { failure, type Outcome, success } from '../../engine/index.ts';
import { hashText } from '../random.ts';
import type { FailureKind } from '../suite.ts';

/** A seed and the scenario that it failed under: generated scenarios differ from seed to seed. */
const oneCase = z.object({ seed: z.string(), text: z.string() });
export type LedgerCase = z.infer<typeof oneCase>;

const kinds = [
  'crashed',
  'violated',
  'nondeterministic',
  'unknown',
  'vacuous',
] as const satisfies FailureKind[];

const entrySchema = z.object({
  format: z.literal(1),
  kind: z.literal('ledger-entry'),
  scenario: z.string(),
  /** Where the scenario was when it failed; the text below is what is run again. */
  file: z.string(),
  failure: z.enum(kinds),
  control: z.boolean(),
  signature: z.string(),
  invariants: z.array(z.string()),
  /** What the first of them said. */
  prose: z.string(),
  status: z.enum(['open', 'fixed']),
  /** Runs of campaigns in which it was seen. */
  count: z.int().min(1),
  first: oneCase,
  latest: oneCase,
  firstSeen: z.iso.datetime(),
  lastSeen: z.iso.datetime(),
  /** What was run, where somebody said so. */
  firstCommit: z.string().nullable(),
  lastCommit: z.string().nullable(),
});

export type LedgerEntry = z.infer<typeof entrySchema>;

export function readEntry(text: string): Outcome<LedgerEntry, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return failure(`not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = entrySchema.safeParse(value);
  if (read.success) return success(read.data);
  const [issue] = read.error.issues;
  return failure(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not an entry'}`);
}

type Identity = Pick<LedgerEntry, 'scenario' | 'failure' | 'control' | 'signature'>;

/** The name of its file, without the ending: readable, and different for different reasons. */
export function entryName({ scenario, failure, control, signature }: Identity): string {
  const readable = `${scenario}-${signature}`.replace(/[^\w.-]+/g, '_').slice(0, 80);
  const whole = `${scenario}\n${failure}\n${control}\n${signature}`;
  const hash = [0x811c9dc5, 0x9747b28c].map((start) => hashText(whole, start).toString(16).padStart(8, '0'));
  return `${readable}-${hash.join('')}`;
}

/**
 * Two entries of one reason, each from a process that did not know of the other's runs. Whatever was seen later says
 * whether it is fixed. Commutative and associative, so that it does not matter who merges when.
 */
export function mergeEntries(a: LedgerEntry, b: LedgerEntry): LedgerEntry {
  const earlier = least(a, b, beginningOf);
  const latest = least(a, b, endOf) === a ? b : a;
  return {
    ...earlier,
    status: a.lastSeen === b.lastSeen && a.status !== b.status ? 'open' : latest.status,
    count: a.count + b.count,
    latest: latest.latest,
    lastSeen: latest.lastSeen,
    lastCommit: latest.lastCommit,
  };
}

/** What an entry tells of its beginning, and of its end so far: each is taken over whole and ordered by itself. */
const beginningOf = (entry: LedgerEntry) => [
  ...[entry.firstSeen, entry.first.seed, entry.first.text, entry.firstCommit],
  ...[entry.prose, entry.file, entry.invariants],
];
const endOf = (entry: LedgerEntry) => [
  entry.lastSeen,
  entry.latest.seed,
  entry.latest.text,
  entry.lastCommit,
];

function least(a: LedgerEntry, b: LedgerEntry, tells: (entry: LedgerEntry) => unknown[]): LedgerEntry {
  return JSON.stringify(tells(a)) <= JSON.stringify(tells(b)) ? a : b;
}
