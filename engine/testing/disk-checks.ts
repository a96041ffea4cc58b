// The port checks of Disk.

import { assert } from '../base/assert.ts';
import type { DirectoryEntry, Disk, DiskDone, DiskFile } from '../ports.ts';
import { type Check, joined, type Probe, pattern, type Steps, sameBytes, text } from './probe.ts';

function* open(probe: Probe, path: string, disk: Disk = probe.ports.disk): Steps<DiskFile> {
  return yield* probe.ok(`open ${path}`, (done: DiskDone<DiskFile>) =>
    disk.open(path, { create: true }, done),
  );
}

function* append(probe: Probe, file: DiskFile, ...chunks: Uint8Array[]): Steps<void> {
  yield* probe.ok('append', (done: DiskDone<undefined>) => file.append(chunks, done));
}

function* writeAt(probe: Probe, file: DiskFile, position: number, ...chunks: Uint8Array[]): Steps<void> {
  yield* probe.ok('write', (done: DiskDone<undefined>) => file.writeAt(position, chunks, done));
}

function* content(probe: Probe, file: DiskFile): Steps<Uint8Array> {
  const into = new Uint8Array(file.sizeBytes() + 100);
  const length = yield* probe.ok('read', (done: DiskDone<number>) => file.readAt(0, into, done));
  return into.subarray(0, length);
}

function* list(probe: Probe, path: string, disk: Disk = probe.ports.disk): Steps<DirectoryEntry[]> {
  return yield* probe.ok(`list ${path}`, (done: DiskDone<DirectoryEntry[]>) => disk.list(path, done));
}

function* makeDir(probe: Probe, path: string): Steps<void> {
  yield* probe.ok(`make ${path}`, (done: DiskDone<undefined>) => probe.ports.disk.makeDir(path, done));
}

function* rename(probe: Probe, from: string, to: string): Steps<void> {
  yield* probe.ok('rename', (done: DiskDone<undefined>) => probe.ports.disk.rename(from, to, done));
}

