// What time brings: timeouts that end a state, and requests that are due because their receiver is free for them.
// Nothing is sent at the moment of a change; after every event each state asks for what it still wants (a vote, a
// fetch, to be known as the leader), so that a lost message and a message that was never sent are the same case.

import type { PeerRequest } from './messages.ts';
import type { RaftNode } from './node.ts';
import type { Candidate, Follower, Leader, Prospective, Resigned, Unattached } from './quorum-state.ts';
import { answerParked, releaseFetches } from './requests.ts';
import { concludeElection, losePreVote } from './responses.ts';

const never = Number.POSITIVE_INFINITY;
/** More moves at one moment than this are a circle: prospective, candidate, leader are three. */
const movesMax = 8;

/** Carries out everything that is due. Returns when the next thing will be, if nothing else happens. */
export function poll<R>(node: RaftNode<R>, nowMs: number): number {
  if (!node.quorum.isLeader) releaseFetches(node);
  for (const fetch of node.parked.takeOverdue(nowMs)) answerParked(node, fetch);
  let dueMs = nowMs;
  for (let moves = 0; dueMs <= nowMs && moves < movesMax; moves++) dueMs = pollState(node, nowMs);
  return Math.min(dueMs, node.parked.nextDeadlineMs);
}

/** The next time at which the state wants to be asked; now, when it moved and the next state is to be asked at once. */
function pollState<R>(node: RaftNode<R>, nowMs: number): number {
  const { state } = node.quorum;
  switch (state.kind) {
    case 'unattached':
      return pollUnattached(node, state, nowMs);
    case 'prospective':
      return pollProspective(node, state, nowMs);
    case 'candidate':
      return pollCandidate(node, state, nowMs);
    case 'leader':
      return pollLeader(node, state, nowMs);
    case 'follower':
      return pollFollower(node, state, nowMs);
    case 'resigned':
      return pollResigned(node, state, nowMs);
  }
}

/** It may stand for election: it has a vote and is not going. */
function maySeekElection<R>(node: RaftNode<R>): boolean {
  return node.quorum.isVoter && !node.leaving;
}

/** A quorum of one has nobody to wait for. */
function isElectionDue<R>(node: RaftNode<R>, state: Unattached | Resigned, nowMs: number): boolean {
  return nowMs >= state.electionDeadlineMs || node.otherVoters.length === 0;
}

function seekElection<R>(node: RaftNode<R>, nowMs: number): number {
  node.quorum.toProspective(nowMs);
  concludeElection(node, nowMs);
  return nowMs;
}

function pollUnattached<R>(node: RaftNode<R>, state: Unattached, nowMs: number): number {
  const seeks = maySeekElection(node);
  if (seeks && isElectionDue(node, state, nowMs)) return seekElection(node, nowMs);
  return Math.min(seeks ? state.electionDeadlineMs : never, fetchFromAnybody(node, nowMs));
}

function pollProspective<R>(node: RaftNode<R>, state: Prospective, nowMs: number): number {
  if (nowMs >= state.electionDeadlineMs) {
    losePreVote(node, nowMs);
    return nowMs;
  }
  const { epoch } = node.quorum;
  const asked = askForVotes(node, state.ballots.unanswered, { epoch, preVote: true }, nowMs);
  return Math.min(state.electionDeadlineMs, asked);
}

function pollCandidate<R>(node: RaftNode<R>, state: Candidate, nowMs: number): number {
  const endsMs = state.backoffUntilMs ?? state.electionDeadlineMs;
  if (nowMs >= endsMs) {
    if (!node.leaving) return seekElection(node, nowMs);
    // It is going, and keeps its vote for itself until then.
    return never;
  }
  const { epoch } = node.quorum;
  const asked = askForVotes(node, state.ballots.unanswered, { epoch, preVote: false }, nowMs);
  return Math.min(endsMs, asked);
}

