// Each disk fault is seen to do its thing; what was synced survives every power loss.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Disk, DiskFile, Outcome } from '../engine/index.ts';
import type { DiskConditions, DiskFault, DiskSelector } from './disk-faults.ts';
import { World } from './world.ts';

function made(seed = 'disk', disk: Partial<DiskConditions> = {}) {
  const world = new World({ seed });
  const node = world.addNode({ name: 'b', role: 'broker', program: () => {}, disk });
  node.boot();
  world.run(10);
  return { world, node, disk: node.disk };
}

type Setting = ReturnType<typeof made>;

function portOf({ node }: Setting): Disk {
  const life = node.life;
  if (life === undefined) throw new Error('the node must be up');
  return life.ports.disk;
}

/** Runs the world until one operation answers. */
function answer<T>(
  { world }: Setting,
  begin: (done: (outcome: Outcome<T, { kind: string }>) => void) => void,
) {
  const answers: Outcome<T, { kind: string }>[] = [];
  begin((outcome) => answers.push(outcome));
  world.run(() => answers.length > 0);
  const outcome = answers[0];
  if (outcome === undefined) throw new Error('the operation must answer');
  return outcome;
}

function ok<T>(setting: Setting, begin: Parameters<typeof answer<T>>[1]): T {
  const outcome = answer<T>(setting, begin);
  if (!outcome.ok) throw new Error(`must succeed: ${outcome.error.kind}`);
  return outcome.value;
}

function opened(setting: Setting, path: string): DiskFile {
  return ok<DiskFile>(setting, (done) => portOf(setting).open(path, { create: true }, done));
}

const append = (setting: Setting, file: DiskFile, bytes: Uint8Array) =>
  answer<undefined>(setting, (done) => file.append([bytes], done));
const sync = (setting: Setting, file: DiskFile) => answer<undefined>(setting, (done) => file.sync(done));
const syncDir = (setting: Setting, path: string) =>
  ok<undefined>(setting, (done) => portOf(setting).syncDir(path, done));
const filled = (length: number, value: number) => new Uint8Array(length).fill(value);
const always = { numerator: 1, denominator: 1 };

/** A file that is durable with `length` bytes of 1. */
function durableFile(setting: Setting, length = 1000): DiskFile {
  const file = opened(setting, 'log');
  append(setting, file, filled(length, 1));
  sync(setting, file);
  syncDir(setting, '');
  return file;
}

function under(setting: Setting, fault: DiskFault, selector: DiskSelector = {}) {
  return setting.disk.lay(fault.kind, selector, fault);
}

