// The file format of a history of clients: JSON lines, one thing that a client said to each, near Jepsen's
// own operations so that a recorded history converts field by field. README.md has the description and an
// example.

import { z } from 'zod';
import { anomalyRows } from './anomalies.ts';

export const formatName = 'odradek-client-history';
export const formatVersion = 1;

/** Limits of a file that is read: above these it is refused, with the name of the limit. */
export const limits = {
  lineCharacters: 16_777_216,
  operations: 50_000_000,
  /** Sends and reads together. */
  records: 100_000_000,
  keys: 100_000,
  processes: 1_000_000,
  nameCharacters: 1_000,
} as const;

/** Complaints after which a file is not read further. */
export const complaintsMax = 20;

export const actionNames = ['send', 'poll', 'txn', 'assign', 'subscribe', 'crash', 'debug-topic-partitions'];

const anomalyType = z.enum(anomalyRows.map(({ type }) => type));

/** The optional first line. */
export const headerSchema = z.strictObject({
  format: z.literal(formatName),
  version: z.literal(formatVersion),
  /** What a person should know of it. */
  story: z.string().optional(),
  /** How it wants to be judged; the command line is stronger. */
  options: z
    .strictObject({
      subscribed: z.boolean().optional(),
      ww: z.boolean().optional(),
      ignore: z.array(anomalyType).optional(),
    })
    .optional(),
  /** What must come of it: fixtures say so. */
  expect: z
    .strictObject({
      valid: z.union([z.boolean(), z.literal('unknown')]),
      bad: z.array(anomalyType),
      info: z.array(anomalyType),
    })
    .optional(),
});

export type HistoryHeader = z.infer<typeof headerSchema>;

/** One line, as it is written. */
export interface HistoryLine {
  readonly index?: number;
  /** Nanoseconds since any moment. */
  readonly time: number;
  readonly process: string | number;
  readonly type: 'invoke' | 'ok' | 'fail' | 'info';
  readonly f: string;
  readonly value?: readonly Part[] | readonly (string | number)[] | null;
  readonly 'rebalance-log'?: readonly { readonly keys: readonly (string | number)[] }[];
  readonly error?: unknown;
}

export type Part =
  | readonly ['send', string | number, unknown]
  | readonly ['poll']
  | readonly ['poll', Readonly<Record<string, readonly (readonly [number | null, string | number])[]>>];
