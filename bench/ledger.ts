// The ledger: every record that was meant to be sent, and what became of it.
//
//   intended = acknowledged + failed + unfinished
//   every acknowledged record is read back exactly once, where the acknowledgement said, in order, intact
//
// A run with a gap in this has no result. A record without an acknowledgement may be there or not; one that
// failed for certain must not be there.

//
// The number of a record has the generator process in its high word: the records of each process are a part of
// their own. A process keeps its own ledger while it loads, with one part; the harness loads the outcomes that the
// processes left behind, and reads back.
//
// What a generator cannot tell record by record is judged by counts: as many as acknowledged, and no more, are there.

import { assert } from '../engine/index.ts';
import { extended, Outcomes, state } from './outcomes.ts';
import type { LedgerReport } from './result.ts';

const { unfinished, acknowledged, refused, failedUnknown } = state;
const two32 = 2 ** 32;

/** Readings of one record beyond this many are not told apart. */
const readingsMax = 255;
/** A gap is told with at most so many examples. */
const examplesMax = 5;

export type Certainty = 'not-written' | 'unknown';

export class Ledger {
  readonly #producers: number;
  /** By process. A ledger that runs with a load has part 0 alone, and grows it. */
  readonly #parts: Outcomes[] = [];
  readonly #readings: Uint8Array[] = [];
  #intendedUs = new Float64Array(0);
  #deliveries = new Uint8Array(0);
  #closed = false;
  #byCounts = false;

  readonly #counts = { intended: 0, acknowledged: 0, failed: 0 };
  #delivered = 0;
  #deliveredAgain = 0;
  #acknowledgedDelivered = 0;
  #toldDelivery: LedgerReport['delivery'] = null;
  readonly #found = { records: 0, foreign: 0, corrupt: 0, misplaced: 0, reordered: 0 };
  readonly #examples: string[] = [];
  /** By partition: the offset read last, plus 1. By partition, process and producer: the number read last, plus 1. */
  #lastOffsets = new Float64Array(0);
  readonly #lastSequences: Float64Array[] = [];

  /** Record n of a process is of its producer n modulo `producers`. */
  constructor(producers: number) {
    this.#producers = producers;
  }

  // ---- while the load runs