const namesChecks: readonly Check[] = [
  {
    sentence: 'disk: open without create of a file that is not there is "missing" and makes nothing',
    *run(probe) {
      const { disk } = probe.ports;
      yield* probe.fails('open', 'missing', (done: DiskDone<DiskFile>) =>
        disk.open('nothing', { create: false }, done),
      );
      assert((yield* list(probe, '')).length === 0, 'a failed open makes no file');
    },
  },
  {
    sentence: 'disk: open with create makes an empty file, and keeps the content of one that is there',
    *run(probe) {
      const file = yield* open(probe, 'a');
      assert(file.sizeBytes() === 0, 'a new file is empty');
      assert(file.path === 'a', 'a file knows its path');
      yield* append(probe, file, text('kept'));
      probe.act(() => file.close());
      const again = yield* open(probe, 'a');
      assert(again.sizeBytes() === 4, 'an opened file knows its size');
      sameBytes(yield* content(probe, again), text('kept'), 'an opened file');
    },
  },
  {
    sentence: 'disk: open with create below a directory that is not there is "missing"',
    *run(probe) {
      yield* probe.fails('open', 'missing', (done: DiskDone<DiskFile>) =>
        probe.ports.disk.open('no/such/file', { create: true }, done),
      );
    },
  },
  {
    sentence: 'disk: makeDir makes parents, and one that is there already is a success',
    *run(probe) {
      yield* makeDir(probe, 'one/two/three');
      yield* makeDir(probe, 'one/two/three');
      yield* makeDir(probe, 'one');
      yield* append(probe, yield* open(probe, 'one/two/three/file'), text('x'));
      const [entry] = yield* list(probe, 'one/two');
      assert(entry?.name === 'three' && entry.kind === 'directory', 'directories are listed as such');
    },
  },
  {
    sentence: 'disk: makeDir where a file stands fails',
    *run(probe) {
      yield* open(probe, 'file');
      const outcome = yield* probe.answer('make file', (done: Parameters<Disk['makeDir']>[1]) =>
        probe.ports.disk.makeDir('file', done),
      );
      assert(!outcome.ok, 'a directory cannot stand where a file stands');
    },
  },
  {
    sentence: 'disk: list is sorted by name, with kind, size and time of change',
    *run(probe) {
      const startMs = probe.ports.clock.wallMs();
      for (const name of ['b', '10', 'B', '9', '_', 'a.log', 'a-0', '.lock']) {
        yield* append(probe, yield* open(probe, name), pattern(name.length));
      }
      yield* makeDir(probe, 'd');
      const entries = yield* list(probe, '');
      const names = entries.map(({ name }) => name);
      assert(names.join(' ') === '.lock 10 9 B _ a-0 a.log b d', `sorted by name, not ${names.join(' ')}`);
      for (const { name, kind, sizeBytes, modifiedMs } of entries) {
        assert(kind === (name === 'd' ? 'directory' : 'file'), `${name} is no ${kind}`);
        if (kind === 'directory') continue;
        assert(sizeBytes === name.length, `${name} has ${name.length} bytes, not ${sizeBytes}`);
        const endMs = probe.ports.clock.wallMs();
        assert(modifiedMs >= startMs - 2000 && modifiedMs <= endMs + 2000, `${name} was changed just now`);
      }
    },
  },
  {
    sentence: 'disk: list, rename, remove and syncDir of what is not there are "missing"',
    *run(probe) {
      const { disk } = probe.ports;
      yield* probe.fails('list', 'missing', (done: DiskDone<DirectoryEntry[]>) => disk.list('no', done));
      yield* probe.fails('rename', 'missing', (done: DiskDone<undefined>) => disk.rename('no', 'yes', done));
      yield* probe.fails('remove', 'missing', (done: DiskDone<undefined>) => disk.remove('no', done));
      yield* probe.fails('syncDir', 'missing', (done: DiskDone<undefined>) => disk.syncDir('no', done));
      yield* open(probe, 'file');
      yield* probe.fails('rename', 'missing', (done: DiskDone<undefined>) =>
        disk.rename('file', 'no/such/place', done),
      );
    },
  },
  {
    sentence: 'disk: rename replaces the file at its goal, and open files stay open under the new name',
    *run(probe) {
      const file = yield* open(probe, 'new');
      yield* append(probe, file, text('new'));
      yield* append(probe, yield* open(probe, 'old'), text('old content'));
      yield* rename(probe, 'new', 'old');
      yield* append(probe, file, text(' and more'));
      const names = (yield* list(probe, '')).map(({ name }) => name);
      assert(names.join() === 'old', `one file is left, not ${names.join()}`);
      sameBytes(yield* content(probe, yield* open(probe, 'old')), text('new and more'), 'the renamed file');
    },
  },
  {
    sentence: 'disk: rename moves a directory with all below it, open files included',
    *run(probe) {
      yield* makeDir(probe, 'topic-0/deep');
      const file = yield* open(probe, 'topic-0/deep/log');
      yield* append(probe, file, text('one'));
      yield* rename(probe, 'topic-0', 'topic-0.delete');
      yield* append(probe, file, text('two'));
      const moved = yield* open(probe, 'topic-0.delete/deep/log');
      sameBytes(yield* content(probe, moved), text('onetwo'), 'the moved file');
      assert((yield* list(probe, '')).length === 1, 'the old name is gone');
    },
  },
  {
    sentence: 'disk: remove takes a file, or a directory with all below it',
    *run(probe) {
      const { disk } = probe.ports;
      yield* makeDir(probe, 'topic-0/deep');
      yield* open(probe, 'topic-0/deep/log');
      yield* open(probe, 'file');
      yield* open(probe, 'stays');
      yield* probe.ok('remove', (done: DiskDone<undefined>) => disk.remove('topic-0', done));
      yield* probe.ok('remove', (done: DiskDone<undefined>) => disk.remove('file', done));
      const names = (yield* list(probe, '')).map(({ name }) => name);
      assert(names.join() === 'stays', `one file is left, not ${names.join()}`);
      yield* probe.fails('open', 'missing', (done: DiskDone<DiskFile>) =>
        disk.open('topic-0/deep/log', { create: false }, done),
      );
    },
  },
];

