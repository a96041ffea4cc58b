// The state of one replica of a partition: who leads in which epoch, where the log ends, up to where it is committed.
// Pure: told what happened, it says what follows. What a leader knows of its followers is `reign.ts`.
//
// Two numbers order everything that is said of a partition. A leader epoch begins a reign; within it the partition
// epoch counts every other change (ISR, replicas). A role that is older by either is stale and changes nothing.

import { assert } from '../base/assert.ts';
import type { BrokerId, LeaderEpoch, Offset } from '../base/ids.ts';
import { ErrorCode } from '../errors.ts';
import type { FollowerFetch } from './follower-progress.ts';
import type { PartitionRole } from './partition-role.ts';
import { type IsrAnswer, type IsrProposal, Reign, type ReplicationFacts } from './reign.ts';

/** Up to where a reader may look. */
export type Isolation = 'read-uncommitted' | 'read-committed' | 'log-end';

export class PartitionState {
  readonly #self: BrokerId;
  readonly #facts: ReplicationFacts;
  #role: PartitionRole | undefined;
  #logEndOffset: Offset;
  #highWatermark: Offset;
  #reign: Reign | undefined;

  /** `highWatermark` is the checkpointed one: a lower bound, capped by the log end. */
  constructor(self: BrokerId, facts: ReplicationFacts, logEndOffset: Offset, highWatermark: Offset) {
    this.#self = self;
    this.#facts = facts;
    this.#logEndOffset = logEndOffset;
    this.#highWatermark = Math.min(highWatermark, logEndOffset);
  }