describe('deaths', () => {
  test('a process crash keeps what completed, synced or not', () => {
    const setting = made();
    append(setting, opened(setting, 'log'), filled(100, 1));
    setting.node.crash('test');
    expect(setting.disk.content('log')).toEqual(filled(100, 1));
  });

  test('what is in flight at a process crash happened, did not happen, or happened in part', () => {
    const sizes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const setting = made(`${seed}`);
      const file = opened(setting, 'log');
      file.append([filled(100, 1)], () => expect.unreachable('the dead are told nothing'));
      setting.node.crash('test');
      setting.world.run(setting.world.nowUs + 1_000_000);
      const size = setting.disk.content('log')?.length ?? -1;
      sizes.add(size === 0 ? 'nothing' : size === 100 ? 'all' : 'part');
    }
    expect([...sizes].sort()).toEqual(['all', 'nothing', 'part']);
  });

  test('a power loss leaves unsynced writes written, lost or torn, each under some seed, and tells', () => {
    const fates = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      const setting = made(`${seed}`);
      const file = durableFile(setting);
      append(setting, file, filled(3000, 2));
      setting.node.losePower();
      const content = setting.disk.content('log') as Uint8Array;
      expect(content.subarray(0, 1000)).toEqual(filled(1000, 1));
      const kinds = setting.world.recorder.events.map(({ event }) => event.kind);
      const whole = content.length === 4000 && content.subarray(1000).every((byte) => byte === 2);
      if (content.length === 1000) fates.add(kinds.includes('write-lost') ? 'lost' : 'torn to nothing');
      else fates.add(whole ? 'written' : 'torn');
      if (!whole) expect(kinds.includes('write-lost') || kinds.includes('write-torn')).toBe(true);
    }
    for (const fate of ['lost', 'written', 'torn']) expect(fates).toContain(fate);
  });

  test('torn writes are cut where sectors begin', () => {
    for (let seed = 0; seed < 200; seed++) {
      const setting = made(`${seed}`);
      const file = durableFile(setting);
      append(setting, file, filled(3000, 2));
      setting.node.losePower();
      const torn = setting.world.recorder.events.find(({ event }) => event.kind === 'write-torn')?.event;
      if (torn?.kind !== 'write-torn' || torn.how === 'garbage') continue;
      const content = setting.disk.content('log') as Uint8Array;
      for (let at = 1001; at < content.length; at++) {
        if (content[at] !== content[at - 1]) expect(at % 512).toBe(0);
      }
    }
  });

  test('an unsynced name, rename, remove and truncate may be undone, or not', () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const setting = made(`${seed}`);
      const disk = portOf(setting);
      const file = durableFile(setting);
      opened(setting, 'new');
      ok<undefined>(setting, (done) => file.truncate(10, done));
      ok<undefined>(setting, (done) => disk.rename('log', 'renamed', done));
      setting.node.losePower();
      const files = setting.disk.files();
      const names = files.map(({ path }) => path);
      expect(names.includes('log')).toBe(!names.includes('renamed'));
      seen.add(names.includes('new') ? 'new kept' : 'new lost');
      seen.add(names.includes('log') ? 'rename lost' : 'rename kept');
      const size = files.find(({ path }) => path !== 'new')?.sizeBytes;
      seen.add(size === 10 ? 'truncate kept' : `truncate lost: ${size}`);
    }
    expect([...seen].sort()).toEqual([
      'new kept',
      'new lost',
      'rename kept',
      'rename lost',
      'truncate kept',
      'truncate lost: 1000',
    ]);
  });

  test('a file that is written, synced, renamed and named durably survives, by the new name alone', () => {
    for (let seed = 0; seed < 20; seed++) {
      const setting = made(`${seed}`);
      const disk = portOf(setting);
      durableFile(setting);
      const file = opened(setting, 'checkpoint.tmp');
      append(setting, file, filled(50, 3));
      sync(setting, file);
      ok<undefined>(setting, (done) => disk.rename('checkpoint.tmp', 'log', done));
      syncDir(setting, '');
      setting.node.losePower();
      expect(setting.disk.files().map(({ path }) => path)).toEqual(['log']);
      expect(setting.disk.content('log')).toEqual(filled(50, 3));
    }
  });

  test('wipe: the next life finds nothing', () => {
    const setting = made();
    durableFile(setting);
    setting.node.crash('test');
    setting.node.wipe();
    setting.node.boot();
    expect(ok<unknown[]>(setting, (done) => portOf(setting).list('', done))).toEqual([]);
    expect(setting.disk.usedBytes).toBe(0);
  });
});

