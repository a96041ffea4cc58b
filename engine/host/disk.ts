// The host's disk: files below one root directory, through the page cache.
//
// Reads, writes and names are synchronous calls, gathered and run once per turn of the event loop, consecutive appends
// of one file as one `writev`: measured at 2 to 7 us against 24 to 33 us for a hop over the thread pool. What may
// take milliseconds (making durable, removing) runs on the thread pool. Completions come after the turn, never in it.
//
// Symbolic links below the root are followed: the data directory is trusted, only the paths of callers are not.

import fs from 'node:fs';
import { join, resolve } from 'node:path';
import { assert } from '../base/assert.ts';
import { failure, done as success } from '../base/outcome.ts';
import type { DirectoryEntry, Disk, DiskDone, DiskFile } from '../ports.ts';
import type { DiskCounts } from './counts.ts';
import { diskError, type OpenNode, OpenNodes, writeFully } from './disk-io.ts';

/** Written and not yet asked to be durable: from here on the system is told to begin, lest it stall writers later. */
const unsyncedBytesMax = 64 << 20;

/** One thing to do at the end of this turn. `run` does it and returns what tells the caller. */
interface Job {
  run(): () => void;
}

/** Jobs of this turn, run together in the order of their calls. */
class Turn {
  #jobs: Job[] = [];
  #closed = false;
  /** Numbers the turns, so that an append knows whether it may still join the batch before it. */
  number = 0;

