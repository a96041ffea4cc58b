// The command `check`, from options to exit code.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type CheckOptions, checkCommand } from './check-main.ts';

const folder = mkdtempSync(join(tmpdir(), 'odradek-check-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(file: string, options: CheckOptions = {}) {
  const out: string[] = [];
  const error: string[] = [];
  const surroundings = { out: (text: string) => out.push(text), error: (text: string) => error.push(text) };
  const code = await checkCommand(file, options, surroundings);
  return { code, out: out.join('\n'), error: error.join('\n') };
}

function fixture(name: string): string {
  return `sim/client-side/fixtures/${name}.jsonl`;
}

describe('exit codes', () => {
  test('0: valid', async () => expect((await check(fixture('clean'))).code).toBe(0));

  test('1: an anomaly that is bad, told in prose', async () => {
    const { code, out } = await check(fixture('lost-write'));
    expect(code).toBe(1);
    expect(out).toContain('not valid: lost-write, unseen');
    expect(out).toMatch(/sent a to key x \(offset 0\) and nobody ever read it/);
  });

  test('3: unknown', async () => expect((await check(fixture('nothing-to-judge'))).code).toBe(3));

  test('2: what cannot be read', async () => {
    expect((await check(join(folder, 'absent'))).error).toContain('ENOENT');
    const bad = join(folder, 'bad.jsonl');
    writeFileSync(bad, '{"type":"ok"}\n{"f":1}\n');
    const { code, error } = await check(bad);
    expect(code).toBe(2);
    expect(error).toBe(
      `${bad}:1: f: send, poll, txn, assign, subscribe, crash, debug-topic-partitions\n` +
        `${bad}:2: type: invoke, ok, fail or info`,
    );
  });

  test('2: bad options', async () => {
    expect(await check(fixture('clean'), { ignore: ['sloth'] })).toMatchObject({ code: 2 });
    expect(await check(fixture('clean'), { subVia: 'magic' })).toMatchObject({ code: 2 });
  });
});

describe('options', () => {
  test('--ignore', async () => {
    expect((await check(fixture('unseen'))).code).toBe(1);
    expect((await check(fixture('unseen'), { ignore: ['duplicate,unseen'] })).code).toBe(0);
  });

  test('--sub-via is stronger than what the history says', async () => {
    expect((await check(fixture('poll-skip-subscribed'))).code).toBe(0);
    expect((await check(fixture('poll-skip-subscribed'), { subVia: 'assign' })).code).toBe(1);
    expect((await check(fixture('poll-skip'), { subVia: 'subscribe' })).code).toBe(0);
  });

  test('--no-ww-deps', async () => {
    expect((await check(fixture('G1c-wr'))).code).toBe(0);
    expect((await check(fixture('G1c-wr'), { wwDeps: false })).code).toBe(1);
  });

  test('--json', async () => {
    const { out } = await check(fixture('duplicate'), { json: true });
    const document = JSON.parse(out);
    expect(document).toMatchObject({ valid: false, badTypes: ['duplicate', 'duplicate-nonzero'] });
    expect(document.anomalies[0].witnesses[0]).toMatchObject({ key: 'x', values: ['a'], offsets: [1, 3] });
  });
});

test('a file that is read in pieces is read whole', async () => {
  const file = join(folder, 'long.jsonl');
  const value = 'ü'.repeat(900);
  const lines = Array.from({ length: 6_000 }, (_, n) => {
    return { time: n, process: 0, type: 'ok', f: 'txn', value: [['send', 'x', [n, `${value}${n}`]]] };
  });
  const all = lines.map((_, n) => [n, `${value}${n}`]);
  const read = { time: 6_000, process: 1, type: 'ok', f: 'poll', value: [['poll', { x: all }]] };
  // The last line is longer than a piece, and nothing ends it.
  writeFileSync(file, [...lines, read].map((line) => JSON.stringify(line)).join('\n'));
  const { code, out } = await check(file);
  expect(out).toContain('6000 sends and 6000 reads of 1 keys');
  expect(code).toBe(0);
});
