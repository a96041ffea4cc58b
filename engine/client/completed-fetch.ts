// The bytes that a fetch brought for one partition, given out as records batch by batch. What must stay true:
// no record leaves a batch whose checksum is wrong (unless checks are off), none below the position, no
// control record, and with read_committed none of an aborted transaction.

import { ErrorCode } from '../errors.ts';
import { controlTypeOf } from '../protocol/control-records.ts';
import { BatchWalk, type RecordBatch } from '../protocol/record-batch.ts';
import { decodeRecords } from '../protocol/records.ts';
import type { ConsumedRecord, PartitionState, Position } from './consumer-state.ts';

export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

export class CompletedFetch {
  readonly state: PartitionState;
  /** The leader epoch under which it was asked for. */
  readonly validatedEpoch: number;
  readonly #walk: BatchWalk;
  readonly #checkCrcs: boolean;
  readonly #readCommitted: boolean;
  /** By first offset, those not reached yet. */
  readonly #aborted: AbortedTransaction[];
  readonly #abortedProducers = new Set<number>();
  #records: ConsumedRecord[] = [];
  #nextPosition: Position;
  #batches = 0;
  /** Why no more records come out of this fetch, if they could not be read. */
  corruption: string | undefined;

  constructor(
    state: PartitionState,
    position: Position,
    bytes: Uint8Array,
    aborted: readonly AbortedTransaction[],
    options: { readonly checkCrcs: boolean; readonly readCommitted: boolean },
  ) {
    this.state = state;
    this.validatedEpoch = state.validatedEpoch;
    this.#nextPosition = position;
    this.#walk = new BatchWalk(bytes);
    this.#checkCrcs = options.checkCrcs;
    this.#readCommitted = options.readCommitted;
    this.#aborted = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Where this fetch goes on; a partition that is elsewhere has no use for it. */
  get position(): Position {
    return this.#nextPosition;
  }

  /**
   * Up to `limit` more records. Fewer only at the end, or before a batch that cannot be read. Afterwards
   * `position` is the one to go on from when these were handed out.
   */
  take(limit: number): ConsumedRecord[] {
    const taken: ConsumedRecord[] = [];
    while (taken.length < limit) {
      if (this.#records.length === 0 && !this.#readBatch()) break;
      const part = this.#records.splice(0, limit - taken.length);
      const last = part.at(-1);
      if (last !== undefined) {
        this.#nextPosition = { offset: last.offset + 1, leaderEpoch: last.leaderEpoch };
        taken.push(...part);
      }
      if (this.#records.length === 0 && this.#batchEnd !== undefined) this.#nextPosition = this.#batchEnd;
    }
    return taken;
  }

  /** The position behind the batch being given out: compaction may have thinned its end. */
  #batchEnd: Position | undefined;

  #readBatch(): boolean {
    if (this.corruption !== undefined) return false;
    const batch = this.#walk.next();
    if (batch === undefined) {
      const { stop } = this.#walk;
      if (stop?.kind === 'malformed') this.corruption = stop.message;
      if (stop?.kind === 'cut' && this.#batches === 0) this.corruption = 'not one whole batch was sent';
      return false;
    }
    this.#batches++;
    if (this.#checkCrcs && !batch.isCrcValid()) {
      this.corruption = `the batch at offset ${batch.baseOffset} does not match its checksum`;
      return false;
    }
    const end = { offset: batch.nextOffset, leaderEpoch: batch.partitionLeaderEpoch };
    if (batch.nextOffset <= this.#nextPosition.offset) return true;
    this.#batchEnd = end;
    if (this.#isHidden(batch)) return true;
    const decoded = decodeRecords(batch);
    if (!decoded.ok) {
      this.#batchEnd = undefined;
      this.corruption = `the batch at offset ${batch.baseOffset}: ${decoded.error}`;
      return false;
    }
    const { topic, partition } = this.state;
    for (const { offset, timestamp, key, value, headers } of decoded.value) {
      if (offset < this.#nextPosition.offset) continue;
      const leaderEpoch = batch.partitionLeaderEpoch;
      this.#records.push({
        topic,
        partition,
        offset,
        timestampMs: timestamp,
        key,
        value,
        headers,
        leaderEpoch,
      });
    }
    return true;
  }

  /** Control batches, and batches of aborted transactions under read_committed. */
  #isHidden(batch: RecordBatch): boolean {
    if (this.#readCommitted && batch.hasProducerId) {
      while ((this.#aborted[0]?.firstOffset ?? Number.POSITIVE_INFINITY) <= batch.lastOffset) {
        this.#abortedProducers.add((this.#aborted.shift() as AbortedTransaction).producerId);
      }
      if (batch.isControl) {
        if (isAbortMarker(batch)) this.#abortedProducers.delete(batch.producerId);
      } else if (batch.isTransactional && this.#abortedProducers.has(batch.producerId)) return true;
    }
    return batch.isControl;
  }
}

function isAbortMarker(batch: RecordBatch): boolean {
  const decoded = decodeRecords(batch);
  const first = decoded.ok ? decoded.value[0] : undefined;
  if (first === undefined) return false;
  const type = controlTypeOf(first);
  return type.ok && type.value === 'abort';
}

/** Errors of a partition that ask for fresh metadata, and otherwise only for another try. */
export function isPassing(errorCode: number): boolean {
  return passing.has(errorCode);
}

const passing = new Set<number>([
  ErrorCode.NOT_LEADER_OR_FOLLOWER,
  ErrorCode.REPLICA_NOT_AVAILABLE,
  ErrorCode.KAFKA_STORAGE_ERROR,
  ErrorCode.FENCED_LEADER_EPOCH,
  ErrorCode.UNKNOWN_LEADER_EPOCH,
  ErrorCode.OFFSET_NOT_AVAILABLE,
  ErrorCode.LEADER_NOT_AVAILABLE,
  ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
  ErrorCode.UNKNOWN_TOPIC_ID,
  ErrorCode.INCONSISTENT_TOPIC_ID,
  ErrorCode.UNKNOWN_SERVER_ERROR,
  ErrorCode.REQUEST_TIMED_OUT,
  ErrorCode.NETWORK_EXCEPTION,
]);
