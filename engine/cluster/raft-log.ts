// The metadata log as Raft uses it: what a leader appends, what a follower takes over, what is cut, what is read for
// others. Each of these ends with what became of the log, for the machine to know.

import { assert } from '../base/assert.ts';
import { zeroUuid } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { EpochStart } from '../core/epoch-history.ts';
import type { LogAtBoot } from '../core/raft/events.ts';
import type { OffsetAndEpoch } from '../core/raft/messages.ts';
import type { Log } from '../log/log.ts';
import { concat } from '../protocol/bytes.ts';
import { encodeMessage } from '../protocol/codec.ts';
import { controlKey } from '../protocol/control-records.ts';
import { leaderChangeMessage } from '../protocol/messages/control-records.ts';
import { type RecordBatch, wholeBatchesOf } from '../protocol/record-batch.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';

export interface AppendedBatches {
  readonly baseOffset: number;
  readonly endOffset: number;
  readonly epochs: readonly EpochStart[];
}

/** What keeps a disk from being used any more, for people. */
export type StorageOutcome<T> = Outcome<T, string>;

export class RaftLog {
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  get startOffset(): number {
    return this.#log.logStartOffset;
  }

  get endOffset(): number {
    return this.#log.logEndOffset;
  }

  /** Everything below survives a power loss. */
  get flushedOffset(): number {
    return this.#log.recoveryPoint;
  }

  get directory(): string {
    return this.#log.directory;
  }

