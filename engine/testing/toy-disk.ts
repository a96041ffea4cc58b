// The disk of the toy world: files are arrays of bytes in a map by path.

import { failure, type Outcome, done as success } from '../base/outcome.ts';
import type { DirectoryEntry, Disk, DiskDone, DiskError, DiskErrorKind, DiskFile } from '../ports.ts';
import { joined } from './probe.ts';
import type { ToyNode } from './toy-world.ts';

interface ToyFile {
  readonly kind: 'file';
  bytes: Uint8Array;
  toldBytes: number;
}

export type ToyFiles = Map<string, ToyFile | { readonly kind: 'directory' }>;

const operationUs = 50;

export class ToyDisk implements Disk {
  readonly #node: ToyNode;
  readonly #files: ToyFiles;

  constructor(node: ToyNode, files: ToyFiles) {
    this.#node = node;
    this.#files = files;
  }

  open(path: string, options: { create: boolean }, done: DiskDone<DiskFile>): void {
    const { world } = this.#node;
    if (world.makes('disk answers inside the call')) {
      return done({ ok: true, value: new ToyHandle(path, newFile(), this.#node) });
    }
    this.#answer(done, () => {
      let file = this.#files.get(path);
      if (file === undefined) {
        if (!options.create && !world.makes('open always creates')) return missing(path);
        if (!this.#files.has(parentOf(path)) && !world.makes('open makes directories')) return missing(path);
        file = newFile();
        this.#files.set(path, file);
      }
      if (file.kind === 'directory') return failed('io', path);
      if (world.makes('open empties')) Object.assign(file, newFile());
      const seen = world.makes('openings are private') ? { ...file } : file;
      return { ok: true, value: new ToyHandle(path, seen, this.#node) };
    });
  }

  list(path: string, done: DiskDone<DirectoryEntry[]>): void {
    this.#answer(done, () => {
      if (!this.#files.has(path)) return missing(path);
      const names = [...this.#files.keys()].filter((name) => name !== '' && parentOf(name) === path);
      if (!this.#node.world.makes('list in order of creation')) names.sort();
      const modifiedMs = 1_700_000_000_000;
      const value = names.map((full): DirectoryEntry => {
        const file = this.#files.get(full);
        const sizeBytes = file?.kind === 'file' ? file.bytes.length : 0;
        return {
          name: full.slice(full.lastIndexOf('/') + 1),
          kind: file?.kind ?? 'file',
          sizeBytes,
          modifiedMs,
        };
      });
      return { ok: true, value };
    });
  }

  makeDir(path: string, done: DiskDone<undefined>): void {
    const { world } = this.#node;
    this.#answer(done, () => {
      const there = this.#files.get(path);
      if (there?.kind === 'file' && !world.makes('makeDir takes a file for a directory'))
        return failed('io', path);
      if (there !== undefined && world.makes('makeDir refuses what is there')) return failed('io', path);
      const steps = path.split('/');
      steps.forEach((_, index) => {
        const step = steps.slice(0, index + 1).join('/');
        if (!this.#files.has(step)) this.#files.set(step, { kind: 'directory' });
      });
      return success;
    });
  }

  rename(from: string, to: string, done: DiskDone<undefined>): void {
    const { world } = this.#node;
    this.#answer(done, () => {
      const file = this.#files.get(from);
      if (file === undefined || !this.#files.has(parentOf(to))) return this.#missing(from);
      const below = world.makes('rename moves one level') ? [] : this.#below(from);
      for (const path of [from, ...below]) {
        const moved = this.#files.get(path);
        if (moved === undefined) continue;
        this.#files.delete(path);
        const copied = moved.kind === 'file' && world.makes('rename copies') ? { ...moved } : moved;
        this.#files.set(to + path.slice(from.length), copied);
      }
      return success;
    });
  }

  remove(path: string, done: DiskDone<undefined>): void {
    this.#answer(done, () => {
      if (!this.#files.has(path)) return this.#missing(path);
      const below = this.#node.world.makes('remove takes one level') ? [] : this.#below(path);
      for (const one of [path, ...below]) this.#files.delete(one);
      return success;
    });
  }

  syncDir(path: string, done: DiskDone<undefined>): void {
    this.#answer(done, () => (this.#files.has(path) ? success : this.#missing(path)));
  }

  #missing(path: string): Outcome<undefined, DiskError> {
    return this.#node.world.makes('missing is a success') ? success : missing(path);
  }

  #below(path: string): string[] {
    return [...this.#files.keys()].filter((one) => one.startsWith(`${path}/`));
  }

  #answer<T>(done: DiskDone<T>, work: () => Outcome<T, DiskError>): void {
    this.#node.later(operationUs, () => done(work()));
  }
}

