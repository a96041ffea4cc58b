// What the parts of the machine share: the state, the log's facts, who was asked what, and the actions of the current
// step. Also the moves that more than one part makes: believing what others say of the leader, taking over, giving up,
// and moving the high watermark.

import { assert } from '../../base/assert.ts';
import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { ElectionState, LogAtBoot, RaftAction } from './events.ts';
import { LeaderProgress } from './leader-progress.ts';
import { LogFacts } from './log-facts.ts';
import type { PeerRequest, RaftAnswer } from './messages.ts';
import { ParkedFetches } from './parked-fetches.ts';
import { PeerRequests } from './peer-requests.ts';
import { electionAtBoot, type QuorumMember, QuorumState } from './quorum-state.ts';

export class RaftNode<R> {
  readonly member: QuorumMember;
  readonly quorum: QuorumState;
  readonly log: LogFacts;
  readonly peers: PeerRequests;
  readonly parked = new ParkedFetches();
  #actions: RaftAction<R>[] = [];
  #highWatermark: Offset;
  #committedByLeader = { offset: -1, epoch: -1 };
  #told: { readonly leaderId: number; readonly epoch: LeaderEpoch };
  /** It is going: it stands in no election any more. */
  leaving = false;
  /** An action of the last step changes the log, and its owner has not told yet what became of it. */
  awaitsLog = false;

  constructor(member: QuorumMember, stored: ElectionState | undefined, log: LogAtBoot, nowMs: number) {
    this.member = member;
    this.log = new LogFacts(log);
    this.peers = new PeerRequests(member.config.retryBackoffMs);
    const election = electionAtBoot(stored, this.log.lastEpoch, member);
    this.quorum = new QuorumState(member, election, nowMs, (action) => this.emit(action));
    // A snapshot is made of what is committed.
    this.#highWatermark = log.snapshotId?.endOffset ?? -1;
    this.#told = { leaderId: -1, epoch: -1 };
    if (election !== stored && election.epoch > 0) this.emit({ kind: 'persist', election });
  }

  get nodeId(): number {
    return this.member.nodeId;
  }

  get otherVoters(): number[] {
    return this.member.voters.filter((id) => id !== this.nodeId);
  }

  /** Everything below is committed; -1 while unknown. */
  get highWatermark(): Offset {
    return this.#highWatermark;
  }

  /** Who leads, as it is told in every answer. */
  get leadership(): { readonly leaderId: number; readonly epoch: LeaderEpoch } {
    const { state, leaderId, epoch } = this.quorum;
    // A leader that resigned is named to nobody: to find it would only mean to ask it in vain.
    return { leaderId: state.kind === 'resigned' ? -1 : leaderId, epoch };
  }

  // ---- the step's actions

  emit(action: RaftAction<R>): void {
    if (changesLog(action)) this.awaitsLog = true;
    const overtaken = action.kind === 'persist' ? this.#overtakenPersist() : -1;
    if (overtaken >= 0) this.#actions[overtaken] = action;
    else this.#actions.push(action);
  }

