// Group commit: batches that have their offsets wait here while one write is in flight; then everything that
// waits for the same segment goes to the file as one write. One write at a time, because a disk may complete
// two appends to one file in any order (`ports.ts`), and a log must not.
//
// An error is final (fsyncgate: what a failed fsync dropped is not written by the next one): everything
// queued fails with it, and so does everything that comes later.

import { assert } from '../base/assert.ts';
import { done, failure, type Outcome } from '../base/outcome.ts';
import type { Completion, Task, Tasks } from '../base/task.ts';
import type { DiskError } from '../ports.ts';
import type { DiskOutcome } from '../runtime.ts';
import type { Segment } from './segment.ts';

/** Bound of one write, so that a burst does not make the first of it wait for the last. */
const groupBytesMax = 16 * 1024 * 1024;
const groupBatchesMax = 1024;

export type Written = Completion<Outcome<undefined, DiskError>>;

export interface Pending {
  readonly segment: Segment;
  /** undefined for a segment that is to be there, without a batch. */
  readonly batch: Uint8Array | undefined;
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly written: Written;
}

export interface Group {
  readonly segment: Segment;
  readonly pending: readonly Pending[];
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  readonly endOffset: number;
}

/** What the log does around the writes. */
export interface WriterHooks {
  /** Before the first write to a segment. */
  begin(segment: Segment): Task<DiskOutcome<undefined>>;
  /**
   * The group is in the file; returns when it may be called written (after an fsync, where one is asked for).
   */
  wrote(group: Group): Task<DiskOutcome<undefined>>;
  /** The end of the log moves, just before the waiters are told. */
  ended(group: Group): void;
  failed(error: DiskError, lost: readonly Pending[]): void;
}

export class Writer {
  readonly #tasks: Tasks;
  readonly #label: string;
  readonly #hooks: WriterHooks;
  #queue: Pending[] = [];
  #inFlight: Group | undefined;
  #running = false;
  #idle: Completion<void> | undefined;
  #failed: DiskError | undefined;

  constructor(tasks: Tasks, label: string, hooks: WriterHooks) {
    this.#tasks = tasks;
    this.#label = label;
    this.#hooks = hooks;
  }

  get failed(): DiskError | undefined {
    return this.#failed;
  }

  add(pending: Pending): void {
    assert(this.#failed === undefined, 'a failed log takes no more batches');
    this.#queue.push(pending);
    if (this.#running) return;
    this.#running = true;
    this.#tasks.spawn(`write ${this.#label}`, this.#run());
  }

  /** The completion of the batch that holds `offset`, while it is not written yet. */
  completionOf(offset: number): Written | undefined {
    const waiting = [...(this.#inFlight?.pending ?? []), ...this.#queue];
    return waiting.find(({ endOffset }) => endOffset > offset)?.written;
  }

  /** Waits until nothing is queued or in flight. */
  *idle(): Task<void> {
    while (this.#running) {
      this.#idle ??= this.#tasks.completion<void>(`idle ${this.#label}`);
      yield* this.#idle.wait();
    }
  }

  /** The log is of no use any more, whoever found out. */
  fail(error: DiskError): void {
    if (this.#failed !== undefined) return;
    this.#failed = error;
    const lost = [...(this.#inFlight?.pending ?? []), ...this.#queue];
    this.#queue = [];
    this.#inFlight = undefined;
    for (const { written } of lost) written.settle(failure(error));
    this.#hooks.failed(error, lost);
  }

  *#run(): Task<void> {
    while (this.#queue.length > 0 && this.#failed === undefined) {
      const group = this.#takeGroup();
      this.#inFlight = group;
      const outcome = yield* this.#write(group);
      if (this.#failed !== undefined) break;
      if (!outcome.ok) {
        this.fail(outcome.error);
        break;
      }
      this.#inFlight = undefined;
      this.#hooks.ended(group);
      for (const { written } of group.pending) written.settle(done);
    }
    this.#running = false;
    const idle = this.#idle;
    this.#idle = undefined;
    idle?.settle();
  }

  *#write(group: Group): Task<DiskOutcome<undefined>> {
    const { segment, chunks } = group;
    if (!segment.hasFile) {
      const begun = yield* this.#hooks.begin(segment);
      if (!begun.ok) return begun;
    }
    if (chunks.length === 0) return done;
    const opened = yield* segment.open(true);
    if (!opened.ok) return opened;
    const appended = yield* opened.value.append(chunks);
    return appended.ok ? yield* this.#hooks.wrote(group) : appended;
  }

  #takeGroup(): Group {
    const segment = (this.#queue[0] as Pending).segment;
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    let count = 0;
    for (const { segment: of, batch } of this.#queue) {
      const sizeBytes = batch?.length ?? 0;
      const full = count === groupBatchesMax || (count > 0 && bytes + sizeBytes > groupBytesMax);
      if (of !== segment || full) break;
      if (batch !== undefined) chunks.push(batch);
      bytes += sizeBytes;
      count++;
    }
    const pending = this.#queue.splice(0, count);
    return { segment, pending, chunks, bytes, endOffset: (pending.at(-1) as Pending).endOffset };
  }
}
