// The published JSON Schema of a stored run, made from the schema in result.ts: whoever reads bench.json with another
// tool, in another language, finds its shape there. The pieces that stand in several places have names.

import { z } from 'zod';
import { benchResultSchema } from './result.ts';

/** The text of bench/result.schema.json. */
export function resultSchemaText(): string {
  const schema = z.toJSONSchema(benchResultSchema, { metadata: names(), target: 'draft-2020-12' });
  const text = JSON.stringify(schema, (key, value) => (key === '$defs' ? withoutIds(value) : value), 2);
  return `${text}\n`;
}

function names() {
  const { runs, comparisons, knees, sweeps } = benchResultSchema.shape;
  const run = runs.element.shape;
  const latency = run.latencies.element.shape;
  const named = {
    run: runs.element,
    workload: run.workload,
    latency: run.latencies.element,
    histogram: latency.whole,
    processCost: run.client,
    limit: run.limits.element,
    share: run.shares.element,
    ledger: run.ledger,
    stamp: run.stamps.element,
    fault: run.faults.element,
    comparison: comparisons.element,
    knee: knees.element,
    sweep: sweeps.element,
  };
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  return registry;
}

/** A definition is known by its key; an `id` inside would mean something else. */
function withoutIds(definitions: Record<string, Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(definitions).map(([name, { id: _, ...definition }]) => [name, definition]),
  );
}
