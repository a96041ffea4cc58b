// Promises: that marks are reached. A scenario promises what its story is about (`reaches`); a folder of scenarios may
// promise that together they reach every mark there is, but those of which `marks.json` in it says why not.
//
// What is promised and missed makes a suite `blind`: the generator no longer shows what it was written to show. Too few
// seeds break no promise.

import { z } from 'zod';
import { failure, type Outcome, success } from '../../engine/index.ts';
import { parseJsonc } from '../scenario/jsonc.ts';
import { nearest } from '../scenario/nearest.ts';
import type { Scenario } from '../scenario/schema.ts';
import { markNames } from './index.ts';

/** One seed in so many, when a promise says nothing else. */
export const usualPromise = { seeds: 1, of: 20 };

/** What a scenario promised and its seeds did not reach, one sentence each. `reaching`: how many reached a mark. */
export function promiseShortage(
  reaches: Scenario['reaches'],
  seeds: number,
  reaching: (mark: string) => number,
): string[] {
  return (reaches ?? []).flatMap((promised) => {
    const { mark, inAtLeast = usualPromise } = typeof promised === 'string' ? { mark: promised } : promised;
    const reached = reaching(mark);
    const wanted = Math.ceil((inAtLeast.seeds * seeds) / inAtLeast.of);
    const enough = seeds * inAtLeast.seeds >= inAtLeast.of;
    if (!enough || reached >= wanted) return [];
    return [`it promises to reach ${mark}: in ${reached} of ${seeds} seeds, expected ${wanted}`];
  });
}

// ---- of a whole folder

/** `marks.json` beside scenarios. */
export interface MarkPromise {
  /** From so many seeds of each scenario on. */
  readonly seeds: number;
  /** Marks that the folder does not promise, each with the reason. */
  readonly unreached: Readonly<Record<string, string>>;
}

export const markPromiseFileName = 'marks.json';

const promiseSchema = z.strictObject({
  seeds: z.int().min(1).max(1_000_000),
  unreached: z.record(z.string(), z.string().min(10)),
});

/** Reads a `marks.json`; the error is complaints with file, line and column. */
export function readMarkPromise(fileName: string, text: string): Outcome<MarkPromise, string[]> {
  const parsed = parseJsonc(text);
  const told = ({ line, column }: { line: number; column: number }, message: string) =>
    `${fileName}:${line}:${column}: ${message}`;
  if (parsed.complaints.length > 0) {
    return failure(parsed.complaints.map((complaint) => told(complaint, complaint.message)));
  }
  const checked = promiseSchema.safeParse(parsed.value);
  if (!checked.success) {
    return failure(
      checked.error.issues.map(({ path, message }) =>
        told(parsed.place(path), `${path.map(String).join('.')}: ${message}`),
      ),
    );
  }
  const strangers = Object.keys(checked.data.unreached).filter((mark) => !markNames.includes(mark));
  if (strangers.length === 0) return success(checked.data);
  return failure(
    strangers.map((mark) => {
      const meant = nearest(mark, markNames);
      const hint = meant === undefined ? '' : `, did you mean "${meant}"?`;
      return told(parsed.place(['unreached'], mark), `no mark is called ${mark}${hint}`);
    }),
  );
}

/** What a folder promised of `never` and broke, one sentence each. */
export function shortOfPromise(
  promise: MarkPromise | null,
  seeds: number,
  never: readonly string[],
): string[] {
  if (promise === null || seeds < promise.seeds) return [];
  return never
    .filter((mark) => promise.unreached[mark] === undefined)
    .map((mark) => `the suite promises to reach ${mark}: in none of ${seeds} seeds of each scenario`);
}
