// The state of one partition as its leader sees it: epoch, in-sync replicas, log end, high watermark. Pure: told what
// happened, it says what follows. Today the leader is the only replica, and the arithmetic is already that of many.

import { assert } from '../base/assert.ts';
import type { BrokerId, LeaderEpoch, Offset } from '../base/ids.ts';
import { ErrorCode } from '../errors.ts';

/** Up to where a reader may look. */
export type Isolation = 'read-uncommitted' | 'read-committed' | 'log-end';

export interface PartitionRole {
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: number;
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
}

export class PartitionState {
  readonly #self: BrokerId;
  #role: PartitionRole;
  #logEndOffset: Offset;
  #highWatermark: Offset;
  #epochStartOffset: Offset;

  /** `highWatermark` is the checkpointed one: a lower bound, capped by the log end. */
  constructor(self: BrokerId, role: PartitionRole, logEndOffset: Offset, highWatermark: Offset) {
    this.#self = self;
    this.#role = role;
    this.#logEndOffset = logEndOffset;
    this.#epochStartOffset = logEndOffset;
    this.#highWatermark = Math.min(highWatermark, logEndOffset);
    this.#advance();
  }

  get role(): PartitionRole {
    return this.#role;
  }

  get isLeader(): boolean {
    return this.#role.leader === this.#self;
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#role.leaderEpoch;
  }

  get logEndOffset(): Offset {
    return this.#logEndOffset;
  }

  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  /** Where the current leader epoch begins in this log. */
  get epochStartOffset(): Offset {
    return this.#epochStartOffset;
  }

  /** A new leader epoch begins at the current end of the log. */
  becomeLeader(role: PartitionRole): void {
    assert(role.leaderEpoch >= this.#role.leaderEpoch, 'leader epochs never go back');
    if (role.leaderEpoch > this.#role.leaderEpoch) this.#epochStartOffset = this.#logEndOffset;
    this.#role = role;
    this.#advance();
  }

  /** The log grew. Returns whether the high watermark moved. */
  logEndMoved(logEndOffset: Offset): boolean {
    assert(logEndOffset >= this.#logEndOffset, 'the end of a leader’s log never goes back');
    this.#logEndOffset = logEndOffset;
    return this.#advance();
  }

  /** The first offset that a reader of this isolation may not see. */
  readableUpTo(isolation: Isolation, firstUndecidedOffset: Offset | undefined): Offset {
    if (isolation === 'log-end') return this.#logEndOffset;
    if (isolation === 'read-uncommitted') return this.#highWatermark;
    return this.lastStableOffset(firstUndecidedOffset);
  }

  /** Below it every transaction is decided and its marker replicated (UnifiedLog.lastStableOffset). */
  lastStableOffset(firstUndecidedOffset: Offset | undefined): Offset {
    return Math.min(this.#highWatermark, firstUndecidedOffset ?? this.#highWatermark);
  }

  /** Holds the epoch that a client believes in against ours; -1 asks for no check (KIP-320). */
  checkLeaderEpoch(currentLeaderEpoch: LeaderEpoch): number {
    if (currentLeaderEpoch < 0) return ErrorCode.NONE;
    if (currentLeaderEpoch < this.#role.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
    if (currentLeaderEpoch > this.#role.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
    return ErrorCode.NONE;
  }

  /** Whether acks=all may append and be answered: the effective minimum never exceeds the replication factor. */
  hasEnoughReplicas(minInsyncReplicas: number): boolean {
    return this.#role.isr.length >= Math.min(minInsyncReplicas, this.#role.replicas.length);
  }

  // The minimum of the log ends of all in-sync replicas. With the leader as the only member that is its own end.
  #advance(): boolean {
    if (!this.isLeader) return false;
    assert(
      this.#role.isr.length === 1 && this.#role.isr[0] === this.#self,
      'one broker: the leader is the whole ISR',
    );
    if (this.#logEndOffset <= this.#highWatermark) return false;
    this.#highWatermark = this.#logEndOffset;
    return true;
  }
}
