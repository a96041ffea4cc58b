// The stored document of a run of `bench`, and what the command says about it.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchResult, benchResultSchema } from './result.ts';
import { summaryOf } from './text.ts';

export const exitCode = { ok: 0, failed: 1, input: 2 } as const;

/** `lines` go to the terminal behind the summary. */
export async function store(
  result: BenchResult,
  folder: string,
  json: boolean,
  lines: readonly string[] = [],
): Promise<number> {
  // The document is held against its own schema before anybody relies on it.
  const text = `${JSON.stringify(benchResultSchema.parse(result), null, 1)}\n`;
  const path = join(folder, 'bench.json');
  writeFileSync(path, text);
  await write(json ? text : `${[summaryOf(result), ...lines].join('\n')}\nstored in ${path}\n`);
  return isSound(result) ? exitCode.ok : exitCode.failed;
}

/** No ledger of any run has a gap; the runs of a search are not kept, but their stamps are. */
function isSound({ runs, sweeps, knees }: BenchResult): boolean {
  const all = [...runs, ...sweeps.flatMap(({ points }) => points.map(({ run }) => run))];
  const points = knees.flatMap((knee) => knee.points);
  return (
    all.every(({ ledger }) => ledger.sound) &&
    points.every(({ stamps }) => stamps.every(({ name }) => name !== 'VOID'))
  );
}

/** Standard output may be a pipe: a document of megabytes must be through before the process ends. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()));
}

export function complain(problems: readonly string[], code: number): number {
  for (const problem of problems) process.stderr.write(`odradek bench: ${problem}\n`);
  return code;
}
