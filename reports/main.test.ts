// The command itself: what it writes, and what it says when it cannot.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { benchOfDay, costOfDay } from './history-page/testing-history.ts';
import { benchmarksCommand, nameBenchmarks, reportCommand } from './main.ts';
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
  expect(nameBenchmarks([a, b])).toBe(true);
  expect(nameBenchmarks([folder])).toBe(false);
  expect(benchmarksCommand([a, b], {})).toBe(0);
  expect(readdirSync(b).sort()).toEqual(['bench.json', 'compared.html', 'compared.txt']);
  expect(benchmarksCommand([a, c], { out: join(folder, 'out') })).toBe(2);
  expect(said.at(-1)).toContain('are of different machines, and are not compared: kernel 6.1 and 7.0');
  expect(readdirSync(folder)).not.toContain('out');
  expect(benchmarksCommand([a, b], { annotations: 'github' })).toBe(2);
  expect(said.at(-1)).toContain('--annotations is for merged runs of sim');
  writeFileSync(join(b, 'bench.json'), '{');
  expect(benchmarksCommand([a, b], { json: true })).toBe(2);
  expect(JSON.parse(said.at(-1) ?? '').error).toContain('bench.json: not JSON');
});

describe('a history', () => {
  /** Stored as a folder of its own. */
  function stored(name: string, document: unknown, file = 'bench.json'): string {
    const path = join(folder, name);
    mkdirSync(path);
    writeFileSync(join(path, file), JSON.stringify(document));
    return path;
  }

  test('of three results stands beside the newest, and is the same in any order, from folders and documents', () => {
    const paths = [0, 1, 2].map((day) => stored(`day-${day}`, benchOfDay(day)));
    const [first, second, third] = paths as [string, string, string];
    expect(benchmarksCommand([third, first, second], {})).toBe(0);
    expect(readdirSync(third).sort()).toEqual(['bench.json', 'history.html', 'history.txt']);
    expect(said.at(-1)).toContain('3 results of 3 commits, ');
    const before = ['html', 'txt'].map((end) => readFileSync(join(third, `history.${end}`), 'utf8'));
    const out = join(folder, 'out');
    const documents = paths.map((path) => join(path, 'bench.json'));
    expect(nameBenchmarks(documents)).toBe(true);
    expect(benchmarksCommand(documents, { out, json: true })).toBe(0);
    expect(['html', 'txt'].map((end) => readFileSync(join(out, `history.${end}`), 'utf8'))).toEqual(before);
    const { kind, html } = JSON.parse(said.at(-1) ?? '');
    expect([kind, html]).toEqual(['history', join(out, 'history.html')]);
  });

  test('of counts of the simulator wants two', () => {
    const [a, b] = [0, 1].map((day) =>
      stored(`day-${day}`, costOfDay(day, { 'broker.copies': 12 + day }), 'bench-simulated.json'),
    ) as [string, string];
    expect(nameBenchmarks([a, b])).toBe(true);
    expect(benchmarksCommand([a, b], {})).toBe(0);
    expect(readFileSync(join(b, 'history.txt'), 'utf8')).toContain('broker.copies rose by 8.3 %');
  });

  test('is refused with the place of what is wrong', () => {
    const paths = [0, 1, 2].map((day) => stored(`day-${day}`, benchOfDay(day)));
    const elsewhere = stored('elsewhere', {
      ...benchOfDay(3),
      environment: { ...benchOfDay(3).environment, cores: 96 },
    });
    const refusals: [string[], string][] = [
      [[...paths, elsewhere], 'elsewhere are of different machines, and are not one history: cores 2 and 96'],
      [[...paths, join(folder, 'nowhere')], 'nowhere: no stored benchmark here'],
      [[...paths, join(folder, 'nothing.json')], 'nothing.json: no such file'],
      [[...paths, paths[0] as string], 'are the same result, which counts once'],
      [
        [...paths, stored('damaged', { format: 'odradek-bench/2' })],
        'damaged: bench.json: startedAt: a text is',
      ],
      [
        [...paths, stored('old', { format: 'odradek-bench/1' })],
        'old: bench.json: format: odradek-bench/1 is',
      ],
    ];
    for (const [named, complaint] of refusals) {
      expect(benchmarksCommand(named, { out: join(folder, 'out') })).toBe(2);
      expect(said.at(-1)).toContain(complaint);
    }
    expect(benchmarksCommand(paths, { annotations: 'github' })).toBe(2);
    expect(readdirSync(folder)).not.toContain('out');
  });
});
