// The state of one member of the quorum, and the only place where it changes:
//
//   from         to           when
//   -----------  -----------  ------------------------------------------------------------------------
//   unattached   unattached   a higher epoch is heard of, without a leader
//                prospective  the election timeout expires                                     (voters)
//                follower     a leader of this or a higher epoch is heard of
//   prospective  candidate    a majority would vote for it (pre-vote, KIP-996)
//                unattached   the pre-vote is lost and no leader is known; a higher epoch is heard of
//                follower     the pre-vote is lost and a leader is known; a leader is heard of
//   candidate    leader       a majority voted for it
//                prospective  the election is lost and the backoff is over, or it takes too long
//                unattached   a higher epoch is heard of
//                follower     a leader of this or a higher epoch is heard of
//   leader       resigned     it goes, or a majority has not fetched for too long (check-quorum)
//                unattached   a higher epoch is heard of
//                follower     a leader of a higher epoch is heard of
//   follower     prospective  the fetch timeout expires                                        (voters)
//                unattached   a higher epoch is heard of
//                follower     a leader of a higher epoch is heard of
//   resigned     prospective  the election timeout expires and it is not going                 (voters)
//                unattached   a higher epoch is heard of
//                follower     a leader of a higher epoch is heard of
//
// An observer, which has no vote, is only ever unattached or follower. Only becoming a candidate raises the epoch by
// one's own will. Every change of epoch, leader or vote is persisted before anything that follows from it is sent.
//
// Voters are the static ones of `controller.quorum.voters` (kraft.version 0); AddRaftVoter and RemoveRaftVoter are left
// out. What static voters cannot see is a disk that was replaced: a voter whose `quorum-state` and log are both gone
// comes back under its id and may vote a second time in an epoch in which it voted before. Directory ids are carried
// and compared where a vote is repeated, but nobody knows which directory is the voter's rightful one. What can be
// noticed is noticed: a log whose last epoch is above the one in `quorum-state` (see `electionAtBoot`), and a peer
// that calls this node the leader of an epoch that it does not remember. Against the rest only kraft.version 1
// helps.

import { assert } from '../../base/assert.ts';
import type { LeaderEpoch } from '../../base/ids.ts';
import { Ballots } from './ballots.ts';
import type { ElectionState, RaftAction, RaftConfig, StateName } from './events.ts';
import type { LeaderProgress } from './leader-progress.ts';
import type { OffsetAndEpoch } from './messages.ts';

export interface Unattached {
  readonly kind: 'unattached';
  readonly electionDeadlineMs: number;
}

export interface Prospective {
  readonly kind: 'prospective';
  readonly electionDeadlineMs: number;
  readonly ballots: Ballots;
}

export interface Candidate {
  readonly kind: 'candidate';
  readonly electionDeadlineMs: number;
  readonly ballots: Ballots;
  /** Set when the election is lost: the next one begins then. */
  backoffUntilMs: number | undefined;
}

export interface Leader {
  readonly kind: 'leader';
  readonly progress: LeaderProgress;
}

export interface Follower {
  readonly kind: 'follower';
  fetchDeadlineMs: number;
  /** Its leader answered it in this epoch. */
  hasFetched: boolean;
  /** The snapshot that it is fetching because its log ends before its leader's begins. */
  snapshot: { readonly id: OffsetAndEpoch; position: number } | undefined;
}

export interface Resigned {
  readonly kind: 'resigned';
  readonly electionDeadlineMs: number;
  readonly preferredCandidates: readonly number[];
  /** Voters that have not heard of it yet. */
  readonly unacknowledged: Set<number>;
}

export type RaftState = Unattached | Prospective | Candidate | Leader | Follower | Resigned;

const transitions: Readonly<Record<StateName, readonly StateName[]>> = {
  unattached: ['unattached', 'prospective', 'follower'],
  prospective: ['candidate', 'unattached', 'follower'],
  candidate: ['leader', 'prospective', 'unattached', 'follower'],
  leader: ['resigned', 'unattached', 'follower'],
  follower: ['prospective', 'unattached', 'follower'],
  resigned: ['prospective', 'unattached', 'follower'],
};

export interface QuorumMember {
  readonly nodeId: number;
  readonly directoryId: string;
  /** Ascending. */
  readonly voters: readonly number[];
  readonly config: RaftConfig;
  /** A number from 0 up to, not including, `n`. */
  readonly random: (n: number) => number;
}

type Emit = (action: RaftAction<never>) => void;

const noVote = { votedId: -1, votedDirectoryId: '' };

