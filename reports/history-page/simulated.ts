// What `bench --simulated --out` stored (bench/simulated/document.ts): whether it is what it says it is, and its counts
// by workload. A count is exact: it has no spread, and what did not happen was counted as 0. Pure.

import type { StoredCost, WorkloadCost } from '../../bench/simulated/document.ts';
import { amount, anything, fields, flag, listOf, oneOf, optional, orNull, tableOf, text } from '../shape.ts';
import { DamagedRun, readDocument } from '../stored.ts';
import type { Cell, Measured } from './cells.ts';

export const simulatedFormat: StoredCost['format'] = 'odradek-bench-simulated/1';

const storedCostShape = fields({
  format: oneOf(simulatedFormat),
  model: tableOf(anything),
  workloads: listOf(
    fields({ name: text, durability: text, counts: tableOf(amount), sound: flag, gaps: listOf(text) }),
  ),
  taken: optional(fields({ startedAt: text, commit: orNull(text), version: text, node: text })),
});

/** Throws `DamagedRun`. */
export function readSimulated(name: string, content: string): StoredCost {
  const document = readDocument(name, content, storedCostShape) as Omit<StoredCost, 'taken'> &
    Partial<StoredCost>;
  const { taken } = document;
  if (taken !== undefined) return { ...document, taken };
  throw new DamagedRun(
    `${name}: taken: it does not say when and of which commit it was counted, as what --out stores does`,
  );
}

export function simulatedCells({ workloads }: StoredCost): Cell[] {
  return workloads.map(
    ({ name, durability, counts, sound, gaps }: WorkloadCost): Cell => ({
      ...{ key: name, name, asked: durability, binding: null },
      voidBecause: sound ? null : (gaps[0] ?? 'the ledger has a gap'),
      measured: Object.entries(counts).map(([count, value]) => measuredOf(count, value)),
    }),
  );
}

/** A count that stands in another result and not in this one. */
export function notCounted(count: string): Measured {
  return measuredOf(count, 0);
}

/** What a workload costs is better lower; how many records came of it is not for better or worse. */
function measuredOf(name: string, value: number): Measured {
  const better = name.startsWith('records.') ? 'neither' : 'lower';
  const unit = name.endsWith('Us') ? 'us' : /bytes/i.test(name) ? 'B' : 'times';
  return { name, unit, better, value, spread: null };
}

/** How two models differ; numbers of different models are not compared. */
export function modelDifferences(a: StoredCost['model'], b: StoredCost['model']): string[] {
  const others = new Map<string, unknown>(Object.entries(b));
  const names = new Set([...Object.keys(a), ...others.keys()]);
  const ours = new Map<string, unknown>(Object.entries(a));
  return [...names]
    .filter((name) => ours.get(name) !== others.get(name))
    .map((name) => `${name} ${ours.get(name) ?? 'not there'} and ${others.get(name) ?? 'not there'}`);
}
