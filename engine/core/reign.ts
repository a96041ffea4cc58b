// One reign of a leader over a partition: its followers, the ISR as committed and as proposed, and what follows for
// the high watermark. Pure. The rules are those of Kafka's Partition (KIP-497, KIP-841, KIP-903, KIP-966).
//
// While a change of the ISR is in flight nobody knows which one holds, so both do: the high watermark waits for every
// member of either (the maximal ISR), and what needs a minimum of members counts the committed one. There is one
// proposal in flight, never two.

import type { BrokerId, LeaderEpoch, Offset } from '../base/ids.ts';
import { ErrorCode } from '../errors.ts';
import { type FollowerFetch, FollowerProgress } from './follower-progress.ts';
import type { PartitionRole } from './partition-role.ts';

/** What a leader must know of the world; asked each time, since all of it may change. */
export interface ReplicationFacts {
  readonly lagTimeMaxMs: () => number;
  readonly minInsyncReplicas: () => number;
  /** The epoch of a broker that may join an ISR; undefined while it is unknown, fenced or shutting down. */
  readonly activeBrokerEpoch: (broker: BrokerId) => number | undefined;
  /** The epoch of a broker that is not fenced. */
  readonly aliveBrokerEpoch: (broker: BrokerId) => number | undefined;
  /** Of this broker, as it last registered. */
  readonly ownBrokerEpoch: () => number;
}

/** An ISR that the leader asks the controller for. Compared by identity. */
export interface IsrProposal {
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: number;
  readonly isr: readonly { readonly brokerId: BrokerId; readonly brokerEpoch: number }[];
}

/** What the controller said to a proposal. */
export type IsrAnswer =
  | { readonly kind: 'error'; readonly errorCode: number }
  | {
      readonly kind: 'accepted';
      readonly leaderEpoch: LeaderEpoch;
      readonly partitionEpoch: number;
      readonly isr: readonly BrokerId[];
    };

/**
 * Errors after which the proposal stays as it is until the metadata log tells how things stand: who asks again would
 * hear the same, and who took the proposal back would forget members that the controller may have added.
 */
const untilMetadataTells: ReadonlySet<number> = new Set([
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.INVALID_UPDATE_VERSION,
  ErrorCode.INVALID_REQUEST,
  ErrorCode.NEW_LEADER_ELECTED,
]);

export class Reign {
  readonly leaderEpoch: LeaderEpoch;
  /** Where this reign begins in the log. */
  readonly epochStartOffset: Offset;
  readonly #self: BrokerId;
  readonly #facts: ReplicationFacts;
  readonly #followers = new Map<BrokerId, FollowerProgress>();
  #replicas: readonly BrokerId[];
  #isr: readonly BrokerId[];
  #partitionEpoch: number;
  #proposal: IsrProposal | undefined;

  constructor(
    self: BrokerId,
    facts: ReplicationFacts,
    role: PartitionRole,
    epochStartOffset: Offset,
    nowMs: number,
  ) {
    this.#self = self;
    this.#facts = facts;
    this.leaderEpoch = role.leaderEpoch;
    this.epochStartOffset = epochStartOffset;
    this.#replicas = role.replicas;
    this.#isr = role.isr;
    this.#partitionEpoch = role.partitionEpoch;
    this.#meetFollowers(nowMs);
  }

  /** The committed in-sync replicas. */
  get isr(): readonly BrokerId[] {
    return this.#isr;
  }

  get partitionEpoch(): number {
    return this.#partitionEpoch;
  }

  /** The one in flight. */
  get proposal(): IsrProposal | undefined {
    return this.#proposal;
  }

  follower(id: BrokerId): FollowerProgress | undefined {
    return this.#followers.get(id);
  }

  followers(): IterableIterator<FollowerProgress> {
    return this.#followers.values();
  }

