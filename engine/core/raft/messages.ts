// What the members of a metadata quorum say to each other: Kafka's requests and responses of the one partition
// `__cluster_metadata-0`, without the wrapping of topics and versions, which belongs to whoever has the wire.
// `epoch` is always the sender's leader epoch. `R` is how records look; the machine never looks into them.

import type { LeaderEpoch, Offset } from '../../base/ids.ts';

/** Everything before `endOffset`, the last of it written in `epoch`. */
export interface OffsetAndEpoch {
  readonly endOffset: Offset;
  readonly epoch: LeaderEpoch;
}

export interface VoteRequest {
  readonly kind: 'vote';
  /** Whom the sender believes it is asking; -1 in versions that do not say. */
  readonly voterId: number;
  readonly candidateId: number;
  readonly candidateDirectoryId: string;
  /** A pre-vote asks in the epoch that is, a vote in the one that would begin. */
  readonly epoch: LeaderEpoch;
  readonly lastEpoch: LeaderEpoch;
  readonly endOffset: Offset;
  readonly preVote: boolean;
}

export interface BeginQuorumEpochRequest {
  readonly kind: 'begin-quorum-epoch';
  readonly voterId: number;
  readonly leaderId: number;
  readonly epoch: LeaderEpoch;
}

export interface EndQuorumEpochRequest {
  readonly kind: 'end-quorum-epoch';
  readonly leaderId: number;
  readonly epoch: LeaderEpoch;
  /** The voters with the longest logs first: they are to try first. */
  readonly preferredCandidates: readonly number[];
}

/** `fetchOffset` acknowledges: everything before it is flushed at whoever asks. */
export interface FetchRequest {
  readonly kind: 'fetch';
  readonly replicaId: number;
  readonly directoryId: string;
  readonly epoch: LeaderEpoch;
  readonly fetchOffset: Offset;
  readonly lastFetchedEpoch: LeaderEpoch;
  /** What the sender knows already; a higher one is worth an answer of its own. */
  readonly highWatermark: Offset;
  readonly maxWaitMs: number;
}

export interface FetchSnapshotRequest {
  readonly kind: 'fetch-snapshot';
  readonly replicaId: number;
  readonly epoch: LeaderEpoch;
  readonly snapshotId: OffsetAndEpoch;
  readonly position: number;
  readonly maxBytes: number;
}

export interface DescribeQuorumRequest {
  readonly kind: 'describe-quorum';
}

/** What goes from one machine to another. */
export type PeerRequest =
  | VoteRequest
  | BeginQuorumEpochRequest
  | EndQuorumEpochRequest
  | FetchRequest
  | FetchSnapshotRequest;

export type RaftRequest = PeerRequest | DescribeQuorumRequest;

/** Every answer tells who leads and in which epoch, also when it is an error: that is how one learns. */
interface Told {
  readonly errorCode: number;
  readonly leaderId: number;
  readonly epoch: LeaderEpoch;
}

export interface VoteResponse extends Told {
  readonly kind: 'vote';
  readonly voteGranted: boolean;
}

export interface BeginQuorumEpochResponse extends Told {
  readonly kind: 'begin-quorum-epoch';
}

export interface EndQuorumEpochResponse extends Told {
  readonly kind: 'end-quorum-epoch';
}

interface FetchPosition extends Told {
  readonly kind: 'fetch';
  readonly highWatermark: Offset;
  readonly logStartOffset: Offset;
  /** The leader's log parted from the asker's, at this point or before. */
  readonly divergingEpoch: OffsetAndEpoch | undefined;
  /** What was asked for is only in this snapshot any more. */
  readonly snapshotId: OffsetAndEpoch | undefined;
}

export interface FetchResponse<R> extends FetchPosition {
  /** Undefined where there are none. */
  readonly records: R | undefined;
}

/** As the machine decides it: whoever has the log puts records in, from `readFrom` on. */
export interface FetchAnswer extends FetchPosition {
  readonly readFrom: Offset | undefined;
}

interface SnapshotPosition extends Told {
  readonly kind: 'fetch-snapshot';
  readonly snapshotId: OffsetAndEpoch;
  readonly position: number;
}

export interface FetchSnapshotResponse<R> extends SnapshotPosition {
  readonly sizeBytes: number;
  readonly chunkBytes: number;
  readonly chunk: R | undefined;
}

/** Without an error: whoever has the files puts the chunk in, or an error of its own. */
export interface FetchSnapshotAnswer extends SnapshotPosition {
  readonly maxBytes: number;
}

export interface ReplicaProgress {
  readonly replicaId: number;
  readonly directoryId: string;
  /** -1 where it never fetched from this leader, as with the times. */
  readonly logEndOffset: Offset;
  readonly lastFetchMs: number;
  readonly lastCaughtUpMs: number;
}

export interface DescribeQuorumAnswer extends Told {
  readonly kind: 'describe-quorum';
  readonly highWatermark: Offset;
  readonly voters: readonly ReplicaProgress[];
  readonly observers: readonly ReplicaProgress[];
}

export type PeerResponse<R> =
  | VoteResponse
  | BeginQuorumEpochResponse
  | EndQuorumEpochResponse
  | FetchResponse<R>
  | FetchSnapshotResponse<R>;

export type RaftAnswer =
  | VoteResponse
  | BeginQuorumEpochResponse
  | EndQuorumEpochResponse
  | FetchAnswer
  | FetchSnapshotAnswer
  | DescribeQuorumAnswer;
