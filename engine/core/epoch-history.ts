// The leader epochs of one log: which reign wrote from which offset on. Pure. Kafka keeps it in
// `leader-epoch-checkpoint`; the rules are those of its LeaderEpochFileCache. Also here: by how much a
// follower cuts its log when the leader's history disagrees with its own (KIP-101, KIP-279).

import type { LeaderEpoch, Offset } from '../base/ids.ts';

export interface EpochStart {
  readonly epoch: LeaderEpoch;
  readonly startOffset: Offset;
}

/** Where an epoch ends in a log; both -1 when the log cannot tell. */
export interface EpochEnd {
  readonly leaderEpoch: LeaderEpoch;
  readonly endOffset: Offset;
}

export const unknownEpochEnd: EpochEnd = { leaderEpoch: -1, endOffset: -1 };

export class EpochHistory {
  /** Both members strictly ascending. */
  #entries: EpochStart[];
  #revision = 0;

  constructor(entries: readonly EpochStart[] = []) {
    this.#entries = [...entries];
  }

  get entries(): readonly EpochStart[] {
    return this.#entries;
  }

  /** Goes up with every change: whoever keeps the file compares it with the one that was written. */
  get revision(): number {
    return this.#revision;
  }

  /** -1 where there is none. */
  get latestEpoch(): LeaderEpoch {
    return this.#entries.at(-1)?.epoch ?? -1;
  }

  /**
   * From `startOffset` on `epoch` writes. Entries that contradict it (a higher epoch, or one said to begin at
   * or after it) were never backed by a record that survived, and go. Returns whether anything changed.
   */
  assign(epoch: LeaderEpoch, startOffset: Offset): boolean {
    const latest = this.#entries.at(-1);
    if (latest !== undefined && latest.epoch === epoch && latest.startOffset <= startOffset) return false;
    this.#entries = this.#entries.filter((entry) => entry.epoch < epoch && entry.startOffset < startOffset);
    this.#entries.push({ epoch, startOffset });
    this.#revision++;
    return true;
  }

  /** The end of the largest epoch up to `requested`: what OffsetForLeaderEpoch answers. */
  endOffsetFor(requested: LeaderEpoch, logEndOffset: Offset): EpochEnd {
    const latest = this.#entries.at(-1);
    if (requested < 0 || latest === undefined || requested > latest.epoch) return unknownEpochEnd;
    if (requested === latest.epoch) return { leaderEpoch: requested, endOffset: logEndOffset };
    const higher = this.#entries.findIndex((entry) => entry.epoch > requested);
    const endOffset = (this.#entries[higher] as EpochStart).startOffset;
    const floor = this.#entries[higher - 1];
    return { leaderEpoch: floor === undefined ? requested : floor.epoch, endOffset };
  }

  /** The epoch whose leader wrote `offset`; -1 when the history begins after it. */
  epochAt(offset: Offset): LeaderEpoch {
    let found: LeaderEpoch = -1;
    for (const entry of this.#entries) {
      if (entry.startOffset > offset) break;
      found = entry.epoch;
    }
    return found;
  }

  /**
   * The log ends at `endOffset` now: epochs that begin there or later are forgotten. Returns whether any was.
   */
  truncateFromEnd(endOffset: Offset): boolean {
    const kept = this.#entries.filter((entry) => entry.startOffset < endOffset);
    if (kept.length === this.#entries.length) return false;
    this.#entries = kept;
    this.#revision++;
    return true;
  }

  /**
   * The log begins at `startOffset` now: the epoch that covers it begins there, those before are forgotten.
   */
  truncateFromStart(startOffset: Offset): boolean {
    const first = this.#entries[0];
    if (first === undefined || first.startOffset >= startOffset) return false;
    const later = this.#entries.filter((entry) => entry.startOffset > startOffset);
    const covering = this.#entries[this.#entries.length - later.length - 1] as EpochStart;
    this.#entries = [{ epoch: covering.epoch, startOffset }, ...later];
    this.#revision++;
    return true;
  }

  clear(): void {
    this.#entries = [];
    this.#revision++;
  }
}

/**
 * What a follower does with its leader's answer. Not complete: cut, then ask again with the epoch that is
 * last now.
 */
export interface Truncation {
  readonly offset: Offset;
  readonly complete: boolean;
}

/**
 * `answer` is the leader's end for the follower's last epoch, `own` the follower's history. An answer without
 * an epoch (the leader knows none) can only be cut to the leader's end, and one without an offset to the high
 * watermark.
 */
export function truncationFor(
  own: EpochHistory,
  logEndOffset: Offset,
  highWatermark: Offset,
  answer: EpochEnd,
): Truncation {
  if (answer.endOffset < 0) return { offset: Math.min(highWatermark, logEndOffset), complete: true };
  const capped = Math.min(answer.endOffset, logEndOffset);
  if (answer.leaderEpoch < 0) return { offset: capped, complete: true };
  const mine = own.endOffsetFor(answer.leaderEpoch, logEndOffset);
  if (mine.endOffset < 0) return { offset: capped, complete: true };
  if (mine.leaderEpoch !== answer.leaderEpoch) {
    return { offset: Math.min(mine.endOffset, logEndOffset), complete: false };
  }
  return { offset: Math.min(mine.endOffset, capped), complete: true };
}
