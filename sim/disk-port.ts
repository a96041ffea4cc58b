// The Disk port of one life: names, and opening files. The bytes are in `disk-file.ts`.

import {
  type DirectoryEntry,
  type Disk,
  type DiskError,
  type DiskFile,
  type Outcome,
  done as succeeded,
  success,
} from '../engine/index.ts';
import type { DiskLife, SimulatedDisk } from './disk.ts';
import type { DiskOperation } from './disk-faults.ts';
import { SimulatedFile } from './disk-file.ts';
import { type Directory, type Inode, type PlainFile, segments } from './disk-tree.ts';

type Done = Outcome<undefined, DiskError>;

export function diskPort(disk: SimulatedDisk, life: DiskLife): Disk {
  /** An operation on names, which a fault fails as a whole. */
  const names = <T>(
    operation: DiskOperation,
    path: string,
    done: (outcome: Outcome<T, DiskError>) => void,
    work: () => Outcome<T, DiskError>,
  ): void => {
    segments(path);
    const act = (failing: unknown) => (failing === undefined ? work() : disk.brokenDevice(operation, path));
    disk.issue(life, { operation, path, bytes: 0, act }, done);
  };
  return {
    open: (path, { create }, done) => {
      names('open', path, done, () => open(disk, life, path, create));
    },
    list: (path, done) => {
      names('list', path, done, () => list(disk, path));
    },
    makeDir: (path, done) => {
      names('makeDir', path, done, () => makeDir(disk, path));
    },
    rename: (from, to, done) => {
      segments(to);
      names('rename', from, done, () => rename(disk, from, to));
    },
    remove: (path, done) => {
      names('remove', path, done, () => remove(disk, path));
    },
    syncDir: (path, done) => {
      const covered = disk.tree.changes;
      names('syncDir', path, done, () => {
        const directory = disk.tree.find(path);
        if (directory?.kind !== 'directory') return missing(disk, 'syncDir', path);
        disk.tree.syncDirectory(directory, covered);
        return succeeded;
      });
    },
  };
}

function missing(disk: SimulatedDisk, operation: DiskOperation, path: string): Outcome<never, DiskError> {
  return disk.failed(operation, path, 'missing', 'no such file or directory');
}

function open(
  disk: SimulatedDisk,
  life: DiskLife,
  path: string,
  create: boolean,
): Outcome<DiskFile, DiskError> {
  const { tree } = disk;
  const found = tree.find(path);
  if (found?.kind === 'directory') return disk.failed('open', path, 'io', 'is a directory');
  let file = found;
  if (file === undefined) {
    const entry = tree.entry(path);
    if (!create || entry === undefined) return missing(disk, 'open', path);
    file = tree.newFile(path, disk.wallMs());
    tree.change(`create ${path}`, [{ ...entry, inode: file }], disk.wallMs());
  }
  if (life.isAlive()) disk.opened(life, file);
  return success(new SimulatedFile(disk, life, file, path));
}

function list(disk: SimulatedDisk, path: string): Outcome<DirectoryEntry[], DiskError> {
  const directory = disk.tree.find(path);
  if (directory?.kind !== 'directory') return missing(disk, 'list', path);
  const names = [...directory.entries.keys()].sort();
  return success(
    names.map((name) => {
      const inode = directory.entries.get(name) as Inode;
      const { kind, modifiedMs } = inode;
      return { name, kind, modifiedMs, sizeBytes: inode.kind === 'file' ? inode.state.cache.sizeBytes : 0 };
    }),
  );
}

function makeDir(disk: SimulatedDisk, path: string): Done {
  const { tree } = disk;
  let directory: Directory = tree.root;
  const walked: string[] = [];
  for (const name of segments(path)) {
    walked.push(name);
    const inode = directory.entries.get(name);
    if (inode?.kind === 'file') return disk.failed('makeDir', path, 'io', 'a file stands there');
    if (inode !== undefined) {
      directory = inode;
      continue;
    }
    const made = tree.newDirectory(disk.wallMs());
    tree.change(`make ${walked.join('/')}`, [{ directory, name, inode: made }], disk.wallMs());
    directory = made;
  }
  return succeeded;
}

function rename(disk: SimulatedDisk, from: string, to: string): Done {
  const { tree } = disk;
  const moving = tree.find(from);
  const source = tree.entry(from);
  const goal = tree.entry(to);
  if (moving === undefined || source === undefined || goal === undefined)
    return missing(disk, 'rename', from);
  const replaced = tree.find(to);
  if (replaced === moving) return succeeded;
  const fail = (reason: string) => disk.failed('rename', from, 'io', reason);
  if (
    moving.kind === 'directory' &&
    `${segments(to).join('/')}/`.startsWith(`${segments(from).join('/')}/`)
  ) {
    return fail('a directory cannot move below itself');
  }
  if (replaced !== undefined && replaced.kind !== moving.kind) return fail(`${to} is of another kind`);
  if (replaced?.kind === 'directory' && replaced.entries.size > 0) return fail(`${to} is not empty`);
  tree.change(
    `rename ${from} to ${to}`,
    [
      { ...source, inode: undefined },
      { ...goal, inode: moving },
    ],
    disk.wallMs(),
  );
  if (moving.kind === 'file') moving.path = to;
  if (replaced?.kind === 'file') disk.unlinked(replaced);
  return succeeded;
}

function remove(disk: SimulatedDisk, path: string): Done {
  const { tree } = disk;
  const inode = tree.find(path);
  const entry = segments(path).length === 0 ? undefined : tree.entry(path);
  if (inode === undefined || entry === undefined) return missing(disk, 'remove', path);
  const gone: PlainFile[] = inode.kind === 'file' ? [inode] : [...tree.files(inode)].map(({ file }) => file);
  tree.change(`remove ${path}`, [{ ...entry, inode: undefined }], disk.wallMs());
  for (const file of gone) disk.unlinked(file);
  return succeeded;
}
