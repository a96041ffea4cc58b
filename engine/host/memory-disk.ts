// A disk in the memory of this process, for brokers that are embedded in a program and leave nothing behind.
// It outlives the lives of its broker: each life mounts it, and a life that is killed loses what was under
// way, as a killed process does, and nothing that was written. There is no power to lose here; the test
// double of `testing/` has that.
//
// Files are pages, so that a log that grows is never copied and a gap costs nothing. A turn of the event
// loop is one batch of operations, as with the real disk.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, done as success } from '../base/outcome.ts';
import type { DirectoryEntry, Disk, DiskDone, DiskError, DiskErrorKind, DiskFile } from '../ports.ts';

const pageBytes = 8192;
const defaultBytesMax = 1024 ** 3;

/** One life's view of a disk. */
export interface MountedDisk extends Disk {
  /** The life ends: what is under way never happens, and nobody is told. */
  close(): void;
}

type Result<T> = Outcome<T, DiskError>;

export class MemoryDisk {
  readonly #root = new Directory();
  readonly #space: Space;

  /** When all files together would hold more than `bytesMax`, writes fail as `full`. */
  constructor(bytesMax: number = defaultBytesMax) {
    this.#space = { freePages: Math.floor(bytesMax / pageBytes) };
  }

  mount(): MountedDisk {
    return new Mount(this.#root, this.#space);
  }
}

/** What all files of a disk share. */
interface Space {
  freePages: number;
}

class Directory {
  readonly entries = new Map<string, Directory | MemoryFile>();
}

class MemoryFile {
  readonly #space: Space;
  #pages: (Uint8Array | undefined)[] = [];
  #openings = 0;
  #removed = false;
  sizeBytes = 0;
  modifiedMs = Date.now();

  constructor(space: Space) {
    this.#space = space;
  }

  opened(): void {
    this.#openings++;
  }

  closed(): void {
    this.#openings--;
    this.#release();
  }

  /** A file without a name lives as long as somebody has it open. */
  removed(): void {
    this.#removed = true;
    this.#release();
  }

  /** False when the disk is full; a prefix may have been written. */
  write(start: number, chunks: readonly Uint8Array[]): boolean {
    let position = start;
    for (const chunk of chunks) {
      for (let at = 0; at < chunk.length; ) {
        const page = this.#page(Math.floor(position / pageBytes));
        if (page === undefined) return false;
        const within = position % pageBytes;
        const piece = chunk.subarray(at, at + pageBytes - within);
        page.set(piece, within);
        at += piece.length;
        position += piece.length;
        this.sizeBytes = Math.max(this.sizeBytes, position);
      }
    }
    this.modifiedMs = Date.now();
    return true;
  }

  read(position: number, into: Uint8Array): number {
    const length = Math.max(0, Math.min(into.length, this.sizeBytes - position));
    for (let at = 0; at < length; ) {
      const within = (position + at) % pageBytes;
      const pieceBytes = Math.min(pageBytes - within, length - at);
      const page = this.#pages[Math.floor((position + at) / pageBytes)];
      if (page === undefined) into.fill(0, at, at + pieceBytes);
      else into.set(page.subarray(within, within + pieceBytes), at);
      at += pieceBytes;
    }
    return length;
  }

