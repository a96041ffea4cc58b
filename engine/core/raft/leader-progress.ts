// What a leader knows of everybody who fetches from it, and what follows: the high watermark, whether a majority is
// still there (check-quorum), and who has to be told again who leads.
//
// What must stay true: an offset counts for a voter only when it is flushed there. A follower's fetch offset says so of
// its own log; for the leader itself it is the flushed offset, although others may fetch what it has only written.

import { assert } from '../../base/assert.ts';
import type { Offset } from '../../base/ids.ts';
import { majorityOf } from './ballots.ts';
import type { FetchRequest, ReplicaProgress } from './messages.ts';

/** An observer that has not fetched for so long is forgotten. */
const observerSessionMs = 300_000;
const observersMax = 10_000;

interface Replica {
  directoryId: string;
  endOffset: Offset;
  lastFetchMs: number;
  lastCaughtUpMs: number;
  /** The leader's log end at its last fetch: whoever gets there with the next one was caught up then. */
  leaderEndAtLastFetch: Offset;
}

export interface LeaderProgressOptions {
  readonly nodeId: number;
  readonly voters: readonly number[];
  readonly epochStartOffset: Offset;
  readonly fetchTimeoutMs: number;
  readonly nowMs: number;
}

export class LeaderProgress {
  readonly #options: LeaderProgressOptions;
  readonly #voters = new Map<number, Replica>();
  readonly #observers = new Map<number, Replica>();
  readonly #tolds = new Map<number, number>();
  /** Voters that fetched since the last time when a majority had. */
  readonly #fetchedVoters = new Set<number>();
  #checkQuorumDeadlineMs: number;
  #established = false;