export class QuorumState {
  readonly #member: QuorumMember;
  readonly #emit: Emit;
  #election: ElectionState;
  #state: RaftState;
  /** Elections lost in a row: the backoff doubles with each. */
  #lostElections = 0;

  constructor(member: QuorumMember, election: ElectionState, nowMs: number, emit: Emit) {
    this.#member = member;
    this.#emit = emit;
    this.#election = election;
    this.#state = { kind: 'unattached', electionDeadlineMs: this.#electionDeadline(nowMs) };
    const { leaderId } = election;
    if (leaderId === member.nodeId) {
      // It led in this epoch and cannot again: what it had not flushed is lost, and others may have it.
      this.#state = {
        kind: 'resigned',
        electionDeadlineMs: this.#electionDeadline(nowMs),
        preferredCandidates: [],
        unacknowledged: new Set(this.#others),
      };
    } else if (leaderId >= 0) {
      this.#state = newFollower(nowMs + member.config.fetchTimeoutMs);
    }
  }

  get state(): RaftState {
    return this.#state;
  }

  get epoch(): LeaderEpoch {
    return this.#election.epoch;
  }

  get leaderId(): number {
    return this.#election.leaderId;
  }

  get election(): ElectionState {
    return this.#election;
  }

  get isVoter(): boolean {
    return this.#member.voters.includes(this.#member.nodeId);
  }

  get isLeader(): boolean {
    return this.#state.kind === 'leader';
  }

  /**
   * What is left of the time until this node would stand for election is kept: rumours must not hold it up for ever.
   */
  toUnattached(epoch: LeaderEpoch, nowMs: number): void {
    const sameEpoch = epoch === this.epoch;
    const vote = sameEpoch ? this.#vote : noVote;
    assert(!sameEpoch || this.leaderId < 0, 'a leader that is known stays known in its epoch');
    const electionDeadlineMs = this.#deadlineLeft(nowMs);
    this.#move({ kind: 'unattached', electionDeadlineMs }, { epoch, leaderId: -1, ...vote });
  }

