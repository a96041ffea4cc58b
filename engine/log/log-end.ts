// The end of a log: where the next batch goes, and how far what went there is written. Offsets are given at once; the
// bytes follow in groups behind the write in flight (`writer.ts`); a new segment begins where Kafka would begin one.
// What is known of producers belongs here too, since every batch that gets an offset changes it.
//
// A failure is final: nothing is appended after it, and the log's owner is told once.

import { assert } from '../base/assert.ts';
import { done, failure } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { EpochHistory } from '../core/epoch-history.ts';
import type { ProducerStates } from '../core/producer-state.ts';
import type { DiskError } from '../ports.ts';
import { BatchWalk, batchAt, type RecordBatch } from '../protocol/record-batch.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import type { Flusher } from './flusher.ts';
import type { LogConfig } from './log-config.ts';
import type { Segment } from './segment.ts';
import type { Segments } from './segments.ts';
import { rememberProducer, type Snapshots } from './snapshots.ts';
import { batchBytesMax } from './walk.ts';
import { type Group, type Pending, Writer, type Written } from './writer.ts';

export interface Appended {
  readonly baseOffset: number;
  readonly lastOffset: number;
  /** -1 where the topic keeps the producer's timestamps. */
  readonly logAppendTimeMs: number;
  /** Settles when the batch can be read, and is durable where the topic asks for that. */
  readonly written: Written;
}

export interface LogEndParts {
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  readonly segments: Segments;
  readonly snapshots: Snapshots;
  readonly epochs: EpochHistory;
  readonly flusher: Flusher;
  readonly config: () => LogConfig;
  readonly onFailure: (error: DiskError) => void;
}

export class LogEnd {
  readonly #runtime: Runtime;
  readonly #parts: LogEndParts;
  readonly #writer: Writer;
  /** Snapshots taken at a roll, until the new segment is there. */
  readonly #rollSnapshots = new Map<number, Uint8Array>();
  #producers: ProducerStates;
  #offset: number;
  #nextOffset: number;
  #closed = false;

