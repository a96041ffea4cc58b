// The log of one partition: offsets are given at once, batches are written in groups behind the write in
// flight (`writer.ts`), and everything below `recoveryPoint` survives a power loss. What else there is to a
// log is told where it lives: `recovery.ts` (opening), `reading.ts`, `retention.ts`, `segment.ts`,
// `snapshots.ts`.
//
// Durability, in order: batches, then the indexes of segments that were left, the epochs, the names in the
// directory; only then the recovery point moves. A log that met a failing disk is failed for good and tells
// its owner once.
//
// Left out: compaction, the transaction index (`.txnindex`), followers' appends with offsets of their
// leader's choice.

import { assert } from '../base/assert.ts';
import { done, failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { EpochHistory } from '../core/epoch-history.ts';
import type { ProducerStates } from '../core/producer-state.ts';
import type { DiskError } from '../ports.ts';
import { batchAt } from '../protocol/record-batch.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { cutSegments } from './cutting.ts';
import { deletedSuffix, type SegmentFileKind } from './files.ts';
import { Flusher } from './flusher.ts';
import { Lock } from './lock.ts';
import type { LogConfig } from './log-config.ts';
import { type ReadLimits, readSegment } from './reading.ts';
import { type Recovered, recover } from './recovery.ts';
import { type RetentionFacts, type RetentionReason, retentionRules, segmentsToDelete } from './retention.ts';
import { Segment } from './segment.ts';
import { rememberProducer, type Snapshots } from './snapshots.ts';
import { findMaxTimestamp, findTimestamp, type TimestampedOffset } from './timestamps.ts';
import { type Group, type Pending, Writer, type Written } from './writer.ts';

/** Left segments whose indexes stay in memory. */
const warmSegmentsMax = 8;

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

export interface Appended {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** -1 where the topic keeps the producer's timestamps. */
  readonly logAppendTimeMs: number;
  /** Settles when the batch can be read, and is durable where the topic asks for that. */
  readonly written: Written;
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
  /** Ascending; the last one is active. Never empty. */
  readonly #segments: Segment[];
  readonly #snapshots: Snapshots;
  readonly #epochs: EpochHistory;
  readonly #writer: Writer;
  readonly #maintenance: Lock;
  readonly #flusher: Flusher;
  #producers: ProducerStates;
  #logStartOffset: number;
  #logEndOffset: number;
  #nextOffset: number;
  #closed = false;
  #truncating = false;
  /** Snapshots taken at a roll, until the new segment is there. */
  readonly #rollSnapshots = new Map<number, Uint8Array>();
  #warm: Segment[] = [];

  static *open(runtime: Runtime, options: LogOptions): Task<Outcome<Log, DiskError>> {
    const settings: Settings = { config: options.config };
    const newSegment = (baseOffset: number) =>
      new Segment(runtime, options.directory, baseOffset, jitterOf(runtime, settings.config), () => {
        return settings.config.indexIntervalBytes;
      });
    const recovered = yield* recover(runtime, {
      ...options,
      mayHaveGaps: options.cleanShutdown || options.config.cleanupPolicy.includes('compact'),
      newSegment,
    });
    if (!recovered.ok) return recovered;
    const log = new Log(runtime, options, settings, recovered.value);
    const { logStartOffset, logEndOffset, recoveryPoint, truncatedBytes } = recovered.value;
    const { topic, partition } = options;
    if (runtime.trace.enabled) {
      if (logStartOffset !== options.logStartOffset) {
        runtime.trace.emit({ kind: 'log-start-moved', topic, partition, logStartOffset, reason: 'recovery' });
      }
      runtime.trace.emit({
        kind: 'log-recovered',
        topic,
        partition,
        logStartOffset,
        logEndOffset,
        recoveryPoint,
        truncatedBytes,
      });
    }
    return success(log);
  }

  private constructor(runtime: Runtime, options: LogOptions, settings: Settings, recovered: Recovered) {
    const key = `${options.topic}-${options.partition}`;
    this.topic = options.topic;
    this.partition = options.partition;
    this.topicId = options.topicId;
    this.directory = options.directory;
    this.#runtime = runtime;
    this.#options = options;
    this.#settings = settings;
    this.#segments = recovered.segments;
    this.#snapshots = recovered.snapshots;
    this.#epochs = recovered.epochs;
    this.#producers = recovered.producers;
    this.#logStartOffset = recovered.logStartOffset;
    this.#logEndOffset = recovered.logEndOffset;
    this.#nextOffset = recovered.logEndOffset;
    this.#maintenance = new Lock(runtime.tasks, `maintenance of ${key}`);
    this.#flusher = new Flusher(runtime, options, recovered, (segment) => this.#keepWarm(segment));
    this.#writer = new Writer(runtime.tasks, key, {
      begin: (segment) => this.#begin(segment),
      wrote: (group) => this.#wrote(group),
      ended: (group) => this.#ended(group),
      failed: (error, lost) => this.#lost(error, lost),
    });
  }

  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** Everything below is written and can be read. */
  get logEndOffset(): number {
    return this.#logEndOffset;
  }

  /** What the next batch gets; ahead of the log end while batches wait to be written. */
  get nextOffset(): number {
    return this.#nextOffset;
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
    let bytes = 0;
    for (const { plannedBytes } of this.#segments) bytes += plannedBytes;
    return bytes;
  }

  get config(): LogConfig {
    return this.#settings.config;
  }

  get failed(): DiskError | undefined {
    return this.#writer.failed;
  }

  /** Another object after a truncation: ask each time. */
  get producers(): ProducerStates {
    return this.#producers;
  }

  get epochs(): EpochHistory {
    return this.#epochs;
  }

  /** Base offsets of the segments, ascending: for tests and for people. */
  get segmentBaseOffsets(): number[] {
    return this.#segments.map(({ baseOffset }) => baseOffset);
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
  append(bytes: Uint8Array, { leaderEpoch, nowMs }: { leaderEpoch: number; nowMs: number }): Appended {
    assert(!this.#truncating, 'nothing is appended while the log is being cut');
    const batch = batchAt(bytes);
    assert(batch.sizeBytes === bytes.length, 'an append is one whole batch');
    assert(bytes.length <= this.config.segmentBytes, 'a batch fits into a segment');
    const baseOffset = this.#nextOffset;
    const lastOffset = baseOffset + batch.lastOffsetDelta;
    const logAppendTimeMs = this.config.messageTimestampType === 'LogAppendTime' ? nowMs : -1;
    const written: Written = this.#runtime.tasks.completion(`write of ${this.#key} up to ${lastOffset}`);
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      written.settle(failure(refusal));
      return { baseOffset, lastOffset, logAppendTimeMs, written };
    }
    if (logAppendTimeMs >= 0) batch.setLogAppendTime(logAppendTimeMs);
    if (this.#active.rollIsDue(this.config, batch, lastOffset, nowMs)) this.#roll();
    batch.assignOffsets(baseOffset, leaderEpoch);
    this.#epochs.assign(leaderEpoch, baseOffset);
    rememberProducer(this.#producers, batch);
    const segment = this.#active;
    segment.plan(batch);
    this.#nextOffset = lastOffset + 1;
    const { topic, partition } = this;
    if (this.#runtime.trace.enabled) {
      const { producerId, baseSequence } = batch;
      this.#runtime.trace.emit({
        kind: 'append-planned',
        topic,
        partition,
        baseOffset,
        lastOffset,
        producerId,
        baseSequence,
      });
    }
    this.#writer.add({ segment, batch: bytes, baseOffset, endOffset: this.#nextOffset, written });
    return { baseOffset, lastOffset, logAppendTimeMs, written };
  }

  /**
   * Settles when everything through `offset` is written: for the duplicate of a batch that is still in
   * flight.
   */
  written(offset: number): Written {
    assert(offset < this.#nextOffset, 'only what has an offset can be waited for');
    const waiting = this.#writer.completionOf(offset);
    if (waiting !== undefined) return waiting;
    const settled: Written = this.#runtime.tasks.completion(`write of ${this.#key} up to ${offset}`);
    settled.settle(offset < this.#logEndOffset ? done : failure(this.failed ?? this.#closedError()));
    return settled;
  }

  // ---- reading

  /** Whole batches from the one that holds `fromOffset`, of one segment; empty when the limits leave none. */
  *read(fromOffset: number, limits: ReadLimits): Task<Outcome<Uint8Array, DiskError | OutOfRange>> {
    for (;;) {
      if (fromOffset < this.#logStartOffset || fromOffset > this.#logEndOffset) return outOfRange;
      const upToOffset = Math.min(limits.upToOffset, this.#logEndOffset);
      if (fromOffset >= upToOffset) return success(new Uint8Array(0));
      const segments = this.#segments.slice(Math.max(0, this.#floor(fromOffset)));
      const read = yield* this.#readOneOf(segments, fromOffset, { ...limits, upToOffset });
      // A segment that retention took in the meantime: look again, the log start has moved.
      if (read !== undefined) return read;
      if (this.#closed || this.failed !== undefined) return failure(this.failed ?? this.#closedError());
    }
  }

  *#readOneOf(
    segments: readonly Segment[],
    fromOffset: number,
    limits: ReadLimits,
  ): Task<Outcome<Uint8Array, DiskError> | undefined> {
    let bytes: Uint8Array = new Uint8Array(0);
    for (const segment of segments) {
      if (segment.writtenBytes === 0) continue;
      if (segment.baseOffset >= limits.upToOffset) break;
      const read = yield* readSegment(segment, fromOffset, limits);
      if (segment.deleted) return undefined;
      if (!read.ok) return read;
      this.#keepWarm(segment);
      bytes = read.value;
      if (bytes.length > 0) break;
    }
    return success(bytes);
  }

  /** The first record below `upToOffset` whose timestamp is not below `timestampMs`. */
  *offsetForTimestamp(
    timestampMs: number,
    upToOffset: number,
  ): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
    const warm = (segment: Segment) => this.#keepWarm(segment);
    const segments = [...this.#segments];
    const found = yield* findTimestamp(segments, timestampMs, this.#logStartOffset, warm);
    return found.ok && found.value !== undefined && found.value.offset >= upToOffset
      ? success(undefined)
      : found;
  }

  /** The record with the largest timestamp, the first of them; undefined in a log without any. */
  maxTimestamp(): Task<Outcome<TimestampedOffset | undefined, DiskError>> {
    return findMaxTimestamp(this.#segments);
  }

  // ---- durability

  /** fsync of everything that is written by now. */
  *flush(): Task<DiskOutcome<undefined>> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return failure(refusal);
    return yield* this.#flushTo(this.#logEndOffset);
  }

  *#flushTo(endOffset: number): Task<DiskOutcome<undefined>> {
    const flushed = yield* this.#flusher.flushTo(endOffset);
    if (!flushed.ok) this.#writer.fail(flushed.error);
    return flushed;
  }

  // ---- shrinking

  /** The log starts at `offset` now, also in the middle of a segment; segments wholly below it go. */
  *deleteRecordsTo(offset: number): Task<DiskOutcome<undefined>> {
    assert(offset <= this.#logEndOffset, 'records that are not there cannot be deleted');
    return yield* this.#maintain(() => this.#deleteRecords(offset));
  }

  *#deleteRecords(offset: number): Task<DiskOutcome<undefined>> {
    if (offset <= this.#logStartOffset) return done;
    this.#moveLogStart(offset, 'delete-records');
    return yield* this.#retain('log-start', this.#runtime.clock.wallMs(), offset);
  }

  /** Removes the segments that the retention rules give free, in Kafka's order. */
  *applyRetention(nowMs: number, highWatermark: number): Task<DiskOutcome<undefined>> {
    return yield* this.#maintain(() => this.#retainAll(nowMs, highWatermark));
  }

  *#retainAll(nowMs: number, highWatermark: number): Task<DiskOutcome<undefined>> {
    for (const rule of retentionRules(this.config)) {
      const retained = yield* this.#retain(rule, nowMs, highWatermark);
      if (!retained.ok) return retained;
    }
    return done;
  }

  *#retain(rule: RetentionReason, nowMs: number, highWatermark: number): Task<DiskOutcome<undefined>> {
    const facts: RetentionFacts = {
      config: this.config,
      nowMs,
      highWatermark,
      logStartOffset: this.#logStartOffset,
      logEndOffset: this.#nextOffset,
    };
    const candidates = this.#segments.map(({ baseOffset, plannedBytes, largestTimestampMs }) => {
      return { baseOffset, sizeBytes: plannedBytes, largestTimestampMs };
    });
    const count = segmentsToDelete(rule, candidates, facts);
    if (count === 0) return done;
    if (count === this.#segments.length) {
      this.#roll();
      yield* this.#writer.idle();
      if (this.failed !== undefined) return failure(this.failed);
    }
    const taken = this.#segments.splice(0, count);
    for (const segment of taken) segment.deleted = true;
    const logStartOffset = Math.max(this.#logStartOffset, (this.#segments[0] as Segment).baseOffset);
    if (logStartOffset > this.#logStartOffset) this.#moveLogStart(logStartOffset, 'retention');
    for (const segment of taken) {
      const removed = yield* this.#putAway(segment, rule);
      if (!removed.ok) return removed;
    }
    return done;
  }

  #moveLogStart(logStartOffset: number, reason: 'retention' | 'delete-records'): void {
    this.#logStartOffset = logStartOffset;
    this.#epochs.truncateFromStart(logStartOffset);
    const { topic, partition } = this;
    this.#runtime.trace.emit({ kind: 'log-start-moved', topic, partition, logStartOffset, reason });
  }

  /** Renames the files of a segment, durably before those of the next, and removes them after the delay. */
  *#putAway(segment: Segment, reason: RetentionReason): Task<DiskOutcome<undefined>> {
    const kinds: SegmentFileKind[] = ['log', 'index', 'timeindex'];
    for (const kind of kinds) {
      const path = segment.path(kind);
      const renamed = yield* this.#runtime.rename(path, path + deletedSuffix);
      if (!renamed.ok && renamed.error.kind !== 'missing') return renamed;
    }
    const forgotten = yield* this.#snapshots.remove(segment.baseOffset);
    if (!forgotten.ok) return forgotten;
    const durable = yield* this.#runtime.syncDir(this.directory);
    if (!durable.ok) return durable;
    const { topic, partition } = this;
    const { baseOffset } = segment;
    this.#runtime.trace.emit({ kind: 'segment-deleted', topic, partition, baseOffset, reason });
    this.#runtime.after(this.config.fileDeleteDelayMs, () => {
      segment.close();
      if (this.#closed) return;
      for (const kind of kinds) {
        const path = segment.path(kind) + deletedSuffix;
        this.#runtime.tasks.spawn(`remove ${path}`, this.#runtime.remove(path));
      }
    });
    return done;
  }

  /**
   * Cuts the log to end at `offset`, or before, where that lies inside a batch. Nothing may be appended
   * meanwhile.
   */
  *truncateTo(offset: number): Task<DiskOutcome<undefined>> {
    if (offset >= this.#nextOffset) return done;
    this.#truncating = true;
    const truncated = yield* this.#maintain(() => this.#truncateIdle(offset));
    this.#truncating = false;
    return truncated;
  }

  *#truncateIdle(offset: number): Task<DiskOutcome<undefined>> {
    yield* this.#writer.idle();
    if (this.failed !== undefined) return failure(this.failed);
    const cut = yield* this.#flusher.hold(() => this.#truncate(offset));
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
    const endOffset = cut.value;
    this.#nextOffset = endOffset;
    this.#logEndOffset = endOffset;
    this.#flusher.logWasCut(endOffset);
    this.#logStartOffset = Math.min(this.#logStartOffset, endOffset);
    this.#rollSnapshots.clear();
    this.#epochs.truncateFromEnd(endOffset);
    const producers = yield* this.#snapshots.restore(this.#segments, endOffset);
    if (!producers.ok) return producers;
    this.#producers = producers.value;
    const { topic, partition } = this;
    this.#runtime.trace.emit({ kind: 'log-truncated', topic, partition, logEndOffset: endOffset });
    return yield* this.#flusher.saveEpochs();
  }

  // ---- ending

  /**
   * Writes and flushes everything, with indexes and a snapshot: after this and a clean-shutdown file, nothing
   * is walked.
   */
  *close(): Task<DiskOutcome<undefined>> {
    const closed = yield* this.#maintain(() => this.#closeCleanly());
    this.#closeFiles();
    return closed;
  }

  *#closeCleanly(): Task<DiskOutcome<undefined>> {
    this.#closed = true;
    yield* this.#writer.idle();
    if (this.failed !== undefined) return failure(this.failed);
    const snapshot = this.#producers.encodeSnapshot();
    const written = yield* this.#snapshots.write(this.#logEndOffset, snapshot, this.segmentBaseOffsets);
    if (!written.ok) return written;
    const flushed = yield* this.#flushTo(this.#logEndOffset);
    if (!flushed.ok) return flushed;
    const saved = yield* this.#active.saveIndexes();
    return saved.ok ? yield* this.#runtime.syncDir(this.directory) : saved;
  }

  /**
   * Ends the log without caring for its last state: what is queued is still written, then the files are
   * closed.
   */
  *stop(): Task<void> {
    this.#closed = true;
    yield* this.#writer.idle();
    yield* this.#maintenance.hold(nothing);
    yield* this.#flusher.hold(nothing);
    this.#closeFiles();
  }

  /** Ends the log and removes its directory. */
  *delete(): Task<DiskOutcome<undefined>> {
    yield* this.stop();
    return yield* this.#runtime.remove(this.directory);
  }

  #closeFiles(): void {
    this.#closed = true;
    for (const segment of this.#segments) segment.close();
  }

  // ---- inside

  get #key(): string {
    return `${this.topic}-${this.partition}`;
  }

  get #active(): Segment {
    return this.#segments.at(-1) as Segment;
  }

  /** Index of the segment that holds `offset`; -1 below the first. */
  #floor(offset: number): number {
    let low = 0;
    let high = this.#segments.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#segments[middle] as Segment).baseOffset <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** Starts a new active segment at the next offset. */
  #roll(): void {
    const { topic, partition } = this;
    const baseOffset = this.#nextOffset;
    this.#active.leave();
    this.#rollSnapshots.set(baseOffset, this.#producers.encodeSnapshot());
    const segment = new Segment(
      this.#runtime,
      this.directory,
      baseOffset,
      jitterOf(this.#runtime, this.config),
      () => this.config.indexIntervalBytes,
    );
    this.#segments.push(segment);
    this.#runtime.trace.emit({ kind: 'segment-rolled', topic, partition, baseOffset });
    const written: Written = this.#runtime.tasks.completion(`roll of ${this.#key} at ${baseOffset}`);
    this.#writer.add({ segment, batch: undefined, baseOffset, endOffset: baseOffset, written });
  }

  /**
   * Before the first write to a segment: all before is written, so its snapshot holds and its file may be
   * made.
   */
  *#begin(segment: Segment): Task<DiskOutcome<undefined>> {
    const { baseOffset } = segment;
    const opened = yield* segment.open(true);
    if (!opened.ok) return opened;
    const snapshot = this.#rollSnapshots.get(baseOffset);
    if (snapshot === undefined) return done;
    this.#rollSnapshots.delete(baseOffset);
    const written = yield* this.#snapshots.write(baseOffset, snapshot, this.segmentBaseOffsets);
    if (!written.ok) return written;
    this.#runtime.tasks.spawn(`flush ${this.#key} up to ${baseOffset}`, this.#flushTo(baseOffset));
    return done;
  }

  *#wrote({ endOffset }: Group): Task<DiskOutcome<undefined>> {
    const saved = yield* this.#flusher.saveEpochs();
    if (!saved.ok) return saved;
    if (endOffset - this.#flusher.recoveryPoint < this.config.flushMessages) return done;
    return yield* this.#flushTo(endOffset);
  }

  #ended({ segment, bytes, endOffset, pending }: Group): void {
    segment.writtenBytes += bytes;
    segment.lastModifiedMs = this.#runtime.clock.wallMs();
    this.#logEndOffset = Math.max(this.#logEndOffset, endOffset);
    if (bytes === 0 || !this.#runtime.trace.enabled) return;
    const { topic, partition } = this;
    const batches = pending.filter(({ batch }) => batch !== undefined).length;
    this.#runtime.trace.emit({
      kind: 'log-appended',
      topic,
      partition,
      logEndOffset: endOffset,
      bytes,
      batches,
    });
  }

  #lost(error: DiskError, lost: readonly Pending[]): void {
    const { topic, partition } = this;
    for (const { baseOffset, batch } of lost) {
      if (batch === undefined) continue;
      this.#runtime.trace.emit({ kind: 'append-failed', topic, partition, baseOffset, reason: error.detail });
    }
    this.#options.onFailure(error);
  }

  /** One maintenance at a time; an error fails the log. */
  *#maintain(work: () => Task<DiskOutcome<undefined>>): Task<DiskOutcome<undefined>> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return failure(refusal);
    const outcome = yield* this.#maintenance.hold(work);
    if (!outcome.ok) this.#writer.fail(outcome.error);
    return outcome;
  }

  #refusal(): DiskError | undefined {
    return this.failed ?? (this.#closed ? this.#closedError() : undefined);
  }

  #closedError(): DiskError {
    return { kind: 'closed', detail: `${this.directory}: the log is closed` };
  }

  #keepWarm(segment: Segment): void {
    if (!segment.left || this.#warm.at(-1) === segment) return;
    this.#warm = [...this.#warm.filter((other) => other !== segment), segment];
    if (this.#warm.length > warmSegmentsMax) this.#warm.shift()?.dropIndexes();
  }
}

const outOfRange = failure<OutOfRange>({ kind: 'out-of-range' });

function* nothing(): Task<void> {}

function jitterOf(runtime: Runtime, { segmentJitterMs, segmentMs }: LogConfig): number {
  const limit = Math.min(segmentJitterMs, segmentMs, 0xffffffff);
  return limit > 0 ? runtime.random.below(limit) : 0;
}