  /** After a pre-vote that came to nothing: the next one not before `deadlineMs`. */
  waitForElection(deadlineMs: number): void {
    assert(this.#state.kind === 'unattached', 'only who knows no leader waits for an election');
    this.#state = { kind: 'unattached', electionDeadlineMs: deadlineMs };
  }

  /** The vote of this epoch, given; a prospective node stays one. */
  grantVote(candidateId: number, directoryId: string, nowMs: number): void {
    const { votedId, votedDirectoryId } = this.#election;
    assert(
      votedId < 0 || (votedId === candidateId && votedDirectoryId === directoryId),
      'one vote in an epoch',
    );
    const state = this.#state;
    assert(state.kind === 'unattached' || state.kind === 'prospective', 'who leads or follows does not vote');
    if (state.kind === 'unattached') {
      this.#state = { kind: 'unattached', electionDeadlineMs: this.#electionDeadline(nowMs) };
    }
    this.#persist({ ...this.#election, votedId: candidateId, votedDirectoryId: directoryId });
    this.#emit({ kind: 'vote-granted', candidateId, epoch: this.epoch });
  }

  /**
   * A peer says that this node leads in an epoch that it knows nothing of: its memory was lost. It takes its vote there
   * as given, to itself, and so gives it to nobody else.
   */
  forfeitVote(epoch: LeaderEpoch, nowMs: number): void {
    assert(epoch > this.epoch, 'only an epoch that is not remembered is forfeited');
    const { nodeId, directoryId } = this.#member;
    const election = { epoch, leaderId: -1, votedId: nodeId, votedDirectoryId: directoryId };
    this.#move({ kind: 'unattached', electionDeadlineMs: this.#deadlineLeft(nowMs) }, election);
  }

  toProspective(nowMs: number): void {
    const { voters, nodeId } = this.#member;
    const ballots = new Ballots(voters, nodeId);
    // A leader that resigned leads nobody; it must not fall back to following itself.
    const leaderId = this.leaderId === nodeId ? -1 : this.leaderId;
    const electionDeadlineMs = this.#electionDeadline(nowMs);
    this.#move({ kind: 'prospective', electionDeadlineMs, ballots }, { ...this.#election, leaderId });
  }

  toCandidate(nowMs: number): void {
    const { voters, nodeId, directoryId } = this.#member;
    const state: Candidate = {
      kind: 'candidate',
      electionDeadlineMs: this.#electionDeadline(nowMs),
      ballots: new Ballots(voters, nodeId),
      backoffUntilMs: undefined,
    };
    const epoch = this.epoch + 1;
    this.#move(state, { epoch, leaderId: -1, votedId: nodeId, votedDirectoryId: directoryId });
  }

  /** The election cannot be won any more: before the next one, a wait that differs from node to node. */
  electionLost(nowMs: number): void {
    assert(this.#state.kind === 'candidate', 'only a candidate loses an election');
    const { random, config } = this.#member;
    const steps = 2 ** Math.min(10, ++this.#lostElections);
    const drawnMs = Math.max(1, config.retryBackoffMs) * (1 + random(steps));
    this.#state.backoffUntilMs = nowMs + Math.min(drawnMs, config.electionBackoffMaxMs);
  }

  toLeader(progress: LeaderProgress): void {
    const state = this.#state;
    assert(state.kind === 'candidate' && state.ballots.isWon, 'a leader was elected by a majority');
    this.#lostElections = 0;
    this.#move({ kind: 'leader', progress }, { ...this.#election, leaderId: this.#member.nodeId });
  }

  toFollower(epoch: LeaderEpoch, leaderId: number, nowMs: number): void {
    const { nodeId, config } = this.#member;
    assert(leaderId >= 0 && leaderId !== nodeId, 'one follows somebody else');
    assert(
      epoch > this.epoch || this.leaderId < 0 || this.leaderId === leaderId,
      'an epoch has at most one leader',
    );
    this.#lostElections = 0;
    const vote = epoch === this.epoch ? this.#vote : noVote;
    this.#move(newFollower(nowMs + config.fetchTimeoutMs), { epoch, leaderId, ...vote });
  }

  toResigned(preferredCandidates: readonly number[], nowMs: number): void {
    const state: Resigned = {
      kind: 'resigned',
      electionDeadlineMs: this.#electionDeadline(nowMs),
      preferredCandidates,
      unacknowledged: new Set(this.#others),
    };
    this.#move(state, this.#election);
  }

  get #others(): number[] {
    return this.#member.voters.filter((id) => id !== this.#member.nodeId);
  }

  get #vote(): { votedId: number; votedDirectoryId: string } {
    const { votedId, votedDirectoryId } = this.#election;
    return { votedId, votedDirectoryId };
  }

  #electionDeadline(nowMs: number): number {
    const { electionTimeoutMs } = this.#member.config;
    return nowMs + electionTimeoutMs + this.#member.random(electionTimeoutMs);
  }

  #deadlineLeft(nowMs: number): number {
    const state = this.#state;
    if (state.kind === 'leader') return this.#electionDeadline(nowMs);
    return state.kind === 'follower' ? state.fetchDeadlineMs : state.electionDeadlineMs;
  }

  #move(state: RaftState, election: ElectionState): void {
    const from = this.#state.kind;
    assert(transitions[from].includes(state.kind), `no way leads from ${from} to ${state.kind}`);
    const observes = state.kind === 'unattached' || state.kind === 'follower';
    assert(this.isVoter || observes, `an observer is never ${state.kind}`);
    this.#state = state;
    this.#persist(election);
    this.#emit({ kind: 'state', state: state.kind, epoch: this.epoch, leaderId: this.leaderId });
  }

  #persist(election: ElectionState): void {
    const old = this.#election;
    assert(election.epoch >= old.epoch, 'epochs only rise');
    this.#election = election;
    const same =
      election.epoch === old.epoch &&
      election.leaderId === old.leaderId &&
      election.votedId === old.votedId &&
      election.votedDirectoryId === old.votedDirectoryId;
    if (!same) this.#emit({ kind: 'persist', election });
  }
}

function newFollower(fetchDeadlineMs: number): Follower {
  return { kind: 'follower', fetchDeadlineMs, hasFetched: false, snapshot: undefined };
}

/**
 * The election that a node begins its life with. Where the log holds records of an epoch that `quorum-state` does not
 * know, the file was lost: the vote of that epoch may have been given, so it counts as given, to nobody else.
 */
export function electionAtBoot(
  stored: ElectionState | undefined,
  lastEpoch: LeaderEpoch,
  self: { readonly nodeId: number; readonly directoryId: string },
): ElectionState {
  const found = stored ?? { epoch: 0, leaderId: -1, ...noVote };
  if (found.epoch >= lastEpoch) return found;
  return { epoch: lastEpoch, leaderId: -1, votedId: self.nodeId, votedDirectoryId: self.directoryId };
}