  constructor(options: LeaderProgressOptions) {
    this.#options = options;
    for (const id of this.#others) this.#voters.set(id, newReplica());
    this.#checkQuorumDeadlineMs = options.nowMs + this.#checkQuorumMs;
  }

  /** Where its first record, the LeaderChange, lies. */
  get epochStartOffset(): Offset {
    return this.#options.epochStartOffset;
  }

  /** The first record of this epoch is committed: the quorum has accepted this leader. */
  get established(): boolean {
    return this.#established;
  }

  // ---- the high watermark

  /**
   * The highest offset that a majority has flushed, or undefined while that does not reach past the start of this
   * epoch. Records of earlier epochs are not committed by counting: a later leader might still lack them (figure 8
   * of the Raft paper). Once one of this epoch is, they are with it.
   */
  committedOffset(flushedOffset: Offset): Offset | undefined {
    const { voters } = this.#options;
    const flushed = this.#others.map((id) => (this.#voters.get(id) as Replica).endOffset);
    const descending = [...flushed, flushedOffset].sort((a, b) => b - a);
    const offset = descending[majorityOf(voters.length) - 1] as Offset;
    if (offset <= this.epochStartOffset) return undefined;
    this.#established = true;
    return offset;
  }

  // ---- those who fetch

  fetched(request: FetchRequest, leaderEndOffset: Offset, nowMs: number): void {
    const replica = this.#replica(request.replicaId, nowMs);
    if (replica === undefined) return;
    if (request.fetchOffset >= leaderEndOffset) replica.lastCaughtUpMs = nowMs;
    else if (replica.lastFetchMs >= 0 && request.fetchOffset >= replica.leaderEndAtLastFetch) {
      replica.lastCaughtUpMs = Math.max(replica.lastCaughtUpMs, replica.lastFetchMs);
    }
    replica.directoryId = request.directoryId;
    // A voter whose disk was lost comes back with less. That is the quorum's loss and not to be hidden.
    replica.endOffset = request.fetchOffset;
    replica.leaderEndAtLastFetch = leaderEndOffset;
    this.heardFrom(request.replicaId, nowMs);
  }

  /** A fetch of any kind, also one that could not be given anything: its sender is there and follows. */
  heardFrom(replicaId: number, nowMs: number): void {
    const replica = this.#replica(replicaId, nowMs);
    if (replica !== undefined) replica.lastFetchMs = nowMs;
    if (!this.#voters.has(replicaId)) return;
    this.#fetchedVoters.add(replicaId);
    if (this.#fetchedVoters.size + 1 < majorityOf(this.#options.voters.length)) return;
    this.#fetchedVoters.clear();
    this.#checkQuorumDeadlineMs = nowMs + this.#checkQuorumMs;
  }

  /** When it must give up unless a majority fetches. */
  get checkQuorumDeadlineMs(): number {
    return this.#options.voters.length === 1 ? Number.POSITIVE_INFINITY : this.#checkQuorumDeadlineMs;
  }

  // ---- telling who leads

  /** When `voterId` is to be told that this node leads: at once, and again while it does not fetch. */
  beginEpochDueMs(voterId: number): number {
    const { lastFetchMs } = this.#voters.get(voterId) as Replica;
    const told = this.#tolds.get(voterId);
    if (told === undefined && lastFetchMs < 0) return 0;
    return Math.max(lastFetchMs, told ?? 0) + this.#options.fetchTimeoutMs / 2;
  }

  told(voterId: number, nowMs: number): void {
    this.#tolds.set(voterId, nowMs);
  }

  // ---- for people, and for the successor

  /** The other voters, those with the longest logs first. */
  preferredCandidates(): number[] {
    const endOffset = (id: number) => (this.#voters.get(id) as Replica).endOffset;
    return this.#others.sort((a, b) => endOffset(b) - endOffset(a) || a - b);
  }

  describe(self: { directoryId: string; endOffset: Offset; nowMs: number }): {
    voters: ReplicaProgress[];
    observers: ReplicaProgress[];
  } {
    const { nodeId, voters } = this.#options;
    this.#forgetObservers(self.nowMs);
    return {
      voters: voters.map((id) =>
        id === nodeId
          ? {
              replicaId: id,
              directoryId: self.directoryId,
              logEndOffset: self.endOffset,
              lastFetchMs: self.nowMs,
              lastCaughtUpMs: self.nowMs,
            }
          : progressOf(id, this.#voters.get(id) as Replica),
      ),
      observers: [...this.#observers]
        .sort(([a], [b]) => a - b)
        .map(([id, replica]) => progressOf(id, replica)),
    };
  }

  get #others(): number[] {
    return this.#options.voters.filter((id) => id !== this.#options.nodeId);
  }

  get #checkQuorumMs(): number {
    return this.#options.fetchTimeoutMs * 1.5;
  }

  /** Undefined for whoever cannot be told apart (a negative id) or is one too many. */
  #replica(replicaId: number, nowMs: number): Replica | undefined {
    const known = this.#voters.get(replicaId) ?? this.#observers.get(replicaId);
    if (known !== undefined || replicaId < 0) return known;
    assert(replicaId !== this.#options.nodeId, 'nobody fetches from itself');
    this.#forgetObservers(nowMs);
    if (this.#observers.size >= observersMax) return undefined;
    const replica = newReplica();
    this.#observers.set(replicaId, replica);
    return replica;
  }

  #forgetObservers(nowMs: number): void {
    for (const [id, { lastFetchMs }] of this.#observers) {
      if (lastFetchMs >= 0 && nowMs - lastFetchMs > observerSessionMs) this.#observers.delete(id);
    }
  }
}

function newReplica(): Replica {
  return { directoryId: '', endOffset: -1, lastFetchMs: -1, lastCaughtUpMs: -1, leaderEndAtLastFetch: -1 };
}

function progressOf(replicaId: number, replica: Replica): ReplicaProgress {
  const { directoryId, endOffset, lastFetchMs, lastCaughtUpMs } = replica;
  return { replicaId, directoryId, logEndOffset: endOffset, lastFetchMs, lastCaughtUpMs };
}