  /**
   * Of two elections with nothing between them that needs the first, only the second is stored: one fsync less. It
   * takes the place of the first, so that what is told between them is told when it is stored. -1: there is none.
   */
  #overtakenPersist(): number {
    let at = this.#actions.length - 1;
    while (at >= 0 && isOnlyTold(this.#actions[at])) at--;
    return this.#actions[at]?.kind === 'persist' ? at : -1;
  }

  takeActions(): RaftAction<R>[] {
    this.#tellLeadership();
    const actions = this.#actions;
    this.#actions = [];
    return actions;
  }

  answer(token: number, answer: RaftAnswer): void {
    this.emit({ kind: 'answer', token, answer });
  }

  send(to: number, request: PeerRequest): void {
    this.emit({ kind: 'send', to, requestId: this.peers.begin(to, request), request });
  }

  #tellLeadership(): void {
    const { leaderId, epoch } = this.leadership;
    if (leaderId === this.#told.leaderId && epoch === this.#told.epoch) return;
    this.#told = { leaderId, epoch };
    this.emit({ kind: 'leadership', leaderId, epoch });
  }

  // ---- moves

  /**
   * Takes in what a peer says of leader and epoch. True when it is consistent with what is known here now; an older
   * epoch, or another leader of the same one, is not.
   */
  learn(leaderId: number, epoch: LeaderEpoch, nowMs: number): boolean {
    const { quorum } = this;
    if (epoch < quorum.epoch) return false;
    if (leaderId === this.nodeId) {
      if (epoch > quorum.epoch) quorum.forfeitVote(epoch, nowMs);
      return true;
    }
    const leader = this.member.voters.includes(leaderId) ? leaderId : -1;
    if (epoch > quorum.epoch) {
      if (leader >= 0) quorum.toFollower(epoch, leader, nowMs);
      else quorum.toUnattached(epoch, nowMs);
      return true;
    }
    if (leader < 0 || leader === quorum.leaderId) return true;
    // Two leaders of one epoch: a voter must have lost its memory. Whoever is followed already stays the leader here.
    if (quorum.leaderId >= 0) return false;
    quorum.toFollower(epoch, leader, nowMs);
    return true;
  }

  /** Elected: the first record of the new epoch commits all that lies before it. */
  takeOver(grantingVoters: readonly number[], nowMs: number): void {
    const { nodeId, voters, config } = this.member;
    const { epoch } = this.quorum;
    const epochStartOffset = this.log.endOffset;
    const { fetchTimeoutMs } = config;
    const progress = new LeaderProgress({ nodeId, voters, epochStartOffset, fetchTimeoutMs, nowMs });
    this.quorum.toLeader(progress);
    this.emit({ kind: 'append-leader-change', epoch, leaderId: nodeId, grantingVoters });
  }

  resign(nowMs: number): void {
    const { state } = this.quorum;
    assert(state.kind === 'leader', 'only a leader resigns');
    this.quorum.toResigned(state.progress.preferredCandidates(), nowMs);
  }

  advanceHighWatermark(offset: Offset): boolean {
    assert(offset <= this.log.endOffset, 'nothing is committed here that is not here');
    if (offset <= this.#highWatermark) return false;
    this.#highWatermark = offset;
    this.emit({ kind: 'high-watermark', offset, epoch: this.quorum.epoch });
    return true;
  }

  /** What the leader calls committed; as much of it as there is here, now and when more of it arrives. */
  leaderSaidCommitted(offset: Offset): void {
    this.#committedByLeader = { offset, epoch: this.quorum.epoch };
    if (!this.awaitsLog) this.followHighWatermark();
  }

  /** In a follower's log, which was found to be a beginning of its leader's. */
  followHighWatermark(): void {
    const { offset, epoch } = this.#committedByLeader;
    if (this.quorum.state.kind !== 'follower' || epoch !== this.quorum.epoch) return;
    this.advanceHighWatermark(Math.min(offset, this.log.endOffset));
  }

  /** The leader's own count, after something moved. True when the high watermark rose. */
  recountHighWatermark(): boolean {
    const { state } = this.quorum;
    if (state.kind !== 'leader') return false;
    const offset = state.progress.committedOffset(this.log.flushedOffset);
    // A follower may have flushed what is still on its way to this disk; it is committed, and read from here.
    return offset !== undefined && this.advanceHighWatermark(Math.min(offset, this.log.endOffset));
  }
}

function isOnlyTold(action: RaftAction<unknown> | undefined): boolean {
  return action?.kind === 'state' || action?.kind === 'vote-granted';
}

function changesLog(action: RaftAction<unknown>): boolean {
  switch (action.kind) {
    case 'append-fetched':
    case 'append-leader-change':
    case 'append-granted':
    case 'truncate':
      return true;
    case 'write-snapshot':
      return action.complete;
    default:
      return false;
  }
}
