// The log of one partition: offsets are given at once, batches are written in groups behind the write in
// flight, and everything below `recoveryPoint` survives a power loss. This is the whole of it as others see it;
// what there is to a log is told where it lives: `recovery.ts` (opening), `log-end.ts` (appending), `log-start.ts`
// (retention, DeleteRecords), `segments.ts`, `reading.ts`, `timestamps.ts`, `cutting.ts`, `snapshots.ts`.
//
// Durability, in order: batches, then the indexes of segments that were left, the epochs, the names in the
// directory; only then the recovery point moves. A log that met a failing disk is failed for good and tells
// its owner once.
//
// Left out: compaction, the transaction index (`.txnindex`).

import { assert } from '../base/assert.ts';
import { done, failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { EpochHistory } from '../core/epoch-history.ts';
import { ProducerStates } from '../core/producer-state.ts';
import type { DiskError } from '../ports.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { cutSegments, removeAllSegments } from './cutting.ts';
import { Flusher } from './flusher.ts';
import { Lock } from './lock.ts';
import type { LogConfig } from './log-config.ts';
import { type Appended, LogEnd } from './log-end.ts';
import { LogStart } from './log-start.ts';
import { type ReadLimits, readSegment } from './reading.ts';
import { type Recovered, recover } from './recovery.ts';
import { Segment } from './segment.ts';
import { Segments } from './segments.ts';
import type { Snapshots } from './snapshots.ts';
import { findMaxTimestamp, findTimestamp, type TimestampedOffset } from './timestamps.ts';
import type { Written } from './writer.ts';

export interface LogOptions {
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  readonly config: LogConfig;
  /** As checkpointed; 0 where nothing is. */
  readonly logStartOffset: number;
  /** As checkpointed; 0 where nothing is. */
  readonly recoveryPoint: number;
  readonly cleanShutdown: boolean;
  /** Called once, when the log has failed for good. */
  readonly onFailure: (error: DiskError) => void;
  /** After a truncation, before it is reported: the recovery point went down and must be checkpointed. */
  readonly onTruncated?: () => Task<void>;
}

export interface OutOfRange {
  readonly kind: 'out-of-range';
}

type Settings = { config: LogConfig };

export class Log {
  readonly topic: string;
  readonly partition: number;
  readonly topicId: string;
  readonly directory: string;
  readonly #runtime: Runtime;
  readonly #options: LogOptions;
  readonly #settings: Settings;
  readonly #segments: Segments;
  readonly #snapshots: Snapshots;
  readonly #epochs: EpochHistory;
  readonly #maintenance: Lock;
  readonly #flusher: Flusher;
  readonly #start: LogStart;
  readonly #end: LogEnd;
  #truncating = false;

  static *open(runtime: Runtime, options: LogOptions): Task<Outcome<Log, DiskError>> {
    const settings: Settings = { config: options.config };
    const newSegment = (baseOffset: number) =>
      new Segment(
        runtime,
        options.directory,
        baseOffset,
        jitterOf(runtime, settings.config),
        () => settings.config.indexIntervalBytes,
      );
    const recovered = yield* recover(runtime, {
      ...options,
      mayHaveGaps: options.cleanShutdown || options.config.cleanupPolicy.includes('compact'),
      newSegment,
    });
    if (!recovered.ok) return recovered;
    traceRecovered(runtime, options, recovered.value);
    const segments = new Segments(recovered.value.segments, newSegment);
    return success(new Log(runtime, options, settings, segments, recovered.value));
  }

  private constructor(
    runtime: Runtime,
    options: LogOptions,
    settings: Settings,
    segments: Segments,
    recovered: Recovered,
  ) {
    const { directory, topic, partition, onFailure } = options;
    const { snapshots, epochs } = recovered;
    const config = () => settings.config;
    this.topic = topic;
    this.partition = partition;
    this.topicId = options.topicId;
    this.directory = directory;
    this.#runtime = runtime;
    this.#options = options;
    this.#settings = settings;
    this.#segments = segments;
    this.#snapshots = snapshots;
    this.#epochs = epochs;
    this.#maintenance = new Lock(runtime.tasks, `maintenance of ${topic}-${partition}`);
    const flusher = new Flusher(runtime, options, { ...recovered, segments: segments.all }, (segment) =>
      segments.keepWarm(segment),
    );
    const parts = { directory, topic, partition, segments, snapshots, epochs, flusher, config, onFailure };
    this.#flusher = flusher;
    this.#end = new LogEnd(runtime, parts, recovered.logEndOffset, recovered.producers);
    this.#start = new LogStart(runtime, { ...parts, end: this.#end }, recovered.logStartOffset);
  }

  get logStartOffset(): number {
    return this.#start.offset;
  }

  /** Everything below is written and can be read. */
  get logEndOffset(): number {
    return this.#end.offset;
  }

  /** What the next batch gets; ahead of the log end while batches wait to be written. */
  get nextOffset(): number {
    return this.#end.nextOffset;
  }

  /** Everything below survives a power loss. */
  get recoveryPoint(): number {
    return this.#flusher.recoveryPoint;
  }

  /** When a flush last ended, by the wall clock: `flush.ms` counts from here. */
  get lastFlushMs(): number {
    return this.#flusher.lastFlushMs;
  }

  get sizeBytes(): number {
    return this.#segments.sizeBytes;
  }

  get config(): LogConfig {
    return this.#settings.config;
  }

  /** The largest batch that may be appended. */
  get batchBytesMax(): number {
    return this.#end.batchBytesMax;
  }

  get failed(): DiskError | undefined {
    return this.#end.failed;
  }

  /** Another object after a truncation: ask each time. */
  get producers(): ProducerStates {
    return this.#end.producers;
  }

  get epochs(): EpochHistory {
    return this.#epochs;
  }

  /** Base offsets of the segments, ascending: for tests and for people. */
  get segmentBaseOffsets(): number[] {
    return this.#segments.baseOffsets;
  }

  reconfigure(config: LogConfig): void {
    this.#settings.config = config;
  }

  // ---- appending

  /**
   * Gives the batch its offsets now, in place, and queues its bytes, which are the log's from here on.
   * Whether it may be appended was asked before (`producers.check`, sizes, leadership); a failed or closed
   * log answers with `written`.
   */
  append(bytes: Uint8Array, by: { leaderEpoch: number; nowMs: number }): Appended {
    assert(!this.#truncating, 'nothing is appended while the log is being cut');
    return this.#end.append(bytes, by);
  }

  /**
   * Queues whole batches with the offsets and epochs that the leader gave them, from the end of the log on;
   * `written` settles with the last of them. The bytes are the log's from here on.
   */
  appendAsFollower(bytes: Uint8Array): { readonly written: Written } {
    assert(!this.#truncating, 'nothing is appended while the log is being cut');
    return { written: this.#end.appendAsFollower(bytes, this.#runtime.clock.wallMs()) };
  }

  /** Waits until all that has an offset is written, or the log has failed. */
  idle(): Task<void> {
    return this.#end.idle();
  }

  /**
   * Settles when everything through `offset` is written: for the duplicate of a batch that is still in
   * flight.
   */
  written(offset: number): Written {
    return this.#end.written(offset);
  }

  // ---- reading

  /**
   * Whole batches from the one that holds `fromOffset`, of one segment; empty when the limits leave none. In a buffer
   * of the runtime's pool, to be given back by whoever knows when.
   */
  *read(fromOffset: number, limits: ReadLimits): Task<Outcome<Uint8Array, DiskError | OutOfRange>> {
    for (;;) {
      if (fromOffset < this.logStartOffset || fromOffset > this.logEndOffset) return outOfRange;
      const upToOffset = Math.min(limits.upToOffset, this.logEndOffset);
      if (fromOffset >= upToOffset) return success(new Uint8Array(0));
      const segments = this.#segments.from(fromOffset);
      const read = yield* this.#readOneOf(segments, fromOffset, { ...limits, upToOffset });
      // A segment that retention took in the meantime: look again, the log start has moved.
      if (read !== undefined) return read;
      if (this.#end.refusal !== undefined) return failure(this.#end.refusal);
    }
  }

  *#readOneOf(
    segments: readonly Segment[],
    fromOffset: number,
    limits: ReadLimits,
  ): Task<Outcome<Uint8Array, DiskError> | undefined> {
    for (const segment of segments) {
      if (segment.writtenBytes === 0) continue;
      if (segment.baseOffset >= limits.upToOffset) break;
      const read = yield* readSegment(segment, fromOffset, limits, this.#runtime.buffers);
      if (segment.deleted) return undefined;
      if (!read.ok) return read;
      this.#segments.keepWarm(segment);
      if (read.value !== undefined) return success(read.value);
    }
    return success(new Uint8Array(0));
  }

  /** The first record below `upToOffset` whose timestamp is not below `timestampMs`. */
  *offsetForTimestamp(
    timestampMs: number,
    upToOffset: number,
  ): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
    const warm = (segment: Segment) => this.#segments.keepWarm(segment);
    const segments = [...this.#segments.all];
    const found = yield* findTimestamp(segments, timestampMs, this.logStartOffset, warm);
    return found.ok && found.value !== undefined && found.value.offset >= upToOffset
      ? success(undefined)
      : found;
  }

  /** The record with the largest timestamp, the first of them; undefined in a log without any. */
  maxTimestamp(): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
    return findMaxTimestamp(this.#segments.all);
  }

  // ---- durability

  /** fsync of everything that is written by now. */
  *flush(): Task<DiskOutcome<undefined>> {
    const { refusal } = this.#end;
    if (refusal !== undefined) return failure(refusal);
    return yield* this.#end.flushTo(this.logEndOffset);
  }

  // ---- shrinking

  /** The log starts at `offset` now, also in the middle of a segment; segments wholly below it go. */
  *deleteRecordsTo(offset: number): Task<DiskOutcome<undefined>> {
    assert(offset <= this.logEndOffset, 'records that are not there cannot be deleted');
    return yield* this.#maintain(() => this.#start.deleteRecordsTo(offset));
  }

  /** The leader's log starts at `offset` now, and so does its follower's. */
  *followLogStart(offset: number): Task<DiskOutcome<undefined>> {
    assert(offset <= this.logEndOffset, 'a follower has what its leader starts with, or starts over');
    return yield* this.#maintain(() => this.#start.followTo(offset));
  }

  /** Removes the segments that the retention rules give free, in Kafka's order. */
  *applyRetention(nowMs: number, highWatermark: number): Task<DiskOutcome<undefined>> {
    return yield* this.#maintain(() => this.#start.applyRetention(nowMs, highWatermark));
  }

  /**
   * Cuts the log to end at `offset`, or before, where that lies inside a batch. Nothing may be appended
   * meanwhile. Epochs that begin at the end of the log or above go even where there is nothing to cut: a
   * leader that never wrote leaves one behind, and it may be in the way of another history (KAFKA-10706). A log that
   * holds nothing below `offset` starts over there: it cannot end before it begins.
   */
  *truncateTo(offset: number): Task<DiskOutcome<undefined>> {
    if (offset < (this.#segments.all[0] as Segment).baseOffset) return yield* this.startOverAt(offset);
    if (offset < this.nextOffset) return yield* this.#cutting(() => this.#truncate(offset));
    if (!this.#epochs.truncateFromEnd(offset)) return done;
    return yield* this.#maintain(() => this.#flusher.saveEpochs());
  }

  /**
   * Forgets all there is and goes on at `offset`: the leader has nothing below it any more. Readers may begin at
   * `logStartOffset`, which lies inside the first batch to come where records were deleted up to its middle.
   */
  *startOverAt(offset: number, logStartOffset = offset): Task<DiskOutcome<undefined>> {
    assert(logStartOffset >= offset, 'a log cannot be read before its first batch');
    return yield* this.#cutting(() => this.#startOver(offset, logStartOffset));
  }

  *#cutting(cut: () => Task<DiskOutcome<undefined>>): Task<DiskOutcome<undefined>> {
    this.#truncating = true;
    const outcome = yield* this.#maintain(() => this.#cutIdle(cut));
    this.#truncating = false;
    return outcome;
  }

  *#cutIdle(work: () => Task<DiskOutcome<undefined>>): Task<DiskOutcome<undefined>> {
    yield* this.#end.idle();
    if (this.failed !== undefined) return failure(this.failed);
    const cut = yield* this.#flusher.hold(work);
    if (!cut.ok) return cut;
    const onTruncated = this.#options.onTruncated;
    if (onTruncated !== undefined) yield* onTruncated();
    return done;
  }

  *#truncate(offset: number): Task<DiskOutcome<undefined>> {
    // Before the first byte goes: what is being cut is promised no longer, wherever a crash may stop it.
    this.#flusher.logWasCut(offset);
    const cut = yield* cutSegments(this.#runtime, this.directory, this.#segments, offset);
    if (!cut.ok) return cut;
    const logEndOffset = cut.value;
    this.#end.logWasCut(logEndOffset);
    this.#flusher.logWasCut(logEndOffset);
    this.#start.logWasCut(logEndOffset);
    this.#epochs.truncateFromEnd(logEndOffset);
    const producers = yield* this.#snapshots.restore(this.#segments.all, logEndOffset);
    if (!producers.ok) return producers;
    producers.value.recall(this.producers);
    this.#end.replaceProducers(producers.value);
    this.#traceTruncated();
    return yield* this.#flusher.saveEpochs();
  }

  *#startOver(offset: number, logStartOffset: number): Task<DiskOutcome<undefined>> {
    // Nothing is promised until something is written and flushed again: a crash on the way leaves any part.
    this.#flusher.logWasCut(0);
    const removed = yield* removeAllSegments(this.#runtime, this.directory, this.#segments);
    if (!removed.ok) return removed;
    this.#segments.beginAgain(offset);
    this.#end.logWasCut(offset);
    this.#start.beginAgain(logStartOffset);
    this.#epochs.clear();
    const forgotten = yield* this.#snapshots.removeAbove(-1);
    if (!forgotten.ok) return forgotten;
    this.#end.replaceProducers(new ProducerStates());
    this.#traceTruncated();
    return yield* this.#flusher.saveEpochs();
  }

  #traceTruncated(): void {
    const { topic, partition, logEndOffset } = this;
    const { trace } = this.#runtime;
    if (trace.wants('log-truncated')) trace.emit({ kind: 'log-truncated', topic, partition, logEndOffset });
  }

  // ---- ending

  /**
   * Writes and flushes everything, with indexes and a snapshot: after this and a clean-shutdown file, nothing
   * is walked.
   */
  *close(): Task<DiskOutcome<undefined>> {
    const closed = yield* this.#maintain(() => this.#closeCleanly());
    this.#end.close();
    this.#segments.closeFiles();
    return closed;
  }

  *#closeCleanly(): Task<DiskOutcome<undefined>> {
    this.#end.close();
    yield* this.#end.idle();
    if (this.failed !== undefined) return failure(this.failed);
    const snapshot = this.producers.encodeSnapshot();
    const written = yield* this.#snapshots.write(this.logEndOffset, snapshot, this.segmentBaseOffsets);
    if (!written.ok) return written;
    const flushed = yield* this.#end.flushTo(this.logEndOffset);
    if (!flushed.ok) return flushed;
    const saved = yield* this.#segments.active.saveIndexes();
    return saved.ok ? yield* this.#runtime.syncDir(this.directory) : saved;
  }

  /**
   * Ends the log without caring for its last state: what is queued is still written, then the files are
   * closed.
   */
  *stop(): Task<void> {
    this.#end.close();
    yield* this.#end.idle();
    yield* this.#maintenance.hold(nothing);
    yield* this.#flusher.hold(nothing);
    this.#segments.closeFiles();
  }

  /** Ends the log and removes its directory. */
  *delete(): Task<DiskOutcome<undefined>> {
    yield* this.stop();
    return yield* this.#runtime.remove(this.directory);
  }

  /** One maintenance at a time; an error fails the log. */
  *#maintain(work: () => Task<DiskOutcome<undefined>>): Task<DiskOutcome<undefined>> {
    const { refusal } = this.#end;
    if (refusal !== undefined) return failure(refusal);
    const outcome = yield* this.#maintenance.hold(work);
    if (!outcome.ok) this.#end.fail(outcome.error);
    return outcome;
  }
}

const outOfRange = failure<OutOfRange>({ kind: 'out-of-range' });

function* nothing(): Task<void> {}

function jitterOf(runtime: Runtime, { segmentJitterMs, segmentMs }: LogConfig): number {
  const limit = Math.min(segmentJitterMs, segmentMs, 0xffffffff);
  return limit > 0 ? runtime.random.below(limit) : 0;
}

function traceRecovered({ trace }: Runtime, options: LogOptions, recovered: Recovered): void {
  const { topic, partition } = options;
  const { logStartOffset, logEndOffset, recoveryPoint, truncatedBytes } = recovered;
  if (trace.wants('log-start-moved') && logStartOffset !== options.logStartOffset) {
    trace.emit({ kind: 'log-start-moved', topic, partition, logStartOffset, reason: 'recovery' });
  }
  if (!trace.wants('log-recovered')) return;
  trace.emit({
    kind: 'log-recovered',
    topic,
    partition,
    logStartOffset,
    logEndOffset,
    recoveryPoint,
    truncatedBytes,
  });
}