const bytesChecks: readonly Check[] = [
  {
    sentence: 'disk: append writes its chunks one after the other at the end of the file',
    *run(probe) {
      const file = yield* open(probe, 'log');
      yield* append(probe, file, text('a'), text(''), text('bc'));
      yield* append(probe, file);
      yield* append(probe, file, text('def'));
      assert(file.sizeBytes() === 6, `six bytes were written, not ${file.sizeBytes()}`);
      sameBytes(yield* content(probe, file), text('abcdef'), 'the file');
    },
  },
  {
    sentence: 'disk: an append may have thousands of chunks and millions of bytes',
    *run(probe) {
      const file = yield* open(probe, 'log');
      const small = Array.from({ length: 3000 }, (_, index) => pattern(7, index));
      yield* append(probe, file, ...small);
      const big = [pattern(1 << 20, 1), pattern(3 << 20, 2)];
      yield* append(probe, file, ...big);
      sameBytes(yield* content(probe, file), joined([...small, ...big]), 'the file');
    },
  },
  {
    sentence: 'disk: sizeBytes counts only completed operations',
    *run(probe) {
      const file = yield* open(probe, 'log');
      yield* append(probe, file, text('1234'));
      const sizes: number[] = [];
      const done: DiskDone<undefined> = () => sizes.push(file.sizeBytes());
      probe.act(() => file.append([text('567')], done));
      assert(file.sizeBytes() === 4, 'an append that is not completed does not count');
      yield* probe.until('the append completes', () => sizes.length === 1);
      assert(sizes[0] === 7, `the completed append counts when it is told: 7, not ${sizes[0]}`);
    },
  },
  {
    sentence: 'disk: readAt is short only at the end of the file and touches nothing else',
    *run(probe) {
      const file = yield* open(probe, 'log');
      yield* append(probe, file, pattern(10_000));
      for (const [position, wanted, got] of [
        [0, 10_000, 10_000],
        [5000, 100, 100],
        [9990, 100, 10],
        [10_000, 10, 0],
        [20_000, 10, 0],
        [3, 0, 0],
      ] as const) {
        const around = new Uint8Array(wanted + 20).fill(238);
        const into = around.subarray(10, 10 + wanted);
        const what = `read ${wanted} at ${position}`;
        const length = yield* probe.ok(what, (done: DiskDone<number>) => file.readAt(position, into, done));
        assert(length === got, `${what}: ${got} bytes, not ${length}`);
        sameBytes(into.subarray(0, got), pattern(10_000).subarray(position, position + got), what);
        const outside = [...around.subarray(0, 10), ...around.subarray(10 + got)];
        assert(
          outside.every((byte) => byte === 238),
          `${what}: touches only what it read`,
        );
      }
    },
  },
  {
    sentence: 'disk: writeAt writes in place, extends, and leaves zeros in a gap',
    *run(probe) {
      const file = yield* open(probe, 'index');
      yield* append(probe, file, text('abcdef'));
      yield* writeAt(probe, file, 2, text('X'), text('YZ'));
      sameBytes(yield* content(probe, file), text('abXYZf'), 'in place');
      assert(file.sizeBytes() === 6, 'a write inside does not change the size');
      yield* writeAt(probe, file, 5, text('123'));
      yield* writeAt(probe, file, 10, text('!'));
      assert(file.sizeBytes() === 11, `a write behind the end extends to 11, not ${file.sizeBytes()}`);
      yield* append(probe, file, text('?'));
      sameBytes(yield* content(probe, file), text('abXYZ123\0\0!?'), 'extended');
    },
  },
  {
    sentence: 'disk: truncate cuts, and appends go on from there',
    *run(probe) {
      const file = yield* open(probe, 'log');
      yield* append(probe, file, text('abcdef'));
      yield* probe.ok('truncate', (done: DiskDone<undefined>) => file.truncate(3, done));
      assert(file.sizeBytes() === 3, `cut to 3 bytes, not ${file.sizeBytes()}`);
      yield* append(probe, file, text('X'));
      sameBytes(yield* content(probe, file), text('abcX'), 'the file');
      yield* probe.ok('truncate', (done: DiskDone<undefined>) => file.truncate(0, done));
      assert(file.sizeBytes() === 0, 'cut to nothing');
    },
  },
  {
    sentence: "disk: the bytes of an append are the caller's again when it is done",
    *run(probe) {
      const file = yield* open(probe, 'log');
      const bytes = text('first');
      yield* append(probe, file, bytes);
      bytes.fill(0);
      yield* append(probe, file, text('second'));
      sameBytes(yield* content(probe, file), text('firstsecond'), 'the file');
    },
  },
  {
    sentence: 'disk: two openings of one file see the same bytes',
    *run(probe) {
      const one = yield* open(probe, 'log');
      const other = yield* open(probe, 'log');
      yield* append(probe, one, text('seen'));
      const into = new Uint8Array(4);
      const length = yield* probe.ok('read', (done: DiskDone<number>) => other.readAt(0, into, done));
      assert(length === 4, 'all four bytes are seen');
      sameBytes(into, text('seen'), 'the other opening');
    },
  },
];

