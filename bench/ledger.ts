// The ledger: every record that was meant to be sent, and what became of it.
//
//   intended = acknowledged + failed + unfinished
//   every acknowledged record is read back exactly once, where the acknowledgement said, in order, intact
//
// A run with a gap in this has no result. A record without an acknowledgement may be there or not; one that
// failed for certain must not be there.

import { assert } from '../engine/index.ts';
import type { LedgerReport } from './result.ts';

/** What a record's state can be; unfinished until something is known. */
const unfinished = 0;
const acknowledged = 1;
const refused = 2;
const failedUnknown = 3;

/** Readings of one record beyond this many are not told apart. */
const readingsMax = 255;
/** A gap is told with at most so many examples. */
const examplesMax = 5;

export type Certainty = 'not-written' | 'unknown';

export class Ledger {
  readonly #producers: number;
  #capacity = 1 << 16;
  #states = new Uint8Array(this.#capacity);
  #readings = new Uint8Array(this.#capacity);
  #partitions = new Int32Array(this.#capacity);
  #offsets = new Float64Array(this.#capacity);
  #intendedUs = new Float64Array(this.#capacity);
  #deliveries = new Uint8Array(this.#capacity);
  #intended = 0;
  #closed = false;

  readonly #counts = { acknowledged: 0, failed: 0 };
  #delivered = 0;
  #deliveredAgain = 0;
  #acknowledgedDelivered = 0;
  readonly #found = { records: 0, foreign: 0, corrupt: 0, misplaced: 0, reordered: 0 };
  readonly #examples: string[] = [];
  /** By partition: the offset read last. By partition and producer: the number read last. */
  readonly #lastOffsets = new Map<number, number>();
  readonly #lastSequences = new Map<number, number>();

  /** Record n is of producer n modulo `producers`. */
  constructor(producers: number) {
    this.#producers = producers;
  }

  // ---- while the load runs

