// What a partition remembers of idempotent and transactional producers: the rules of Kafka's
// ProducerStateManager and ProducerAppendInfo. Pure. Leader and followers build the same state from the same
// batch headers, so sequences survive a change of leader.
//
// A snapshot holds the last batch of each producer only, as in Kafka: after a reload just that one is
// recognised as a duplicate. A log that is only cut recalls what it knew (`recall`), where Kafka reads its
// snapshot. Left out: the transaction verification of KIP-890 (no batch is held back while the coordinator is
// asked), and transactions whose marker is written but not yet below the high watermark (the partition's
// affair).

import { assert } from '../base/assert.ts';
import type { Offset, ProducerId } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { ErrorCode } from '../errors.ts';
import { decodeMessage, encodeMessage } from '../protocol/codec.ts';
import { crc32c } from '../protocol/crc32c.ts';
import { producerSnapshot } from '../protocol/messages/producer-snapshot.ts';

/** Kafka keeps as many because a producer may have five requests in flight. */
const rememberedBatches = 5;
const sequenceMax = 0x7fffffff;
const snapshotVersion = 1;
/** Version and CRC; the CRC covers what follows. */
const snapshotHeadBytes = 6;

/** The header facts that matter here; a `RecordBatch` has them all. */
export interface ProducerBatch {
  readonly producerId: ProducerId;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: Offset;
  readonly lastOffset: Offset;
  readonly maxTimestamp: number;
  readonly isTransactional: boolean;
  readonly isControl: boolean;
}

export type ProducerCheck =
  | { readonly kind: 'append' }
  | {
      readonly kind: 'duplicate';
      readonly baseOffset: Offset;
      readonly lastOffset: Offset;
      readonly timestampMs: number;
    }
  | { readonly kind: 'error'; readonly code: number };

export interface RememberedBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly lastOffset: Offset;
  readonly offsetDelta: number;
  readonly timestampMs: number;
}

export interface ProducerState {
  readonly producerId: ProducerId;
  readonly epoch: number;
  readonly coordinatorEpoch: number;
  /** Of the newest batch or marker, as the batch says: a client's clock under CreateTime. */
  readonly lastTimestampMs: number;
  /** First offset of the open transaction; -1 when none is open. */
  readonly currentTxnFirstOffset: Offset;
  /** Oldest first. */
  readonly batches: readonly RememberedBatch[];
}

const append: ProducerCheck = { kind: 'append' };

export class ProducerStates {
  readonly #states = new Map<ProducerId, ProducerState>();
  /**
   * First offsets of the open transactions: every fetch asks for the least, and few are open among many
   * producers.
   */
  readonly #open = new Map<ProducerId, Offset>();

  get size(): number {
    return this.#states.size;
  }

  get(producerId: ProducerId): ProducerState | undefined {
    return this.#states.get(producerId);
  }

