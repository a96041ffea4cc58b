// One segment: a `.log` file with its two indexes. What is planned (has offsets) runs ahead of what is
// written (can be read); the indexes are built with the plan, which nobody can tell, since no reader asks for
// offsets above the end.
//
// Kafka maps its index files; here they are kept in memory while a segment is active and go to the disk when
// the segment is left or the log is closed. Indexes of left segments are loaded when somebody looks and
// dropped again.

import { assert } from '../base/assert.ts';
import { done, failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import type { RecordBatch } from '../protocol/record-batch.ts';
import type { DiskOutcome, File, Runtime } from '../runtime.ts';
import { joinPath, readWhole, rewrite, type SegmentFileKind, segmentFileName } from './files.ts';
import type { LogConfig } from './log-config.ts';
import { OffsetIndex } from './offset-index.ts';
import { TimeIndex } from './time-index.ts';
import { walkBatches } from './walk.ts';

const relativeOffsetMax = 0x7fffffff;

export interface Indexes {
  readonly offsets: OffsetIndex;
  readonly times: TimeIndex;
}

export class Segment {
  readonly baseOffset: number;
  readonly jitterMs: number;
  readonly #runtime: Runtime;
  readonly #directory: string;
  readonly #indexIntervalBytes: () => number;
  /** Bytes that have offsets; those up to `writtenBytes` are in the file and may be read. */
  plannedBytes = 0;
  writtenBytes = 0;
  /** Of the first batch: `segment.ms` counts from here. */
  firstTimestampMs: number | undefined;
  maxTimestampMs = -1;
  lastModifiedMs: number;
  readonly #createdMs: number;
  /** Taken out of the log: its files go away under whoever still reads. */
  deleted = false;
  /** Whether a power loss spares the names of its files. */
  nameDurable = false;
  #left = false;
  #maxTimestampOffset = -1;
  #bytesSinceIndexEntry = 0;
  #indexes: Indexes | undefined;
  #indexesOnDisk = false;
  #file: File | undefined;
  #closed = false;
  #opening: Completion<DiskOutcome<File>> | undefined;

  /** `indexIntervalBytes` is asked each time: the configuration may change. */
  constructor(
    runtime: Runtime,
    directory: string,
    baseOffset: number,
    jitterMs: number,
    indexIntervalBytes: () => number,
  ) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.baseOffset = baseOffset;
    this.jitterMs = jitterMs;
    this.#indexIntervalBytes = indexIntervalBytes;
    this.#createdMs = runtime.clock.wallMs();
    this.lastModifiedMs = this.#createdMs;
    this.#indexes = this.#emptyIndexes();
  }

  get hasFile(): boolean {
    return this.#file !== undefined;
  }

  /** False while it is the active segment. */
  get left(): boolean {
    return this.#left;
  }

  /** What retention goes by: the largest timestamp, or the last change where batches have none. */
  get largestTimestampMs(): number {
    return this.maxTimestampMs >= 0 ? this.maxTimestampMs : this.lastModifiedMs;
  }

  path(kind: SegmentFileKind): string {
    return joinPath(this.#directory, segmentFileName(this.baseOffset, kind));
  }

  /** Kafka's `shouldRoll`. An empty segment never rolls: its successor would have its name. */
  rollIsDue(config: LogConfig, batch: RecordBatch, lastOffset: number, nowMs: number): boolean {
    if (this.plannedBytes === 0) return false;
    const { offsets, times } = this.#present();
    const waitedMs =
      (this.firstTimestampMs ?? -1) >= 0
        ? batch.maxTimestamp - (this.firstTimestampMs as number)
        : nowMs - this.#createdMs;
    return (
      this.plannedBytes > config.segmentBytes - batch.sizeBytes ||
      waitedMs > config.segmentMs - this.jitterMs ||
      offsets.isFull(config.segmentIndexBytes) ||
      times.isFull(config.segmentIndexBytes) ||
      lastOffset - this.baseOffset > relativeOffsetMax
    );
  }

  /** Gives a batch its place at the planned end. Its offsets are in its header already. */
  plan(batch: RecordBatch): void {
    assert(!this.#left, 'batches go to the active segment only');
    this.#note(batch, this.plannedBytes);
    this.plannedBytes += batch.sizeBytes;
    this.#indexesOnDisk = false;
  }

  /** Becomes a segment that only shrinks: its time index says its last word. */
  leave(): void {
    if (this.#left) return;
    this.#left = true;
    if (this.maxTimestampMs >= 0) this.#present().times.append(this.maxTimestampMs, this.#maxTimestampOffset);
  }

  /** Opens the file, making it when it is not there. */
  *open(create: boolean): Task<DiskOutcome<File>> {
    if (this.#file !== undefined) return success(this.#file);
    if (this.#opening !== undefined) return yield* this.#opening.wait();
    const opening = this.#runtime.tasks.completion<DiskOutcome<File>>(`open ${this.path('log')}`);
    this.#opening = opening;
    const opened = this.#closed ? closedError(this) : yield* this.#runtime.open(this.path('log'), { create });
    // Closed while it was being opened: nobody would close the file any more.
    if (opened.ok && this.#closed) opened.value.close();
    else if (opened.ok) this.#file = opened.value;
    const outcome = opened.ok && this.#closed ? closedError(this) : opened;
    this.#opening = undefined;
    opening.settle(outcome);
    return outcome;
  }

  /** The indexes, from memory, from the disk, or built again from the batches. */
  *indexes(): Task<Outcome<Indexes, DiskError>> {
    if (this.#indexes !== undefined) return success(this.#indexes);
    const loaded = yield* this.#load();
    if (!loaded.ok) return loaded;
    if (loaded.value !== undefined) {
      this.#indexes = loaded.value;
      return success(loaded.value);
    }
    const opened = yield* this.open(false);
    if (!opened.ok) return opened;
    this.resetIndexes();
    const walked = yield* walkBatches(opened.value, 0, this.writtenBytes, (batch, position) => {
      this.#note(batch, position);
      return undefined;
    });
    if (!walked.ok) return walked;
    if (this.#left && this.maxTimestampMs >= 0) {
      this.#present().times.append(this.maxTimestampMs, this.#maxTimestampOffset);
    }
    return success(this.#present());
  }

  /** Frees the memory, where the disk has the same. */
  dropIndexes(): void {
    if (this.#left && this.#indexesOnDisk) this.#indexes = undefined;
  }

  /** Writes the indexes, durably. */
  *saveIndexes(): Task<DiskOutcome<undefined>> {
    if (this.#indexesOnDisk) return done;
    const { offsets, times } = this.#present();
    if (!this.#left && this.maxTimestampMs >= 0) times.append(this.maxTimestampMs, this.#maxTimestampOffset);
    const first = yield* rewrite(this.#runtime, this.path('index'), offsets.encode());
    if (!first.ok) return first;
    const second = yield* rewrite(this.#runtime, this.path('timeindex'), times.encode());
    if (second.ok) this.#indexesOnDisk = true;
    return second;
  }

  // ---- opening a segment that was there

  /**
   * Takes over the file as it is, with the indexes beside it. False when these are missing or contradict
   * themselves.
   */
  *adopt(sizeBytes: number, modifiedMs: number, left: boolean): Task<Outcome<boolean, DiskError>> {
    this.plannedBytes = sizeBytes;
    this.writtenBytes = sizeBytes;
    this.lastModifiedMs = modifiedMs;
    this.#left = left;
    const loaded = yield* this.#load();
    if (!loaded.ok || loaded.value === undefined) return loaded.ok ? success(false) : loaded;
    this.#indexes = loaded.value;
    const last = loaded.value.times.last;
    if (last !== undefined) {
      this.maxTimestampMs = last.timestampMs;
      this.#maxTimestampOffset = last.offset;
    }
    return success(true);
  }

  /** Before the batches are walked again from the first: nothing is known of them. */
  resetIndexes(): void {
    this.#indexes = this.#emptyIndexes();
    this.#indexesOnDisk = false;
    this.#bytesSinceIndexEntry = 0;
    this.maxTimestampMs = -1;
    this.#maxTimestampOffset = -1;
    this.firstTimestampMs = undefined;
  }

  /** A batch was found at `position`, at or after the last one that the indexes know. */
  found(batch: RecordBatch, position: number): void {
    this.#note(batch, position);
  }

  /** The file ends here now. */
  endsAt(position: number, endOffset: number): void {
    this.plannedBytes = position;
    this.writtenBytes = position;
    if (this.#indexes === undefined) return;
    this.#indexes.offsets.truncate(position);
    this.#indexes.times.truncate(endOffset);
    this.#indexesOnDisk = false;
  }

  /** After a truncation the last segment is active again, and its largest timestamp may be another one. */
  reactivate(): void {
    this.#left = false;
  }

  /** For good: whoever still reads meets an error, and opens nothing any more. */
  close(): void {
    this.#closed = true;
    this.#file?.close();
    this.#file = undefined;
  }

  #present(): Indexes {
    assert(this.#indexes !== undefined, 'the active segment has its indexes in memory');
    return this.#indexes;
  }

  #emptyIndexes(): Indexes {
    return { offsets: new OffsetIndex(this.baseOffset), times: new TimeIndex(this.baseOffset) };
  }

  #note(batch: RecordBatch, position: number): void {
    const { offsets, times } = this.#present();
    const { lastOffset, maxTimestamp } = batch;
    this.firstTimestampMs ??= maxTimestamp;
    if (maxTimestamp > this.maxTimestampMs) {
      this.maxTimestampMs = maxTimestamp;
      this.#maxTimestampOffset = lastOffset;
    }
    if (this.#bytesSinceIndexEntry > this.#indexIntervalBytes()) {
      offsets.append(lastOffset, position);
      times.append(this.maxTimestampMs, this.#maxTimestampOffset);
      this.#bytesSinceIndexEntry = 0;
    }
    this.#bytesSinceIndexEntry += batch.sizeBytes;
  }

  /** undefined when a file is missing or contradicts itself. */
  *#load(): Task<Outcome<Indexes | undefined, DiskError>> {
    const offsetBytes = yield* readWhole(this.#runtime, this.path('index'));
    if (!offsetBytes.ok) return offsetBytes.error.kind === 'missing' ? success(undefined) : offsetBytes;
    const timeBytes = yield* readWhole(this.#runtime, this.path('timeindex'));
    if (!timeBytes.ok) return timeBytes.error.kind === 'missing' ? success(undefined) : timeBytes;
    const offsets = OffsetIndex.decode(this.baseOffset, offsetBytes.value, this.writtenBytes);
    const times = TimeIndex.decode(this.baseOffset, timeBytes.value);
    if (!offsets.ok || !times.ok) return success(undefined);
    // Saving closes the time index with an entry, so an empty one beside batches was never written to its
    // end.
    if (times.value.entries === 0 && this.writtenBytes > 0) return success(undefined);
    this.#indexesOnDisk = true;
    return success({ offsets: offsets.value, times: times.value });
  }
}

function closedError(segment: Segment): DiskOutcome<File> {
  return failure({ kind: 'closed', detail: `${segment.path('log')}: the segment is closed` });
}
