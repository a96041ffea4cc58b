// Hands committed batches to the one who replays them: in order, one at a time, each when the task of the one before
// has ended. It reads what it hands over from the log, also on the leader: what is replayed is what was written.
// Reading is safe beside everything else that happens to the log, because nothing committed is ever cut.

import { done, failure } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import { batchesOf } from '../protocol/record-batch.ts';
import type { Runtime } from '../runtime.ts';
import { metadataRecordsOf } from './metadata-log.ts';
import type { CommittedBatch } from './quorum.ts';
import type { RaftLog, StorageOutcome } from './raft-log.ts';

const readBytesMax = 1 << 20;

export interface SnapshotToLoad {
  readonly records: readonly MetadataRecord[];
  readonly endOffset: number;
}

export interface CommittedBatchesHooks {
  /** A batch was replayed; the next one waits for this task. */
  handedOver(batch: CommittedBatch, sizeBytes: number): Task<StorageOutcome<undefined>>;
  failed(reason: string): void;
}

export class CommittedBatches {
  committed: (batch: CommittedBatch) => Task<void> | void = () => {};
  snapshot: (records: readonly MetadataRecord[], lastOffset: number) => Task<void> | void = () => {};
  readonly #runtime: Runtime;
  readonly #log: RaftLog;
  readonly #hooks: CommittedBatchesHooks;
  #nextOffset = 0;
  #highWatermark = -1;
  #toLoad: SnapshotToLoad | undefined;
  #running = false;
  #idle: Completion<void> | undefined;
  #stopped = false;

  constructor(runtime: Runtime, log: RaftLog, hooks: CommittedBatchesHooks) {
    this.#runtime = runtime;
    this.#log = log;
    this.#hooks = hooks;
  }

  /** Everything below was replayed. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** A snapshot takes the place of everything below its end. */
  load(snapshot: SnapshotToLoad): void {
    this.#toLoad = snapshot;
    this.#highWatermark = Math.max(this.#highWatermark, snapshot.endOffset);
    this.#wake();
  }

  advance(highWatermark: number): void {
    this.#highWatermark = highWatermark;
    this.#wake();
  }

  /** Ends when what is being replayed is. */
  *stop(): Task<void> {
    this.#stopped = true;
    if (!this.#running) return;
    this.#idle = this.#runtime.tasks.completion<void>('the replay of committed metadata');
    yield* this.#idle.wait();
  }

  #wake(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#runtime.tasks.spawn('committed metadata', this.#run());
  }

  *#run(): Task<void> {
    while (!this.#stopped && (this.#toLoad !== undefined || this.#nextOffset < this.#highWatermark)) {
      const outcome =
        this.#toLoad === undefined ? yield* this.#handOverSome() : yield* this.#load(this.#toLoad);
      if (!outcome.ok) {
        this.#stopped = true;
        this.#hooks.failed(outcome.error);
      }
    }
    this.#running = false;
    this.#idle?.settle();
  }

  *#load(snapshot: SnapshotToLoad): Task<StorageOutcome<undefined>> {
    this.#toLoad = undefined;
    const following = this.snapshot(snapshot.records, snapshot.endOffset - 1);
    if (following !== undefined) yield* following;
    this.#nextOffset = snapshot.endOffset;
    return done;
  }

  *#handOverSome(): Task<StorageOutcome<undefined>> {
    const bytes = yield* this.#log.read(this.#nextOffset, this.#highWatermark, readBytesMax);
    // A snapshot that arrived meanwhile took the place of what was to be read.
    if (this.#toLoad !== undefined) return done;
    if (!bytes.ok) return bytes;
    const batches = batchesOf(bytes.value);
    if (!batches.ok) return failure(`metadata log: ${batches.error}`);
    if (batches.value.length === 0) return failure(`the metadata log ends before offset ${this.#nextOffset}`);
    for (const batch of batches.value) {
      if (this.#stopped || this.#toLoad !== undefined) return done;
      const records = metadataRecordsOf(batch);
      if (!records.ok) return failure(`metadata log, batch at offset ${batch.baseOffset}: ${records.error}`);
      const { lastOffset, partitionLeaderEpoch: epoch } = batch;
      const committed = { records: records.value, lastOffset, epoch };
      const following = this.committed(committed);
      if (following !== undefined) yield* following;
      this.#nextOffset = lastOffset + 1;
      const after = yield* this.#hooks.handedOver(committed, batch.sizeBytes);
      if (!after.ok) return after;
    }
    return done;
  }
}
