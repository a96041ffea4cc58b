// What a member answers to requests. Every request teaches first (a higher epoch, a leader), and is judged after
// that by what is known then.
//
//   FENCED_LEADER_EPOCH (74)      the request's epoch is older than what is known here
//   UNKNOWN_LEADER_EPOCH (75)     it is newer, and this node was asked as if it led there
//   NOT_LEADER_OR_FOLLOWER (6)    the epoch is right, but this node does not lead in it
//   INCONSISTENT_VOTER_SET (94)   it comes from somebody who has no vote, or asks somebody who has none
//   INVALID_VOTER_KEY (125)       it was meant for another node
//   INVALID_REQUEST (42)          it contradicts itself, or the one leader that an epoch has

import { unreachable } from '../../base/assert.ts';
import { ErrorCode } from '../../errors.ts';
import { mayGrantVote } from './ballots.ts';
import type {
  BeginQuorumEpochRequest,
  EndQuorumEpochRequest,
  FetchAnswer,
  FetchRequest,
  FetchSnapshotRequest,
  RaftRequest,
  VoteRequest,
} from './messages.ts';
import type { RaftNode } from './node.ts';
import type { ParkedFetch } from './parked-fetches.ts';

export function handleRequest<R>(
  node: RaftNode<R>,
  token: number,
  request: RaftRequest,
  nowMs: number,
): void {
  switch (request.kind) {
    case 'vote':
      return handleVote(node, token, request, nowMs);
    case 'begin-quorum-epoch':
      return handleBeginQuorumEpoch(node, token, request, nowMs);
    case 'end-quorum-epoch':
      return handleEndQuorumEpoch(node, token, request, nowMs);
    case 'fetch':
      return handleFetch(node, token, request, nowMs);
    case 'fetch-snapshot':
      return handleFetchSnapshot(node, token, request, nowMs);
    case 'describe-quorum':
      return describeQuorum(node, token, nowMs);
    default:
      unreachable(request, 'request to a member of the quorum');
  }
}

// ---- elections

function handleVote<R>(node: RaftNode<R>, token: number, request: VoteRequest, nowMs: number): void {
  const { quorum, log } = node;
  const lastEpochMax = request.preVote ? request.epoch : request.epoch - 1;
  const impossible = request.endOffset < 0 || request.lastEpoch < 0 || request.lastEpoch > lastEpochMax;
  const errorCode = impossible
    ? ErrorCode.INVALID_REQUEST
    : voterOnlyError(node, request.epoch, request.candidateId, request.voterId);
  let voteGranted = false;
  if (errorCode === ErrorCode.NONE) {
    if (request.epoch > quorum.epoch) quorum.toUnattached(request.epoch, nowMs);
    const { state, leaderId, election } = quorum;
    const { votedId, votedDirectoryId } = election;
    const isLogUpToDate = log.isAtLeast(request.lastEpoch, request.endOffset);
    voteGranted = mayGrantVote({ state, leaderId, votedId, votedDirectoryId, isLogUpToDate }, request);
    if (voteGranted && !request.preVote) {
      quorum.grantVote(request.candidateId, request.candidateDirectoryId, nowMs);
    }
  }
  node.answer(token, { kind: 'vote', errorCode, ...node.leadership, voteGranted });
}

function handleBeginQuorumEpoch<R>(
  node: RaftNode<R>,
  token: number,
  request: BeginQuorumEpochRequest,
  nowMs: number,
): void {
  let errorCode = voterOnlyError(node, request.epoch, request.leaderId, request.voterId);
  if (errorCode === ErrorCode.NONE) {
    if (!node.learn(request.leaderId, request.epoch, nowMs)) errorCode = ErrorCode.INVALID_REQUEST;
    // It gave up on its leader, and there the leader is.
    else if (node.quorum.state.kind === 'prospective') {
      node.quorum.toFollower(request.epoch, request.leaderId, nowMs);
    }
  }
  node.answer(token, { kind: 'begin-quorum-epoch', errorCode, ...node.leadership });
}

