// What a member does with the answers to its own requests. As with requests, the answer teaches first. After that it
// counts only if the state in which the question was asked is still the state: same epoch, same kind of election, same
// leader.

import { assert, unreachable } from '../../base/assert.ts';
import { ErrorCode } from '../../errors.ts';
import type {
  FetchRequest,
  FetchResponse,
  FetchSnapshotRequest,
  FetchSnapshotResponse,
  PeerRequest,
  PeerResponse,
  VoteRequest,
  VoteResponse,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import type { Candidate, Follower, Prospective } from './quorum-state.ts';

export function handleResponse<R>(
  node: RaftNode<R>,
  requestId: number,
  response: PeerResponse<R>,
  nowMs: number,
): void {
  const sent = node.peers.end(requestId);
  if (sent === undefined) return;
  const { to, request } = sent;
  assert(request.kind === response.kind, 'an answer is of the kind of its request');
  const { election } = node.quorum;
  // What names no epoch at all (an error of the whole request) teaches nothing.
  if (response.epoch >= 0 && !node.learn(response.leaderId, response.epoch, nowMs)) {
    node.peers.backOff(to, nowMs);
    return;
  }
  if (response.errorCode !== ErrorCode.NONE) {
    // An error that taught something is worth as much as an answer: what it taught is acted upon at once.
    if (node.quorum.election === election) node.peers.backOff(to, nowMs);
    return countRefusal(node, to, request, nowMs);
  }
  switch (response.kind) {
    case 'vote':
      return countVote(node, to, request as VoteRequest, response, nowMs);
    case 'begin-quorum-epoch':
      return;
    case 'end-quorum-epoch':
      if (node.quorum.state.kind === 'resigned') node.quorum.state.unacknowledged.delete(to);
      return;
    case 'fetch':
      return handleFetched(node, to, request as FetchRequest, response, nowMs);
    case 'fetch-snapshot':
      return handleSnapshotChunk(node, to, request as FetchSnapshotRequest, response, nowMs);
    default:
      unreachable(response, 'response of a member of the quorum');
  }
}

export function handleFailure<R>(node: RaftNode<R>, requestId: number, nowMs: number): void {
  const sent = node.peers.end(requestId);
  if (sent !== undefined) node.peers.backOff(sent.to, nowMs);
}

// ---- elections

function electionOf<R>(node: RaftNode<R>, request: VoteRequest): Prospective | Candidate | undefined {
  const { state, epoch } = node.quorum;
  if (request.epoch !== epoch) return undefined;
  if (state.kind === 'prospective') return request.preVote ? state : undefined;
  return state.kind === 'candidate' && !request.preVote ? state : undefined;
}

function countVote<R>(
  node: RaftNode<R>,
  from: number,
  request: VoteRequest,
  response: VoteResponse,
  nowMs: number,
): void {
  const election = electionOf(node, request);
  if (election === undefined) return;
  election.ballots.record(from, response.voteGranted);
  concludeElection(node, nowMs);
}

/** An error is no vote, and asking again in the same election would not make it one. */
function countRefusal<R>(node: RaftNode<R>, from: number, request: PeerRequest, nowMs: number): void {
  if (request.kind === 'vote') {
    electionOf(node, request)?.ballots.record(from, false);
    return concludeElection(node, nowMs);
  }
  // A snapshot that the leader has no more: its next Fetch says which one it has now.
  if (request.kind === 'fetch-snapshot' && node.quorum.state.kind === 'follower') {
    node.quorum.state.snapshot = undefined;
  }
  // Whoever knows better needs not hear of a resignation.
  if (request.kind === 'end-quorum-epoch' && node.quorum.state.kind === 'resigned') {
    node.quorum.state.unacknowledged.delete(from);
  }
}

/** Acts on the ballots: a single voter has won before anybody is asked. */
export function concludeElection<R>(node: RaftNode<R>, nowMs: number): void {
  const { quorum } = node;
  const { state } = quorum;
  if (state.kind === 'prospective') {
    if (state.ballots.isWon) {
      quorum.toCandidate(nowMs);
      concludeElection(node, nowMs);
    } else if (state.ballots.isLost) losePreVote(node, nowMs);
  } else if (state.kind === 'candidate') {
    if (state.ballots.isWon) node.takeOver(state.ballots.grantingVoters, nowMs);
    else if (state.ballots.isLost && state.backoffUntilMs === undefined) quorum.electionLost(nowMs);
  }
}

/** Back to where it came from: to the leader that it had given up, or to waiting. */
export function losePreVote<R>(node: RaftNode<R>, nowMs: number): void {
  const { quorum, member } = node;
  if (quorum.leaderId >= 0) return quorum.toFollower(quorum.epoch, quorum.leaderId, nowMs);
  const { state } = quorum;
  assert(state.kind === 'prospective', 'only who asked for pre-votes can lose them');
  quorum.toUnattached(quorum.epoch, nowMs);
  // Its election timeout may be over already; not to ask again at once, it waits for another one.
  const { electionTimeoutMs } = member.config;
  if (state.electionDeadlineMs <= nowMs) quorum.waitForElection(nowMs + 1 + member.random(electionTimeoutMs));
}

// ---- the log

/** The follower that asked, if it still follows whom it asked and in the same epoch. */
function followerThatAsked<R>(node: RaftNode<R>, leaderId: number, epoch: number): Follower | undefined {
  const { state, leaderId: followed, epoch: now } = node.quorum;
  return state.kind === 'follower' && followed === leaderId && epoch === now ? state : undefined;
}

function handleFetched<R>(
  node: RaftNode<R>,
  from: number,
  request: FetchRequest,
  response: FetchResponse<R>,
  nowMs: number,
): void {
  const follower = followerThatAsked(node, from, request.epoch);
  const { log } = node;
  if (follower === undefined || request.fetchOffset !== log.endOffset) return;
  if (request.lastFetchedEpoch !== log.lastEpoch) return;
  follower.fetchDeadlineMs = nowMs + node.member.config.fetchTimeoutMs;
  follower.hasFetched = true;
  if (response.divergingEpoch !== undefined) {
    const offset = log.truncationOffsetFor(response.divergingEpoch);
    assert(offset >= node.highWatermark, 'a committed record is never cut');
    if (offset < log.endOffset) node.emit({ kind: 'truncate', offset });
    else node.peers.backOff(from, nowMs);
  } else if (response.snapshotId !== undefined) {
    const id = response.snapshotId;
    // One that ends below what is committed here would take records back.
    if (id.endOffset > node.highWatermark) follower.snapshot = { id, position: 0 };
    else node.peers.backOff(from, nowMs);
  } else {
    if (response.records !== undefined) node.emit({ kind: 'append-fetched', records: response.records });
    // Behind the append, when the log's owner has told of it: nothing is committed here that is not here.
    node.leaderSaidCommitted(response.highWatermark);
  }
}

function handleSnapshotChunk<R>(
  node: RaftNode<R>,
  from: number,
  request: FetchSnapshotRequest,
  response: FetchSnapshotResponse<R>,
  nowMs: number,
): void {
  const follower = followerThatAsked(node, from, request.epoch);
  const fetching = follower?.snapshot;
  if (follower === undefined || fetching === undefined) return;
  const { snapshotId, position, chunk, chunkBytes, sizeBytes } = response;
  const asked = snapshotId.endOffset === fetching.id.endOffset && snapshotId.epoch === fetching.id.epoch;
  if (!asked || position !== fetching.position) return node.peers.backOff(from, nowMs);
  follower.fetchDeadlineMs = nowMs + node.member.config.fetchTimeoutMs;
  fetching.position += chunkBytes;
  const complete = fetching.position >= sizeBytes;
  if (!complete && chunkBytes === 0) return node.peers.backOff(from, nowMs);
  if (complete) follower.snapshot = undefined;
  node.emit({ kind: 'write-snapshot', snapshotId, position, chunk, complete });
}
