// Files as the log room handles them: names, whole reads, and the one way in which a small file is replaced
// so that a power loss leaves the old one or the new one: write beside it, fsync, rename, fsync the
// directory.

import { done, failure, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import type { DiskOutcome, File, Runtime } from '../runtime.ts';

export const epochsFileName = 'leader-epoch-checkpoint';
export const partitionMetadataFileName = 'partition.metadata';
/** Beside the metadata log: what its quorum must not forget. */
export const quorumStateFileName = 'quorum-state';
/** Beside the metadata log: snapshots, as `endOffset-epoch.checkpoint`. */
export const checkpointFileName = /^(\d{20})-(\d{10})\.checkpoint$/;
/** A replacement that was never renamed: worth nothing. */
export const temporarySuffix = '.tmp';
/** Taken out of the log, and waiting to be removed. */
export const deletedSuffix = '.deleted';

export type SegmentFileKind = 'log' | 'index' | 'timeindex' | 'txnindex' | 'snapshot';

export interface SegmentFileName {
  readonly offset: number;
  readonly kind: SegmentFileKind;
}

export function segmentFileName(offset: number, kind: SegmentFileKind): string {
  return `${String(offset).padStart(20, '0')}.${kind}`;
}

/** undefined for names of another kind. */
export function parseSegmentFileName(name: string): SegmentFileName | undefined {
  const match = /^(\d{20})\.(log|index|timeindex|txnindex|snapshot)$/.exec(name);
  return match === null ? undefined : { offset: Number(match[1]), kind: match[2] as SegmentFileKind };
}

export function joinPath(directory: string, name: string): string {
  return directory === '' || directory === '.' ? name : `${directory}/${name}`;
}

/** The directory that holds the name of `path`; '' for the root. */
export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at < 0 ? '' : path.slice(0, at);
}

/** Something on the disk is not what it must be: told as the failure of the device that it may well be. */
export function damaged(path: string, what: string): { ok: false; error: DiskError } {
  return failure({ kind: 'io', detail: `${path}: ${what}` });
}

export function* readWhole(runtime: Runtime, path: string): Task<DiskOutcome<Uint8Array>> {
  const opened = yield* runtime.open(path, { create: false });
  if (!opened.ok) return opened;
  const file = opened.value;
  const bytes = new Uint8Array(file.sizeBytes());
  const read = yield* file.readAt(0, bytes);
  file.close();
  return read.ok ? success(bytes.subarray(0, read.value)) : read;
}

/**
 * Replaces the content of a file in place and makes it durable; for what can be built again after a torn
 * write.
 */
export function* rewrite(runtime: Runtime, path: string, bytes: Uint8Array): Task<DiskOutcome<undefined>> {
  const opened = yield* runtime.open(path, { create: true });
  if (!opened.ok) return opened;
  const rewritten = yield* fill(opened.value, bytes);
  opened.value.close();
  return rewritten;
}

/** Replaces a file so that whoever looks later, even after a power loss, sees the old content or the new. */
export function* replaceFile(
  runtime: Runtime,
  directory: string,
  name: string,
  bytes: Uint8Array,
): Task<DiskOutcome<undefined>> {
  const temporary = joinPath(directory, name + temporarySuffix);
  const written = yield* rewrite(runtime, temporary, bytes);
  if (!written.ok) return written;
  const renamed = yield* runtime.rename(temporary, joinPath(directory, name));
  return renamed.ok ? yield* runtime.syncDir(directory) : renamed;
}

/** A file that is gone already is a success. */
export function* removeIfThere(runtime: Runtime, path: string): Task<DiskOutcome<undefined>> {
  const removed = yield* runtime.remove(path);
  return !removed.ok && removed.error.kind === 'missing' ? done : removed;
}

function* fill(file: File, bytes: Uint8Array): Task<DiskOutcome<undefined>> {
  if (file.sizeBytes() > 0) {
    const emptied = yield* file.truncate(0);
    if (!emptied.ok) return emptied;
  }
  if (bytes.length > 0) {
    const appended = yield* file.append([bytes]);
    if (!appended.ok) return appended;
  }
  return yield* file.sync();
}