  /**
   * As the machine wants to know it at boot; everything in it is durable when this returns. The log is brought in line
   * with the newest snapshot first, in case the life before was stopped between the two: a log that does not reach the
   * snapshot's end, or does not agree with it there, starts over behind it.
   */
  *atBoot(snapshotId: OffsetAndEpoch | undefined): Task<StorageOutcome<LogAtBoot>> {
    const aligned = snapshotId === undefined ? success(undefined) : yield* this.#align(snapshotId);
    if (!aligned.ok) return aligned;
    const flushed = yield* this.flush();
    if (!flushed.ok) return flushed;
    const { startOffset, endOffset } = this;
    if (startOffset > 0 && startOffset !== snapshotId?.endOffset) {
      return failure(`the metadata log starts at ${startOffset}, and no snapshot ends there`);
    }
    const startEpoch = startOffset === 0 ? 0 : (snapshotId?.epoch ?? 0);
    return success({ startOffset, startEpoch, endOffset, epochs: this.#log.epochs.entries, snapshotId });
  }

  /**
   * A log is emptied only when it is known to be of no use. Where its epochs do not reach back to the last record of
   * the snapshot, it was made to start behind this snapshot once, and agreed with it then; only the start was
   * forgotten.
   */
  *#align({ endOffset, epoch }: OffsetAndEpoch): Task<StorageOutcome<undefined>> {
    if (this.startOffset > endOffset) return success(undefined);
    const found = this.#log.epochs.epochAt(endOffset - 1);
    const disagrees = this.startOffset < endOffset && found >= 0 && found !== epoch;
    if (disagrees || this.endOffset < endOffset) return yield* this.startOver(endOffset);
    return yield* this.deleteBefore(endOffset);
  }

  /** Nothing is left; the next batch is that at `offset`. */
  *startOver(offset: number): Task<StorageOutcome<undefined>> {
    const emptied = yield* this.#log.startOverAt(offset);
    return emptied.ok ? emptied : failure(`the metadata log cannot start over: ${emptied.error.detail}`);
  }

  /** What is below is in a snapshot. */
  *deleteBefore(offset: number): Task<StorageOutcome<undefined>> {
    const deleted = yield* this.#log.deleteRecordsTo(offset);
    return deleted.ok ? deleted : failure(`the metadata log cannot be shortened: ${deleted.error.detail}`);
  }

  /** A leader's batch, not flushed yet. */
  *append(batch: Uint8Array, leaderEpoch: number, nowMs: number): Task<StorageOutcome<AppendedBatches>> {
    assert(batch.length <= this.#log.batchBytesMax, 'a command fits into a batch');
    const { baseOffset, written } = this.#log.append(batch, { leaderEpoch, nowMs });
    const outcome = yield* written.wait();
    if (!outcome.ok) return failure(`the metadata log cannot be written: ${outcome.error.detail}`);
    const epochs = [{ epoch: leaderEpoch, startOffset: baseOffset }];
    return success({ baseOffset, endOffset: this.endOffset, epochs });
  }

  /**
   * What a follower fetched, flushed. Taken are whole batches with a right checksum that continue this log, up to the
   * follower's own epoch: the leader may have read what a later one wrote (KAFKA-18723). The rest is fetched again.
   */
  *appendFetched(bytes: Uint8Array, epoch: number): Task<StorageOutcome<AppendedBatches>> {
    const baseOffset = this.endOffset;
    const batches = acceptable(bytes, baseOffset, this.#log.epochs.latestEpoch, epoch);
    if (batches.length === 0) return success({ baseOffset, endOffset: baseOffset, epochs: [] });
    const { written } = this.#log.appendAsFollower(concat(batches.map(({ batchBytes }) => batchBytes)));
    const outcome = yield* written.wait();
    if (!outcome.ok) return failure(`the metadata log cannot be written: ${outcome.error.detail}`);
    const flushed = yield* this.flush();
    if (!flushed.ok) return flushed;
    return success({ baseOffset, endOffset: this.endOffset, epochs: epochStarts(batches) });
  }

  *flush(): Task<StorageOutcome<undefined>> {
    const flushed = yield* this.#log.flush();
    return flushed.ok ? flushed : failure(`the metadata log cannot be made durable: ${flushed.error.detail}`);
  }

  *truncate(offset: number): Task<StorageOutcome<undefined>> {
    const cut = yield* this.#log.truncateTo(offset);
    return cut.ok ? cut : failure(`the metadata log cannot be cut: ${cut.error.detail}`);
  }

  /** Whole batches from `offset` on, all below `upToOffset`. */
  *read(offset: number, upToOffset: number, maxBytes: number): Task<StorageOutcome<Uint8Array>> {
    const read = yield* this.#log.read(offset, { maxBytes, upToOffset, atLeastOneBatch: true });
    if (read.ok) return read;
    return failure(`the metadata log cannot be read at offset ${offset}: ${read.error.kind}`);
  }
}

function acceptable(bytes: Uint8Array, offset: number, lastEpoch: number, epochMax: number): RecordBatch[] {
  const accepted: RecordBatch[] = [];
  let nextOffset = offset;
  let epoch = lastEpoch;
  for (const batch of wholeBatchesOf(bytes).batches) {
    const { partitionLeaderEpoch } = batch;
    const continues = batch.baseOffset === nextOffset && partitionLeaderEpoch >= epoch;
    if (!continues || partitionLeaderEpoch > epochMax || !batch.isCrcValid()) break;
    accepted.push(batch);
    nextOffset = batch.nextOffset;
    epoch = partitionLeaderEpoch;
  }
  return accepted;
}

function epochStarts(batches: readonly RecordBatch[]): EpochStart[] {
  const starts: EpochStart[] = [];
  for (const { partitionLeaderEpoch: epoch, baseOffset: startOffset } of batches) {
    if (starts.at(-1)?.epoch !== epoch) starts.push({ epoch, startOffset });
  }
  return starts;
}

function withoutDirectory(voterId: number): { voterId: number; voterDirectoryId: string } {
  return { voterId, voterDirectoryId: zeroUuid };
}

/** The first record of a leader's epoch, in the version of static voters. */
export function leaderChangeBatch(
  leaderId: number,
  voters: readonly number[],
  grantingVoters: readonly number[],
  nowMs: number,
): Uint8Array {
  const value = encodeMessage(leaderChangeMessage, 0, {
    version: 0,
    leaderId,
    voters: voters.map(withoutDirectory),
    grantingVoters: grantingVoters.map(withoutDirectory),
  });
  return buildBatch({
    isControl: true,
    records: [{ timestamp: nowMs, key: controlKey('leaderChange'), value }],
  });
}