  all(): ProducerState[] {
    return [...this.#states.values()];
  }

  /**
   * The first offset of the oldest transaction that is open; undefined when none is: bounds the last stable
   * offset.
   */
  get firstUndecidedOffset(): Offset | undefined {
    let first: Offset | undefined;
    for (const offset of this.#open.values()) if (first === undefined || offset < first) first = offset;
    return first;
  }

  /** Whether a batch may be appended. A coordinator's own writes are checked for their epoch only. */
  check(batch: ProducerBatch, origin: 'client' | 'coordinator' = 'client'): ProducerCheck {
    if (batch.producerId < 0) return append;
    const state = this.#states.get(batch.producerId);
    if (state === undefined) return append;
    if (origin === 'client') {
      const duplicate = findDuplicate(state, batch);
      if (duplicate !== undefined) return duplicate;
    }
    if (batch.producerEpoch < state.epoch) return refuse(ErrorCode.INVALID_PRODUCER_EPOCH);
    if (origin === 'client' && !inSequence(state, batch)) {
      return refuse(ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER);
    }
    if (state.currentTxnFirstOffset >= 0 && !batch.isTransactional) {
      return refuse(ErrorCode.INVALID_TXN_STATE);
    }
    return append;
  }

  /** Whether a transaction marker may be appended: `ErrorCode.NONE`, or why not. */
  checkMarker(producerId: ProducerId, producerEpoch: number, coordinatorEpoch: number): number {
    const state = this.#states.get(producerId);
    if (state === undefined) return ErrorCode.NONE;
    if (producerEpoch < state.epoch) return ErrorCode.INVALID_PRODUCER_EPOCH;
    if (coordinatorEpoch < state.coordinatorEpoch) return ErrorCode.TRANSACTION_COORDINATOR_FENCED;
    return ErrorCode.NONE;
  }

  /**
   * The batch is in the log, whoever let it in: on the leader after `check`, on followers and in recovery as
   * it is.
   */
  update(batch: ProducerBatch, markerCoordinatorEpoch = -1): void {
    if (batch.producerId < 0) return;
    const before = this.#states.get(batch.producerId);
    const fresh = before === undefined || before.epoch !== batch.producerEpoch;
    const batches = fresh ? [] : before.batches;
    const coordinatorEpoch = before?.coordinatorEpoch ?? -1;
    if (batch.isControl) {
      this.#set({
        producerId: batch.producerId,
        epoch: batch.producerEpoch,
        coordinatorEpoch: Math.max(coordinatorEpoch, markerCoordinatorEpoch),
        lastTimestampMs: batch.maxTimestamp,
        currentTxnFirstOffset: -1,
        batches,
      });
      return;
    }
    const open = before?.currentTxnFirstOffset ?? -1;
    this.#set({
      producerId: batch.producerId,
      epoch: batch.producerEpoch,
      coordinatorEpoch,
      lastTimestampMs: batch.maxTimestamp,
      currentTxnFirstOffset: open < 0 && batch.isTransactional ? batch.baseOffset : open,
      batches: [...batches.slice(-(rememberedBatches - 1)), remember(batch)],
    });
  }

  #set(state: ProducerState): void {
    this.#states.set(state.producerId, state);
    if (state.currentTxnFirstOffset >= 0) this.#open.set(state.producerId, state.currentTxnFirstOffset);
    else this.#open.delete(state.producerId);
  }

  /**
   * These states were read again after a cut; `before` is what was known until then. Batches that the cut left, and
   * that no snapshot tells of, are remembered as they were: a producer without an answer may repeat them.
   */
  recall(before: ProducerStates): void {
    for (const state of this.all()) {
      const known = before.get(state.producerId);
      const [oldest] = state.batches;
      if (oldest === undefined || known?.epoch !== state.epoch) continue;
      const firstOffset = oldest.lastOffset - oldest.offsetDelta;
      const earlier = known.batches.filter(({ lastOffset }) => lastOffset < firstOffset);
      this.#set({ ...state, batches: [...earlier, ...state.batches].slice(-rememberedBatches) });
    }
  }

  /** Forgets producers without an open transaction that were silent for `expirationMs`. Returns how many. */
  expire(nowMs: number, expirationMs: number): number {
    const before = this.#states.size;
    for (const state of [...this.#states.values()]) {
      if (state.currentTxnFirstOffset < 0 && nowMs - state.lastTimestampMs >= expirationMs) {
        this.#states.delete(state.producerId);
      }
    }
    return before - this.#states.size;
  }

  /** The content of a `.snapshot` file. */
  encodeSnapshot(): Uint8Array {
    const body = encodeMessage(producerSnapshot, snapshotVersion, {
      crc: 0,
      producerEntries: this.all().map(snapshotEntry),
    });
    const bytes = new Uint8Array(body.length + 2);
    bytes.set(body, 2);
    const view = new DataView(bytes.buffer);
    view.setInt16(0, snapshotVersion);
    view.setUint32(2, crc32c(bytes, snapshotHeadBytes, bytes.length) >>> 0);
    return bytes;
  }

  /** Reads a `.snapshot` file; the error is a sentence for people, and an older snapshot should be tried. */
  static decodeSnapshot(bytes: Uint8Array): Outcome<ProducerStates, string> {
    if (bytes.length < snapshotHeadBytes) return failure(`a snapshot of ${bytes.length} bytes`);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const version = view.getInt16(0);
    if (version !== snapshotVersion) return failure(`a snapshot of version ${version}`);
    if (view.getUint32(2) !== crc32c(bytes, snapshotHeadBytes, bytes.length) >>> 0) {
      return failure('a snapshot that does not match its checksum');
    }
    const decoded = decodeMessage(producerSnapshot, snapshotVersion, bytes.subarray(2));
    if (!decoded.ok) return decoded;
    const states = new ProducerStates();
    for (const entry of decoded.value.producerEntries) {
      states.#set({
        producerId: entry.producerId,
        epoch: entry.epoch,
        coordinatorEpoch: entry.coordinatorEpoch,
        lastTimestampMs: entry.timestamp,
        currentTxnFirstOffset: entry.currentTxnFirstOffset,
        batches: entry.lastSequence < 0 ? [] : [rememberedFrom(entry)],
      });
    }
    return success(states);
  }
}

