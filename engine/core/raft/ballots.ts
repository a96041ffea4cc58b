// One election as its candidate counts it: who granted, who refused, whom to ask. And the other side: whether a voter
// grants, by the state that it is in.

import { assert } from '../../base/assert.ts';
import type { VoteRequest } from './messages.ts';
import type { RaftState } from './quorum-state.ts';

/** How many of `voters` decide. */
export function majorityOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

export class Ballots {
  readonly #voters: readonly number[];
  readonly #granted = new Set<number>();
  readonly #refused = new Set<number>();

  /** A candidate votes for itself. */
  constructor(voters: readonly number[], selfId: number) {
    assert(voters.includes(selfId), 'only a voter stands for election');
    this.#voters = voters;
    this.#granted.add(selfId);
  }

  /** A second answer of the same voter changes nothing. */
  record(voterId: number, granted: boolean): void {
    if (!this.#voters.includes(voterId) || this.#granted.has(voterId) || this.#refused.has(voterId)) return;
    (granted ? this.#granted : this.#refused).add(voterId);
  }

  get grantingVoters(): number[] {
    return [...this.#granted].sort((a, b) => a - b);
  }

  get unanswered(): number[] {
    return this.#voters.filter((id) => !this.#granted.has(id) && !this.#refused.has(id));
  }

  get isWon(): boolean {
    return this.#granted.size >= majorityOf(this.#voters.length);
  }

  /** Not even the votes that are still out would be enough. */
  get isLost(): boolean {
    return this.#voters.length - this.#refused.size < majorityOf(this.#voters.length);
  }
}

/** What a voter knows when it is asked, its epoch already being the one of the request. */
export interface VoterFacts {
  readonly state: RaftState;
  readonly leaderId: number;
  readonly votedId: number;
  readonly votedDirectoryId: string;
  readonly isLogUpToDate: boolean;
}

/**
 * A vote is given once an epoch, to a log that is up to date, and while no leader of the epoch is known. Given again to
 * the same candidate only if its log is still up to date: after a power loss it may ask anew with a shorter one, and
 * what was granted was granted to the longer.
 *
 * A pre-vote binds nobody. It is refused by whoever has reason to believe that there is a leader: a follower that
 * fetched from it, a leader whose epoch is established (KIP-996). So a node that was cut off cannot depose a leader
 * that serves all others.
 */
export function mayGrantVote(facts: VoterFacts, request: VoteRequest): boolean {
  if (!facts.isLogUpToDate) return false;
  const { state } = facts;
  if (request.preVote) {
    if (state.kind === 'follower') return !state.hasFetched;
    if (state.kind === 'leader') return !state.progress.established;
    return true;
  }
  if (state.kind !== 'unattached' && state.kind !== 'prospective') return false;
  if (facts.votedId >= 0) {
    return facts.votedId === request.candidateId && facts.votedDirectoryId === request.candidateDirectoryId;
  }
  return facts.leaderId < 0;
}
