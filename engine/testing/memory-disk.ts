// A disk in memory, and a kind one: operations complete one after the other in the order in which they were
// issued, and nothing fails unless a test asks. It keeps two truths apart: what the files are, and what of it
// is durable.
//
//   crash()      a process died: everything stays, completions that were under way are dropped.
//   powerLoss()  bytes that were not fsynced and names that were not fsynced (`syncDir`) are gone, all of
//                them. The simulator's disk keeps a drawn part and tears writes; this one takes the worst.
//
// Completions wait until the owner says so: `step()` delivers the next one, or `deliver` (given to the
// constructor) is called whenever there is one to deliver, and arranges for a later `step()`.

import { assert } from '../base/assert.ts';
import { done, failure, success } from '../base/outcome.ts';
import type { DirectoryEntry, Disk, DiskDone, DiskError, DiskErrorKind, DiskFile } from '../ports.ts';

export type DiskOperation =
  | 'open'
  | 'list'
  | 'makeDir'
  | 'rename'
  | 'remove'
  | 'syncDir'
  | 'append'
  | 'writeAt'
  | 'readAt'
  | 'sync'
  | 'truncate';

/**
 * Sees every operation as it starts to act; an error that it returns is the operation's, which then does
 * nothing.
 */
export type DiskFault = (operation: DiskOperation, path: string) => DiskError | undefined;

interface FileNode {
  readonly kind: 'file';
  bytes: Uint8Array;
  size: number;
  durable: Uint8Array;
  modifiedMs: number;
}

interface DirectoryNode {
  readonly kind: 'directory';
  entries: Map<string, TreeNode>;
  durable: Map<string, TreeNode>;
}

type TreeNode = FileNode | DirectoryNode;

export class MemoryDisk implements Disk {
  readonly #root: DirectoryNode = newDirectory();
  readonly #wallMs: () => number;
  readonly #deliver: () => void;
  #queue: (() => void)[] = [];
  fault: DiskFault | undefined;
  /** Opened and not closed: what would be descriptors. */
  openFiles = 0;

  /**
   * `wallMs` stamps files; `deliver` is called for every completion that comes to wait, none when a test
   * steps.
   */
  constructor(wallMs: () => number = () => 0, deliver: () => void = () => {}) {
    this.#wallMs = wallMs;
    this.#deliver = deliver;
  }

  /** Lets the next operation act and tell. False when none waits. */
  step(): boolean {
    const next = this.#queue.shift();
    next?.();
    return next !== undefined;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** The process died: operations under way never happen, and nobody is told. */
  crash(): void {
    this.openFiles = 0;
    this.#queue = [];
  }

  powerLoss(): void {
    this.openFiles = 0;
    this.#queue = [];
    forget(this.#root);
  }

  /** For tests: the content as it is, without a completion; undefined when there is no such file. */
  peek(path: string): Uint8Array | undefined {
    const node = this.#find(path);
    return node?.kind === 'file' ? node.bytes.slice(0, node.size) : undefined;
  }

  /** For tests: puts content there, durably. */
  poke(path: string, bytes: Uint8Array): void {
    const { parent, name } = this.#place(path);
    assert(parent !== undefined, `the directory of ${path} must be there`);
    const node: FileNode = {
      kind: 'file',
      bytes: bytes.slice(),
      size: bytes.length,
      durable: bytes.slice(),
      modifiedMs: this.#wallMs(),
    };
    parent.entries.set(name, node);
    parent.durable.set(name, node);
  }

  /** For tests: takes a name away, durably. */
  unlink(path: string): void {
    const { parent, name } = this.#place(path);
    parent?.entries.delete(name);
    parent?.durable.delete(name);
  }

  // ---- the port

  open(path: string, { create }: { create: boolean }, tell: DiskDone<DiskFile>): void {
    this.#enqueue('open', path, tell, () => {
      const { parent, name } = this.#place(path);
      if (parent === undefined) return missing(path);
      let node = parent.entries.get(name);
      if (node === undefined && !create) return missing(path);
      if (node === undefined) {
        node = newFile(this.#wallMs());
        parent.entries.set(name, node);
      }
      return node.kind === 'file' ? success(this.#handle(path, node)) : failed('io', path, 'is a directory');
    });
  }

  list(path: string, tell: DiskDone<DirectoryEntry[]>): void {
    this.#enqueue('list', path, tell, () => {
      const node = this.#find(path);
      if (node?.kind !== 'directory') return missing(path);
      const entries = [...node.entries].map(([name, of]): DirectoryEntry => {
        return of.kind === 'file'
          ? { name, kind: 'file', sizeBytes: of.size, modifiedMs: of.modifiedMs }
          : { name, kind: 'directory', sizeBytes: 0, modifiedMs: 0 };
      });
      return success(entries.sort((a, b) => (a.name < b.name ? -1 : 1)));
    });
  }

