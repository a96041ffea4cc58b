// A partition on this broker: its log and its state, joined. Whoever appends, reads or waits on a partition
// comes here; the arithmetic is `core/partition.ts`, the files are `log/`.
//
// What must stay true
// - A role is taken up when nothing of the role before is under way: what a follower appends or cuts is finished
//   before it leads, and what a leader wrote is in the file before it follows.
// - Whoever waits for a commit is let go when leadership is lost, even if it comes back: what stands at the same
//   offset then may be somebody else's.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { FollowerFetch } from '../core/follower-progress.ts';
import { PartitionState } from '../core/partition.ts';
import type { PartitionRole } from '../core/partition-role.ts';
import type { IsrAnswer, IsrProposal, ReplicationFacts } from '../core/reign.ts';
import { OffsetWaiters } from '../core/waiters.ts';
import { ErrorCode } from '../errors.ts';
import { Lock } from '../log/lock.ts';
import type { Log } from '../log/log.ts';
import type { DiskError } from '../ports.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { traceFetched, traceHighWatermark, traceProposed, traceRole } from './partition-trace.ts';
import { ReadableBytes } from './readable-bytes.ts';

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

/** How a wait for the high watermark ended; 'gone': not led here any more. */
export type CommitResult = 'committed' | 'timed-out' | 'gone';

/** What a watcher wants to hear of: records for consumers, or for followers too. */
export type Watching = 'committed' | 'written';

export interface PartitionOptions {
  readonly nodeId: number;
  readonly facts: ReplicationFacts;
  /** As checkpointed. */
  readonly highWatermark: number;
  /** The ISR should be another one: the controller must be asked. */
  readonly propose: (partition: Partition, proposal: IsrProposal) => void;
}

export class Partition {
  readonly log: Log;
  readonly state: PartitionState;
  readonly bytes = new ReadableBytes();
  readonly #runtime: Runtime;
  readonly #options: PartitionOptions;
  readonly #waiters = new OffsetWaiters<Completion<CommitResult>>(waitersMax);
  readonly #watchers = { committed: new Set<() => void>(), written: new Set<() => void>() };
  /** Held by whatever changes the role, and by whatever a follower does to its log. */
  readonly #changing: Lock;
  /** The epoch since which this replica has led without a break. */
  #ledSinceEpoch = Number.POSITIVE_INFINITY;
  #gone = false;