describe('power loss, as a property', () => {
  const step = fc.record({
    does: fc.constantFrom(
      'append',
      'append',
      'append',
      'writeAt',
      'truncate',
      'sync',
      'sync',
      'overlap',
      'power',
      'crash',
    ),
    file: fc.nat({ max: 2 }),
    size: fc.integer({ min: 1, max: 9000 }),
    at: fc.nat({ max: 5000 }),
  });

  test('synced bytes and synced names always survive, however often the power goes', () => {
    fc.assert(
      fc.property(fc.string(), fc.array(step, { maxLength: 30 }), (seed, steps) => {
        const setting = made(seed);
        const paths = ['a/0', 'a/1', 'b/2'];
        for (const directory of ['a', 'b']) {
          ok<undefined>(setting, (done) => portOf(setting).makeDir(directory, done));
        }
        let files = paths.map((path) => opened(setting, path));
        for (const directory of ['', 'a', 'b']) syncDir(setting, directory);
        const model = paths.map((): Uint8Array => new Uint8Array(0));
        /** Up to where the bytes are certain. */
        const certain = paths.map(() => 0);
        const pass = (index: number, to: Uint8Array, from: number) => {
          model[index] = to;
          certain[index] = Math.min(certain[index] as number, from);
        };
        for (const [n, { does, file: index, size, at }] of steps.entries()) {
          const file = files[index] as DiskFile;
          const old = model[index] as Uint8Array;
          if (does === 'append' || does === 'writeAt') {
            const position = does === 'append' ? old.length : at;
            const bytes = filled(size, n + 1);
            const grown = new Uint8Array(Math.max(old.length, position + size));
            grown.set(old);
            grown.set(bytes, position);
            ok<undefined>(setting, (done) =>
              does === 'append' ? file.append([bytes], done) : file.writeAt(position, [bytes], done),
            );
            pass(index, grown, Math.min(position, old.length));
          } else if (does === 'truncate') {
            const cut = new Uint8Array(size);
            cut.set(old.subarray(0, size));
            ok<undefined>(setting, (done) => file.truncate(size, done));
            pass(index, cut, Math.min(size, old.length));
          } else if (does === 'sync') {
            expect(sync(setting, file).ok).toBe(true);
            certain[index] = old.length;
          } else if (does === 'overlap') {
            // Two syncs and an append at once: what was there before is certain afterwards.
            const bytes = filled(size, n + 1);
            let answers = 0;
            for (const begin of [file.sync, file.sync]) begin.call(file, () => answers++);
            file.append([bytes], () => answers++);
            setting.world.run(() => answers === 3);
            const grown = new Uint8Array(old.length + size);
            grown.set(old);
            grown.set(bytes, old.length);
            model[index] = grown;
            certain[index] = old.length;
          } else {
            if (does === 'power') setting.node.losePower();
            else setting.node.crash('test');
            expect(setting.disk.brokenPromises()).toEqual([]);
            setting.node.boot();
            setting.world.run(setting.world.nowUs + 10);
            for (const [which, path] of paths.entries()) {
              const content = setting.disk.content(path) as Uint8Array;
              const known =
                does === 'crash' ? (model[which] as Uint8Array).length : (certain[which] as number);
              if (does === 'crash') expect(content.length).toBe(known);
              const same = Buffer.compare(
                content.subarray(0, known),
                (model[which] as Uint8Array).subarray(0, known),
              );
              expect(same).toBe(0);
              model[which] = content;
              if (does === 'power') certain[which] = content.length;
            }
            files = paths.map((path) => opened(setting, path));
          }
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe('disk faults', () => {
  test('io: operations fail, a failed append leaves a prefix, lifting heals', () => {
    const setting = made();
    const file = durableFile(setting);
    const fault = under(setting, { kind: 'io', ratio: always });
    const failed = append(setting, file, filled(1000, 2));
    expect(failed).toMatchObject({ ok: false, error: { kind: 'io' } });
    expect(answer(setting, (done) => file.readAt(0, new Uint8Array(1), done)).ok).toBe(false);
    expect(answer(setting, (done) => portOf(setting).list('', done)).ok).toBe(false);
    expect(fault.hits).toBe(3);
    setting.disk.lift(fault);
    const content = setting.disk.content('log') as Uint8Array;
    expect(content.length).toBeLessThanOrEqual(2000);
    expect(content.subarray(1000).every((byte) => byte === 2)).toBe(true);
    expect(append(setting, file, filled(1, 3)).ok).toBe(true);
  });

  test('io: by operation, by path, and for a number of times', () => {
    const setting = made();
    const [one, two] = [opened(setting, 'one'), opened(setting, 'two')];
    const fault = { kind: 'io', ratio: always } as const;
    setting.disk.lay('twice', { operations: ['append'], pathContains: 'one' }, fault, 2);
    expect(append(setting, two, filled(1, 1)).ok).toBe(true);
    expect(sync(setting, one).ok).toBe(true);
    const outcomes = [1, 2, 3].map(() => append(setting, one, filled(1, 1)).ok);
    expect(outcomes).toEqual([false, false, true]);
  });

  test('full: a write that does not fit leaves a prefix and fails; removing makes space', () => {
    const setting = made('disk', { capacityBytes: 5000 });
    const file = opened(setting, 'log');
    expect(append(setting, file, filled(3000, 1)).ok).toBe(true);
    const failed = append(setting, file, filled(3000, 2));
    expect(failed).toMatchObject({ ok: false, error: { kind: 'full' } });
    const { length } = setting.disk.content('log') as Uint8Array;
    expect(length).toBeGreaterThanOrEqual(3000);
    expect(length).toBeLessThanOrEqual(5000);
    expect(answer(setting, (done) => file.writeAt(0, [filled(100, 3)], done)).ok).toBe(true);
    ok<undefined>(setting, (done) => portOf(setting).remove('log', done));
    expect(setting.disk.usedBytes).toBe(length);
    file.close();
    expect(setting.disk.usedBytes).toBe(0);
    expect(append(setting, opened(setting, 'other'), filled(5000, 1)).ok).toBe(true);
  });

  test('full, as a fault: no byte more until it is lifted', () => {
    const setting = made();
    const file = durableFile(setting);
    const fault = under(setting, { kind: 'full' });
    expect(append(setting, file, filled(1, 2))).toMatchObject({ ok: false, error: { kind: 'full' } });
    expect(fault.hits).toBe(1);
    setting.disk.lift(fault);
    expect(append(setting, file, filled(1, 2)).ok).toBe(true);
  });

  test('slow: operations take longer', () => {
    const setting = made();
    const file = durableFile(setting);
    const startUs = setting.world.nowUs;
    for (let round = 0; round < 10; round++) append(setting, file, filled(1, 2));
    const healthyUs = setting.world.nowUs - startUs;
    under(setting, { kind: 'slow', meanExtraUs: 50_000 });
    for (let round = 0; round < 10; round++) append(setting, file, filled(1, 2));
    expect(setting.world.nowUs - startUs - healthyUs).toBeGreaterThan(100 * healthyUs);
  });

  test('stuck: nothing completes until it is lifted, then everything does', () => {
    const setting = made();
    const file = durableFile(setting);
    const stuck = under(setting, { kind: 'stuck' }, { operations: ['append'] });
    let answers = 0;
    for (let round = 0; round < 3; round++) file.append([filled(1, 2)], () => answers++);
    setting.world.run(setting.world.nowUs + 60_000_000);
    expect([answers, stuck.hits]).toEqual([0, 3]);
    expect(sync(setting, file).ok).toBe(true);
    setting.disk.lift(stuck);
    setting.world.run(setting.world.nowUs + 1000);
    expect(answers).toBe(3);
  });

  test('a failed fsync marks its pages clean: the next one succeeds, and the bytes are not durable', () => {
    const ends = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const setting = made(`${seed}`);
      const file = durableFile(setting);
      append(setting, file, filled(100, 2));
      const fault = under(setting, { kind: 'sync-fails', ratio: always });
      expect(sync(setting, file).ok).toBe(false);
      setting.disk.lift(fault);
      const cached = setting.disk.content('log')?.length;
      expect(sync(setting, file).ok).toBe(true);
      append(setting, file, filled(100, 3));
      expect(sync(setting, file).ok).toBe(true);
      setting.node.losePower();
      const content = setting.disk.content('log') as Uint8Array;
      const kept = content.subarray(1000, 1100).every((byte) => byte === 2) && content.length === 1200;
      expect(content.at(-1)).toBe(3);
      ends.add(`${cached === 1100 ? 'shown' : 'gone'} then ${kept ? 'durable' : 'lost'}`);
      const broken = setting.disk.brokenPromises().length > 0;
      expect(broken).toBe(cached === 1100 && !kept);
    }
    expect([...ends].sort()).toEqual(['gone then lost', 'shown then durable', 'shown then lost']);
  });

  test('a lying fsync says success, and the power loss shows it', () => {
    let lost = 0;
    for (let seed = 0; seed < 20; seed++) {
      const setting = made(`${seed}`);
      const file = durableFile(setting);
      append(setting, file, filled(100, 2));
      const lie = under(setting, { kind: 'sync-lies', ratio: always });
      expect(sync(setting, file).ok).toBe(true);
      expect(lie.hits).toBe(1);
      expect(setting.disk.files()[0]).toMatchObject({ durableBytes: 1000, promisedBytes: 1100 });
      setting.node.losePower();
      const content = setting.disk.content('log') as Uint8Array;
      const whole = content.length === 1100 && content.subarray(1000).every((byte) => byte === 2);
      const [broken] = setting.disk.brokenPromises();
      expect(broken === undefined).toBe(whole);
      if (broken !== undefined) expect(broken.position).toBeGreaterThanOrEqual(1000);
      if (!whole) lost++;
    }
    expect(lost).toBeGreaterThan(3);
    expect(lost).toBeLessThan(18);
  });

  test('bits rot in a chosen range of a chosen file, and stay rotten after a power loss', () => {
    const setting = made();
    durableFile(setting);
    append(setting, opened(setting, 'other'), filled(100, 1));
    const range = { pathContains: 'log', fromByte: 200, toByte: 300 };
    expect(setting.disk.rot(range, 1)).toBe(1);
    const differing = () =>
      [...(setting.disk.content('log') as Uint8Array)].flatMap((byte, at) => (byte === 1 ? [] : [at]));
    expect(differing().length).toBe(1);
    expect(differing()[0]).toBeGreaterThanOrEqual(200);
    expect(differing()[0]).toBeLessThan(300);
    expect(setting.disk.brokenPromises()).toEqual([{ path: 'log', position: differing()[0] }]);
    setting.node.losePower();
    expect(differing().length).toBe(1);
    expect(setting.disk.rot({ pathContains: 'nothing of that name' }, 1)).toBe(0);
  });

  test('removing one fault leaves the decisions of every other site as they were', () => {
    const latencies = (withFault: boolean) => {
      const setting = made();
      const file = durableFile(setting);
      if (withFault)
        under(setting, { kind: 'io', ratio: { numerator: 1, denominator: 2 } }, { operations: ['sync'] });
      const times: number[] = [];
      for (let round = 0; round < 10; round++) {
        sync(setting, file);
        append(setting, file, filled(10, 1));
        times.push(setting.world.nowUs);
      }
      return times;
    };
    expect(latencies(true)).toEqual(latencies(false));
  });
});
