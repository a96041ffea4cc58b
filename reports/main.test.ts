// The command itself: what it writes, and what it says when it cannot.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { areBenchmarks, compareCommand, reportCommand } from './main.ts';
import { sampleBench } from './testing-bench.ts';

let folder = '';
let said: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'odradek-report-'));
  said = [];
  for (const stream of ['log', 'error'] as const)
    vi.spyOn(console, stream).mockImplementation((text) => void said.push(text));
});

afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test('writes three files beside the run, and names them', async () => {
  writeFileSync(join(folder, 'bench.json'), JSON.stringify(sampleBench()));
  expect(await reportCommand(folder, {})).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(['bench.json', 'junit.xml', 'report.html', 'summary.txt']);
  expect(said.join('\n')).toContain(join(folder, 'report.html'));
  const before = readFileSync(join(folder, 'report.html'));
  expect(await reportCommand(folder, { json: true })).toBe(0);
  expect(readFileSync(join(folder, 'report.html'))).toEqual(before);
  expect(JSON.parse(said.at(-1) ?? '')).toMatchObject({ kind: 'bench', html: join(folder, 'report.html') });
});

test('refuses a folder without a run, one that is not there, and a damaged one', async () => {
  expect(await reportCommand(folder, {})).toBe(2);
  expect(await reportCommand(join(folder, 'nowhere'), { json: true })).toBe(2);
  writeFileSync(join(folder, 'bench.json'), '{"format":"odradek-bench/2"}');
  expect(await reportCommand(folder, {})).toBe(2);
  expect(said[0]).toContain('no stored run here');
  expect(JSON.parse(said[1] ?? '')).toHaveProperty('error');
  expect(said[2]).toContain('bench.json: startedAt: a text is wanted');
  expect(readdirSync(folder)).toEqual(['bench.json']);
});

test('two benchmarks of one machine are compared, of two machines refused', () => {
  const [a, b, c] = ['a', 'b', 'c'].map((name) => join(folder, name)) as [string, string, string];
  const bench = sampleBench();
  const elsewhere = { ...bench, environment: { ...bench.environment, kernel: '7.0' } };
  for (const [path, document] of [
    [a, bench],
    [b, bench],
    [c, elsewhere],
  ] as const) {
    mkdirSync(path);
    writeFileSync(join(path, 'bench.json'), JSON.stringify(document));
  }
  expect(areBenchmarks([a, b])).toBe(true);
  expect(areBenchmarks([a, folder])).toBe(false);
  expect(compareCommand([a, b], {})).toBe(0);
  expect(readdirSync(b).sort()).toEqual(['bench.json', 'compared.html', 'compared.txt']);
  expect(compareCommand([a, c], { out: join(folder, 'out') })).toBe(2);
  expect(said.at(-1)).toContain('are of different machines, and are not compared: kernel 6.1 and 7.0');
  expect(readdirSync(folder)).not.toContain('out');
  expect(compareCommand([a, b, c], {})).toBe(2);
  expect(compareCommand([a, b], { annotations: 'github' })).toBe(2);
  expect(said.at(-1)).toContain('--annotations is for merged runs of sim');
  writeFileSync(join(b, 'bench.json'), '{');
  expect(compareCommand([a, b], { json: true })).toBe(2);
  expect(JSON.parse(said.at(-1) ?? '').error).toContain('bench.json: not JSON');
});