const orderChecks: readonly Check[] = [
  {
    sentence: 'disk: an operation issued after the completion of another comes after it',
    *run(probe) {
      const file = yield* open(probe, 'log');
      let next = 0;
      const step: DiskDone<undefined> = (outcome) => {
        probe.heard('append');
        probe.demand(outcome.ok, 'an append of the chain must succeed');
        if (next < 200) probe.act(() => file.append([Uint8Array.of(next++)], step));
        else next++;
      };
      probe.act(() => file.append([], step));
      yield* probe.until('the chain of appends ends', () => next === 201);
      const expected = Uint8Array.from({ length: 200 }, (_, index) => index);
      sameBytes(yield* content(probe, file), expected, 'the file');
    },
  },
  {
    sentence: 'disk: appends in flight together may change places, but each is whole',
    *run(probe) {
      const file = yield* open(probe, 'log');
      let completed = 0;
      const count = 50;
      for (let index = 0; index < count; index++) {
        const halves = [new Uint8Array(50).fill(index), new Uint8Array(50).fill(index)];
        probe.act(() =>
          file.append(halves, (outcome) => {
            probe.heard('append');
            probe.demand(outcome.ok, 'an append must succeed');
            completed++;
          }),
        );
      }
      yield* probe.until('all appends complete', () => completed === count);
      const bytes = yield* content(probe, file);
      assert(bytes.length === count * 100, `${count * 100} bytes, not ${bytes.length}`);
      const seen = new Set<number>();
      for (let at = 0; at < bytes.length; at += 100) {
        const block = bytes.subarray(at, at + 100);
        sameBytes(block, new Uint8Array(100).fill(block[0] as number), `the append at ${at}`);
        seen.add(block[0] as number);
      }
      assert(seen.size === count, 'no append is lost or doubled');
    },
  },
  {
    sentence:
      'disk: operations in flight on a file that is closed are still answered, later ones are "closed"',
    *run(probe) {
      const file = yield* open(probe, 'log');
      yield* append(probe, file, text('before'));
      let answers = 0;
      const count = (): void => {
        probe.heard('an operation in flight');
        answers++;
      };
      probe.act(() => {
        file.append([text('in flight')], count);
        file.sync(count);
        file.readAt(0, new Uint8Array(3), count);
        file.close();
        file.close();
      });
      const into = new Uint8Array(1);
      yield* probe.fails('append', 'closed', (done: DiskDone<undefined>) => file.append([into], done));
      yield* probe.fails('writeAt', 'closed', (done: DiskDone<undefined>) => file.writeAt(0, [into], done));
      yield* probe.fails('readAt', 'closed', (done: DiskDone<number>) => file.readAt(0, into, done));
      yield* probe.fails('sync', 'closed', (done: DiskDone<undefined>) => file.sync(done));
      yield* probe.fails('truncate', 'closed', (done: DiskDone<undefined>) => file.truncate(0, done));
      yield* probe.until('the operations in flight are answered', () => answers >= 3);
      yield* probe.pass(20);
      assert(answers === 3, `three operations have three answers, not ${answers}`);
      const kept = (yield* content(probe, yield* open(probe, 'log'))).subarray(0, 6);
      sameBytes(kept, text('before'), 'what was completed before the close');
    },
  },
  {
    sentence: 'disk: sync and syncDir answer, many at once too',
    *run(probe) {
      yield* makeDir(probe, 'dir');
      const files: DiskFile[] = [];
      for (let index = 0; index < 10; index++) files.push(yield* open(probe, `dir/${index}`));
      let synced = 0;
      for (const file of files) {
        yield* append(probe, file, pattern(1000));
        probe.act(() =>
          file.sync((outcome) => {
            probe.heard('sync');
            probe.demand(outcome.ok, 'sync must succeed');
            synced++;
          }),
        );
      }
      yield* probe.until('every sync completes', () => synced === files.length);
      for (const path of ['dir', '']) {
        yield* probe.ok('syncDir', (done: DiskDone<undefined>) => probe.ports.disk.syncDir(path, done));
      }
    },
  },
  {
    sentence: 'disk: after a process death the next life finds what was completed',
    *run(probe) {
      yield* makeDir(probe, 'dir');
      const file = yield* open(probe, 'dir/log');
      yield* append(probe, file, pattern(5000));
      yield* writeAt(probe, file, 10, text('later'));
      probe.life.die();
      const { disk } = probe.life.reborn();
      const [entry] = yield* list(probe, 'dir', disk);
      assert(entry?.name === 'log' && entry.sizeBytes === 5000, 'the file is there');
      const expected = pattern(5000);
      expected.set(text('later'), 10);
      sameBytes(yield* content(probe, yield* open(probe, 'dir/log', disk)), expected, 'the file');
    },
  },
];

export const diskChecks: readonly Check[] = [...namesChecks, ...bytesChecks, ...orderChecks];