  truncate(sizeBytes: number): void {
    const kept = Math.ceil(sizeBytes / pageBytes);
    for (const page of this.#pages.splice(kept)) if (page !== undefined) this.#space.freePages++;
    // What was behind the new end reads as zero, should the file grow over it again.
    if (sizeBytes < this.sizeBytes) this.#pages[kept - 1]?.fill(0, sizeBytes - (kept - 1) * pageBytes);
    this.sizeBytes = sizeBytes;
    this.modifiedMs = Date.now();
  }

  #page(index: number): Uint8Array | undefined {
    const there = this.#pages[index];
    if (there !== undefined || this.#space.freePages === 0) return there;
    this.#space.freePages--;
    while (this.#pages.length < index) this.#pages.push(undefined);
    const page = new Uint8Array(pageBytes);
    this.#pages[index] = page;
    return page;
  }

  #release(): void {
    if (this.#removed && this.#openings === 0) this.truncate(0);
  }
}

class Mount implements MountedDisk {
  readonly #root: Directory;
  readonly #space: Space;
  readonly #handles = new Set<Handle>();
  #jobs: (() => void)[] = [];
  #closed = false;

  constructor(root: Directory, space: Space) {
    this.#root = root;
    this.#space = space;
  }

  open(path: string, { create }: { create: boolean }, tell: DiskDone<DiskFile>): void {
    const steps = stepsOf(path);
    this.perform(tell, () => {
      const parent = this.#directory(steps.slice(0, -1));
      const name = steps.at(-1);
      const there = name === undefined ? this.#root : parent?.entries.get(name);
      if (there instanceof Directory) return failed('io', `open ${path}`, 'is a directory');
      if (parent === undefined || name === undefined || (there === undefined && !create))
        return missing(`open ${path}`);
      const file = there ?? new MemoryFile(this.#space);
      parent.entries.set(name, file);
      file.opened();
      const handle = new Handle(path, file, this, () => this.#handles.delete(handle));
      this.#handles.add(handle);
      return { ok: true, value: handle };
    });
  }

  list(path: string, tell: DiskDone<DirectoryEntry[]>): void {
    const steps = stepsOf(path);
    this.perform(tell, () => {
      const directory = this.#directory(steps);
      if (directory === undefined) return missing(`list ${path}`);
      const entries = [...directory.entries].map(
        ([name, of]): DirectoryEntry =>
          of instanceof Directory
            ? { name, kind: 'directory', sizeBytes: 0, modifiedMs: 0 }
            : { name, kind: 'file', sizeBytes: of.sizeBytes, modifiedMs: of.modifiedMs },
      );
      return { ok: true, value: entries.sort((a, b) => (a.name < b.name ? -1 : 1)) };
    });
  }

  makeDir(path: string, tell: DiskDone<undefined>): void {
    const steps = stepsOf(path);
    this.perform(tell, () => {
      let at = this.#root;
      for (const step of steps) {
        const next = at.entries.get(step) ?? new Directory();
        if (!(next instanceof Directory)) return failed('io', `make ${path}`, 'a file is in the way');
        at.entries.set(step, next);
        at = next;
      }
      return success;
    });
  }

  rename(from: string, to: string, tell: DiskDone<undefined>): void {
    const [source, goal] = [stepsOf(from), stepsOf(to)];
    this.perform(tell, () => {
      const what = `rename ${from} to ${to}`;
      const parent = this.#directory(source.slice(0, -1));
      const goalParent = this.#directory(goal.slice(0, -1));
      const moved = parent?.entries.get(source.at(-1) ?? '');
      if (parent === undefined || goalParent === undefined || moved === undefined) return missing(what);
      const name = goal.at(-1) ?? '';
      const replaced = goalParent.entries.get(name);
      if (replaced === moved) return success;
      if (replaced instanceof Directory && (moved instanceof MemoryFile || replaced.entries.size > 0))
        return failed('io', what, 'a directory is in the way');
      if (replaced instanceof MemoryFile && moved instanceof Directory)
        return failed('io', what, 'a file is in the way');
      if (replaced instanceof MemoryFile) replaced.removed();
      parent.entries.delete(source.at(-1) ?? '');
      goalParent.entries.set(name, moved);
      return success;
    });
  }

  remove(path: string, tell: DiskDone<undefined>): void {
    const steps = stepsOf(path);
    assert(steps.length > 0, 'the root of the disk is never removed');
    this.perform(tell, () => {
      const parent = this.#directory(steps.slice(0, -1));
      const there = parent?.entries.get(steps.at(-1) ?? '');
      if (parent === undefined || there === undefined) return missing(`remove ${path}`);
      parent.entries.delete(steps.at(-1) ?? '');
      forget(there);
      return success;
    });
  }

  syncDir(path: string, tell: DiskDone<undefined>): void {
    const steps = stepsOf(path);
    this.perform(tell, () => (this.#directory(steps) === undefined ? missing(`sync ${path}`) : success));
  }

  close(): void {
    this.#closed = true;
    this.#jobs = [];
    for (const handle of [...this.#handles]) handle.abandon();
  }

  /** Does it at the end of this turn of the event loop, in the order of the calls, and tells. */
  perform<T>(tell: DiskDone<T>, act: () => Result<T>): void {
    if (this.#closed) return;
    this.#jobs.push(() => tell(act()));
    if (this.#jobs.length === 1) setImmediate(() => this.#turn());
  }

  #turn(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) if (!this.#closed) job();
  }

  #directory(steps: readonly string[]): Directory | undefined {
    let at: Directory | MemoryFile | undefined = this.#root;
    for (const step of steps) at = at instanceof Directory ? at.entries.get(step) : undefined;
    return at instanceof Directory ? at : undefined;
  }
}

class Handle implements DiskFile {
  readonly path: string;
  readonly #file: MemoryFile;
  readonly #mount: Mount;
  readonly #onEnded: () => void;
  #closed = false;
  /** Operations that were asked for before the close, and still may act. */
  #underWay = 0;

  constructor(path: string, file: MemoryFile, mount: Mount, onEnded: () => void) {
    this.path = path;
    this.#file = file;
    this.#mount = mount;
    this.#onEnded = onEnded;
  }

  sizeBytes(): number {
    return this.#file.sizeBytes;
  }

  append(chunks: readonly Uint8Array[], tell: DiskDone<undefined>): void {
    this.#perform('append', tell, () => this.#write('append', this.#file.sizeBytes, chunks));
  }

  writeAt(position: number, chunks: readonly Uint8Array[], tell: DiskDone<undefined>): void {
    assert(Number.isSafeInteger(position) && position >= 0, `no position in a file: ${position}`);
    this.#perform('write', tell, () => this.#write('write', position, chunks));
  }

  readAt(position: number, into: Uint8Array, tell: DiskDone<number>): void {
    assert(Number.isSafeInteger(position) && position >= 0, `no position in a file: ${position}`);
    this.#perform('read', tell, () => ({ ok: true, value: this.#file.read(position, into) }));
  }

  /** Memory is as durable as it will get. */
  sync(tell: DiskDone<undefined>): void {
    this.#perform('sync', tell, () => success);
  }

  truncate(sizeBytes: number, tell: DiskDone<undefined>): void {
    assert(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, `no size of a file: ${sizeBytes}`);
    this.#perform('truncate', tell, () => {
      this.#file.truncate(sizeBytes);
      return success;
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#underWay === 0) this.#end();
  }

  /** The life is over: what is under way never happens. */
  abandon(): void {
    this.#closed = true;
    this.#end();
  }

  #end(): void {
    this.#file.closed();
    this.#onEnded();
  }

  #write(what: string, position: number, chunks: readonly Uint8Array[]): Result<undefined> {
    if (this.#file.write(position, chunks)) return success;
    return failed('full', `${what} ${this.path}`, 'the disk in memory is full');
  }

  #perform<T>(what: string, tell: DiskDone<T>, act: () => Result<T>): void {
    if (this.#closed) {
      return this.#mount.perform(tell, () => failed('closed', `${what} ${this.path}`, 'the file is closed'));
    }
    this.#underWay++;
    this.#mount.perform(tell, () => {
      const result = act();
      this.#underWay--;
      if (this.#closed && this.#underWay === 0) this.#end();
      return result;
    });
  }
}

/** All files below lose their names. */
function forget(gone: Directory | MemoryFile): void {
  if (gone instanceof MemoryFile) gone.removed();
  else for (const entry of gone.entries.values()) forget(entry);
}

function stepsOf(path: string): string[] {
  const steps = path.split('/').filter((step) => step !== '' && step !== '.');
  const inside = !path.startsWith('/') && !path.includes('\\') && !steps.includes('..');
  assert(inside, `a path stays below the root of the disk: "${path}"`);
  return steps;
}

function failed(kind: DiskErrorKind, what: string, why: string): { ok: false; error: DiskError } {
  return failure({ kind, detail: `${what}: ${why}` });
}

function missing(what: string): { ok: false; error: DiskError } {
  return failed('missing', what, 'no such file or directory');
}
