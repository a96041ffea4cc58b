// A partition on this broker: its log and its state, joined. Whoever appends, reads or waits on a partition
// comes here; the arithmetic is `core/partition.ts`, the files are `log/`.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { type PartitionRole, PartitionState } from '../core/partition.ts';
import { OffsetWaiters } from '../core/waiters.ts';
import { ErrorCode } from '../errors.ts';
import type { Log } from '../log/log.ts';
import type { DiskError } from '../ports.ts';
import type { Runtime } from '../runtime.ts';

/** Produces and commits that may wait on one partition at once. */
const waitersMax = 100_000;

export interface Appended {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** -1 where the topic keeps the producer's timestamps. */
  readonly logAppendTimeMs: number;
  /** Settles when the batch is in the file (and durable, where the topic asks for that). */
  readonly written: Completion<Outcome<undefined, DiskError>>;
}

/** How a wait for the high watermark ended. */
export type CommitResult = 'committed' | 'timed-out' | 'gone';

export class Partition {
  readonly log: Log;
  readonly state: PartitionState;
  readonly #runtime: Runtime;
  readonly #waiters = new OffsetWaiters<Completion<CommitResult>>(waitersMax);
  readonly #watchers = new Set<() => void>();
  #committedBytes = 0;
  #gone = false;

  constructor(runtime: Runtime, log: Log, nodeId: number, role: PartitionRole, highWatermark: number) {
    this.#runtime = runtime;
    this.log = log;
    this.state = new PartitionState(nodeId, role, log.logEndOffset, highWatermark);
    log.epochs.assign(role.leaderEpoch, log.logEndOffset);
  }

  /** The image says who leads in which epoch; a new epoch begins at the end of the log. */
  becomeLeader(role: PartitionRole): void {
    if (role.leaderEpoch > this.state.leaderEpoch)
      this.log.epochs.assign(role.leaderEpoch, this.log.logEndOffset);
    this.state.becomeLeader(role);
    this.changed();
  }

  get topic(): string {
    return this.log.topic;
  }

  get index(): number {
    return this.log.partition;
  }

  get leaderEpoch(): number {
    return this.state.leaderEpoch;
  }

  get highWatermark(): number {
    return this.state.highWatermark;
  }

  get logEndOffset(): number {
    return this.state.logEndOffset;
  }

  get logStartOffset(): number {
    return this.log.logStartOffset;
  }

  /** Bytes that became readable in this life: a parked fetch waits for the difference instead of reading again. */
  get committedBytes(): number {
    return this.#committedBytes;
  }

  get lastStableOffset(): number {
    return this.state.lastStableOffset(this.log.producers.firstUndecidedOffset);
  }

  /** Gives the batch its offsets now; the write follows. The bytes belong to the log from here on. */
  append(batch: Uint8Array): Appended {
    const sizeBytes = batch.length;
    const appended = this.log.append(batch, {
      leaderEpoch: this.state.leaderEpoch,
      nowMs: this.#runtime.clock.wallMs(),
    });
    appended.written.onSettled((outcome) => {
      if (outcome.ok) this.#logEndMoved(sizeBytes);
    });
    return appended;
  }

  /** Waits until everything through `lastOffset` is committed: the high watermark has passed it. */
  *waitCommitted(lastOffset: number, timeoutMs: number): Task<CommitResult> {
    if (this.state.highWatermark > lastOffset) return 'committed';
    if (this.#gone || this.log.failed !== undefined) return 'gone';
    const label = `high watermark of ${this.topic}-${this.index} past ${lastOffset}`;
    const reached = this.#runtime.tasks.completion<CommitResult>(label);
    const leave = this.#waiters.add(lastOffset + 1, reached);
    const result = yield* this.#runtime.within(reached, timeoutMs);
    if (result !== undefined) return result;
    leave();
    return 'timed-out';
  }

  /** Calls `onChange` whenever there may be more to read, or the partition is gone. Returns the way out. */
  watch(onChange: () => void): () => void {
    this.#watchers.add(onChange);
    return () => this.#watchers.delete(onChange);
  }

  /** Appends for a coordinator, and waits until the batch is committed: its base offset, or an error code. */
  *appendCommitted(batch: Uint8Array, timeoutMs: number): Task<Outcome<number, number>> {
    if (this.#gone || this.log.failed !== undefined) return failure(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    // What a coordinator writes grows with what its clients say: no bug of ours when it grows too large.
    // Kafka holds it to max.message.bytes and writes long clean-ups in several batches; here all of them are
    // one batch.
    if (batch.length > this.log.batchBytesMax) return failure(ErrorCode.RECORD_LIST_TOO_LARGE);
    const { baseOffset, lastOffset } = this.append(batch);
    const result = yield* this.waitCommitted(lastOffset, timeoutMs);
    if (result === 'committed') return success(baseOffset);
    return failure(result === 'timed-out' ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  /** Committed batches from the one that holds `fromOffset`; empty at the end. For coordinators. */
  *read(fromOffset: number, maxBytes: number): Task<Outcome<Uint8Array, number>> {
    const upToOffset = this.state.highWatermark;
    const read = yield* this.log.read(fromOffset, { maxBytes, upToOffset, atLeastOneBatch: true });
    if (read.ok) return read;
    const outOfRange = read.error.kind === 'out-of-range';
    return failure(outOfRange ? ErrorCode.OFFSET_OUT_OF_RANGE : ErrorCode.KAFKA_STORAGE_ERROR);
  }

  /** The log start moved, or something else that readers must look at again. */
  changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** The topic was deleted, or the disk failed: nobody waits here any longer. */
  retire(): void {
    this.#gone = true;
    for (const waiter of this.#waiters.releaseAll()) waiter.settle('gone');
    this.changed();
  }

  #logEndMoved(bytes: number): void {
    this.#committedBytes += bytes;
    if (this.#gone || this.log.logEndOffset <= this.state.logEndOffset) return;
    if (!this.state.logEndMoved(this.log.logEndOffset)) return;
    for (const waiter of this.#waiters.release(this.state.highWatermark)) waiter.settle('committed');
    this.changed();
  }
}
