// What the machine is told and what it wants done. Times are milliseconds of a clock that never goes back.
//
// The contract of whoever drives it:
// - The actions of a step are carried out in their order, and an action that touches the disk is complete before the
//   next one begins. `persist` in particular: an answer or a request behind it leaves only when it is durable.
// - What happened to the log through an action (`append-...`, `truncate`, `write-snapshot`) is told before any other
//   event. Only `log-flushed` of a leader's own appends may come later, when it is true.
// - A follower's `append-fetched` is flushed before it is told as appended: the next Fetch acknowledges it.
// - Every `send` is answered by one `response` or one `request-failed`, also when time runs out.

import type { LeaderEpoch, Offset } from '../../base/ids.ts';
import type { EpochStart } from '../epoch-history.ts';
import type { OffsetAndEpoch, PeerRequest, PeerResponse, RaftAnswer, RaftRequest } from './messages.ts';

export interface RaftConfig {
  /** `controller.quorum.election.timeout.ms`; drawn up to its double. */
  readonly electionTimeoutMs: number;
  /** `controller.quorum.election.backoff.max.ms` */
  readonly electionBackoffMaxMs: number;
  /** `controller.quorum.fetch.timeout.ms` */
  readonly fetchTimeoutMs: number;
  /** `controller.quorum.retry.backoff.ms` */
  readonly retryBackoffMs: number;
  /** How long a leader may hold a Fetch that has nothing to give. */
  readonly fetchMaxWaitMs: number;
  readonly snapshotChunkBytesMax: number;
}

export const defaultRaftConfig: RaftConfig = {
  electionTimeoutMs: 1000,
  electionBackoffMaxMs: 1000,
  fetchTimeoutMs: 2000,
  retryBackoffMs: 20,
  fetchMaxWaitMs: 500,
  snapshotChunkBytesMax: 1 << 20,
};

/** What `quorum-state` keeps. No vote is ever given that is not here first. */
export interface ElectionState {
  readonly epoch: LeaderEpoch;
  /** -1: unknown. */
  readonly leaderId: number;
  /** -1: nobody yet. */
  readonly votedId: number;
  readonly votedDirectoryId: string;
}

/** The log as it was found at boot. */
export interface LogAtBoot {
  readonly startOffset: Offset;
  /** Epoch of the record before the start, as the snapshot that stands for it says; 0 where nothing was taken away. */
  readonly startEpoch: LeaderEpoch;
  readonly endOffset: Offset;
  readonly epochs: readonly EpochStart[];
  readonly snapshotId: OffsetAndEpoch | undefined;
}

export type RaftEvent<R> =
  /** Time passed: also what is stepped first after boot. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'request'; readonly token: number; readonly request: RaftRequest }
  | { readonly kind: 'response'; readonly requestId: number; readonly response: PeerResponse<R> }
  | { readonly kind: 'request-failed'; readonly requestId: number }
  /** Somebody wants batches in the log, if this node leads in `epoch`. */
  | { readonly kind: 'append'; readonly token: number; readonly epoch: LeaderEpoch }
  | { readonly kind: 'log-appended'; readonly endOffset: Offset; readonly epochs: readonly EpochStart[] }
  | { readonly kind: 'log-flushed'; readonly endOffset: Offset }
  | { readonly kind: 'log-truncated'; readonly endOffset: Offset }
  /** A snapshot from the leader stands for the whole log now. */
  | { readonly kind: 'log-replaced'; readonly snapshotId: OffsetAndEpoch }
  | { readonly kind: 'snapshot-taken'; readonly snapshotId: OffsetAndEpoch }
  | { readonly kind: 'log-start-moved'; readonly startOffset: Offset; readonly startEpoch: LeaderEpoch }
  /** This node is going: it gives up leadership, and stands in no election any more. */
  | { readonly kind: 'resign' };

export type RaftAction<R> =
  | { readonly kind: 'persist'; readonly election: ElectionState }
  | { readonly kind: 'send'; readonly requestId: number; readonly to: number; readonly request: PeerRequest }
  | { readonly kind: 'answer'; readonly token: number; readonly answer: RaftAnswer }
  /** Batches of the leader, as they are: offsets and epochs are in them. */
  | { readonly kind: 'append-fetched'; readonly records: R }
  /** A control batch at the log end, the first of this leader's epoch. */
  | {
      readonly kind: 'append-leader-change';
      readonly epoch: LeaderEpoch;
      readonly leaderId: number;
      readonly grantingVoters: readonly number[];
    }
  | { readonly kind: 'append-granted'; readonly token: number; readonly epoch: LeaderEpoch }
  | { readonly kind: 'append-refused'; readonly token: number }
  | { readonly kind: 'truncate'; readonly offset: Offset }
  | {
      readonly kind: 'write-snapshot';
      readonly snapshotId: OffsetAndEpoch;
      readonly position: number;
      readonly chunk: R | undefined;
      /** The last chunk: the snapshot is whole and replaces the log. */
      readonly complete: boolean;
    }
  | { readonly kind: 'high-watermark'; readonly offset: Offset; readonly epoch: LeaderEpoch }
  | { readonly kind: 'vote-granted'; readonly candidateId: number; readonly epoch: LeaderEpoch }
  | { readonly kind: 'leadership'; readonly leaderId: number; readonly epoch: LeaderEpoch }
  | {
      readonly kind: 'state';
      readonly state: StateName;
      readonly epoch: LeaderEpoch;
      readonly leaderId: number;
    };

export type StateName = 'unattached' | 'prospective' | 'candidate' | 'leader' | 'follower' | 'resigned';
