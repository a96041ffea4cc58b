// The baseline of the gate: what each workload costs, as somebody has decided that it may. It is a file in the
// repository, and nothing writes it but an explicit --write with the reason; a run that passes leaves it as it is,
// lest five slips of 2 % pass one after the other.
//
// Counts hold on every machine. Processor time holds on the machine that is described beside it, and nowhere else.

import { z } from 'zod';
import { openingComment, parseJsonc } from '../../sim/index.ts';
import type { Environment } from '../result.ts';

const machine = z.strictObject({
  platform: z.string(),
  kernel: z.string(),
  processor: z.string(),
  cores: z.int().min(1),
  memoryBytes: z.int().min(0),
  node: z.string(),
});

const numbers = z.record(z.string(), z.number().min(0));

const baselineSchema = z.strictObject({
  format: z.literal('odradek-bench-baseline/1'),
  /** Who set it, when and why; the last one is the one in force. */
  changes: z
    .array(
      z.strictObject({
        at: z.string().min(1),
        by: z.string().min(1),
        because: z.string().min(1),
        commit: z.string().nullable(),
      }),
    )
    .min(1),
  machine,
  workloads: z.record(z.string(), z.strictObject({ counts: numbers, processor: numbers })),
});

export type Baseline = z.infer<typeof baselineSchema>;
export type Machine = z.infer<typeof machine>;
export type WorkloadBaseline = Baseline['workloads'][string];

export type ReadBaseline =
  | { readonly ok: true; readonly value: Baseline }
  | { readonly ok: false; readonly complaints: readonly string[] };

/** `path` is for the complaints, which name line and column. */
export function readBaseline(path: string, text: string): ReadBaseline {
  const parsed = parseJsonc(text);
  const complaints = [...parsed.complaints];
  const checked = baselineSchema.safeParse(parsed.value);
  if (complaints.length === 0 && !checked.success) {
    for (const issue of checked.error.issues) {
      const name = issue.path.join('.');
      const message = name === '' ? issue.message : `${name}: ${issue.message}`;
      complaints.push({ ...parsed.place(issue.path), message });
    }
  }
  if (complaints.length === 0 && checked.success) return { ok: true, value: checked.data };
  return {
    ok: false,
    complaints: complaints.map(({ line, column, message }) => `${path}:${line}:${column}: ${message}`),
  };
}

/** The comment on top stays what it was. */
export function baselineText(baseline: Baseline, before: string | undefined): string {
  const comment = before === undefined ? openingDefault : openingComment(before);
  const lines = comment === '' ? [] : comment.split('\n').map((line) => `// ${line}`.trimEnd());
  return `${[...lines, JSON.stringify(baselineSchema.parse(baseline), null, 2)].join('\n')}\n`;
}

const openingDefault =
  'What each workload may cost: `odradek bench --gate` holds the working tree against it.\n' +
  'Written by `--write --because TEXT` and by nothing else.';

export function machineOf({ platform, kernel, processor, cores, memoryBytes, node }: Environment): Machine {
  return { platform, kernel, processor, cores, memoryBytes, node };
}

/** What is another machine about `here`, in words; empty: nothing is. */
export function differencesOf(stored: Machine, here: Machine): string[] {
  const names = ['platform', 'kernel', 'processor', 'cores', 'memoryBytes', 'node'] as const;
  return names
    .filter((name) => stored[name] !== here[name])
    .map((name) => `${name} ${stored[name]} there, ${here[name]} here`);
}
