// What the machine knows of its own log: where it starts and ends, how much of it is durable, which epoch wrote what.
// Nothing is known here that the log's owner did not tell. Also the two questions about logs that parted: what a leader
// answers to a Fetch, and where a follower cuts.

import { assert } from '../../base/assert.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import { EpochHistory, type EpochStart } from '../epoch-history.ts';
import type { LogAtBoot } from './events.ts';
import type { OffsetAndEpoch } from './messages.ts';

/** What a leader thinks of a follower's position. */
export type FetchPositionVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'diverging'; readonly end: OffsetAndEpoch }
  | { readonly kind: 'snapshot'; readonly snapshotId: OffsetAndEpoch };

export class LogFacts {
  #epochs: EpochHistory;
  #startOffset: Offset;
  #startEpoch: LeaderEpoch;
  #endOffset: Offset;
  #flushedOffset: Offset;
  #snapshotId: OffsetAndEpoch | undefined;

  /** What is found at boot is durable: recovery saw to it. */
  constructor({ startOffset, startEpoch, endOffset, epochs, snapshotId }: LogAtBoot) {
    assert(startOffset <= endOffset, 'a log does not end before it starts');
    this.#epochs = new EpochHistory(epochs);
    this.#startOffset = startOffset;
    this.#startEpoch = startEpoch;
    this.#endOffset = endOffset;
    this.#flushedOffset = endOffset;
    this.#snapshotId = snapshotId;
  }

  get startOffset(): Offset {
    return this.#startOffset;
  }

  get endOffset(): Offset {
    return this.#endOffset;
  }

  /** Everything below survives a power loss: what a leader may count for itself. */
  get flushedOffset(): Offset {
    return this.#flushedOffset;
  }

  get snapshotId(): OffsetAndEpoch | undefined {
    return this.#snapshotId;
  }

  /** Of the last record, also when only a snapshot remembers it; 0 in a log that never had one. */
  get lastEpoch(): LeaderEpoch {
    return Math.max(this.#epochs.latestEpoch, this.#startEpoch);
  }

  /** Whether a log with this end has everything that may be committed here (section 5.4.1 of the Raft paper). */
  isAtLeast(lastEpoch: LeaderEpoch, endOffset: Offset): boolean {
    return lastEpoch > this.lastEpoch || (lastEpoch === this.lastEpoch && endOffset >= this.#endOffset);
  }

  appended(endOffset: Offset, epochs: readonly EpochStart[]): void {
    assert(endOffset >= this.#endOffset, 'an append moves the log end forwards');
    for (const { epoch, startOffset } of epochs) {
      assert(epoch >= this.lastEpoch, 'epochs in a log only rise');
      this.#epochs.assign(epoch, startOffset);
    }
    this.#endOffset = endOffset;
  }

  /** A flush that began before a cut may tell of an end that is no more. */
  flushed(endOffset: Offset): void {
    this.#flushedOffset = Math.max(this.#flushedOffset, Math.min(endOffset, this.#endOffset));
  }

  truncated(endOffset: Offset): void {
    assert(endOffset >= this.#startOffset, 'what a snapshot stands for is committed and is not cut');
    this.#endOffset = Math.min(this.#endOffset, endOffset);
    this.#flushedOffset = Math.min(this.#flushedOffset, endOffset);
    this.#epochs.truncateFromEnd(endOffset);
  }

  replaced(snapshotId: OffsetAndEpoch): void {
    this.#epochs = new EpochHistory();
    this.#startOffset = snapshotId.endOffset;
    this.#startEpoch = snapshotId.epoch;
    this.#endOffset = snapshotId.endOffset;
    this.#flushedOffset = snapshotId.endOffset;
    this.#snapshotId = snapshotId;
  }

  /** One that is overtaken by the leader's is of no interest. */
  snapshotTaken(snapshotId: OffsetAndEpoch): void {
    if (snapshotId.endOffset > (this.#snapshotId?.endOffset ?? -1)) this.#snapshotId = snapshotId;
  }

  startMoved(startOffset: Offset, startEpoch: LeaderEpoch): void {
    assert(startOffset <= this.#endOffset, 'a log does not start behind its end');
    if (startOffset <= this.#startOffset) return;
    this.#startOffset = startOffset;
    this.#startEpoch = startEpoch;
    this.#epochs.truncateFromStart(startOffset);
  }

  /** Where the largest epoch up to `epoch` ends here; of an epoch that never was here, the end of all. */
  endOffsetFor(epoch: LeaderEpoch): OffsetAndEpoch {
    const end = this.#epochs.endOffsetFor(epoch, this.#endOffset);
    if (end.endOffset < 0) return { endOffset: this.#endOffset, epoch: this.lastEpoch };
    return { endOffset: end.endOffset, epoch: end.leaderEpoch };
  }

  /** Whether a follower's log, which ends at `fetchOffset` in `lastFetchedEpoch`, is a beginning of this one. */
  judgePosition(fetchOffset: Offset, lastFetchedEpoch: LeaderEpoch): FetchPositionVerdict {
    if (this.#startOffset === 0 && fetchOffset === 0 && lastFetchedEpoch === 0) return { kind: 'valid' };
    const onlyInSnapshot =
      fetchOffset < this.#startOffset ||
      lastFetchedEpoch < this.#startEpoch ||
      // The record before the start is gone: only its epoch, which the snapshot knows, can tell whether logs parted
      // there.
      (fetchOffset === this.#startOffset && lastFetchedEpoch !== this.#startEpoch);
    if (this.#startOffset > 0 && onlyInSnapshot) {
      assert(this.#snapshotId !== undefined, 'a log that does not start at 0 has a snapshot');
      return { kind: 'snapshot', snapshotId: this.#snapshotId };
    }
    const end = this.endOffsetFor(lastFetchedEpoch);
    return end.epoch === lastFetchedEpoch && end.endOffset >= fetchOffset
      ? { kind: 'valid' }
      : { kind: 'diverging', end };
  }

  /**
   * Where to cut, given where the leader's log parted from this one. Where the leader names an epoch that this log does
   * not have, everything of higher epochs goes, and the next Fetch asks again.
   */
  truncationOffsetFor(diverging: OffsetAndEpoch): Offset {
    const own = this.endOffsetFor(diverging.epoch);
    return own.epoch === diverging.epoch ? Math.min(own.endOffset, diverging.endOffset) : own.endOffset;
  }
}