function refuse(code: number): ProducerCheck {
  return { kind: 'error', code };
}

function findDuplicate(state: ProducerState, batch: ProducerBatch): ProducerCheck | undefined {
  if (batch.producerEpoch !== state.epoch) return undefined;
  for (const known of state.batches) {
    if (known.baseSequence === batch.baseSequence && known.lastSequence === batch.lastSequence) {
      return {
        kind: 'duplicate',
        baseOffset: known.lastOffset - known.offsetDelta,
        lastOffset: known.lastOffset,
        timestampMs: known.timestampMs,
      };
    }
  }
  return undefined;
}

/** A new epoch starts at 0; the same one goes on, and after 2^31-1 comes 0. */
function inSequence(state: ProducerState, batch: ProducerBatch): boolean {
  const last = batch.producerEpoch === state.epoch ? (state.batches.at(-1)?.lastSequence ?? -1) : -1;
  return batch.baseSequence === (last === sequenceMax ? 0 : last + 1);
}

function remember(batch: ProducerBatch): RememberedBatch {
  return {
    baseSequence: batch.baseSequence,
    lastSequence: batch.lastSequence,
    lastOffset: batch.lastOffset,
    offsetDelta: batch.lastOffset - batch.baseOffset,
    timestampMs: batch.maxTimestamp,
  };
}

interface SnapshotEntry {
  readonly producerId: number;
  readonly epoch: number;
  readonly lastSequence: number;
  readonly lastOffset: number;
  readonly offsetDelta: number;
  readonly timestamp: number;
  readonly coordinatorEpoch: number;
  readonly currentTxnFirstOffset: number;
}

function snapshotEntry(state: ProducerState): SnapshotEntry {
  const last = state.batches.at(-1);
  return {
    producerId: state.producerId,
    epoch: state.epoch,
    lastSequence: last?.lastSequence ?? -1,
    lastOffset: last?.lastOffset ?? -1,
    offsetDelta: last?.offsetDelta ?? 0,
    timestamp: state.lastTimestampMs,
    coordinatorEpoch: state.coordinatorEpoch,
    currentTxnFirstOffset: state.currentTxnFirstOffset,
  };
}

function rememberedFrom(entry: SnapshotEntry): RememberedBatch {
  assert(entry.lastSequence >= 0, 'a remembered batch has a sequence');
  const first = entry.lastSequence - entry.offsetDelta;
  return {
    baseSequence: first >= 0 ? first : first + sequenceMax + 1,
    lastSequence: entry.lastSequence,
    lastOffset: entry.lastOffset,
    offsetDelta: entry.offsetDelta,
    timestampMs: entry.timestamp,
  };
}
