import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockDirectory } from './lock-file.ts';

describe('the lock of a data directory', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'odradek-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('is held once, by a process that is named, and can be given back', () => {
    const first = lockDirectory(folder);
    const second = lockDirectory(folder);
    expect(second).toEqual({ ok: false, error: expect.stringContaining(`process ${process.pid}`) });
    if (first.ok) first.value();
    expect(existsSync(join(folder, '.lock'))).toBe(false);
    expect(lockDirectory(folder).ok).toBe(true);
    expect(readdirSync(folder)).toEqual(['.lock']);
  });

  test('of a process that is gone is taken over', () => {
    const gone = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(folder, '.lock'), `${gone} 123`);
    expect(lockDirectory(folder).ok).toBe(true);
    expect(lockDirectory(folder).ok).toBe(false);
  });

  test.runIf(process.platform === 'linux')('of an earlier process with the same number is taken over', () => {
    writeFileSync(join(folder, '.lock'), `${process.pid} 1`);
    expect(lockDirectory(folder).ok).toBe(true);
  });

  test('with nonsense in it is taken over', () => {
    writeFileSync(join(folder, '.lock'), '');
    expect(lockDirectory(folder).ok).toBe(true);
  });
});