/**
 * The leader goes: whoever it prefers stands for election at once, the others a little later, in its order. Its
 * followers also stop refusing pre-votes for its sake: otherwise the first of them would wait for the fetch timeouts of
 * the rest.
 */
function handleEndQuorumEpoch<R>(
  node: RaftNode<R>,
  token: number,
  request: EndQuorumEpochRequest,
  nowMs: number,
): void {
  let errorCode = voterOnlyError(node, request.epoch, request.leaderId, -1);
  if (errorCode === ErrorCode.NONE && !node.learn(request.leaderId, request.epoch, nowMs)) {
    errorCode = ErrorCode.INVALID_REQUEST;
  }
  const { state } = node.quorum;
  if (errorCode === ErrorCode.NONE && state.kind === 'follower') {
    state.hasFetched = false;
    const rank = request.preferredCandidates.indexOf(node.nodeId);
    const { electionBackoffMaxMs, retryBackoffMs } = node.member.config;
    const ranks = Math.max(1, request.preferredCandidates.length);
    const step = Math.max(retryBackoffMs, Math.floor(electionBackoffMaxMs / (2 * ranks)));
    const waitMs = rank === 0 ? 0 : step * (rank < 0 ? ranks : rank) + node.member.random(step);
    state.fetchDeadlineMs = Math.min(state.fetchDeadlineMs, nowMs + waitMs);
  }
  node.answer(token, { kind: 'end-quorum-epoch', errorCode, ...node.leadership });
}

