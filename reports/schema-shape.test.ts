// What the published schema says is what is checked; a word that this reader does not know is no silent yes.

import { expect, test } from 'vitest';
import schema from '../bench/result.schema.json' with { type: 'json' };
import { benchResultSchema } from '../bench/result.ts';
import { shapeOfSchema } from './schema-shape.ts';
import { richBench, sampleBench, sampleRun } from './testing-bench.ts';

const shape = shapeOfSchema(schema);

function complaintOf(change: (document: ReturnType<typeof richBench>) => void): string | undefined {
  const document = structuredClone(richBench());
  change(document);
  return shape(document, '');
}

test('the samples fit, as they fit the schema they were published from', () => {
  for (const document of [sampleBench(), sampleBench([]), richBench()]) {
    expect(shape(document, '')).toBeUndefined();
    expect(benchResultSchema.safeParse(document).error).toBeUndefined();
  }
});

test('a mistake is told with its place', () => {
  const run = sampleRun();
  expect(complaintOf((bench) => Object.assign(bench, { seed: 5 }))).toBe('seed: a text is wanted');
  expect(complaintOf((bench) => Object.assign(bench, { extra: 5 }))).toBe('extra: nothing may stand here');
  expect(
    complaintOf((bench) =>
      bench.runs.splice(1, 0, { ...run, limits: [{ ...run.limits[0], of: 'luck' }] as never }),
    ),
  ).toContain('runs[1].limits[0].of: one of disk, loopback');
  expect(
    complaintOf((bench) => Object.assign(bench.runs[0] as object, { seconds: [{ second: 0.5 }] })),
  ).toContain('runs[0].seconds[0]');
  expect(complaintOf((bench) => Object.assign(bench.runs[0]!.ledger, { missing: -1 }))).toBe(
    'runs[0].ledger.missing: at least 0 is wanted',
  );
  expect(complaintOf((bench) => Object.assign(bench.runs[0]!.ledger, { missing: 0.5 }))).toBe(
    'runs[0].ledger.missing: a whole number is wanted',
  );
  expect(complaintOf((bench) => Object.assign(bench.runs[0]!.workload, { acks: 2 }))).toContain(
    'runs[0].workload.acks',
  );
  expect(complaintOf((bench) => Object.assign(bench.sweeps[0]!.points[0]!.run, { client: null }))).toBe(
    'sweeps[0].points[0].run.client: an object is wanted',
  );
  expect(shape(null, '')).toBe('the document: an object is wanted');
});

test('a word that is not understood is refused, not passed over', () => {
  expect(() => shapeOfSchema({ type: 'string', maxLength: 3 })).toThrow('maxLength');
  expect(() => shapeOfSchema({ type: 'tuple' })).toThrow('tuple');
});
