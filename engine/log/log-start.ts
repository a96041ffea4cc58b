// The start of a log, and what goes when it moves up: DeleteRecords (to any offset, also in the middle of a
// segment) and retention (whole segments; the rules are `retention.ts`). Nobody reads below the start from
// the moment it has moved; the files are renamed, durably and oldest first, and removed after
// `file.delete.delay.ms`, because somebody may still be reading them.

import { done, failure } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { EpochHistory } from '../core/epoch-history.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { deletedSuffix, type SegmentFileKind } from './files.ts';
import type { LogConfig } from './log-config.ts';
import type { LogEnd } from './log-end.ts';
import { type RetentionFacts, type RetentionReason, retentionRules, segmentsToDelete } from './retention.ts';
import type { Segment } from './segment.ts';
import type { Segments } from './segments.ts';
import type { Snapshots } from './snapshots.ts';

const deletedKinds: readonly SegmentFileKind[] = ['log', 'index', 'timeindex'];

export interface LogStartParts {
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
  readonly segments: Segments;
  readonly snapshots: Snapshots;
  readonly epochs: EpochHistory;
  readonly end: LogEnd;
  readonly config: () => LogConfig;
}

export class LogStart {
  readonly #runtime: Runtime;
  readonly #parts: LogStartParts;
  #offset: number;

  constructor(runtime: Runtime, parts: LogStartParts, offset: number) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.#offset = offset;
  }

  get offset(): number {
    return this.#offset;
  }

  /** The log was cut to end at `endOffset`: it cannot start above. */
  logWasCut(endOffset: number): void {
    if (endOffset >= this.#offset) return;
    this.#offset = endOffset;
    this.#tell('truncation');
  }

  /** The log forgot all that it had and goes on from `offset`: further on, or where its leader's whole log ends. */
  beginAgain(offset: number): void {
    const reason = offset < this.#offset ? 'truncation' : 'leader';
    this.#offset = offset;
    this.#tell(reason);
  }

  /** The log starts at the leader's start, where it does not start above it already. */
  followTo(offset: number): Task<DiskOutcome<undefined>> {
    return this.#moveTo(offset, 'leader');
  }

  /** The log starts at `offset` from now on, where it does not start above it already. */
  deleteRecordsTo(offset: number): Task<DiskOutcome<undefined>> {
    return this.#moveTo(offset, 'delete-records');
  }

  *#moveTo(wanted: number, reason: 'delete-records' | 'leader'): Task<DiskOutcome<undefined>> {
    // Whoever waited for its turn may find a log that was cut meanwhile: it starts at its end, at the most.
    const offset = Math.min(wanted, this.#parts.end.offset);
    if (offset <= this.#offset) return done;
    this.#move(offset, reason);
    return yield* this.#retain('log-start', this.#runtime.clock.wallMs(), offset);
  }

  /** Removes the segments that the retention rules give free, in Kafka's order. */
  *applyRetention(nowMs: number, highWatermark: number): Task<DiskOutcome<undefined>> {
    for (const rule of retentionRules(this.#parts.config())) {
      const retained = yield* this.#retain(rule, nowMs, highWatermark);
      if (!retained.ok) return retained;
    }
    return done;
  }

  *#retain(rule: RetentionReason, nowMs: number, highWatermark: number): Task<DiskOutcome<undefined>> {
    const { segments, end, config } = this.#parts;
    const facts: RetentionFacts = {
      config: config(),
      nowMs,
      highWatermark,
      logStartOffset: this.#offset,
      logEndOffset: end.nextOffset,
    };
    const candidates = segments.all.map(({ baseOffset, plannedBytes, largestTimestampMs }) => {
      return { baseOffset, sizeBytes: plannedBytes, largestTimestampMs };
    });
    const count = segmentsToDelete(rule, candidates, facts);
    if (count === 0) return done;
    if (count === segments.all.length) {
      end.roll();
      yield* end.idle();
      if (end.failed !== undefined) return failure(end.failed);
    }
    const taken = segments.takeFirst(count);
    const first = segments.all[0] as Segment;
    if (first.baseOffset > this.#offset) this.#move(first.baseOffset, 'retention');
    for (const segment of taken) {
      yield* this.#runtime.yieldPoint('log: before a segment is put away');
      const removed = yield* this.#putAway(segment, rule);
      if (!removed.ok) return removed;
    }
    return done;
  }

  #move(logStartOffset: number, reason: 'retention' | 'delete-records' | 'leader'): void {
    this.#offset = logStartOffset;
    this.#parts.epochs.truncateFromStart(logStartOffset);
    this.#tell(reason);
  }

  #tell(reason: 'retention' | 'delete-records' | 'leader' | 'truncation'): void {
    const { topic, partition } = this.#parts;
    const { trace } = this.#runtime;
    if (trace.wants('log-start-moved'))
      trace.emit({ kind: 'log-start-moved', topic, partition, logStartOffset: this.#offset, reason });
  }

  /** Renames the files of a segment, durably before those of the next, and removes them after the delay. */
  *#putAway(segment: Segment, reason: RetentionReason): Task<DiskOutcome<undefined>> {
    const { directory, topic, partition, snapshots } = this.#parts;
    for (const kind of deletedKinds) {
      const path = segment.path(kind);
      const renamed = yield* this.#runtime.rename(path, path + deletedSuffix);
      if (!renamed.ok && renamed.error.kind !== 'missing') return renamed;
    }
    const forgotten = yield* snapshots.remove(segment.baseOffset);
    if (!forgotten.ok) return forgotten;
    const durable = yield* this.#runtime.syncDir(directory);
    if (!durable.ok) return durable;
    const { baseOffset } = segment;
    const { trace } = this.#runtime;
    if (trace.wants('segment-deleted'))
      trace.emit({ kind: 'segment-deleted', topic, partition, baseOffset, reason });
    this.#removeLater(segment);
    return done;
  }

  #removeLater(segment: Segment): void {
    const { end, config } = this.#parts;
    this.#runtime.after(config().fileDeleteDelayMs, () => {
      segment.close();
      // A log that is closed leaves them to the next opening, which removes what ends like this.
      if (end.closed) return;
      for (const kind of deletedKinds) {
        const path = segment.path(kind) + deletedSuffix;
        this.#runtime.tasks.spawn(`remove ${path}`, this.#runtime.remove(path));
      }
    });
  }
}
