// What a leader knows of one follower: how far its log reaches, since when it keeps up, and with which life of its
// broker it fetched. Pure. Kafka's Replica and ReplicaState.
//
// The facts of one fetch are taken in together: offset, time and broker epoch. Whoever proposes the follower for the
// ISR reads them together too, so that the epoch is that of the fetch by which the follower caught up (KAFKA-15221).

import type { BrokerId, Offset } from '../base/ids.ts';

/** One fetch of a follower, as far as its progress goes. */
export interface FollowerFetch {
  readonly follower: BrokerId;
  /** -1 where the follower does not tell. */
  readonly brokerEpoch: number;
  /** Everything below is in the follower's log. */
  readonly fetchOffset: Offset;
  readonly logStartOffset: Offset;
}

export class FollowerProgress {
  readonly id: BrokerId;
  /** -1 until it has fetched in this leader epoch: then it holds the high watermark where it is. */
  logEndOffset: Offset = -1;
  logStartOffset: Offset = -1;
  /** Of its last fetch; undefined before the first. */
  brokerEpoch: number | undefined;
  /** When it last had all that the leader had; 0 where that is not known. */
  lastCaughtUpMs: number;
  #lastFetchMs = 0;
  #lastFetchLeaderEnd: Offset = -1;

  /** In sync by what the controller says: it has the whole lag time to show it. */
  constructor(id: BrokerId, inSync: boolean, nowMs: number) {
    this.id = id;
    this.lastCaughtUpMs = inSync ? nowMs : 0;
  }

  /**
   * A follower keeps up when it asks for the leader's end, or for what was the leader's end when it asked before: then
   * it was caught up at that earlier time, however fast the leader's log grows.
   */
  fetched(fetch: FollowerFetch, leaderEndOffset: Offset, nowMs: number): void {
    if (fetch.fetchOffset >= leaderEndOffset) {
      this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, nowMs);
    } else if (fetch.fetchOffset >= this.#lastFetchLeaderEnd) {
      this.lastCaughtUpMs = Math.max(this.lastCaughtUpMs, this.#lastFetchMs);
    }
    this.logEndOffset = fetch.fetchOffset;
    this.logStartOffset = fetch.logStartOffset;
    this.brokerEpoch = fetch.brokerEpoch;
    this.#lastFetchMs = nowMs;
    this.#lastFetchLeaderEnd = Math.max(this.#lastFetchLeaderEnd, leaderEndOffset);
  }

  isCaughtUp(leaderEndOffset: Offset, nowMs: number, lagTimeMaxMs: number): boolean {
    return this.logEndOffset === leaderEndOffset || nowMs - this.lastCaughtUpMs <= lagTimeMaxMs;
  }
}