  /** Takes a number for a record that is meant to be sent at `intendedUs`. */
  intend(intendedUs: number): number {
    assert(!this.#closed, 'a closed ledger takes no more records');
    if (this.#intended === this.#capacity) this.#grow();
    const sequence = this.#intended++;
    this.#intendedUs[sequence] = intendedUs;
    return sequence;
  }

  get intended(): number {
    return this.#intended;
  }

  get outstanding(): number {
    return this.#intended - this.#counts.acknowledged - this.#counts.failed;
  }

  /** Acknowledged records that no consumer has been given yet; only what is `delivered` counts as given. */
  get undelivered(): number {
    return this.#counts.acknowledged - this.#acknowledgedDelivered;
  }

  get acknowledgedCount(): number {
    return this.#counts.acknowledged;
  }

  get closed(): boolean {
    return this.#closed;
  }

  intendedUs(sequence: number): number {
    return this.#intendedUs[sequence] as number;
  }

  /** `offset` -1: the broker did not say where. */
  acknowledge(sequence: number, partition: number, offset: number): void {
    if (!this.#open(sequence)) return;
    this.#states[sequence] = acknowledged;
    this.#partitions[sequence] = partition;
    this.#offsets[sequence] = offset;
    this.#counts.acknowledged++;
    if ((this.#deliveries[sequence] as number) > 0) this.#acknowledgedDelivered++;
  }

  fail(sequence: number, certainty: Certainty): void {
    if (!this.#open(sequence)) return;
    this.#states[sequence] = certainty === 'not-written' ? refused : failedUnknown;
    this.#counts.failed++;
  }

  /** The load is over: what has no outcome now is unfinished, whatever arrives later. */
  close(): void {
    this.#closed = true;
  }

  *unfinishedRecords(): Iterable<number> {
    for (let sequence = 0; sequence < this.#intended; sequence++) {
      if (this.#states[sequence] === unfinished) yield sequence;
    }
  }

  /** A consumer that follows the load was given this record. False when it had it already. */
  deliver(sequence: number): boolean {
    const before = this.#deliveries[sequence] as number;
    this.#deliveries[sequence] = 1;
    if (before > 0) {
      this.#deliveredAgain++;
      this.#example(`record ${sequence} was given to the consumer twice`);
      return false;
    }
    this.#delivered++;
    if (this.#states[sequence] === acknowledged) this.#acknowledgedDelivered++;
    return true;
  }

  *undeliveredRecords(): Iterable<number> {
    for (let sequence = 0; sequence < this.#intended; sequence++) {
      if (this.#states[sequence] === acknowledged && this.#deliveries[sequence] === 0) yield sequence;
    }
  }

  // ---- while everything is read back, each partition in the order in which the broker gives it

  readBack(
    partition: number,
    offset: number,
    identity: { sequence: number; intact: boolean } | undefined,
  ): void {
    const found = this.#found;
    found.records++;
    const lastOffset = this.#lastOffsets.get(partition) ?? -1;
    if (offset <= lastOffset) {
      found.reordered++;
      this.#example(`${place(partition, offset)} was read after offset ${lastOffset}`);
    }
    this.#lastOffsets.set(partition, offset);
    if (identity === undefined || identity.sequence >= this.#intended) {
      found.foreign++;
      this.#example(`${place(partition, offset)} holds a record that nobody sent`);
      return;
    }
    const { sequence } = identity;
    this.#readings[sequence] = Math.min(readingsMax, (this.#readings[sequence] as number) + 1);
    if (!identity.intact) {
      found.corrupt++;
      this.#example(
        `${place(partition, offset)}: the value of record ${sequence} is not the one that was sent`,
      );
    }
    this.#checkPlace(sequence, partition, offset);
    const line = partition * this.#producers + (sequence % this.#producers);
    const before = this.#lastSequences.get(line) ?? -1;
    if (sequence < before) {
      found.reordered++;
      this.#example(
        `${place(partition, offset)}: record ${sequence} stands behind ${before} of its producer`,
      );
    }
    this.#lastSequences.set(line, Math.max(before, sequence));
  }

  /** Bytes of a partition that could not be read as records at all. */
  unreadable(partition: number, offset: number, detail: string): void {
    this.#found.corrupt++;
    this.#example(`${place(partition, offset)} cannot be read: ${detail}`);
  }

  #checkPlace(sequence: number, partition: number, offset: number): void {
    if (this.#states[sequence] !== acknowledged) return;
    const saidOffset = this.#offsets[sequence] as number;
    const saidPartition = this.#partitions[sequence] as number;
    if (saidPartition === partition && (saidOffset === -1 || saidOffset === offset)) return;
    this.#found.misplaced++;
    const said = place(saidPartition, saidOffset);
    this.#example(`record ${sequence} was acknowledged at ${said} and lies at ${place(partition, offset)}`);
  }

  // ---- the account

  /** `endOffsetsRecords`: how many records the end offsets of the partitions speak of. */
  account(endOffsetsRecords: number): LedgerReport {
    let missing = 0;
    let duplicated = 0;
    let refusedButThere = 0;
    let acknowledgedReadBack = 0;
    for (let sequence = 0; sequence < this.#intended; sequence++) {
      const readings = this.#readings[sequence] as number;
      const state = this.#states[sequence];
      if (readings > 1) {
        duplicated++;
        this.#example(`record ${sequence} was read ${readings} times`);
      }
      if (state === acknowledged) {
        if (readings > 0) acknowledgedReadBack++;
        else {
          missing++;
          const where = place(this.#partitions[sequence] as number, this.#offsets[sequence] as number);
          this.#example(`record ${sequence}, acknowledged at ${where}, is not there`);
        }
      } else if (state === refused && readings > 0) {
        refusedButThere++;
        this.#example(`record ${sequence} failed for certain and is there`);
      }
    }
    const { acknowledged: acked, failed } = this.#counts;
    const { records, foreign, corrupt, misplaced, reordered } = this.#found;
    const uncounted = endOffsetsRecords - records;
    if (uncounted !== 0)
      this.#example(`end offsets speak of ${endOffsetsRecords} records, ${records} were read`);
    const delivery = {
      delivered: this.#delivered,
      undelivered: this.undelivered,
      deliveredAgain: this.#deliveredAgain,
    };
    const gaps =
      this.#deliveredAgain +
      missing +
      duplicated +
      corrupt +
      misplaced +
      reordered +
      foreign +
      refusedButThere +
      Math.abs(uncounted);
    return {
      intended: this.#intended,
      acknowledged: acked,
      failed,
      unfinished: this.#intended - acked - failed,
      readBack: records,
      acknowledgedReadBack,
      missing,
      duplicated,
      corrupt,
      misplaced,
      reordered,
      foreign,
      refusedButThere,
      uncounted,
      delivery: this.#delivered === 0 ? null : delivery,
      sound: gaps === 0,
      examples: [...this.#examples],
    };
  }

  #open(sequence: number): boolean {
    assert(sequence < this.#intended, 'an outcome is of a record that was intended');
    return !this.#closed && this.#states[sequence] === unfinished;
  }

  #example(text: string): void {
    if (this.#examples.length < examplesMax) this.#examples.push(text);
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#states = extended(this.#states, new Uint8Array(this.#capacity));
    this.#readings = extended(this.#readings, new Uint8Array(this.#capacity));
    this.#partitions = extended(this.#partitions, new Int32Array(this.#capacity));
    this.#deliveries = extended(this.#deliveries, new Uint8Array(this.#capacity));
    this.#offsets = extended(this.#offsets, new Float64Array(this.#capacity));
    this.#intendedUs = extended(this.#intendedUs, new Float64Array(this.#capacity));
  }
}

function place(partition: number, offset: number): string {
  return `partition ${partition}, offset ${offset}`;
}

function extended<T extends Uint8Array | Int32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