  /** The role of this replica today; none before the first was told. */
  get role(): PartitionRole {
    assert(this.#role !== undefined, 'a replica has a role once the metadata was applied');
    return this.#role;
  }

  get isLeader(): boolean {
    return this.#reign !== undefined;
  }

  /** Undefined unless this replica leads. */
  get reign(): Reign | undefined {
    return this.#reign;
  }

  get leaderEpoch(): LeaderEpoch {
    return this.#role?.leaderEpoch ?? -1;
  }

  /** The controller's count, or that of its answer to our own proposal, whichever is newer. */
  get partitionEpoch(): number {
    return this.#role?.partitionEpoch ?? -1;
  }

  get logEndOffset(): Offset {
    return this.#logEndOffset;
  }

  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  /** Where the current leader epoch begins in this log; 0 where another broker leads. */
  get epochStartOffset(): Offset {
    return this.#reign?.epochStartOffset ?? 0;
  }

  /** A leader of a new epoch has not yet shown that all of its log is committed: what it knows is a lower bound. */
  get highWatermarkIsCurrent(): boolean {
    return this.#reign === undefined || this.#highWatermark >= this.#reign.epochStartOffset;
  }

  /** Whether `role` is older than the one that is known. */
  isStale(role: PartitionRole): boolean {
    if (this.#role === undefined) return false;
    if (role.leaderEpoch !== this.#role.leaderEpoch) return role.leaderEpoch < this.#role.leaderEpoch;
    return role.partitionEpoch < this.#role.partitionEpoch;
  }

  /**
   * This replica leads. A new leader epoch begins at the end of the log, what is being written included, and nothing is
   * known of the followers; within the same epoch only ISR and replicas change. Returns whether the high watermark
   * moved.
   */
  becomeLeader(role: PartitionRole, nowMs: number, nextOffset = this.#logEndOffset): boolean {
    assert(role.leader === this.#self && !this.isStale(role), 'a leader takes up a role that is its own');
    if (this.#reign === undefined || role.leaderEpoch > this.leaderEpoch) {
      this.#reign = new Reign(this.#self, this.#facts, role, nextOffset, nowMs);
    } else {
      this.#reign.committed(role, nowMs);
    }
    this.#role = role;
    return this.#advance(nowMs);
  }

  /** Another replica leads, or nobody does. */
  becomeFollower(role: PartitionRole): void {
    assert(role.leader !== this.#self && !this.isStale(role), 'a follower has another leader');
    this.#reign = undefined;
    this.#role = role;
  }

  // ---- the log moved

  /** The log grew. Returns whether the high watermark moved. */
  logEndMoved(logEndOffset: Offset, nowMs: number): boolean {
    assert(logEndOffset >= this.#logEndOffset, 'the end of a log never goes back but by a cut');
    this.#logEndOffset = logEndOffset;
    return this.#advance(nowMs);
  }

  /**
   * The log was cut, or begun again elsewhere: nothing beyond its end is committed. All below its start is, also where
   * that lies inside the first batch to come.
   */
  logWasCut(logEndOffset: Offset, logStartOffset: Offset = 0): void {
    assert(!this.isLeader, 'a leader never cuts its log');
    this.#logEndOffset = logEndOffset;
    this.#highWatermark = Math.max(Math.min(this.#highWatermark, logEndOffset), logStartOffset);
  }

  // ---- as a leader

  /**
   * A follower fetched: all below is in its log. It joins the ISR, if it may, before the high watermark moves, which
   * must wait for it from then on.
   */
  followerFetched(
    fetch: FollowerFetch,
    nowMs: number,
  ): { readonly proposal: IsrProposal | undefined; readonly highWatermarkMoved: boolean } {
    assert(this.#reign !== undefined, 'only a leader is fetched from');
    this.#reign.fetched(fetch, this.#logEndOffset, nowMs);
    const proposal = this.#reign.expansionBy(fetch.follower, this.#highWatermark);
    return { proposal, highWatermarkMoved: this.#advance(nowMs) };
  }

  /** The ISR without those that have lagged for too long. */
  shrinkage(nowMs: number): IsrProposal | undefined {
    return this.#reign?.shrinkage(this.#logEndOffset, nowMs);
  }

  /**
   * The controller answered a proposal. An answer to a proposal that is not the one in flight is of another time, and
   * is passed over.
   */
  proposalAnswered(
    proposal: IsrProposal,
    answer: IsrAnswer,
    nowMs: number,
  ): { readonly retry: boolean; readonly highWatermarkMoved: boolean } {
    const nothing = { retry: false, highWatermarkMoved: false };
    if (this.#reign === undefined || this.#reign.proposal !== proposal) return nothing;
    const followUp = this.#reign.answered(answer);
    if (followUp === 'retry') return { retry: true, highWatermarkMoved: false };
    if (followUp === 'committed') {
      const { isr, partitionEpoch } = this.#reign;
      this.#role = { ...this.role, isr, partitionEpoch };
    }
    return { retry: false, highWatermarkMoved: this.#advance(nowMs) };
  }

  /** Whether acks=all may append: the effective minimum never exceeds the replication factor. */
  hasEnoughReplicas(): boolean {
    return this.#reign?.hasEnough('committed') ?? false;
  }

  /** Whether acks=all may be answered. Members that are being added count: the high watermark has waited for them. */
  hadEnoughReplicas(): boolean {
    return this.#reign?.hasEnough('maximal') ?? false;
  }

  // ---- as a follower

  /** What the leader told with what it sent. It may be lower than what is known here: a new leader knows less. */
  leaderToldHighWatermark(highWatermark: Offset, logStartOffset: Offset): boolean {
    assert(!this.isLeader, 'a leader knows its own high watermark');
    const capped = Math.min(Math.max(highWatermark, logStartOffset), this.#logEndOffset);
    if (capped === this.#highWatermark) return false;
    this.#highWatermark = capped;
    return true;
  }

  // ---- for readers

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

  /** Holds the epoch that whoever asks believes in against ours; -1 asks for no check (KIP-320). */
  checkLeaderEpoch(currentLeaderEpoch: LeaderEpoch): number {
    if (currentLeaderEpoch < 0) return ErrorCode.NONE;
    if (currentLeaderEpoch < this.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
    if (currentLeaderEpoch > this.leaderEpoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
    return ErrorCode.NONE;
  }

  // Never back, on a leader: what was committed once stays so.
  #advance(nowMs: number): boolean {
    const committed = this.#reign?.committedUpTo(this.#logEndOffset, nowMs) ?? -1;
    if (committed <= this.#highWatermark) return false;
    this.#highWatermark = committed;
    return true;
  }
}
