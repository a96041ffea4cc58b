// The published schema is the one that result.ts makes (`npx vitest run bench/result-schema -u` writes it).

import { expect, test } from 'vitest';
import { resultSchemaText } from './result-schema.ts';

test('bench/result.schema.json is current', async () => {
  await expect(resultSchemaText()).toMatchFileSnapshot('result.schema.json');
});

test('it refuses what is not written in it, and names its pieces', () => {
  const schema = JSON.parse(resultSchemaText());
  expect(schema.properties.format).toEqual({ type: 'string', const: 'odradek-bench/2' });
  expect(schema.additionalProperties).toBe(false);
  expect(schema).not.toHaveProperty('$id');
  expect(schema.properties.runs.items).toEqual({ $ref: '#/$defs/run' });
  expect(schema.$defs.sweep.properties.points.items.properties.run).toEqual({ $ref: '#/$defs/run' });
  expect(schema.$defs.run).not.toHaveProperty('id');
});
