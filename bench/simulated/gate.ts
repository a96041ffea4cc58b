// The gate: which counts are not what the baseline says. Nothing here is noise, so a change in either direction is
// named and none is forgiven; what is meant is accepted by writing the baseline anew, with a reason. Pure.

import { type CostBaseline, type CostDocument, reasonsMax, type WorkloadCost } from './document.ts';
import type { CostModel } from './model.ts';
import type { Counts } from './tally.ts';

/** A change of one part in so many, and more, is named: 0.1 %. */
const partsNamed = 1_000;

/** A count that is not what it was; what did not happen counts 0. */
export interface Difference {
  readonly workload: string;
  readonly count: string;
  readonly before: number;
  readonly after: number;
  /** Of `before`; null when that was 0. */
  readonly percent: number | null;
}

export interface GateVerdict {
  readonly differences: readonly Difference[];
  /** Why some of it cannot be compared at all: each of these fails the gate too. */
  readonly complaints: readonly string[];
}

/** `whole`: every workload there is was run, so that one that is only in the baseline is missing. */
export function compareWithBaseline(
  baseline: CostBaseline,
  { model, workloads }: CostDocument,
  whole: boolean,
): GateVerdict {
  const complaints = modelChanges(baseline.model, model);
  const known = new Map(baseline.workloads.map((one) => [one.name, one]));
  const differences: Difference[] = [];
  for (const after of workloads) {
    const before = known.get(after.name);
    known.delete(after.name);
    if (before === undefined) complaints.push(`${after.name}: the baseline does not know this workload`);
    else differences.push(...differencesOf(before, after));
  }
  if (whole) {
    for (const name of known.keys())
      complaints.push(`${name}: in the baseline, and no such workload is there`);
  }
  return { differences, complaints };
}

function differencesOf(before: WorkloadCost, after: WorkloadCost): Difference[] {
  const names = [...new Set([...Object.keys(before.counts), ...Object.keys(after.counts)])].sort();
  return names.flatMap((name) => difference(after.name, name, before.counts, after.counts) ?? []);
}

function difference(workload: string, count: string, from: Counts, to: Counts): Difference | undefined {
  const before = from[count] ?? 0;
  const after = to[count] ?? 0;
  if (before === after || Math.abs(after - before) * partsNamed < before) return undefined;
  const percent = before === 0 ? null : (100 * (after - before)) / before;
  return { workload, count, before, after, percent };
}

function modelChanges(before: CostModel, after: CostModel): string[] {
  const names = Object.keys(after) as (keyof CostModel)[];
  return names
    .filter((name) => before[name] !== after[name])
    .map((name) => `the model is another one: ${name} was ${before[name]}, is ${after[name]}`);
}

/** What the gate says, a line each; the last ones say how a change is accepted. */
export function gateText({ differences, complaints }: GateVerdict): string[] {
  if (differences.length + complaints.length === 0) return ['gate: every count is what the baseline says'];
  const named = differences.map(({ workload, count, before, after, percent }) => {
    const by = percent === null ? 'was not there' : `${percent > 0 ? '+' : ''}${percent.toFixed(1)} %`;
    return `  ${workload}: ${count} was ${before}, is ${after} (${by})`;
  });
  const counts = differences.length === 1 ? '1 count is' : `${differences.length} counts are`;
  return [
    `gate: ${counts} not what the baseline says, by 0.1 % or more`,
    ...complaints.map((complaint) => `  ${complaint}`),
    ...named,
    'A change that is meant is accepted by writing the baseline anew, with the reason, and committing it:',
    '  npx node cli.ts bench --simulated --write --because "what changed, and why it is right"',
  ];
}

/**
 * The baseline with these workloads in it; others stay as they are. Text instead: why that would be a mixture of two
 * models.
 */
export function rewritten(
  baseline: CostBaseline | undefined,
  document: CostDocument,
  reason: { readonly on: string; readonly because: string },
  whole: boolean,
): CostBaseline | string {
  const { model, workloads } = document;
  const named = new Set(workloads.map(({ name }) => name));
  const kept = whole ? [] : (baseline?.workloads ?? []).filter(({ name }) => !named.has(name));
  if (baseline !== undefined && kept.length > 0 && modelChanges(baseline.model, model).length > 0) {
    return 'the model is another one than the baseline has: write all workloads, not some';
  }
  const verdict = baseline === undefined ? undefined : compareWithBaseline(baseline, document, whole);
  const reasons = [...(baseline?.reasons ?? []), { ...reason, changes: verdict?.differences.length ?? 0 }];
  return {
    ...document,
    workloads: [...kept, ...workloads].sort((a, b) => (a.name < b.name ? -1 : 1)),
    reasons: reasons.slice(-reasonsMax),
  };
}
