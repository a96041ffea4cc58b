// Appends of metadata whose callers wait. An append is answered with success only when its batch was handed over, never
// because of an epoch; when the leadership that it was made in ends, it is answered with 'not-leader', which says
// nothing of whether it will be committed.

import { assert, present } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion } from '../base/task.ts';
import type { AppendFailure, CommittedBatch, QuorumLeader } from './quorum.ts';

export type AppendOutcome = Outcome<number, AppendFailure>;

interface WaitingAppend {
  readonly batch: Uint8Array;
  readonly answered: Completion<AppendOutcome>;
  /** Set when it is in the log. */
  placed: { readonly baseOffset: number; readonly lastOffset: number; readonly epoch: number } | undefined;
}

export class WaitingAppends {
  readonly #waiting = new Map<number, WaitingAppend>();

  add(token: number, batch: Uint8Array, answered: Completion<AppendOutcome>): void {
    this.#waiting.set(token, { batch, answered, placed: undefined });
  }

  batchOf(token: number): Uint8Array {
    return present(this.#waiting.get(token), 'the append that was granted').batch;
  }

  place(token: number, placed: { baseOffset: number; lastOffset: number; epoch: number }): void {
    const waiting = this.#waiting.get(token);
    if (waiting !== undefined) waiting.placed = placed;
  }

  refuse(token: number, why: AppendFailure): void {
    this.#waiting.get(token)?.answered.settle(failure(why));
    this.#waiting.delete(token);
  }

  refuseAll(why: AppendFailure): void {
    for (const token of [...this.#waiting.keys()]) this.refuse(token, why);
  }

  /**
   * Of an epoch that ended without them: what is below `highWatermark` is committed, and will be handed over. Returns
   * how many were refused.
   */
  refuseLost(leader: QuorumLeader, nodeId: number, highWatermark: number): number {
    let refused = 0;
    for (const [token, { placed }] of this.#waiting) {
      if (placed === undefined || placed.lastOffset < highWatermark) continue;
      const stillLeads = leader.leaderId === nodeId && placed.epoch === leader.epoch;
      if (stillLeads) continue;
      this.refuse(token, 'not-leader');
      refused++;
    }
    return refused;
  }

  handedOver(batch: CommittedBatch): void {
    for (const [token, { placed, answered }] of this.#waiting) {
      if (placed === undefined || placed.lastOffset !== batch.lastOffset) continue;
      this.#waiting.delete(token);
      // It was below the high watermark while it was in the log: nothing else can lie there.
      assert(placed.epoch === batch.epoch, 'what is committed at the place of an append is that append');
      answered.settle(success(placed.baseOffset));
    }
  }
}