  constructor(runtime: Runtime, log: Log, options: PartitionOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.log = log;
    // What is below the start was committed, whatever the checkpoint had heard of it (UnifiedLog.updateHighWatermark).
    const highWatermark = Math.max(options.highWatermark, log.logStartOffset);
    this.state = new PartitionState(options.nodeId, options.facts, log.logEndOffset, highWatermark);
    this.#changing = new Lock(runtime.tasks, `role of ${log.topic}-${log.partition}`);
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

  get lastStableOffset(): number {
    return this.state.lastStableOffset(this.log.producers.firstUndecidedOffset);
  }

  /** Nobody waits here any longer: the topic was deleted, or the disk failed. */
  get gone(): boolean {
    return this.#gone;
  }

  // ---- roles

  /** This replica leads. A new epoch begins at the end of the log, once; the same one only has another ISR. */
  *becomeLeader(role: PartitionRole): Task<void> {
    yield* this.#changing.hold(() => this.#becomeLeader(role));
  }

  *#becomeLeader(role: PartitionRole): Task<void> {
    if (!this.state.isLeader) yield* this.log.idle();
    yield* this.#runtime.yieldPoint('replica: before it leads');
    if (this.#gone || this.state.isStale(role)) return;
    if (role.leaderEpoch > this.leaderEpoch) this.log.epochs.assign(role.leaderEpoch, this.log.nextOffset);
    if (!this.state.isLeader) this.#ledSinceEpoch = role.leaderEpoch;
    const moved = this.state.becomeLeader(role, this.#nowMs(), this.log.nextOffset);
    traceRole(this.#runtime, this);
    if (moved) this.#highWatermarkMoved();
    this.changed();
  }

  /** Another replica leads, or nobody. Returns when what was written here as a leader is in the file. */
  *becomeFollower(role: PartitionRole): Task<void> {
    yield* this.#changing.hold(() => this.#becomeFollower(role));
  }

  *#becomeFollower(role: PartitionRole): Task<void> {
    if (this.#gone || this.state.isStale(role)) return;
    this.state.becomeFollower(role);
    this.#ledSinceEpoch = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters.releaseAll()) waiter.settle('gone');
    this.changed();
    yield* this.log.idle();
    traceRole(this.#runtime, this);
  }

  /** Whether what was appended in this epoch is ours to answer for: led since without a break. */
  stillLeads(leaderEpoch: number): boolean {
    return this.state.isLeader && !this.#gone && leaderEpoch >= this.#ledSinceEpoch;
  }

  // ---- as a leader

  /** Gives the batch its offsets now; the write follows. The bytes belong to the log from here on. */
  append(batch: Uint8Array): Appended {
    assert(this.state.isLeader, 'only a leader gives offsets');
    const sizeBytes = batch.length;
    const appended = this.log.append(batch, {
      leaderEpoch: this.state.leaderEpoch,
      nowMs: this.#runtime.clock.wallMs(),
    });
    appended.written.onSettled((outcome) => {
      if (outcome.ok) this.#wrote(sizeBytes, appended.lastOffset + 1);
    });
    return appended;
  }

  /**
   * Waits until everything through `lastOffset`, appended in `leaderEpoch`, is committed: the high watermark has passed
   * it.
   */
  *waitCommitted(lastOffset: number, leaderEpoch: number, timeoutMs: number): Task<CommitResult> {
    if (!this.stillLeads(leaderEpoch) || this.log.failed !== undefined) return 'gone';
    if (this.state.highWatermark > lastOffset) return 'committed';
    const label = `high watermark of ${this.topic}-${this.index} past ${lastOffset}`;
    const reached = this.#runtime.tasks.completion<CommitResult>(label);
    const leave = this.#waiters.add(lastOffset + 1, reached);
    const result = yield* this.#runtime.within(reached, timeoutMs);
    if (result !== undefined) return result;
    leave();
    return 'timed-out';
  }

  /** Appends for a coordinator, and waits until the batch is committed: its base offset, or an error code. */
  *appendCommitted(batch: Uint8Array, timeoutMs: number): Task<Outcome<number, number>> {
    const { state, log } = this;
    if (!state.isLeader || this.#gone || log.failed !== undefined)
      return failure(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    if (!state.hasEnoughReplicas()) return failure(ErrorCode.NOT_ENOUGH_REPLICAS);
    // What a coordinator writes grows with what its clients say: no bug of ours when it grows too large.
    // Kafka holds it to max.message.bytes and writes long clean-ups in several batches; here all of them are
    // one batch.
    if (batch.length > log.batchBytesMax) return failure(ErrorCode.RECORD_LIST_TOO_LARGE);
    const { leaderEpoch } = this;
    const { baseOffset, lastOffset } = this.append(batch);
    const result = yield* this.waitCommitted(lastOffset, leaderEpoch, timeoutMs);
    if (result === 'committed') return success(baseOffset);
    return failure(result === 'timed-out' ? ErrorCode.REQUEST_TIMED_OUT : ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  /** A follower asked for `fetchOffset`, by a request that was found to be in order. */
  followerFetched(fetch: FollowerFetch): void {
    const before = this.lowWatermark;
    const { proposal, highWatermarkMoved } = this.state.followerFetched(fetch, this.#nowMs());
    traceFetched(this.#runtime, this, fetch);
    if (proposal !== undefined) this.#propose(proposal);
    if (highWatermarkMoved) this.#highWatermarkMoved();
    if (this.lowWatermark > before) this.changed();
  }

  /** Asks for an ISR without those that have lagged for too long, if there are any. */
  checkLag(): void {
    const proposal = this.state.shrinkage(this.#nowMs());
    if (proposal !== undefined) this.#propose(proposal);
  }

  /** Whether the controller should be asked again. */
  proposalAnswered(proposal: IsrProposal, answer: IsrAnswer): boolean {
    const { retry, highWatermarkMoved } = this.state.proposalAnswered(proposal, answer, this.#nowMs());
    if (highWatermarkMoved) this.#highWatermarkMoved();
    return retry;
  }

  /** Below it no live replica has records any more. */
  get lowWatermark(): number {
    return this.state.reign?.lowWatermark(this.logStartOffset) ?? -1;
  }

  #propose(proposal: IsrProposal): void {
    traceProposed(this.#runtime, this, proposal);
    this.#options.propose(this, proposal);
  }

  // ---- as a follower; each does nothing in another epoch than the one it was meant for

  /**
   * Appends what the leader of `leaderEpoch` sent for the end of this log: whole batches, checked. Returns false where
   * it is of no use any more.
   */
  *appendAsFollower(
    batches: Uint8Array,
    fetchOffset: number,
    leaderEpoch: number,
  ): Task<Outcome<boolean, DiskError>> {
    const follows = () => this.follows(leaderEpoch) && this.log.nextOffset === fetchOffset;
    return yield* this.#changing.hold(() => this.#append(batches, follows));
  }

  *#append(batches: Uint8Array, follows: () => boolean): Task<Outcome<boolean, DiskError>> {
    if (!follows()) return success(false);
    const { written } = this.log.appendAsFollower(batches);
    const outcome = yield* written.wait();
    if (!outcome.ok) return outcome;
    this.#wrote(batches.length, this.log.logEndOffset);
    return success(true);
  }

  /** Cuts the log where the leader's history and this one part. */
  *truncateAsFollower(offset: number, leaderEpoch: number): Task<DiskOutcome<undefined>> {
    return yield* this.#asFollower(leaderEpoch, () => this.log.truncateTo(offset));
  }

  /** The leader has nothing at our end any more. */
  *startOverAsFollower(
    offset: number,
    logStartOffset: number,
    leaderEpoch: number,
  ): Task<DiskOutcome<undefined>> {
    return yield* this.#asFollower(leaderEpoch, () => this.log.startOverAt(offset, logStartOffset));
  }

  *#asFollower(leaderEpoch: number, work: () => Task<DiskOutcome<undefined>>): Task<DiskOutcome<undefined>> {
    return yield* this.#changing.hold(() => this.#cut(leaderEpoch, work));
  }

  *#cut(leaderEpoch: number, work: () => Task<DiskOutcome<undefined>>): Task<DiskOutcome<undefined>> {
    if (!this.follows(leaderEpoch)) return success(undefined);
    const cut = yield* work();
    if (!cut.ok) return cut;
    const { highWatermark } = this;
    this.state.logWasCut(this.log.logEndOffset, this.logStartOffset);
    this.bytes.cutTo(this.log.logEndOffset);
    if (this.highWatermark !== highWatermark) traceHighWatermark(this.#runtime, this);
    this.changed();
    return cut;
  }

  /** High watermark and log start as the leader told them, with or without records. */
  *learnFromLeader(
    highWatermark: number,
    logStartOffset: number,
    leaderEpoch: number,
  ): Task<DiskOutcome<undefined>> {
    if (!this.follows(leaderEpoch)) return success(undefined);
    if (this.state.leaderToldHighWatermark(highWatermark, this.logStartOffset)) this.#highWatermarkMoved();
    if (logStartOffset <= this.logStartOffset || logStartOffset > this.highWatermark)
      return success(undefined);
    const moved = yield* this.log.followLogStart(logStartOffset);
    this.changed();
    return moved;
  }

  /** Whether it is a follower in this very epoch. */
  follows(leaderEpoch: number): boolean {
    return !this.#gone && !this.state.isLeader && this.leaderEpoch === leaderEpoch;
  }

  // ---- for readers

  /** Calls `onChange` whenever there may be more to read, or the partition is gone. Returns the way out. */
  watch(onChange: () => void, what: Watching = 'committed'): () => void {
    const watchers = this.#watchers[what];
    watchers.add(onChange);
    return () => watchers.delete(onChange);
  }

  /** Committed batches from the one that holds `fromOffset`; empty at the end. For coordinators. */
  *read(fromOffset: number, maxBytes: number): Task<Outcome<Uint8Array, number>> {
    const upToOffset = this.state.highWatermark;
    const read = yield* this.log.read(fromOffset, { maxBytes, upToOffset, atLeastOneBatch: true });
    if (read.ok) return read;
    const outOfRange = read.error.kind === 'out-of-range';
    return failure(outOfRange ? ErrorCode.OFFSET_OUT_OF_RANGE : ErrorCode.KAFKA_STORAGE_ERROR);
  }

  /** Something that every reader must look at again: the log start, the role, the end of it all. */
  changed(): void {
    this.#wake('committed');
    this.#wake('written');
  }

  /** The topic was deleted, or the disk failed: nobody waits here any longer. */
  retire(): void {
    this.#gone = true;
    for (const waiter of this.#waiters.releaseAll()) waiter.settle('gone');
    this.changed();
  }

  #wrote(bytes: number, endOffset: number): void {
    this.bytes.wrote(bytes, endOffset);
    if (this.#gone || this.log.logEndOffset <= this.state.logEndOffset) return;
    if (this.state.logEndMoved(this.log.logEndOffset, this.#nowMs())) this.#highWatermarkMoved();
    this.#wake('written');
  }

  #highWatermarkMoved(): void {
    const { highWatermark } = this.state;
    this.bytes.committedTo(highWatermark);
    traceHighWatermark(this.#runtime, this);
    for (const waiter of this.#waiters.release(highWatermark)) waiter.settle('committed');
    this.#wake('committed');
  }

  #wake(what: Watching): void {
    const watchers = this.#watchers[what];
    if (watchers.size === 0) return;
    for (const watcher of [...watchers]) watcher();
  }

  #nowMs(): number {
    return this.#runtime.clock.monotonicUs() / 1000;
  }
}
