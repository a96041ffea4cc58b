// What `bench --simulated` prints with --json, and what is committed as `baseline.json`. Every number is a whole one,
// and the same on every run, so two documents are compared number by number.

import { z } from 'zod';
import { modelSchema } from './model.ts';

const workloadCost = z.strictObject({
  name: z.string(),
  /** When an acknowledgement is durable. */
  durability: z.string(),
  /**
   * By name. `virtualUs` and `schedulerSteps` of the load; `requests.API`, `responses.API` and their bytes; `broker.*`
   * and `client.*`: what each asked of its ports, and what it copied; `records.*`; `latency.*` in virtual time. What
   * did not happen is not named.
   */
  counts: z.record(z.string(), z.int().min(0)),
  /** Whether everything acknowledged was read back once, in order, intact. */
  sound: z.boolean(),
  /** Examples of what was not. */
  gaps: z.array(z.string()),
});

export const costDocumentSchema = z.strictObject({
  format: z.literal('odradek-bench-simulated/1'),
  model: modelSchema,
  workloads: z.array(workloadCost),
});

/** As `--out` stores it: with what a history over commits must know, and a count never depends on. */
export const storedCostSchema = costDocumentSchema.extend({
  taken: z.strictObject({
    /** Wall clock, ISO 8601. */
    startedAt: z.string(),
    /** The commit, with `-dirty` when files differ from it; null without git. */
    commit: z.string().nullable(),
    version: z.string(),
    node: z.string(),
  }),
});

/** How many reasons a baseline keeps, the latest ones. */
export const reasonsMax = 50;

export const baselineSchema = costDocumentSchema.extend({
  /** Why it was written, each time, oldest first. */
  reasons: z
    .array(
      z.strictObject({
        /** The day. */
        on: z.string(),
        because: z.string().min(1),
        /** How many counts were different from the baseline before. */
        changes: z.int().min(0),
      }),
    )
    .max(reasonsMax),
});

export type WorkloadCost = z.infer<typeof workloadCost>;
export type CostDocument = z.infer<typeof costDocumentSchema>;
export type StoredCost = z.infer<typeof storedCostSchema>;
export type CostBaseline = z.infer<typeof baselineSchema>;
