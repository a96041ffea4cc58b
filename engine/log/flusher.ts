// What makes a log durable, in this order: the batches, the indexes of segments that were left, the epochs,
// the names in the directory; only then the recovery point moves. One flush at a time; an error is for the
// log to act upon.

import { done } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { EpochHistory } from '../core/epoch-history.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { encodeEpochs } from './checkpoint.ts';
import { epochsFileName, replaceFile } from './files.ts';
import { Lock } from './lock.ts';
import type { Segment } from './segment.ts';

interface Identity {
  readonly directory: string;
  readonly topic: string;
  readonly partition: number;
}

interface Opened {
  readonly segments: readonly Segment[];
  readonly epochs: EpochHistory;
  readonly epochsOnDisk: boolean;
  readonly recoveryPoint: number;
}

export class Flusher {
  readonly #runtime: Runtime;
  readonly #of: Identity;
  /** The log's own list, seen as it changes. */
  readonly #segments: readonly Segment[];
  readonly #epochs: EpochHistory;
  readonly #saved: (segment: Segment) => void;
  readonly #flushing: Lock;
  readonly #savingEpochs: Lock;
  #epochsRevisionOnDisk: number;
  #recoveryPoint: number;
  #lastFlushMs: number;
  #cuts = 0;

  /** `saved` hears of each left segment whose indexes are on the disk now. */
  constructor(runtime: Runtime, of: Identity, opened: Opened, saved: (segment: Segment) => void) {
    const key = `${of.topic}-${of.partition}`;
    this.#runtime = runtime;
    this.#of = of;
    this.#segments = opened.segments;
    this.#epochs = opened.epochs;
    this.#saved = saved;
    this.#flushing = new Lock(runtime.tasks, `flush of ${key}`);
    this.#savingEpochs = new Lock(runtime.tasks, `epochs of ${key}`);
    this.#epochsRevisionOnDisk = opened.epochsOnDisk ? opened.epochs.revision : -1;
    this.#recoveryPoint = opened.recoveryPoint;
    this.#lastFlushMs = runtime.clock.wallMs();
  }

  get recoveryPoint(): number {
    return this.#recoveryPoint;
  }

  get lastFlushMs(): number {
    return this.#lastFlushMs;
  }

  /** Runs `work` while nothing is flushed. */
  hold<T>(work: () => Task<T>): Task<T> {
    return this.#flushing.hold(work);
  }

  /** The log ends at `endOffset` now; to be called while holding. */
  logWasCut(endOffset: number): void {
    this.#cuts++;
    this.#recoveryPoint = Math.min(this.#recoveryPoint, endOffset);
  }

  /** Makes everything below `endOffset`, all of it written, durable. */
  *flushTo(endOffset: number): Task<DiskOutcome<undefined>> {
    const cuts = this.#cuts;
    // A flush that waited while the log was cut was for an end that is no more.
    return yield* this.#flushing.hold(() => (cuts === this.#cuts ? this.#flush(endOffset) : nothing()));
  }

  *#flush(endOffset: number): Task<DiskOutcome<undefined>> {
    const dirty = this.#segments.filter((segment, index) => {
      const nextBase = this.#segments[index + 1]?.baseOffset ?? Number.POSITIVE_INFINITY;
      return segment.hasFile && segment.baseOffset < endOffset && nextBase > this.#recoveryPoint;
    });
    const unnamed = this.#segments.filter(({ nameDurable, hasFile }) => !nameDurable && hasFile);
    yield* this.#runtime.yieldPoint('log: before a flush');
    for (const segment of dirty) {
      const synced = yield* this.#sync(segment);
      if (!synced.ok && !segment.deleted) return synced;
    }
    yield* this.#runtime.yieldPoint('log: batches synced');
    const saved = yield* this.saveEpochs();
    if (!saved.ok) return saved;
    if (unnamed.length > 0) {
      const named = yield* this.#runtime.syncDir(this.#of.directory);
      if (!named.ok) return named;
      for (const segment of unnamed) segment.nameDurable = true;
    }
    this.#lastFlushMs = this.#runtime.clock.wallMs();
    if (endOffset > this.#recoveryPoint) {
      this.#recoveryPoint = endOffset;
      const { topic, partition } = this.#of;
      const { trace } = this.#runtime;
      if (trace.wants('log-flushed'))
        trace.emit({ kind: 'log-flushed', topic, partition, recoveryPoint: endOffset });
    }
    return done;
  }

  *#sync(segment: Segment): Task<DiskOutcome<undefined>> {
    const opened = yield* segment.open(false);
    if (!opened.ok) return opened;
    const synced = yield* opened.value.sync();
    if (!synced.ok || !segment.left) return synced;
    const saved = yield* segment.saveIndexes();
    if (saved.ok) this.#saved(segment);
    return saved;
  }

  /** Writes the epochs, durably, where the file does not say what is true. */
  *saveEpochs(): Task<DiskOutcome<undefined>> {
    if (this.#epochs.revision === this.#epochsRevisionOnDisk) return done;
    return yield* this.#savingEpochs.hold(() => this.#saveEpochs());
  }

  *#saveEpochs(): Task<DiskOutcome<undefined>> {
    const { revision, entries } = this.#epochs;
    if (revision === this.#epochsRevisionOnDisk) return done;
    const saved = yield* replaceFile(
      this.#runtime,
      this.#of.directory,
      epochsFileName,
      encodeEpochs(entries),
    );
    if (saved.ok) this.#epochsRevisionOnDisk = revision;
    return saved;
  }
}

function* nothing(): Task<DiskOutcome<undefined>> {
  return done;
}
