// A quorum of one without Raft, for tests of what stands on a quorum: its log is whatever the test gives.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { metadataBatch, metadataBatchesOf } from '../cluster/metadata-log.ts';
import type { AppendFailure, CommittedBatch, Quorum, QuorumLeader } from '../cluster/quorum.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import type { Runtime } from '../runtime.ts';

/** Where batches are kept. */
export interface MetadataLog {
  /** The whole log from its start, in order; each element holds one or more whole batches. */
  readAll(): Task<Outcome<Uint8Array[], string>>;
  /** Appends one batch and waits until it is durable; the value is its base offset. */
  append(batch: Uint8Array): Task<Outcome<number, string>>;
}

export class LogQuorum implements Quorum {
  readonly #runtime: Runtime;
  readonly #log: MetadataLog;
  readonly #nodeId: number;
  #committed: (batch: CommittedBatch) => Task<void> | void = () => {};
  #leadership: (leader: QuorumLeader, activated: boolean) => void = () => {};
  #nextOffset = 0;
  #failed = false;

  constructor(runtime: Runtime, log: MetadataLog, nodeId: number) {
    this.#runtime = runtime;
    this.#log = log;
    this.#nodeId = nodeId;
  }

  get leader(): QuorumLeader {
    return { leaderId: this.#nodeId, epoch: 1 };
  }

  get highWatermark(): number {
    return this.#nextOffset;
  }

  get logEndOffset(): number {
    return this.#nextOffset;
  }

  get nextLeadership(): Completion<void> {
    return this.#runtime.tasks.completion('there is one leader for ever');
  }

  get voters() {
    return [{ id: this.#nodeId, address: undefined }];
  }

  onCommitted(listener: (batch: CommittedBatch) => Task<void> | void): void {
    this.#committed = listener;
  }

  onSnapshot(): void {}

  onLeadership(listener: (leader: QuorumLeader, activated: boolean) => void): void {
    this.#leadership = listener;
  }

  /** Replays the log; the error is a sentence for people. */
  *open(): Task<Outcome<undefined, string>> {
    const chunks = yield* this.#log.readAll();
    if (!chunks.ok) return chunks;
    for (const chunk of chunks.value) {
      const batches = metadataBatchesOf(chunk);
      if (!batches.ok) return batches;
      for (const { records, lastOffset } of batches.value) yield* this.#handOver(records, lastOffset);
    }
    return success(undefined);
  }

  start(): void {
    this.#leadership(this.leader, true);
  }

  halt(): void {}

  *stop(): Task<void> {}

  *append(records: readonly MetadataRecord[]): Task<Outcome<number, AppendFailure>> {
    if (this.#failed) return failure('storage');
    const batch = metadataBatch(records, this.#runtime.clock.wallMs());
    // Decoded before it is handed over: what is replayed is what was written, whatever the codec made of it.
    const decoded = metadataBatchesOf(batch);
    assert(decoded.ok && decoded.value.length === 1, 'a metadata batch can be read back');
    const appended = yield* this.#log.append(batch);
    if (!appended.ok) {
      this.#failed = true;
      return failure('storage');
    }
    yield* this.#handOver(decoded.value[0]?.records ?? [], appended.value + records.length - 1);
    return appended;
  }

  *#handOver(records: readonly MetadataRecord[], lastOffset: number): Task<void> {
    this.#nextOffset = lastOffset + 1;
    const following = this.#committed({ records, lastOffset, epoch: 1 });
    if (following !== undefined) yield* following;
  }
}
