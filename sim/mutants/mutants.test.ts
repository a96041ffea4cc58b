// The mutants themselves: every edit still fits its file and leaves valid syntax; who kills whom is judged rightly; and
// one mutant is really killed, in real threads, while a slip without consequences lives.

import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { describe, expect, test } from 'vitest';
import { silence } from '../progress.ts';
import { registries } from '../registries.ts';
import { ScenarioReader } from '../scenario/read.ts';
import { loadScenarios } from '../store.ts';
import { runMatrix } from './kill.ts';
import { ablations, type Cell, type Kill, resultOf } from './matrix.ts';
import { edited, type Mutant } from './mutant.ts';
import { mutants } from './registry.ts';

describe('the registry', () => {
  test.each(mutants)('$name fits the sources, and they still parse', ({ edits }) => {
    for (const file of new Set(edits.map((edit) => edit.file))) {
      const text = readFileSync(file, 'utf8');
      const changed = edited(file, text, edits);
      expect(changed).not.toBe(text);
      expect(() => stripTypeScriptTypes(changed)).not.toThrow();
    }
  });

  test('names are unique, and scenarios exist', () => {
    const names = mutants.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { name, scenarios } of mutants) {
      expect(scenarios.length, name).toBeGreaterThan(0);
      for (const scenario of scenarios) readFileSync(`scenarios/${scenario}.jsonc`);
    }
  });
});

describe('an edit', () => {
  const edit = { file: 'a.ts', find: 'one', replace: 'two' };

  test('is made in its own file only', () => {
    expect(edited('a.ts', 'is one here', [edit])).toBe('is two here');
    expect(edited('b.ts', 'is one here', [edit])).toBe('is one here');
  });

  test('that stands nowhere, or twice, is refused', () => {
    expect(() => edited('a.ts', 'none', [{ ...edit, find: 'gone' }])).toThrow(/0 times/);
    expect(() => edited('a.ts', 'one and one', [edit])).toThrow(/2 times/);
  });
});

describe('the matrix', () => {
  const mutant = (name: string): Mutant => ({ name, slip: '', origin: 'slip', edits: [], scenarios: [] });
  const kill: Kill = { seed: '1', control: false, kind: 'violated', invariant: 'x', prose: '', guards: [] };
  const cell = (...guards: string[][]): Cell => ({
    scenario: 'a',
    seedsRun: 3,
    seedsToKill: guards.length > 0 ? 1 : null,
    kill: guards.length > 0 ? kill : null,
    guards,
    replay: null,
  });

  test('a mutant that no run kills lives', () => {
    expect(resultOf(mutant('m'), [cell(), cell()], null).killed).toBe(false);
    expect(resultOf(mutant('m'), [cell(), cell(['order'])], null).killed).toBe(true);
  });

  test('without its only guard a mutant would have lived; with a second one in any run it would not', () => {
    const alone = resultOf(mutant('alone'), [cell(['order'], ['order'])], null);
    const twice = resultOf(mutant('twice'), [cell(['order']), cell(['producers'])], null);
    const found = ablations([alone, twice]);
    expect(found.find(({ guard }) => guard === 'order')).toEqual({
      guard: 'order',
      caught: 2,
      survivors: ['alone'],
    });
    expect(found.find(({ guard }) => guard === 'producers')?.survivors).toEqual([]);
  });
});

describe('in real threads', () => {
  async function run(mutant: Mutant, scenario: string) {
    const loaded = loadScenarios([`scenarios/${scenario}.jsonc`], new ScenarioReader(registries));
    const of = loaded.ok ? loaded.value : [];
    const replayOf = (_: unknown, seed: string) => `replay ${seed}`;
    const seeds = { seeds: ['1'], seedsAlways: 1 };
    const plan = { mutants: [mutant], scenariosOf: () => of, ...seeds, workers: 1, replayOf };
    const [result] = await runMatrix(plan, silence);
    return result;
  }

  const mutant = mutants.find(({ name }) => name === 'acks-all-without-followers') as Mutant;

  test('a slip kills, and is told with the seed that shows it', async () => {
    const result = await run(mutant, 'acks/acks-all-failover-storm');
    expect(result).toMatchObject({ killed: true, trouble: null });
    expect(result?.cells[0]).toMatchObject({ seedsToKill: 1, replay: 'replay 1' });
    expect(result?.cells[0]?.kill?.invariant).toBe('ack-below-min-isr');
  });

  test('it lives where it has no consequences: one broker waits for nobody', async () => {
    const result = await run(mutant, 'ordering/idempotent-restart');
    expect(result).toMatchObject({ killed: false, trouble: null, cells: [{ seedsToKill: null }] });
  });
});