class ToyHandle implements DiskFile {
  readonly path: string;
  readonly #file: ToyFile;
  readonly #node: ToyNode;
  #closed = false;
  #syncing = false;
  #operations = 0;

  constructor(path: string, file: ToyFile, node: ToyNode) {
    this.path = path;
    this.#file = file;
    this.#node = node;
  }

  sizeBytes(): number {
    return this.#file.toldBytes;
  }

  append(chunks: readonly Uint8Array[], done: DiskDone<undefined>): void {
    const { world } = this.#node;
    const file = this.#file;
    let taken = chunks;
    if (world.makes('append takes the first chunk')) taken = chunks.slice(0, 1);
    if (world.makes('append takes 1024 chunks')) taken = chunks.slice(0, 1024);
    if (world.makes('sizes count at once')) file.toldBytes += joined(taken).length;
    if (world.makes('appends mix')) {
      taken.forEach((chunk, index) => {
        this.#node.later(index * 10, () => this.#write(file.bytes.length, chunk));
      });
      taken = [];
    }
    this.#answer(done, () => {
      if (world.makes('append keeps the bytes of the caller') && taken.length === 1) {
        const [kept] = taken as [Uint8Array];
        if (file.bytes.length === 0) {
          file.bytes = kept;
          file.toldBytes = kept.length;
          return success;
        }
      }
      const swapped = world.makes('appends change places') && this.#operations % 3 === 0;
      this.#write(Math.max(0, file.bytes.length - (swapped ? 1 : 0)), joined(taken));
      return success;
    });
  }

  writeAt(position: number, chunks: readonly Uint8Array[], done: DiskDone<undefined>): void {
    this.#answer(done, () => {
      const appends = this.#node.world.makes('writeAt appends');
      this.#write(appends ? this.#file.bytes.length : position, joined(chunks));
      return success;
    });
  }

  readAt(position: number, into: Uint8Array, done: DiskDone<number>): void {
    this.#answer(done, () => {
      const bytes = this.#file.bytes.subarray(position, position + into.length);
      if (this.#node.world.makes('read clears its buffer')) into.fill(0);
      into.set(bytes);
      return { ok: true, value: bytes.length };
    });
  }

  sync(done: DiskDone<undefined>): void {
    if (this.#syncing && this.#node.world.makes('one sync at a time')) return;
    this.#syncing = true;
    if (this.#node.world.makes('one sync at a time') && this.path.endsWith('3')) return;
    this.#answer(done, () => success);
  }

  truncate(sizeBytes: number, done: DiskDone<undefined>): void {
    this.#answer(done, () => {
      const file = this.#file;
      const kept = file.bytes.slice(0, sizeBytes);
      const leavesEnd = this.#node.world.makes('truncate leaves the end');
      file.bytes = leavesEnd ? joined([kept, new Uint8Array(file.bytes.length - sizeBytes)]) : kept;
      file.toldBytes = sizeBytes;
      return success;
    });
  }

  close(): void {
    this.#closed = true;
  }

  #write(position: number, bytes: Uint8Array): void {
    const file = this.#file;
    if (bytes.length > 0) {
      const grown = new Uint8Array(Math.max(file.bytes.length, position + bytes.length));
      grown.set(file.bytes);
      grown.set(bytes, position);
      file.bytes = grown;
    }
    file.toldBytes = file.bytes.length;
  }

  #answer<T>(done: DiskDone<T>, work: () => Outcome<T, DiskError>): void {
    const { world } = this.#node;
    const closed = this.#closed && !world.makes('closed files still work');
    this.#operations++;
    this.#node.later(operationUs, () => {
      if (!closed && this.#closed && world.makes('close forgets what is in flight')) return;
      const outcome = closed ? failed('closed', this.path) : work();
      done(outcome);
      if (world.makes('disk answers twice')) done(outcome);
    });
  }
}

function newFile(): ToyFile {
  return { kind: 'file', bytes: new Uint8Array(0), toldBytes: 0 };
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

function missing(path: string): Outcome<never, DiskError> {
  return failed('missing', path);
}

function failed(kind: DiskErrorKind, path: string): Outcome<never, DiskError> {
  return failure({ kind, detail: `${path}: ${kind}` });
}
