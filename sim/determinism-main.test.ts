// One seed, several processes: the same; and a Node that is not what it says is found out, at the first step that
// differs, with both sides of it.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type DeterminismOptions, determinismCommand } from './determinism-main.ts';

const scenario = 'scenarios/ordering/ordering-per-partition-baseline.jsonc';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-test-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function compared(options: DeterminismOptions, paths = [scenario]) {
  const out: string[] = [];
  const error: string[] = [];
  const around = {
    program: 'cli.ts',
    out: (text: string) => void out.push(text),
    error: (text: string) => void error.push(text),
  };
  const code = await determinismCommand(paths, { seeds: 1, ...options }, around);
  return { code, out: out.join(''), error: error.join('') };
}

test('threads and processes make no difference', async () => {
  const { code, out } = await compared({ json: true });
  expect(code).toBe(0);
  const { same, sides } = JSON.parse(out);
  expect(same).toBe(true);
  expect(sides).toHaveLength(2);
  expect(sides[0].fingerprint).toBe(sides[1].fingerprint);
});

test('a side that is another run is told with the first step that differs', async () => {
  // As a Node would that decides something for itself: every seed becomes another one.
  const liar = join(folder, 'liar');
  writeFileSync(
    liar,
    [
      '#!/bin/sh',
      'for word do',
      'shift',
      '[ "$word" = 1 ] && [ "$last" = --seed ] && word=2',
      'last=$word',
      'set -- "$@" "$word"',
      'done',
      `exec "${process.execPath}" "$@"`,
      '',
    ].join('\n'),
  );
  chmodSync(liar, 0o755);
  const { code, out } = await compared({ node: [liar] });
  expect(code).toBe(4);
  expect(out).toMatch(/NOT DETERMINISTIC/);
  expect(out).toMatch(/the runs part at step \d+\n {2}first: {2}step .*\n {2}second: step /);
});

test('a Node that is not there, and a scenario that is not there, are bad usage', async () => {
  expect(await compared({ node: ['no/such/node'] })).toMatchObject({
    code: 2,
    error: '--node: there is no no/such/node\n',
  });
  expect((await compared({}, ['no/such.jsonc'])).code).toBe(2);
});