  /** Takes a number for a record that is meant to be sent at `intendedUs`. */
  intend(intendedUs: number): number {
    assert(!this.#closed, 'a closed ledger takes no more records');
    const sequence = this.#own().add();
    if (sequence >= this.#intendedUs.length) this.#grow();
    this.#intendedUs[sequence] = intendedUs;
    this.#counts.intended++;
    return sequence;
  }

  get intended(): number {
    return this.#counts.intended;
  }

  get outstanding(): number {
    return this.#counts.intended - this.#counts.acknowledged - this.#counts.failed;
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
    this.#own().acknowledge(sequence, partition, offset);
    this.#counts.acknowledged++;
    if ((this.#deliveries[sequence] as number) > 0) this.#acknowledgedDelivered++;
  }

  fail(sequence: number, certainty: Certainty): void {
    if (!this.#open(sequence)) return;
    this.#own().settle(sequence, certainty === 'not-written' ? refused : failedUnknown);
    this.#counts.failed++;
  }

  get counts(): { intended: number; acknowledged: number; failed: number; unfinished: number } {
    return { ...this.#counts, unfinished: this.outstanding };
  }

  /** What became of the records of this process; for the harness. */
  get outcomes(): Outcomes {
    return this.#own();
  }

  get delivery(): LedgerReport['delivery'] {
    if (this.#delivered === 0) return this.#toldDelivery;
    return {
      delivered: this.#delivered,
      undelivered: this.undelivered,
      deliveredAgain: this.#deliveredAgain,
    };
  }

  /** The load is over: what has no outcome now is unfinished, whatever arrives later. */
  close(): void {
    this.#closed = true;
  }

  *unfinishedRecords(): Iterable<number> {
    const { states, count } = this.#own();
    for (let sequence = 0; sequence < count; sequence++) {
      if (states[sequence] === unfinished) yield sequence;
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
    if (this.#own().states[sequence] === acknowledged) this.#acknowledgedDelivered++;
    return true;
  }

  *undeliveredRecords(): Iterable<number> {
    const { states, count } = this.#own();
    for (let sequence = 0; sequence < count; sequence++) {
      if (states[sequence] === acknowledged && this.#deliveries[sequence] === 0) yield sequence;
    }
  }

  // ---- what processes left behind

  /** The outcomes of one process, whose load is over. */
  load(process: number, outcomes: Outcomes): void {
    assert(this.#parts[process] === undefined, 'the outcomes of a process are loaded once');
    this.#closed = true;
    this.#parts[process] = outcomes;
    const { states, count } = outcomes;
    this.#counts.intended += count;
    for (let record = 0; record < count; record++) {
      const outcome = states[record];
      if (outcome === acknowledged) this.#counts.acknowledged++;
      else if (outcome !== unfinished) this.#counts.failed++;
    }
  }

  /** Nothing is known record by record: so many were meant, so many of them acknowledged. */
  loadCounts(counts: { intended: number; acknowledged: number; failed: number }): void {
    this.#closed = true;
    this.#byCounts = true;
    this.#counts.intended += counts.intended;
    this.#counts.acknowledged += counts.acknowledged;
    this.#counts.failed += counts.failed;
  }

  /** What a consumer in the process of the producers was given. */
  toldDelivery(delivery: NonNullable<LedgerReport['delivery']>): void {
    this.#toldDelivery = delivery;
    this.#deliveredAgain = delivery.deliveredAgain;
  }

  // ---- while everything is read back, each partition in the order in which the broker gives it

  /** `sequence` undefined: the record is none of ours. */
  readBack(partition: number, offset: number, sequence: number | undefined, intact: boolean): void {
    const found = this.#found;
    found.records++;
    if (partition >= this.#lastOffsets.length) this.#makeRoomFor(partition);
    const lastOffset = (this.#lastOffsets[partition] as number) - 1;
    if (offset <= lastOffset) {
      found.reordered++;
      this.#example(`${place(partition, offset)} was read after offset ${lastOffset}`);
    }
    this.#lastOffsets[partition] = offset + 1;
    if (this.#byCounts) return;
    const process = sequence === undefined || sequence < two32 ? 0 : Math.floor(sequence / two32);
    const part = this.#parts[process];
    if (sequence === undefined || part === undefined || sequence - process * two32 >= part.count) {
      found.foreign++;
      this.#example(`${place(partition, offset)} holds a record that nobody sent`);
      return;
    }
    const record = sequence - process * two32;
    const readings = this.#readingsOf(process, part);
    readings[record] = Math.min(readingsMax, (readings[record] as number) + 1);
    if (!intact) {
      found.corrupt++;
      this.#example(
        `${place(partition, offset)}: the value of record ${sequence} is not the one that was sent`,
      );
    }
    if (part.states[record] === acknowledged && !part.agrees(record, partition, offset)) {
      found.misplaced++;
      const said = part.placeOf(record);
      this.#example(`record ${sequence} was acknowledged at ${said} and lies at ${place(partition, offset)}`);
    }
    this.#checkOrder(process, record, partition, offset);
  }

  #checkOrder(process: number, record: number, partition: number, offset: number): void {
    let lines = this.#lastSequences[process];
    const line = partition * this.#producers + (record % this.#producers);
    if (lines === undefined || line >= lines.length) {
      lines = extended(lines ?? new Float64Array(0), new Float64Array(2 * (line + 1)));
      this.#lastSequences[process] = lines;
    }
    const before = (lines[line] as number) - 1;
    if (record < before) {
      this.#found.reordered++;
      this.#example(`${place(partition, offset)}: record ${record} stands behind ${before} of its producer`);
      return;
    }
    lines[line] = record + 1;
  }

  /** Bytes of a partition that could not be read as records at all. */
  unreadable(partition: number, offset: number, detail: string): void {
    this.#found.corrupt++;
    this.#example(`${place(partition, offset)} cannot be read: ${detail}`);
  }

  // ---- the account

  /** `endOffsetsRecords`: how many records the end offsets of the partitions speak of. */
  account(endOffsetsRecords: number): LedgerReport {
    const sums = { missing: 0, duplicated: 0, refusedButThere: 0, acknowledgedReadBack: 0 };
    if (this.#byCounts) this.#accountByCounts(sums);
    else this.#parts.forEach((part, process) => void this.#accountPart(process, part, sums));
    const { missing, duplicated, refusedButThere } = sums;
    const { records, foreign, corrupt, misplaced, reordered } = this.#found;
    const uncounted = endOffsetsRecords - records;
    if (uncounted !== 0)
      this.#example(`end offsets speak of ${endOffsetsRecords} records, ${records} were read`);
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
      ...this.counts,
      readBack: records,
      ...sums,
      corrupt,
      misplaced,
      reordered,
      foreign,
      uncounted,
      delivery: this.delivery,
      sound: gaps === 0,
      examples: [...this.#examples],
    };
  }

  #accountPart(process: number, part: Outcomes, sums: Sums): void {
    const readings = this.#readingsOf(process, part);
    for (let record = 0; record < part.count; record++) {
      const read = readings[record] as number;
      const outcome = part.states[record];
      if (read > 1) {
        sums.duplicated++;
        this.#example(`record ${process * two32 + record} was read ${read} times`);
      }
      if (outcome === acknowledged) {
        if (read > 0) sums.acknowledgedReadBack++;
        else {
          sums.missing++;
          const where = part.placeOf(record);
          this.#example(`record ${process * two32 + record}, acknowledged at ${where}, is not there`);
        }
      } else if (outcome === refused && read > 0) {
        sums.refusedButThere++;
        this.#example(`record ${process * two32 + record} failed for certain and is there`);
      }
    }
  }

  #accountByCounts(sums: Sums): void {
    const { records } = this.#found;
    const { intended, acknowledged: acked } = this.#counts;
    sums.acknowledgedReadBack = Math.min(acked, records);
    sums.missing = Math.max(0, acked - records);
    sums.duplicated = Math.max(0, records - intended);
    if (sums.missing + sums.duplicated > 0)
      this.#example(`${intended} records were meant, ${acked} acknowledged, ${records} are there`);
  }

  #own(): Outcomes {
    let own = this.#parts[0];
    if (own === undefined) {
      own = Outcomes.empty();
      this.#parts[0] = own;
    }
    return own;
  }

  #readingsOf(process: number, part: Outcomes): Uint8Array {
    let readings = this.#readings[process];
    if (readings === undefined) {
      readings = new Uint8Array(part.count);
      this.#readings[process] = readings;
    }
    return readings;
  }

  #open(sequence: number): boolean {
    const own = this.#own();
    assert(sequence < own.count, 'an outcome is of a record that was intended');
    return !this.#closed && own.states[sequence] === unfinished;
  }

  #example(text: string): void {
    if (this.#examples.length < examplesMax) this.#examples.push(text);
  }

  #makeRoomFor(partition: number): void {
    this.#lastOffsets = extended(this.#lastOffsets, new Float64Array(2 * (partition + 1)));
  }

  #grow(): void {
    const capacity = Math.max(1 << 16, this.#intendedUs.length * 2);
    this.#deliveries = extended(this.#deliveries, new Uint8Array(capacity));
    this.#intendedUs = extended(this.#intendedUs, new Float64Array(capacity));
  }
}

interface Sums {
  missing: number;
  duplicated: number;
  refusedButThere: number;
  acknowledgedReadBack: number;
}

function place(partition: number, offset: number): string {
  return `partition ${partition}, offset ${offset}`;
}
