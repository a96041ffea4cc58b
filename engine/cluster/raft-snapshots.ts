// The snapshots of one member of the quorum: `endOffset-epoch.checkpoint` beside the metadata log. When enough was
// committed since the last one, the image is written as records; then the log starts behind it and the older ones go.
// A member whose log ends before its leader's starts receives the leader's file, piece by piece.
//
// A file has its final name only when it is whole and durable, so a crash leaves the old snapshot or the new one. What
// cannot be read is not believed: at boot the next older one is tried, and a piece-wise one is fetched again.

import { failure, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import type { OffsetAndEpoch } from '../core/raft/messages.ts';
import { ErrorCode } from '../errors.ts';
import {
  checkpointFileName,
  joinPath,
  readWhole,
  removeIfThere,
  replaceFile,
  temporarySuffix,
} from '../log/files.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import type { SnapshotToLoad } from './committed-batches.ts';
import type { CommittedBatch } from './quorum.ts';
import type { StorageOutcome } from './raft-log.ts';
import { decodeSnapshot, encodeSnapshot } from './snapshot-file.ts';

export interface SnapshotPolicy {
  /** `metadata.log.max.record.bytes.between.snapshots` */
  readonly bytesBetween: number;
  /** The image as it is: everything that was handed over is in it, and nothing else. */
  readonly records: () => readonly MetadataRecord[];
}

export class RaftSnapshots {
  readonly #runtime: Runtime;
  readonly #directory: string;
  readonly #policy: SnapshotPolicy | undefined;
  #newestId: OffsetAndEpoch | undefined;
  #loaded: SnapshotToLoad | undefined;
  #bytesSince = 0;

  constructor(runtime: Runtime, directory: string, policy: SnapshotPolicy | undefined) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.#policy = policy;
  }

  get newestId(): OffsetAndEpoch | undefined {
    return this.#newestId;
  }

  /** What the boot found; given away once. */
  takeLoaded(): SnapshotToLoad | undefined {
    const loaded = this.#loaded;
    this.#loaded = undefined;
    return loaded;
  }

  /** Finds and reads the newest snapshot that can be read. */
  *open(): Task<StorageOutcome<undefined>> {
    const ids = yield* this.#list();
    if (!ids.ok) return ids;
    for (const id of ids.value) {
      const snapshot = yield* this.#load(id);
      if (!snapshot.ok) return snapshot;
      if (snapshot.value === undefined) continue;
      this.#newestId = id;
      this.#loaded = snapshot.value;
      break;
    }
    return success(undefined);
  }

  // ---- one's own

  /** The id of the snapshot that was taken behind `batch`, if one was due. */
  *takeIfDue(batch: CommittedBatch, sizeBytes: number): Task<StorageOutcome<OffsetAndEpoch | undefined>> {
    this.#bytesSince += sizeBytes;
    const policy = this.#policy;
    if (policy === undefined || this.#bytesSince < policy.bytesBetween) return success(undefined);
    this.#bytesSince = 0;
    const id = { endOffset: batch.lastOffset + 1, epoch: batch.epoch };
    const bytes = encodeSnapshot(policy.records(), id.epoch, this.#runtime.clock.wallMs());
    const written = yield* replaceFile(this.#runtime, this.#directory, fileName(id), bytes);
    if (!written.ok) return failed('a metadata snapshot cannot be written', written);
    this.#newestId = id;
    this.#runtime.reached('metadata-snapshot-taken');
    return success(id);
  }

  /** The log starts behind the newest one: nobody needs the others. */
  *removeOlder(): Task<StorageOutcome<undefined>> {
    const ids = yield* this.#list();
    if (!ids.ok) return ids;
    const newest = this.#newestId?.endOffset ?? -1;
    for (const id of ids.value.filter(({ endOffset }) => endOffset < newest)) {
      const removed = yield* removeIfThere(this.#runtime, this.#path(id));
      if (!removed.ok) return failed('an old metadata snapshot cannot be removed', removed);
    }
    return success(undefined);
  }

  // ---- for others

  /** A piece of a snapshot, or the error code for whoever asked. */
  *readChunk(
    id: OffsetAndEpoch,
    position: number,
    maxBytes: number,
  ): Task<StorageOutcome<{ sizeBytes: number; chunk: Uint8Array } | number>> {
    const opened = yield* this.#runtime.open(this.#path(id), { create: false });
    if (!opened.ok) {
      if (opened.error.kind === 'missing') return success(ErrorCode.SNAPSHOT_NOT_FOUND);
      return failed('a metadata snapshot cannot be opened', opened);
    }
    const file = opened.value;
    const sizeBytes = file.sizeBytes();
    if (position >= sizeBytes) {
      file.close();
      return success(ErrorCode.POSITION_OUT_OF_RANGE);
    }
    const chunk = new Uint8Array(Math.max(1, Math.min(maxBytes, chunkBytesMax, sizeBytes - position)));
    const read = yield* file.readAt(position, chunk);
    file.close();
    if (!read.ok) return failed('a metadata snapshot cannot be read', read);
    return success({ sizeBytes, chunk: chunk.subarray(0, read.value) });
  }

  // ---- of the leader

  /** Pieces come one after the other; the first one begins the file anew. */
  *receive(
    id: OffsetAndEpoch,
    position: number,
    chunk: Uint8Array | undefined,
  ): Task<StorageOutcome<undefined>> {
    const opened = yield* this.#runtime.open(this.#path(id) + temporarySuffix, { create: true });
    if (!opened.ok) return failed('a metadata snapshot cannot be received', opened);
    const file = opened.value;
    let written: DiskOutcome<undefined> = success(undefined);
    if (file.sizeBytes() > position) written = yield* file.truncate(position);
    if (written.ok && chunk !== undefined) written = yield* file.append([chunk]);
    if (written.ok) written = yield* file.sync();
    file.close();
    return written.ok ? written : failed('a metadata snapshot cannot be received', written);
  }

  /** All pieces are there. Undefined when together they are no snapshot. */
  *finish(id: OffsetAndEpoch): Task<StorageOutcome<SnapshotToLoad | undefined>> {
    const temporary = this.#path(id) + temporarySuffix;
    const bytes = yield* readWhole(this.#runtime, temporary);
    if (!bytes.ok) return failed('a received metadata snapshot cannot be read', bytes);
    const records = decodeSnapshot(bytes.value);
    if (!records.ok) return success(undefined);
    const renamed = yield* this.#runtime.rename(temporary, this.#path(id));
    if (!renamed.ok) return failed('a received metadata snapshot cannot be kept', renamed);
    const durable = yield* this.#runtime.syncDir(this.#directory);
    if (!durable.ok) return failed('a received metadata snapshot cannot be kept', durable);
    this.#newestId = id;
    this.#bytesSince = 0;
    return success({ records: records.value, endOffset: id.endOffset });
  }

  *#load(id: OffsetAndEpoch): Task<StorageOutcome<SnapshotToLoad | undefined>> {
    const bytes = yield* readWhole(this.#runtime, this.#path(id));
    if (!bytes.ok) return failed('a metadata snapshot cannot be read', bytes);
    const records = decodeSnapshot(bytes.value);
    return success(records.ok ? { records: records.value, endOffset: id.endOffset } : undefined);
  }

  /** The newest first. */
  *#list(): Task<StorageOutcome<OffsetAndEpoch[]>> {
    const listed = yield* this.#runtime.list(this.#directory);
    if (!listed.ok) return failed('metadata snapshots cannot be listed', listed);
    const ids = listed.value.flatMap(({ name }) => {
      const match = checkpointFileName.exec(name);
      return match === null ? [] : [{ endOffset: Number(match[1]), epoch: Number(match[2]) }];
    });
    return success(ids.sort((a, b) => b.endOffset - a.endOffset || b.epoch - a.epoch));
  }

  #path(id: OffsetAndEpoch): string {
    return joinPath(this.#directory, fileName(id));
  }
}

/** What one answer carries at most, whatever was asked for. */
const chunkBytesMax = 8 * 1024 * 1024;

function fileName({ endOffset, epoch }: OffsetAndEpoch): string {
  return `${String(endOffset).padStart(20, '0')}-${String(epoch).padStart(10, '0')}.checkpoint`;
}

function failed(what: string, { error }: { readonly error: { readonly detail: string } }) {
  return failure(`${what}: ${error.detail}`);
}