  /**
   * The metadata log tells of this reign: a newer partition epoch ends every uncertainty of ours. The present one,
   * which an answer of the controller may have told before, says nothing of a proposal that was made upon it. (Kafka's
   * leader forgets such a proposal, and may commit what a member lacks that the controller admits meanwhile.) What
   * followers have stays known.
   */
  committed(role: PartitionRole, nowMs: number): void {
    this.#replicas = role.replicas;
    this.#isr = role.isr;
    if (role.partitionEpoch > this.#partitionEpoch) this.#proposal = undefined;
    this.#partitionEpoch = role.partitionEpoch;
    this.#meetFollowers(nowMs);
  }

  fetched(fetch: FollowerFetch, logEndOffset: Offset, nowMs: number): void {
    this.#followers.get(fetch.follower)?.fetched(fetch, logEndOffset, nowMs);
  }

  /**
   * Why a follower's fetch cannot be served, or NONE. A replica that is not assigned may be one that we have not heard
   * of yet: with our own epoch in its request it is told to ask again. An older life of its broker must not speak for
   * the present one (KIP-903).
   */
  checkFollower(follower: BrokerId, brokerEpoch: number, tellsLeaderEpoch: boolean): number {
    if (!this.#followers.has(follower)) {
      return tellsLeaderEpoch ? ErrorCode.UNKNOWN_LEADER_EPOCH : ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    const alive = this.#facts.aliveBrokerEpoch(follower);
    if (brokerEpoch >= 0 && alive !== undefined && brokerEpoch < alive) {
      return ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    return ErrorCode.NONE;
  }

  /** Whether as many replicas are in sync as acks=all demands, and never more than there are. */
  hasEnough(which: 'committed' | 'maximal'): boolean {
    const { length } = which === 'committed' ? this.#isr : this.#maximalIsr();
    return length >= this.#replicas.length || length >= this.#facts.minInsyncReplicas();
  }

  /**
   * Up to where every replica has the log that could lead next: all of the maximal ISR, and those that have caught up
   * and are about to join. -1 while too few are in sync: such records could still be lost by rule (KIP-966).
   */
  committedUpTo(logEndOffset: Offset, nowMs: number): Offset {
    if (!this.hasEnough('committed')) return -1;
    let committed = logEndOffset;
    for (const follower of this.#followers.values()) {
      if (follower.logEndOffset >= committed) continue;
      if (this.#isInMaximalIsr(follower.id) || this.#isAboutToJoin(follower, logEndOffset, nowMs)) {
        committed = follower.logEndOffset;
      }
    }
    return committed;
  }

  /** Of all replicas whose brokers live, the lowest log start: nobody can read below it any more. */
  lowWatermark(ownLogStartOffset: Offset): Offset {
    let lowest = ownLogStartOffset;
    for (const { id, logStartOffset } of this.#followers.values()) {
      if (this.#facts.aliveBrokerEpoch(id) !== undefined) lowest = Math.min(lowest, logStartOffset);
    }
    return lowest;
  }

  // ---- the ISR

  /**
   * A follower joins when it has all that is committed and all that was there when this reign began: the leader of a
   * new epoch may itself not know yet how much is committed (KAFKA-7128).
   */
  expansionBy(id: BrokerId, highWatermark: Offset): IsrProposal | undefined {
    const follower = this.#followers.get(id);
    if (this.#proposal !== undefined || follower === undefined) return undefined;
    if (this.#isr.includes(id) || !this.#mayJoin(follower)) return undefined;
    if (follower.logEndOffset < Math.max(highWatermark, this.epochStartOffset)) return undefined;
    return this.#propose([...this.#isr, id]);
  }

  shrinkage(logEndOffset: Offset, nowMs: number): IsrProposal | undefined {
    if (this.#proposal !== undefined) return undefined;
    const lagTimeMaxMs = this.#facts.lagTimeMaxMs();
    const inSync = this.#isr.filter((id) => {
      if (id === this.#self) return true;
      return this.#followers.get(id)?.isCaughtUp(logEndOffset, nowMs, lagTimeMaxMs) ?? false;
    });
    return inSync.length === this.#isr.length ? undefined : this.#propose(inSync);
  }

  /** 'waits': the proposal stays as it is; 'retry': it is to be sent again. */
  answered(answer: IsrAnswer): 'committed' | 'reset' | 'waits' | 'retry' {
    if (answer.kind === 'error') {
      const { errorCode } = answer;
      if (errorCode === ErrorCode.INELIGIBLE_REPLICA || errorCode === ErrorCode.OPERATION_NOT_ATTEMPTED) {
        this.#proposal = undefined;
        return 'reset';
      }
      return untilMetadataTells.has(errorCode) ? 'waits' : 'retry';
    }
    if (answer.leaderEpoch !== this.leaderEpoch || answer.partitionEpoch < this.#partitionEpoch)
      return 'waits';
    this.#isr = answer.isr;
    this.#partitionEpoch = answer.partitionEpoch;
    this.#proposal = undefined;
    return 'committed';
  }

  #propose(isr: readonly BrokerId[]): IsrProposal {
    this.#proposal = {
      leaderEpoch: this.leaderEpoch,
      partitionEpoch: this.#partitionEpoch,
      isr: isr.map((brokerId) => ({ brokerId, brokerEpoch: this.#brokerEpochOf(brokerId) })),
    };
    return this.#proposal;
  }

  /** -1, which the controller does not check, for a member of the ISR that has not fetched in this reign. */
  #brokerEpochOf(id: BrokerId): number {
    if (id === this.#self) return this.#facts.ownBrokerEpoch();
    return this.#followers.get(id)?.brokerEpoch ?? -1;
  }

  #maximalIsr(): readonly BrokerId[] {
    if (this.#proposal === undefined) return this.#isr;
    const added = this.#proposal.isr.map(({ brokerId }) => brokerId).filter((id) => !this.#isr.includes(id));
    return added.length === 0 ? this.#isr : [...this.#isr, ...added];
  }

  #isInMaximalIsr(id: BrokerId): boolean {
    if (this.#isr.includes(id)) return true;
    return this.#proposal?.isr.some(({ brokerId }) => brokerId === id) ?? false;
  }

  #isAboutToJoin(follower: FollowerProgress, logEndOffset: Offset, nowMs: number): boolean {
    return follower.isCaughtUp(logEndOffset, nowMs, this.#facts.lagTimeMaxMs()) && this.#mayJoin(follower);
  }

  /** The broker is well, and in the same life in which it fetched. */
  #mayJoin({ id, brokerEpoch }: FollowerProgress): boolean {
    const active = this.#facts.activeBrokerEpoch(id);
    return active !== undefined && brokerEpoch !== undefined && (brokerEpoch < 0 || brokerEpoch === active);
  }

  #meetFollowers(nowMs: number): void {
    for (const id of this.#followers.keys()) if (!this.#replicas.includes(id)) this.#followers.delete(id);
    for (const id of this.#replicas) {
      if (id === this.#self || this.#followers.has(id)) continue;
      this.#followers.set(id, new FollowerProgress(id, this.#isr.includes(id), nowMs));
    }
  }
}