  constructor(runtime: Runtime, parts: LogEndParts, offset: number, producers: ProducerStates) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#producers = producers;
    this.#offset = offset;
    this.#nextOffset = offset;
    this.#writer = new Writer(runtime.tasks, `${parts.topic}-${parts.partition}`, {
      begin: (segment) => this.#begin(segment),
      wrote: (group) => this.#wrote(group),
      ended: (group) => this.#ended(group),
      failed: (error, lost) => this.#lost(error, lost),
    });
  }

  /** Everything below is written and can be read. */
  get offset(): number {
    return this.#offset;
  }

  /** What the next batch gets; ahead of the log end while batches wait to be written. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get batchBytesMax(): number {
    return Math.min(this.#parts.config().segmentBytes, batchBytesMax);
  }

  get producers(): ProducerStates {
    return this.#producers;
  }

  get failed(): DiskError | undefined {
    return this.#writer.failed;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Why nothing can be done with this log any more; undefined while it is well. */
  get refusal(): DiskError | undefined {
    return this.failed ?? (this.#closed ? this.#closedError() : undefined);
  }

  /** Nothing is appended from now on; what is queued is still written. */
  close(): void {
    this.#closed = true;
  }

  fail(error: DiskError): void {
    this.#writer.fail(error);
  }

  /** Waits until nothing is queued or in flight. */
  idle(): Task<void> {
    return this.#writer.idle();
  }

  /** The log was cut to end at `endOffset`, while nothing was in flight. */
  logWasCut(endOffset: number): void {
    this.#nextOffset = endOffset;
    this.#offset = endOffset;
    this.#rollSnapshots.clear();
  }

  /** What is known of producers at the end that a cut made. */
  replaceProducers(producers: ProducerStates): void {
    this.#producers = producers;
  }

  append(bytes: Uint8Array, { leaderEpoch, nowMs }: { leaderEpoch: number; nowMs: number }): Appended {
    const config = this.#parts.config();
    const batch = batchAt(bytes);
    assert(batch.sizeBytes === bytes.length, 'an append is one whole batch');
    assert(
      bytes.length <= this.batchBytesMax,
      'a batch fits into a segment, and recovery believes its length',
    );
    const baseOffset = this.#nextOffset;
    const lastOffset = baseOffset + batch.lastOffsetDelta;
    const logAppendTimeMs = config.messageTimestampType === 'LogAppendTime' ? nowMs : -1;
    const written: Written = this.#completion('write', lastOffset);
    const { refusal } = this;
    if (refusal !== undefined) {
      written.settle(failure(refusal));
      return { baseOffset, lastOffset, logAppendTimeMs, written };
    }
    if (logAppendTimeMs >= 0) batch.setLogAppendTime(logAppendTimeMs);
    batch.assignOffsets(baseOffset, leaderEpoch);
    this.#place(batch, bytes, nowMs, written);
    return { baseOffset, lastOffset, logAppendTimeMs, written };
  }

  /** Takes batches as the leader placed them. A hole before one of them is the leader's (compaction). */
  appendAsFollower(bytes: Uint8Array, nowMs: number): Written {
    let written: Written | undefined;
    const { refusal } = this;
    const walk = new BatchWalk(bytes);
    for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
      assert(batch.baseOffset >= this.#nextOffset, 'a follower appends behind the end of its log');
      assert(batch.sizeBytes <= batchBytesMax, 'recovery believes the length of a batch');
      written = this.#completion('write', batch.lastOffset);
      if (refusal === undefined) this.#place(batch, batch.batchBytes, nowMs, written);
      else written.settle(failure(refusal));
    }
    assert(walk.stop === undefined && written !== undefined, 'a follower appends whole batches');
    return written;
  }

  /** Plans a batch that has its offsets and its epoch, in a new segment where one is due. */
  #place(batch: RecordBatch, bytes: Uint8Array, nowMs: number, written: Written): void {
    const { segments, epochs, config } = this.#parts;
    const { baseOffset, lastOffset } = batch;
    if (segments.active.rollIsDue(config(), batch, lastOffset, nowMs)) this.roll();
    epochs.assign(batch.partitionLeaderEpoch, baseOffset);
    rememberProducer(this.#producers, batch);
    const segment = segments.active;
    segment.plan(batch);
    this.#nextOffset = lastOffset + 1;
    this.#tracePlanned(batch);
    this.#writer.add({ segment, batch: bytes, baseOffset, endOffset: this.#nextOffset, written });
  }

  written(offset: number): Written {
    assert(offset < this.#nextOffset, 'only what has an offset can be waited for');
    const waiting = this.#writer.completionOf(offset);
    if (waiting !== undefined) return waiting;
    const settled: Written = this.#completion('write', offset);
    settled.settle(offset < this.#offset ? done : failure(this.failed ?? this.#closedError()));
    return settled;
  }

  /** Starts a new active segment at the next offset. */
  roll(): void {
    const { topic, partition, segments } = this.#parts;
    const baseOffset = this.#nextOffset;
    this.#rollSnapshots.set(baseOffset, this.#producers.encodeSnapshot());
    const segment = segments.begin(baseOffset);
    const { trace } = this.#runtime;
    if (trace.wants('segment-rolled')) trace.emit({ kind: 'segment-rolled', topic, partition, baseOffset });
    const written: Written = this.#completion('roll', baseOffset);
    this.#writer.add({ segment, batch: undefined, baseOffset, endOffset: baseOffset, written });
  }

  /** fsync up to `endOffset`, all of it written. */
  *flushTo(endOffset: number): Task<DiskOutcome<undefined>> {
    const flushed = yield* this.#parts.flusher.flushTo(endOffset);
    if (!flushed.ok) this.#writer.fail(flushed.error);
    return flushed;
  }

  // ---- around the writes

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
    const { snapshots, segments, topic, partition } = this.#parts;
    const written = yield* snapshots.write(baseOffset, snapshot, segments.baseOffsets);
    if (!written.ok) return written;
    yield* this.#runtime.yieldPoint('log: segment begun');
    const label = `flush ${topic}-${partition} up to ${baseOffset}`;
    this.#runtime.tasks.spawn(label, this.flushTo(baseOffset));
    return done;
  }

  *#wrote({ endOffset }: Group): Task<DiskOutcome<undefined>> {
    const { flusher, config } = this.#parts;
    const saved = yield* flusher.saveEpochs();
    if (!saved.ok) return saved;
    if (endOffset - flusher.recoveryPoint < config().flushMessages) return done;
    return yield* this.flushTo(endOffset);
  }

  #ended({ segment, bytes, endOffset, pending }: Group): void {
    segment.writtenBytes += bytes;
    segment.lastModifiedMs = this.#runtime.clock.wallMs();
    this.#offset = Math.max(this.#offset, endOffset);
    const { trace } = this.#runtime;
    if (bytes === 0 || !trace.wants('log-appended')) return;
    const { topic, partition } = this.#parts;
    const batches = pending.filter(({ batch }) => batch !== undefined).length;
    trace.emit({ kind: 'log-appended', topic, partition, logEndOffset: endOffset, bytes, batches });
  }

  #lost(error: DiskError, lost: readonly Pending[]): void {
    const { topic, partition, onFailure } = this.#parts;
    const { trace } = this.#runtime;
    if (trace.wants('append-failed')) {
      for (const { baseOffset, batch } of lost) {
        if (batch === undefined) continue;
        trace.emit({ kind: 'append-failed', topic, partition, baseOffset, reason: error.detail });
      }
    }
    onFailure(error);
  }

  #tracePlanned(batch: RecordBatch): void {
    const { trace } = this.#runtime;
    if (!trace.wants('append-planned')) return;
    const { topic, partition } = this.#parts;
    const { baseOffset, lastOffset, producerId, producerEpoch, baseSequence } = batch;
    trace.emit({
      kind: 'append-planned',
      topic,
      partition,
      baseOffset,
      lastOffset,
      producerId,
      producerEpoch,
      baseSequence,
      leaderEpoch: batch.partitionLeaderEpoch,
      crc: batch.crc,
    });
  }

  #completion(what: 'write' | 'roll', offset: number): Written {
    const { topic, partition } = this.#parts;
    return this.#runtime.tasks.completion(`${what} of ${topic}-${partition} up to ${offset}`);
  }

  #closedError(): DiskError {
    return { kind: 'closed', detail: `${this.#parts.directory}: the log is closed` };
  }
}
