// An open file of one life: the bytes.

import {
  assert,
  type DiskDone,
  type DiskError,
  type DiskFile,
  failure,
  type Outcome,
  done as succeeded,
  success,
} from '../engine/index.ts';
import type { DiskLife, Issued, SimulatedDisk } from './disk.ts';
import { freshBytes } from './disk-content.ts';
import type { SyncUnderWay } from './disk-durability.ts';
import type { DiskOperation, LaidDiskFault } from './disk-faults.ts';
import type { PlainFile } from './disk-tree.ts';
import { label } from './scheduler.ts';

const closedLabel = label('disk: file is closed');

export class SimulatedFile implements DiskFile {
  readonly path: string;
  readonly #disk: SimulatedDisk;
  readonly #life: DiskLife;
  readonly #file: PlainFile;
  #closed = false;

  constructor(disk: SimulatedDisk, life: DiskLife, file: PlainFile, path: string) {
    this.#disk = disk;
    this.#life = life;
    this.#file = file;
    this.path = path;
  }

  sizeBytes(): number {
    return this.#file.state.cache.sizeBytes;
  }

  append(chunks: readonly Uint8Array[], done: DiskDone<undefined>): void {
    this.#write('append', chunks, () => this.sizeBytes(), done);
  }

  writeAt(position: number, chunks: readonly Uint8Array[], done: DiskDone<undefined>): void {
    assert(Number.isInteger(position) && position >= 0, 'a position is not negative');
    this.#write('writeAt', chunks, () => position, done);
  }

  readAt(position: number, into: Uint8Array, done: DiskDone<number>): void {
    assert(Number.isInteger(position) && position >= 0, 'a position is not negative');
    this.#issue<number>('readAt', into.length, done, (failing) =>
      failing === undefined
        ? success(this.#file.state.cache.read(position, into))
        : this.#disk.brokenDevice('readAt', this.#file.path),
    );
  }

  sync(done: DiskDone<undefined>): void {
    if (this.#refusedAsClosed('sync', done)) return;
    const { state } = this.#file;
    const sync = state.beginSync();
    this.#issue('sync', state.pendingBytes, done, (failing) => this.#completeSync(sync, failing));
  }

  truncate(sizeBytes: number, done: DiskDone<undefined>): void {
    assert(Number.isInteger(sizeBytes) && sizeBytes >= 0, 'a size is not negative');
    this.#issue('truncate', 0, done, (failing) => {
      if (failing !== undefined) return this.#disk.brokenDevice('truncate', this.#file.path);
      const before = this.sizeBytes();
      this.#file.state.truncate(sizeBytes);
      this.#changed(before);
      return succeeded;
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#life.isAlive()) this.#disk.closed(this.#life, this.#file);
  }

  #completeSync(sync: SyncUnderWay, failing: LaidDiskFault | undefined): Outcome<undefined, DiskError> {
    const { state, path } = this.#file;
    const disk = this.#disk;
    if (failing !== undefined || disk.hit('sync', path, 'sync-fails') !== undefined) {
      disk.record({ kind: 'sync-failed', path, ...state.failSync(sync, disk.parts) });
      return disk.brokenDevice('sync', path);
    }
    const bytes = sync.content.sizeBytes;
    if (disk.hit('sync', path, 'sync-lies') !== undefined) {
      state.pretendSync(sync);
      disk.record({ kind: 'sync-lied', path, bytes });
    } else {
      state.completeSync(sync);
      disk.record({ kind: 'file-synced', path, bytes });
    }
    return succeeded;
  }

  #write(
    operation: 'append' | 'writeAt',
    chunks: readonly Uint8Array[],
    position: () => number,
    done: DiskDone<undefined>,
  ): void {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    /** Writes the first `length` bytes, as far as there is space; returns how many were written. */
    const writePrefix = (length: number): number => {
      const at = position();
      const before = this.sizeBytes();
      const growth = Math.max(0, at + length - before);
      const excess =
        growth === 0 ? 0 : Math.max(0, growth - this.#disk.freeBytes(operation, this.#file.path));
      const fitting = excess === 0 ? length : this.#disk.parts.below(Math.max(0, length - excess) + 1);
      this.#file.state.write(at, firstBytes(chunks, fitting));
      this.#changed(before);
      return fitting;
    };
    const act = (failing: LaidDiskFault | undefined): Outcome<undefined, DiskError> => {
      const { path } = this.#file;
      if (failing !== undefined) {
        const written = writePrefix(this.#disk.parts.below(bytes + 1));
        return this.#disk.brokenDevice(operation, path, written);
      }
      const written = writePrefix(bytes);
      if (written === bytes) return succeeded;
      return this.#disk.failed(operation, path, 'full', 'no space left on device', written);
    };
    this.#issue(operation, bytes, done, act, (draw) => void writePrefix(draw.below(bytes + 1)));
  }

  #issue<T>(
    operation: DiskOperation,
    bytes: number,
    done: DiskDone<T>,
    act: Issued<T>['act'],
    part?: Issued<T>['part'],
  ): void {
    if (this.#refusedAsClosed(operation, done)) return;
    const { path } = this.#file;
    const issued: Issued<T> =
      part === undefined ? { operation, path, bytes, act } : { operation, path, bytes, act, part };
    this.#disk.issue(this.#life, issued, done);
  }

  #refusedAsClosed<T>(operation: DiskOperation, done: DiskDone<T>): boolean {
    if (!this.#closed) return false;
    if (!this.#life.isAlive()) return true;
    const detail = `${operation} ${this.path}: the file is closed`;
    this.#disk.scheduler.after(1, this.#life.owner, closedLabel, () =>
      done(failure({ kind: 'closed', detail })),
    );
    return true;
  }

  #changed(sizeBefore: number): void {
    const file = this.#file;
    file.modifiedMs = this.#disk.wallMs();
    if (file.linked || file.openings > 0) this.#disk.usedBytes += this.sizeBytes() - sizeBefore;
  }
}

/** A copy of the first `length` bytes of chunks that follow each other. */
function firstBytes(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = freshBytes(length);
  let at = 0;
  for (const chunk of chunks) {
    if (at + chunk.length > length) {
      bytes.set(chunk.subarray(0, length - at), at);
      break;
    }
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}
