// What the conformance suite cannot see: how the disk talks to the system, and what it makes of the system's troubles.

import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Outcome } from '../base/outcome.ts';
import type { DiskDone, DiskError, DiskFile } from '../ports.ts';
import { HostDisk } from './disk.ts';

let folder = '';
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'odradek-disk-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(folder, { recursive: true });
});

function answer<T>(begin: (done: DiskDone<T>) => void): Promise<Outcome<T, DiskError>> {
  return new Promise((resolve) => begin(resolve));
}

async function open(disk: HostDisk, path: string, create = true): Promise<DiskFile> {
  const opened = await answer<DiskFile>((done) => disk.open(path, { create }, done));
  if (!opened.ok) throw new Error(opened.error.detail);
  return opened.value;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the disk of the host', () => {
  test('writes the appends of one turn in one call, and keeps their order around others', async () => {
    const file = await open(new HostDisk(folder), 'log');
    const gathered = vi.spyOn(fs, 'writevSync');
    const single = vi.spyOn(fs, 'writeSync');
    const into = new Uint8Array(10);
    const append = (text: string) => answer<undefined>((done) => file.append([bytes(text)], done));
    const both = [append('a'), append('b'), append('c')];
    const read = answer<number>((done) => file.readAt(0, into, done));
    const later = append('d');
    await Promise.all([...both, read, later]);
    expect([gathered.mock.calls.length, single.mock.calls.length]).toEqual([1, 1]);
    expect(await read).toEqual({ ok: true, value: 3 });
    expect(fs.readFileSync(join(folder, 'log'), 'utf8')).toBe('abcd');
  });

  test('goes on after a write that the system took only in part', async () => {
    const file = await open(new HostDisk(folder), 'log');
    const real = fs.writevSync;
    vi.spyOn(fs, 'writevSync').mockImplementation((descriptor, chunks, position) => {
      const [first] = chunks as Uint8Array[];
      return real(descriptor, [(first as Uint8Array).subarray(0, 2)], position);
    });
    const realSingle = fs.writeSync as (...args: unknown[]) => number;
    vi.spyOn(fs, 'writeSync').mockImplementation(((
      fd: number,
      chunk: Uint8Array,
      offset: number,
      length: number,
      at: number,
    ) => realSingle(fd, chunk, offset, Math.min(length, 1), at)) as typeof fs.writeSync);
    const chunks = ['abcde', 'fg', '', 'hijk'].map(bytes);
    expect((await answer<undefined>((done) => file.append(chunks, done))).ok).toBe(true);
    expect(fs.readFileSync(join(folder, 'log'), 'utf8')).toBe('abcdefghijk');
    expect(file.sizeBytes()).toBe(11);
  });

  test('an append after a failed one starts where that one did', async () => {
    const file = await open(new HostDisk(folder), 'log');
    await answer<undefined>((done) => file.append([bytes('kept')], done));
    vi.spyOn(fs, 'writeSync').mockImplementationOnce(() => {
      fs.appendFileSync(join(folder, 'log'), 'half');
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    const failed = await answer<undefined>((done) => file.append([bytes('halfway')], done));
    expect(failed).toMatchObject({ ok: false, error: { kind: 'full' } });
    expect(file.sizeBytes()).toBe(4);
    await answer<undefined>((done) => file.append([bytes('MORE')], done));
    expect(fs.readFileSync(join(folder, 'log'), 'utf8')).toBe('keptMORE');
  });

  test('a failure of the background is told to the next who asks, and does not heal', async () => {
    const file = await open(new HostDisk(folder), 'log');
    const broken = Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
    const sync = vi.spyOn(fs, 'fdatasync').mockImplementationOnce((_, done) => setImmediate(done, broken));
    const megabyte = new Uint8Array(1 << 20);
    const chunks = Array.from({ length: 65 }, () => megabyte);
    await answer<undefined>((done) => file.append(chunks, done));
    expect(sync).toHaveBeenCalledTimes(1);
    for (let asked = 0; asked < 2; asked++) {
      const outcome = await answer<undefined>((done) => file.sync(done));
      expect(outcome).toMatchObject({ ok: false, error: { kind: 'io' } });
    }
  });

  test.each(['../outside', 'a/../../b', '/etc/passwd', 'a\\b', 'a\0b'])('%j stays outside', (path) => {
    const disk = new HostDisk(folder);
    expect(() => disk.open(path, { create: true }, () => {})).toThrow(/below the root/);
    expect(() => disk.remove(path, () => {})).toThrow(/below the root/);
    expect(() => disk.rename('inside', path, () => {})).toThrow(/below the root/);
  });

  test('never removes its root', () => {
    expect(() => new HostDisk(folder).remove('', () => {})).toThrow(/never removed/);
  });

  test.runIf(fs.existsSync('/dev/full'))('says "full" of a full device, with the reason', async () => {
    const file = await open(new HostDisk('/dev'), 'full', false);
    const outcome = await answer<undefined>((done) => file.append([bytes('x')], done));
    expect(outcome).toEqual({
      ok: false,
      error: { kind: 'full', detail: expect.stringMatching(/^append full: ENOSPC/) },
    });
    file.close();
  });

  test('gives every descriptor back', async () => {
    const disk = new HostDisk(folder);
    const closed = vi.spyOn(fs, 'closeSync');
    const files = [await open(disk, 'a'), await open(disk, 'a'), await open(disk, 'b')];
    for (const file of files) file.append([bytes('x')], () => {});
    files[0]?.sync(() => {});
    files[0]?.close();
    disk.close();
    await expect.poll(() => closed.mock.calls).toHaveLength(3);
  });
});