function pollLeader<R>(node: RaftNode<R>, { progress }: Leader, nowMs: number): number {
  if (nowMs >= progress.checkQuorumDeadlineMs || node.leaving) {
    node.resign(nowMs);
    releaseFetches(node);
    return nowMs;
  }
  let dueMs = progress.checkQuorumDeadlineMs;
  const { epoch } = node.quorum;
  for (const voterId of node.otherVoters) {
    const sendMs = Math.max(progress.beginEpochDueMs(voterId), node.peers.readyAtMs(voterId));
    if (sendMs > nowMs) {
      dueMs = Math.min(dueMs, sendMs);
      continue;
    }
    progress.told(voterId, nowMs);
    node.send(voterId, { kind: 'begin-quorum-epoch', voterId, leaderId: node.nodeId, epoch });
  }
  return dueMs;
}

function pollFollower<R>(node: RaftNode<R>, state: Follower, nowMs: number): number {
  const { leaderId } = node.quorum;
  const expired = nowMs >= state.fetchDeadlineMs;
  if (expired && maySeekElection(node)) return seekElection(node, nowMs);
  // Who has no vote asks around when its leader is silent, and goes on asking the leader too.
  if (expired) return fetchFromAnybody(node, nowMs);
  const readyMs = node.peers.readyAtMs(leaderId);
  if (readyMs > nowMs) return Math.min(state.fetchDeadlineMs, readyMs);
  node.send(
    leaderId,
    state.snapshot === undefined ? fetchRequest(node) : snapshotRequest(node, state.snapshot),
  );
  return state.fetchDeadlineMs;
}

function pollResigned<R>(node: RaftNode<R>, state: Resigned, nowMs: number): number {
  const seeks = maySeekElection(node);
  if (seeks && isElectionDue(node, state, nowMs)) return seekElection(node, nowMs);
  let dueMs = seeks ? state.electionDeadlineMs : never;
  const { preferredCandidates } = state;
  const { epoch } = node.quorum;
  for (const voterId of state.unacknowledged) {
    const readyMs = node.peers.readyAtMs(voterId);
    if (readyMs > nowMs) dueMs = Math.min(dueMs, readyMs);
    else node.send(voterId, { kind: 'end-quorum-epoch', leaderId: node.nodeId, epoch, preferredCandidates });
  }
  return dueMs;
}

function askForVotes<R>(
  node: RaftNode<R>,
  voters: readonly number[],
  { epoch, preVote }: { epoch: number; preVote: boolean },
  nowMs: number,
): number {
  let dueMs = never;
  for (const voterId of voters) {
    const readyMs = node.peers.readyAtMs(voterId);
    if (readyMs > nowMs) {
      dueMs = Math.min(dueMs, readyMs);
      continue;
    }
    const { nodeId: candidateId, directoryId: candidateDirectoryId } = node.member;
    const { lastEpoch, endOffset } = node.log;
    const candidate = { candidateId, candidateDirectoryId, epoch, lastEpoch, endOffset };
    node.send(voterId, { kind: 'vote', voterId, ...candidate, preVote });
  }
  return dueMs;
}

/** One voter after the other is asked for records: it has none to give, but it may know who leads. */
function fetchFromAnybody<R>(node: RaftNode<R>, nowMs: number): number {
  const voters = node.otherVoters;
  if (voters.length === 0 || node.peers.anyInFlight('fetch')) return never;
  const first = node.member.random(voters.length);
  const inTurn = [...voters.slice(first), ...voters.slice(0, first)];
  const to = node.peers.firstReady(inTurn, nowMs);
  if (to === undefined) return Math.min(...voters.map((id) => node.peers.readyAtMs(id)));
  node.send(to, fetchRequest(node));
  return never;
}

function fetchRequest<R>({ member, quorum, log, highWatermark }: RaftNode<R>): PeerRequest {
  return {
    kind: 'fetch',
    replicaId: member.nodeId,
    directoryId: member.directoryId,
    epoch: quorum.epoch,
    fetchOffset: log.endOffset,
    lastFetchedEpoch: log.lastEpoch,
    highWatermark,
    maxWaitMs: member.config.fetchMaxWaitMs,
  };
}

function snapshotRequest<R>(
  { member, quorum }: RaftNode<R>,
  { id, position }: NonNullable<Follower['snapshot']>,
): PeerRequest {
  return {
    kind: 'fetch-snapshot',
    replicaId: member.nodeId,
    epoch: quorum.epoch,
    snapshotId: id,
    position,
    maxBytes: member.config.snapshotChunkBytesMax,
  };
}