function voterOnlyError<R>(node: RaftNode<R>, epoch: number, senderId: number, recipientId: number): number {
  // As in Kafka: whoever is late hears that first, whatever else is wrong.
  if (epoch < node.quorum.epoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (recipientId >= 0 && recipientId !== node.nodeId) return ErrorCode.INVALID_VOTER_KEY;
  if (senderId === node.nodeId) return ErrorCode.INVALID_REQUEST;
  const amongVoters = node.quorum.isVoter && node.member.voters.includes(senderId);
  return amongVoters ? ErrorCode.NONE : ErrorCode.INCONSISTENT_VOTER_SET;
}

// ---- the log

function leaderOnlyError<R>(node: RaftNode<R>, epoch: number): number {
  const { quorum } = node;
  if (epoch < quorum.epoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (epoch > quorum.epoch) return ErrorCode.UNKNOWN_LEADER_EPOCH;
  return quorum.isLeader ? ErrorCode.NONE : ErrorCode.NOT_LEADER_OR_FOLLOWER;
}

function handleFetch<R>(node: RaftNode<R>, token: number, request: FetchRequest, nowMs: number): void {
  const earlier = node.parked.takeOf(request);
  if (earlier !== undefined) node.answer(earlier.token, fetchAnswer(node, earlier.request).answer);
  const errorCode = fetchError(node, request);
  if (errorCode !== ErrorCode.NONE) return node.answer(token, refusedFetch(node, errorCode));
  const { state } = node.quorum;
  const { answer, worthIt } = fetchAnswer(node, request);
  if (state.kind === 'leader') {
    const inTouch = answer.divergingEpoch === undefined && answer.snapshotId === undefined;
    if (inTouch) state.progress.fetched(request, node.log.endOffset, nowMs);
    else state.progress.heardFrom(request.replicaId, nowMs);
    if (inTouch && node.recountHighWatermark()) releaseFetches(node);
  }
  const isNews = worthIt || isHighWatermarkNews(node, request);
  if (isNews || request.maxWaitMs <= 0 || node.parked.isFull) {
    return node.answer(token, fetchAnswer(node, request).answer);
  }
  node.parked.park({ token, request, deadlineMs: nowMs + request.maxWaitMs });
}

function fetchError<R>(node: RaftNode<R>, request: FetchRequest): number {
  const { fetchOffset, lastFetchedEpoch, epoch, replicaId } = request;
  const impossible = fetchOffset < 0 || lastFetchedEpoch < 0 || lastFetchedEpoch > epoch;
  if (impossible || replicaId === node.nodeId) return ErrorCode.INVALID_REQUEST;
  return leaderOnlyError(node, epoch);
}

function refusedFetch<R>(node: RaftNode<R>, errorCode: number): FetchAnswer {
  return {
    kind: 'fetch',
    errorCode,
    ...node.leadership,
    highWatermark: -1,
    logStartOffset: node.log.startOffset,
    divergingEpoch: undefined,
    snapshotId: undefined,
    readFrom: undefined,
  };
}

/** The answer as of now, and whether it has more in it than that there is nothing new. */
function fetchAnswer<R>(node: RaftNode<R>, request: FetchRequest): { answer: FetchAnswer; worthIt: boolean } {
  const { log } = node;
  const verdict = log.judgePosition(request.fetchOffset, request.lastFetchedEpoch);
  const hasRecords = verdict.kind === 'valid' && request.fetchOffset < log.endOffset;
  const answer: FetchAnswer = {
    kind: 'fetch',
    errorCode: ErrorCode.NONE,
    ...node.leadership,
    highWatermark: node.highWatermark,
    logStartOffset: log.startOffset,
    divergingEpoch: verdict.kind === 'diverging' ? verdict.end : undefined,
    snapshotId: verdict.kind === 'snapshot' ? verdict.snapshotId : undefined,
    readFrom: hasRecords ? request.fetchOffset : undefined,
  };
  return { answer, worthIt: hasRecords || verdict.kind !== 'valid' };
}

/** Whether the sender could commit something that it has, if it knew what is known here. */
function isHighWatermarkNews<R>(node: RaftNode<R>, request: FetchRequest): boolean {
  return Math.min(node.highWatermark, request.fetchOffset) > request.highWatermark;
}

/** Something moved: whoever waits for it is answered, the others wait on. */
export function releaseFetches<R>(node: RaftNode<R>): void {
  for (const fetch of node.parked.takeAll()) {
    const errorCode = leaderOnlyError(node, fetch.request.epoch);
    if (errorCode !== ErrorCode.NONE) node.answer(fetch.token, refusedFetch(node, errorCode));
    else if (fetchAnswer(node, fetch.request).worthIt || isHighWatermarkNews(node, fetch.request)) {
      answerParked(node, fetch);
    } else node.parked.park(fetch);
  }
}

export function answerParked<R>(node: RaftNode<R>, { token, request }: ParkedFetch): void {
  node.answer(token, fetchAnswer(node, request).answer);
}

function handleFetchSnapshot<R>(
  node: RaftNode<R>,
  token: number,
  request: FetchSnapshotRequest,
  nowMs: number,
): void {
  const { snapshotId, position, maxBytes, replicaId } = request;
  let errorCode = leaderOnlyError(node, request.epoch);
  if (replicaId === node.nodeId) errorCode = ErrorCode.INVALID_REQUEST;
  else if (errorCode === ErrorCode.NONE && position < 0) errorCode = ErrorCode.POSITION_OUT_OF_RANGE;
  const { state } = node.quorum;
  if (errorCode === ErrorCode.NONE && state.kind === 'leader') state.progress.heardFrom(replicaId, nowMs);
  const told = { errorCode, ...node.leadership };
  node.answer(token, { kind: 'fetch-snapshot', ...told, snapshotId, position, maxBytes });
}

function describeQuorum<R>(node: RaftNode<R>, token: number, nowMs: number): void {
  const { state } = node.quorum;
  const { directoryId } = node.member;
  const described =
    state.kind === 'leader'
      ? state.progress.describe({ directoryId, endOffset: node.log.endOffset, nowMs })
      : undefined;
  node.answer(token, {
    kind: 'describe-quorum',
    errorCode: described === undefined ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE,
    ...node.leadership,
    highWatermark: described === undefined ? -1 : node.highWatermark,
    voters: described?.voters ?? [],
    observers: described?.observers ?? [],
  });
}