  add(job: Job): void {
    if (this.#closed) return;
    this.#jobs.push(job);
    if (this.#jobs.length === 1) setImmediate(() => this.#run());
  }

  close(): void {
    this.#closed = true;
    this.#jobs = [];
  }

  get closed(): boolean {
    return this.#closed;
  }

  #run(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    this.number++;
    const tellings = jobs.map((job) => job.run());
    for (const tell of tellings) {
      if (!this.#closed) tell();
    }
  }
}

export class HostDisk implements Disk {
  readonly #root: string;
  readonly #turn = new Turn();
  readonly #nodes = new OpenNodes();
  readonly #files = new Set<HostFile>();
  readonly #counts: DiskCounts;

  /** `root` must exist. What is asked of the system is added to `counts`. */
  constructor(root: string, counts: DiskCounts = { writes: 0, writtenBytes: 0, fsyncs: 0 }) {
    this.#root = resolve(root);
    this.#counts = counts;
  }

  open(path: string, options: { create: boolean }, done: DiskDone<DiskFile>): void {
    const full = this.#full(path);
    this.#job(`open ${path}`, done, () => {
      const flags = fs.constants.O_RDWR | (options.create ? fs.constants.O_CREAT : 0);
      const descriptor = fs.openSync(full, flags, 0o644);
      const node = this.#nodes.enter(descriptor);
      const file = new HostFile(path, descriptor, node, this.#turn, this.#counts, () => {
        this.#files.delete(file);
        this.#nodes.leave(node);
      });
      this.#files.add(file);
      return file;
    });
  }

  list(path: string, done: DiskDone<DirectoryEntry[]>): void {
    const full = this.#full(path);
    this.#job(`list ${path}`, done, () => {
      const entries: DirectoryEntry[] = [];
      for (const name of fs.readdirSync(full)) {
        const stat = fs.statSync(join(full, name), { throwIfNoEntry: false });
        if (stat === undefined) continue;
        entries.push({
          name,
          kind: stat.isDirectory() ? 'directory' : 'file',
          sizeBytes: stat.isDirectory() ? 0 : stat.size,
          modifiedMs: Math.floor(stat.mtimeMs),
        });
      }
      return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    });
  }

  makeDir(path: string, done: DiskDone<undefined>): void {
    const full = this.#full(path);
    this.#job(`make directory ${path}`, done, () => {
      fs.mkdirSync(full, { recursive: true });
      return undefined;
    });
  }

  rename(from: string, to: string, done: DiskDone<undefined>): void {
    const [source, goal] = [this.#full(from), this.#full(to)];
    this.#job(`rename ${from} to ${to}`, done, () => {
      fs.renameSync(source, goal);
      return undefined;
    });
  }

  remove(path: string, done: DiskDone<undefined>): void {
    const full = this.#full(path);
    assert(full !== this.#root, 'the root of the disk is never removed');
    fs.rm(full, { recursive: true }, (error) => this.#tell(`remove ${path}`, error, done));
  }

  syncDir(path: string, done: DiskDone<undefined>): void {
    const what = `sync directory ${path}`;
    fs.open(this.#full(path), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY, (error, descriptor) => {
      if (error !== null) return this.#tell(what, error, done);
      this.#counts.fsyncs++;
      fs.fsync(descriptor, (failed) => fs.close(descriptor, () => this.#tell(what, failed, done)));
    });
  }

  /** Forgets what is in flight and closes every file; nothing is told any more. */
  close(): void {
    this.#turn.close();
    for (const file of [...this.#files]) file.close();
  }

  #job<T>(what: string, done: DiskDone<T>, work: () => T): void {
    this.#turn.add({
      run() {
        try {
          const value = work();
          return () => done({ ok: true, value });
        } catch (error) {
          return () => done(failure(diskError(what, error)));
        }
      },
    });
  }

  #tell(what: string, error: Error | null, done: DiskDone<undefined>): void {
    if (this.#turn.closed) return;
    done(error === null ? success : failure(diskError(what, error)));
  }

  #full(path: string): string {
    const steps = path.split('/');
    const inside =
      !path.startsWith('/') && !path.includes('\0') && !path.includes('\\') && !steps.includes('..');
    assert(inside, `a path stays below the root of the disk: "${path}"`);
    return join(this.#root, path);
  }
}

interface Batch {
  readonly chunks: Uint8Array[];
  readonly tellings: DiskDone<undefined>[];
  readonly turn: number;
}

class HostFile implements DiskFile {
  readonly path: string;
  readonly node: OpenNode;
  readonly #descriptor: number;
  readonly #turn: Turn;
  readonly #counts: DiskCounts;
  readonly #onEnded: () => void;
  #closed = false;
  #ended = false;
  /** Operations that still need the descriptor: those of this turn, and those on the thread pool. */
  #queued = 0;
  #syncing = 0;
  /** Appends of this turn that are one write, as long as nothing else of this file comes between. */
  #batch: Batch | undefined;

  constructor(
    path: string,
    descriptor: number,
    node: OpenNode,
    turn: Turn,
    counts: DiskCounts,
    onEnded: () => void,
  ) {
    this.path = path;
    this.#descriptor = descriptor;
    this.node = node;
    this.#turn = turn;
    this.#counts = counts;
    this.#onEnded = onEnded;
  }

  sizeBytes(): number {
    return this.node.toldBytes;
  }

  append(chunks: readonly Uint8Array[], done: DiskDone<undefined>): void {
    if (this.#closed) return this.#refuse('append', done);
    if (this.#batch?.turn === this.#turn.number) {
      for (const chunk of chunks) this.#batch.chunks.push(chunk);
      this.#batch.tellings.push(done);
      return;
    }
    const batch: Batch = { chunks: [...chunks], tellings: [done], turn: this.#turn.number };
    this.#write(
      'append',
      () => this.node.sizeBytes,
      batch.chunks,
      (outcome) => {
        for (const tell of batch.tellings) {
          if (!this.#turn.closed) tell(outcome);
        }
      },
    );
    this.#batch = batch;
  }

  writeAt(position: number, chunks: readonly Uint8Array[], done: DiskDone<undefined>): void {
    assert(Number.isSafeInteger(position) && position >= 0, `no position in a file: ${position}`);
    if (this.#closed) return this.#refuse('write', done);
    this.#write('write', () => position, chunks, done);
  }

  #write(
    what: string,
    position: () => number,
    chunks: readonly Uint8Array[],
    done: DiskDone<undefined>,
  ): void {
    this.#job(what, done, () => {
      const { node } = this;
      const start = position();
      const end = start + writeFully(this.#descriptor, chunks, start);
      this.#counts.writes++;
      this.#counts.writtenBytes += end - start;
      // An empty write extends nothing, wherever it stands.
      if (end > start) node.sizeBytes = Math.max(node.sizeBytes, end);
      node.unsyncedBytes += end - start;
      if (node.unsyncedBytes >= unsyncedBytesMax) this.#beginWriteBack();
      return () => {
        if (end > start) node.toldBytes = Math.max(node.toldBytes, end);
        return undefined;
      };
    });
  }

  readAt(position: number, into: Uint8Array, done: DiskDone<number>): void {
    assert(Number.isSafeInteger(position) && position >= 0, `no position in a file: ${position}`);
    if (this.#closed) return this.#refuse('read', done);
    this.#job('read', done, () => {
      let length = 0;
      while (length < into.length) {
        const read = fs.readSync(this.#descriptor, into, length, into.length - length, position + length);
        if (read === 0) break;
        length += read;
      }
      return () => length;
    });
  }

  truncate(sizeBytes: number, done: DiskDone<undefined>): void {
    assert(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, `no size of a file: ${sizeBytes}`);
    if (this.#closed) return this.#refuse('truncate', done);
    this.#job('truncate', done, () => {
      fs.ftruncateSync(this.#descriptor, sizeBytes);
      this.node.sizeBytes = sizeBytes;
      return () => {
        this.node.toldBytes = sizeBytes;
        return undefined;
      };
    });
  }

  sync(done: DiskDone<undefined>): void {
    if (this.#closed) return this.#refuse('sync', done);
    const { node } = this;
    node.unsyncedBytes = 0;
    this.#syncing++;
    this.#counts.fsyncs++;
    fs.fdatasync(this.#descriptor, (error) => {
      // The system tells a failed write-back once, to whoever asks first: what the background heard counts too.
      const failed = error ?? node.writeBackError;
      this.#syncing--;
      this.#endWhenIdle();
      if (this.#turn.closed) return;
      done(failed === undefined ? success : failure(diskError(`sync ${this.path}`, failed)));
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#endWhenIdle();
  }

  #job<T>(what: string, done: DiskDone<T>, work: () => () => T): void {
    this.#batch = undefined;
    this.#queued++;
    this.#turn.add({
      run: () => {
        let told: () => void;
        try {
          const finish = work();
          told = () => done({ ok: true, value: finish() });
        } catch (error) {
          told = () => done(failure(diskError(`${what} ${this.path}`, error)));
        }
        this.#queued--;
        this.#endWhenIdle();
        return told;
      },
    });
  }

  #refuse<T>(what: string, done: DiskDone<T>): void {
    const error = { kind: 'closed', detail: `${what} ${this.path}: the file is closed` } as const;
    this.#turn.add({ run: () => () => done(failure(error)) });
  }

  #beginWriteBack(): void {
    const { node } = this;
    node.unsyncedBytes = 0;
    this.#syncing++;
    this.#counts.fsyncs++;
    fs.fdatasync(this.#descriptor, (error) => {
      if (error !== null) node.writeBackError = error;
      this.#syncing--;
      this.#endWhenIdle();
    });
  }

  /** Gives the descriptor back once nobody needs it; jobs of a closed turn never run. */
  #endWhenIdle(): void {
    if (!this.#closed || this.#ended || this.#syncing > 0) return;
    if (this.#queued > 0 && !this.#turn.closed) return;
    this.#ended = true;
    fs.closeSync(this.#descriptor);
    this.#onEnded();
  }
}