  makeDir(path: string, tell: DiskDone<undefined>): void {
    this.#enqueue('makeDir', path, tell, () => {
      let at = this.#root;
      for (const name of partsOf(path)) {
        const node = at.entries.get(name) ?? newDirectory();
        if (node.kind === 'file') return failed('io', path, 'a file is in the way');
        at.entries.set(name, node);
        at = node;
      }
      return done;
    });
  }

  rename(from: string, to: string, tell: DiskDone<undefined>): void {
    this.#enqueue('rename', from, tell, () => {
      const source = this.#place(from);
      const target = this.#place(to);
      const node = source.parent?.entries.get(source.name);
      if (node === undefined || target.parent === undefined) return missing(from);
      source.parent?.entries.delete(source.name);
      target.parent.entries.set(target.name, node);
      return done;
    });
  }

  remove(path: string, tell: DiskDone<undefined>): void {
    this.#enqueue('remove', path, tell, () => {
      const { parent, name } = this.#place(path);
      return parent?.entries.delete(name) ? done : missing(path);
    });
  }

  syncDir(path: string, tell: DiskDone<undefined>): void {
    this.#enqueue('syncDir', path, tell, () => {
      const node = this.#find(path);
      if (node?.kind !== 'directory') return missing(path);
      node.durable = new Map(node.entries);
      return done;
    });
  }

  #handle(path: string, node: FileNode): DiskFile {
    let closed = false;
    this.openFiles++;
    const enqueue = <T>(operation: DiskOperation, tell: DiskDone<T>, act: () => Result<T>) => {
      const wasClosed = closed;
      this.#enqueue(operation, path, tell, () => (wasClosed ? failed('closed', path, 'was closed') : act()));
    };
    const write = (position: number, chunks: readonly Uint8Array[]): Result<undefined> => {
      let at = position;
      for (const chunk of chunks) {
        put(node, at, chunk);
        at += chunk.length;
      }
      node.modifiedMs = this.#wallMs();
      return done;
    };
    return {
      path,
      sizeBytes: () => node.size,
      append: (chunks, tell) => enqueue('append', tell, () => write(node.size, chunks)),
      writeAt: (position, chunks, tell) => enqueue('writeAt', tell, () => write(position, chunks)),
      readAt: (position, into, tell) =>
        enqueue('readAt', tell, () => {
          const found = node.bytes
            .subarray(Math.min(position, node.size), node.size)
            .subarray(0, into.length);
          into.set(found);
          return success(found.length);
        }),
      sync: (tell) =>
        enqueue('sync', tell, () => {
          node.durable = node.bytes.slice(0, node.size);
          return done;
        }),
      truncate: (sizeBytes, tell) =>
        enqueue('truncate', tell, () => {
          if (sizeBytes > node.size) put(node, node.size, new Uint8Array(sizeBytes - node.size));
          node.size = sizeBytes;
          node.modifiedMs = this.#wallMs();
          return done;
        }),
      close: () => {
        if (!closed) this.openFiles--;
        closed = true;
      },
    };
  }

  #enqueue<T>(operation: DiskOperation, path: string, tell: DiskDone<T>, act: () => Result<T>): void {
    this.#queue.push(() => {
      const error = this.fault?.(operation, path);
      tell(error === undefined ? act() : failure(error));
    });
    this.#deliver();
  }

  #find(path: string): TreeNode | undefined {
    let at: TreeNode | undefined = this.#root;
    for (const name of partsOf(path)) at = at?.kind === 'directory' ? at.entries.get(name) : undefined;
    return at;
  }

  #place(path: string): { parent: DirectoryNode | undefined; name: string } {
    const parts = partsOf(path);
    const name = parts.pop() ?? '';
    const parent = this.#find(parts.join('/'));
    return { parent: parent?.kind === 'directory' && name !== '' ? parent : undefined, name };
  }
}

type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: DiskError };

function newDirectory(): DirectoryNode {
  return { kind: 'directory', entries: new Map(), durable: new Map() };
}

function newFile(modifiedMs: number): FileNode {
  return { kind: 'file', bytes: new Uint8Array(256), size: 0, durable: new Uint8Array(0), modifiedMs };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function failed(kind: DiskErrorKind, path: string, detail: string): { ok: false; error: DiskError } {
  return failure({ kind, detail: `${path}: ${detail}` });
}

function missing(path: string): { ok: false; error: DiskError } {
  return failed('missing', path, 'no such file or directory');
}

/** Bytes in a gap that a write leaves before it are zero, also where the file was longer once. */
function put(node: FileNode, position: number, bytes: Uint8Array): void {
  const end = position + bytes.length;
  if (end > node.bytes.length) {
    const grown = new Uint8Array(Math.max(end, node.bytes.length * 2));
    grown.set(node.bytes.subarray(0, node.size));
    node.bytes = grown;
  }
  if (position > node.size) node.bytes.fill(0, node.size, position);
  node.bytes.set(bytes, position);
  node.size = Math.max(node.size, end);
}

function forget(directory: DirectoryNode): void {
  directory.entries = new Map(directory.durable);
  for (const node of directory.entries.values()) {
    if (node.kind === 'directory') forget(node);
    else {
      node.bytes = node.durable.slice();
      node.size = node.durable.length;
    }
  }
}
