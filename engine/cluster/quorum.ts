// The metadata quorum, as everything above it sees it: a log of batches that are committed in one order for all
// nodes, and one leader at a time who may append. Who votes, who follows and what is on which disk is told in
// `raft-quorum.ts`; a node without a vote (a broker apart from its controllers) sees the same.

import type { Outcome } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import type { Address } from '../ports.ts';

/** Who leads the quorum, as far as this node knows; leaderId -1: nobody known. */
export interface QuorumLeader {
  readonly leaderId: number;
  readonly epoch: number;
}

export interface CommittedBatch {
  /** Empty for Raft's own control batches, which only move the offset. */
  readonly records: readonly MetadataRecord[];
  readonly lastOffset: number;
  readonly epoch: number;
}

/** Why an append did not commit; `not-leader` may have left it in the log of a later leader all the same. */
export type AppendFailure = 'not-leader' | 'storage';

export interface Quorum {
  readonly leader: QuorumLeader;
  /** Everything below is committed; -1 while this node does not know. */
  readonly highWatermark: number;
  readonly logEndOffset: number;
  readonly voters: readonly { readonly id: number; readonly address: Address | undefined }[];
  /**
   * Appends one atomic batch in `epoch`, if this node leads in it; waits until it is committed and the listener's task
   * for it has ended. The value is its base offset.
   */
  append(records: readonly MetadataRecord[], epoch: number): Task<Outcome<number, AppendFailure>>;
  /** One listener; batches come in order, and the next one when the task of the one before has ended. */
  onCommitted(listener: (batch: CommittedBatch) => Task<void> | void): void;
  /** One listener: a snapshot replaces the whole image, at boot or on a node that was far behind. */
  onSnapshot(listener: (records: readonly MetadataRecord[], lastOffset: number) => Task<void> | void): void;
  /**
   * Every change of leader or epoch. `activated` when this node leads and the first record of its own epoch is
   * committed and handed over: from then on its image is the newest there is.
   */
  onLeadership(listener: (leader: QuorumLeader, activated: boolean) => void): void;
  /** Settles with the next of these changes; another one after each. */
  readonly nextLeadership: Completion<void>;
  start(): void;
  /** The disk failed: nothing is sent or answered any more. */
  halt(): void;
  /** A leader resigns (EndQuorumEpoch) before it goes. */
  stop(): Task<void>;
}
