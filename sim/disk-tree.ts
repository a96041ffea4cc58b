// Names: the directories of one disk, as processes see them and as a power loss would leave them.
//
// Every change of names (a file or directory made, renamed, removed) is pending until a sync of a directory
// that it touches. When the power goes, each pending change is drawn by itself: it happened or it did not. A
// change of a name on top of one that did not happen did not happen either, and a rename happens whole or not
// at all, as a journal would have it; so a file never appears under two names, and a name never leads to what
// it never led to.

import { assert } from '../engine/index.ts';
import { FileState } from './disk-durability.ts';
import { inodesPerDisk } from './limits.ts';
import type { Chooser } from './random.ts';

export class Directory {
  readonly kind = 'directory';
  readonly id: number;
  /** As processes see it. */
  readonly entries = new Map<string, Inode>();
  /** As the platter has it. */
  readonly durable = new Map<string, Inode>();
  modifiedMs: number;

  constructor(id: number, modifiedMs: number) {
    this.id = id;
    this.modifiedMs = modifiedMs;
  }
}

export class PlainFile {
  readonly kind = 'file';
  readonly id: number;
  readonly state = new FileState();
  /** For people: the name it was last known by. */
  path: string;
  modifiedMs: number;
  /** Names that lead to it (0 or 1) and openings: space is freed when both are none. */
  linked = true;
  openings = 0;

  constructor(id: number, path: string, modifiedMs: number) {
    this.id = id;
    this.path = path;
    this.modifiedMs = modifiedMs;
  }
}

export type Inode = Directory | PlainFile;

interface Entry {
  readonly directory: Directory;
  readonly name: string;
}

/** One pending change: these entries get these values, all together. */
interface NameChange {
  readonly text: string;
  readonly sets: readonly (Entry & { readonly inode: Inode | undefined })[];
}

export class Tree {
  readonly root: Directory;
  #inodes = 0;
  #pending: NameChange[] = [];

  constructor(modifiedMs: number) {
    this.root = this.newDirectory(modifiedMs);
  }

  newDirectory(modifiedMs: number): Directory {
    return new Directory(this.#newId(), modifiedMs);
  }

  newFile(path: string, modifiedMs: number): PlainFile {
    return new PlainFile(this.#newId(), path, modifiedMs);
  }

  #newId(): number {
    assert(
      this.#inodes < inodesPerDisk,
      `a simulated disk makes at most ${inodesPerDisk} files and directories`,
    );
    return ++this.#inodes;
  }

  find(path: string): Inode | undefined {
    let inode: Inode | undefined = this.root;
    for (const name of segments(path)) {
      if (inode?.kind !== 'directory') return undefined;
      inode = inode.entries.get(name);
    }
    return inode;
  }

  /** Where a path's last name stands: its directory, if there is one. */
  entry(path: string): Entry | undefined {
    const names = segments(path);
    const name = names.pop();
    assert(name !== undefined, 'the root has no name');
    const directory = this.find(names.join('/'));
    return directory?.kind === 'directory' ? { directory, name } : undefined;
  }

  /** Changes names, for processes at once and for the platter when it is synced. */
  change(text: string, sets: NameChange['sets'], modifiedMs: number): void {
    for (const { directory, name, inode } of sets) {
      directory.modifiedMs = modifiedMs;
      if (inode === undefined) directory.entries.delete(name);
      else directory.entries.set(name, inode);
    }
    this.#pending.push({ text, sets });
  }

  /** A mark for `syncDirectory`: what was changed before it. */
  get changes(): readonly NameChange[] {
    return [...this.#pending];
  }

  /** Makes the changes among `covered` that touch `directory` durable, and what they stand on. */
  syncDirectory(directory: Directory, covered: readonly NameChange[]): void {
    const still = new Set(covered);
    const needed: NameChange[] = [];
    const touched: Entry[] = [];
    for (const change of [...this.#pending].reverse()) {
      if (!still.has(change)) continue;
      const direct = change.sets.some((set) => set.directory === directory);
      if (!direct && !overlaps(change, touched)) continue;
      needed.push(change);
      touched.push(...change.sets);
    }
    for (const change of needed.reverse()) apply(change);
    const gone = new Set(needed);
    this.#pending = this.#pending.filter((change) => !gone.has(change));
  }

  /**
   * Draws the pending changes; afterwards processes see what the platter has. Returns what did not happen.
   */
  losePower(draw: Chooser): string[] {
    const lost: string[] = [];
    const blocked: Entry[] = [];
    for (const change of this.#pending) {
      if (!overlaps(change, blocked) && draw.below(2) === 0) {
        apply(change);
        continue;
      }
      lost.push(change.text);
      blocked.push(...change.sets);
    }
    this.#pending = [];
    restore(this.root);
    return lost;
  }

  /** Every file that a name leads to, with its path, sorted within its directory. */
  *files(directory: Directory = this.root, prefix = ''): Generator<{ path: string; file: PlainFile }> {
    for (const name of [...directory.entries.keys()].sort()) {
      const inode = directory.entries.get(name) as Inode;
      if (inode.kind === 'directory') yield* this.files(inode, `${prefix}${name}/`);
      else yield { path: `${prefix}${name}`, file: inode };
    }
  }
}

/** The names of a path; `a//b/./c` is `a/b/c`, and a way out of the root is a bug of the caller. */
export function segments(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '' && name !== '.');
  assert(!names.includes('..'), `a path stays below the root: ${path}`);
  return names;
}

function overlaps(change: NameChange, entries: readonly Entry[]): boolean {
  return change.sets.some((set) =>
    entries.some(({ directory, name }) => directory === set.directory && name === set.name),
  );
}

function apply(change: NameChange): void {
  for (const { directory, name, inode } of change.sets) {
    if (inode === undefined) directory.durable.delete(name);
    else directory.durable.set(name, inode);
  }
}

function restore(directory: Directory): void {
  directory.entries.clear();
  for (const [name, inode] of directory.durable) {
    directory.entries.set(name, inode);
    if (inode.kind === 'directory') restore(inode);
  }
}
