// The files that people edit: every shipped scenario is read without complaint, and the JSON Schema that editors use is
// the one that the registries make (`npx vitest run sim/scenario -u` writes it).

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { registries } from '../registries.ts';
import { ScenarioReader } from './read.ts';

const reader = new ScenarioReader(registries);
const files = readdirSync('scenarios', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.jsonc'))
  .sort();

describe('shipped scenarios', () => {
  test('there are some', () => expect(files.length).toBeGreaterThanOrEqual(14));

  test.each(files)('%s is read, and tells its story in a comment on top', (name) => {
    const text = readFileSync(`scenarios/${name}`, 'utf8');
    const read = reader.read(`scenarios/${name}`, text);
    expect(read.ok ? [] : read.error).toEqual([]);
    expect(text.startsWith('//')).toBe(true);
  });
});

test('scenarios/scenario.schema.json is current', async () => {
  await expect(reader.jsonSchemaText()).toMatchFileSnapshot('../../scenarios/scenario.schema.json');
});
