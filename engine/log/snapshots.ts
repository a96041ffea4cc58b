// The `.snapshot` files of one log: producer state at an offset, so that opening the log replays little. Kept
// are one for each segment's base offset and the newest other one. A snapshot that does not match its
// checksum is removed and an older one taken: with none at all the whole log is replayed.

import { done, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ProducerStates } from '../core/producer-state.ts';
import type { DiskError } from '../ports.ts';
import { decodeMarker } from '../protocol/control-records.ts';
import type { RecordBatch } from '../protocol/record-batch.ts';
import { decodeRecords } from '../protocol/records.ts';
import type { DiskOutcome, Runtime } from '../runtime.ts';
import { joinPath, readWhole, removeIfThere, rewrite, segmentFileName } from './files.ts';
import type { Segment } from './segment.ts';
import { walkBatches } from './walk.ts';

export class Snapshots {
  readonly #runtime: Runtime;
  readonly #directory: string;
  /** Ascending. */
  #offsets: number[];

  constructor(runtime: Runtime, directory: string, offsets: readonly number[]) {
    this.#runtime = runtime;
    this.#directory = directory;
    this.#offsets = [...offsets].sort((a, b) => a - b);
  }

  /** Writes the state at `offset`, and removes what needs no longer be kept beside `baseOffsets`. */
  *write(offset: number, bytes: Uint8Array, baseOffsets: readonly number[]): Task<DiskOutcome<undefined>> {
    const written = yield* rewrite(this.#runtime, this.#path(offset), bytes);
    if (!written.ok) return written;
    if (!this.#offsets.includes(offset)) this.#offsets.push(offset);
    this.#offsets.sort((a, b) => a - b);
    const strays = this.#offsets.filter((at) => !baseOffsets.includes(at));
    for (const stray of strays.slice(0, -1)) {
      const removed = yield* this.remove(stray);
      if (!removed.ok) return removed;
    }
    return done;
  }

  *remove(offset: number): Task<DiskOutcome<undefined>> {
    if (!this.#offsets.includes(offset)) return done;
    this.#offsets = this.#offsets.filter((at) => at !== offset);
    return yield* removeIfThere(this.#runtime, this.#path(offset));
  }

  /** The log ends at `endOffset`: snapshots of what came after it are of another history. */
  *removeAbove(endOffset: number): Task<DiskOutcome<undefined>> {
    for (const offset of this.#offsets.filter((at) => at > endOffset)) {
      const removed = yield* this.remove(offset);
      if (!removed.ok) return removed;
    }
    return done;
  }

  /**
   * The state at `endOffset`: the newest good snapshot up to `notAbove`, and the batches since. A snapshot has only
   * the last batch of each producer (Kafka's format), the log has them all: where recovery walked segments anyway,
   * starting below them finds again the earlier batches that a producer without an answer may repeat. Kafka takes
   * the newest in every case, and answers such a repetition with OUT_OF_ORDER_SEQUENCE_NUMBER.
   */
  *restore(
    segments: readonly Segment[],
    endOffset: number,
    notAbove = endOffset,
  ): Task<Outcome<ProducerStates, DiskError>> {
    const removed = yield* this.removeAbove(endOffset);
    if (!removed.ok) return removed;
    for (;;) {
      const offset = this.#offsets.findLast((at) => at <= notAbove);
      if (offset === undefined) {
        const replayed = segments.some(({ writtenBytes }) => writtenBytes > 0);
        if (replayed) this.#runtime.reached('producer-snapshot-missing');
        return yield* replay(new ProducerStates(), segments, 0, endOffset);
      }
      const bytes = yield* readWhole(this.#runtime, this.#path(offset));
      if (!bytes.ok) return bytes;
      const states = ProducerStates.decodeSnapshot(bytes.value);
      this.#runtime.reached(states.ok ? 'producer-snapshot-used' : 'producer-snapshot-damaged');
      if (states.ok) return yield* replay(states.value, segments, offset, endOffset);
      const dropped = yield* this.remove(offset);
      if (!dropped.ok) return dropped;
    }
  }

  #path(offset: number): string {
    return joinPath(this.#directory, segmentFileName(offset, 'snapshot'));
  }
}

/** Brings the state from `fromOffset` to `endOffset` with the batches of the log. */
function* replay(
  states: ProducerStates,
  segments: readonly Segment[],
  fromOffset: number,
  endOffset: number,
): Task<Outcome<ProducerStates, DiskError>> {
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    if (segment.writtenBytes === 0 || (next !== undefined && next.baseOffset <= fromOffset)) continue;
    if (fromOffset >= endOffset) break;
    const indexes = yield* segment.indexes();
    if (!indexes.ok) return indexes;
    const opened = yield* segment.open(false);
    if (!opened.ok) return opened;
    const position = indexes.value.offsets.positionBefore(fromOffset);
    const walked = yield* walkBatches(opened.value, position, segment.writtenBytes, (batch) => {
      if (batch.lastOffset >= endOffset) return 'stop';
      if (batch.baseOffset >= fromOffset) rememberProducer(states, batch);
      return undefined;
    });
    if (!walked.ok) return walked;
    segment.dropIndexes();
  }
  return success(states);
}

/** Takes a batch of the log into the producer state; a marker carries its coordinator's epoch. */
export function rememberProducer(states: ProducerStates, batch: RecordBatch): void {
  if (batch.producerId < 0) return;
  let coordinatorEpoch = -1;
  if (batch.isControl) {
    const records = decodeRecords(batch);
    const record = records.ok ? records.value[0] : undefined;
    const marker = record === undefined ? undefined : decodeMarker(record);
    if (marker?.ok) coordinatorEpoch = marker.value?.coordinatorEpoch ?? -1;
  }
  states.update(batch, coordinatorEpoch);
}
