// A batch on its way: records gathered for one partition, from the first append to the outcome of each
// record.

import { assert } from '../base/assert.ts';
import type { Completion } from '../base/task.ts';
import type { Compression } from '../protocol/compression.ts';
import { batchHeaderBytes, noSequence } from '../protocol/record-batch.ts';
import { type BatchRecord, buildBatch } from '../protocol/record-batch-builder.ts';
import type { Certainty, SendOutcome } from './send-outcome.ts';

/** One record with the promise made for it. */
export interface PendingRecord {
  readonly record: BatchRecord;
  readonly sizeBytes: number;
  readonly outcome: Completion<SendOutcome>;
}

/** The batch numbers of an idempotent producer; sequence -1 where there are none. */
export interface ProducerNumbers {
  readonly producerId: number;
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

const unnumbered: ProducerNumbers = { producerId: -1, producerEpoch: -1, baseSequence: noSequence };
/** Most that the fields of a record cost beside its key, value and headers. */
const recordOverheadBytes = 26;

/** An upper bound of what a record takes in a batch. */
export function recordSizeBytes(record: BatchRecord): number {
  let size = recordOverheadBytes + (record.key?.length ?? 0) + (record.value?.length ?? 0);
  for (const header of record.headers ?? []) size += 10 + header.key.length * 3 + (header.value?.length ?? 0);
  return size;
}

export class ProducerBatch {
  readonly topic: string;
  readonly partition: number;
  readonly createdMs: number;
  readonly finished: Completion<void>;
  readonly records: PendingRecord[] = [];
  sizeBytes = batchHeaderBytes;
  /** How often it was sent. */
  attempts = 0;
  /** Of all kinds: also those that ended before a byte was sent. */
  failures = 0;
  /** Some attempt may have written it. */
  maybeWritten = false;
  retryAtMs = 0;
  /** Of the leader that it was last sent to; -1 where none was known. */
  sentLeaderEpoch = -1;
  /** Numbers were given a second time, from 0 on, under a new epoch. */
  sequenceWasReset = false;
  /** How many batches of its partition were numbered before it. */
  ordinal = 0;
  #numbers: ProducerNumbers = unnumbered;
  #bytes: Uint8Array | undefined;

  constructor(topic: string, partition: number, createdMs: number, finished: Completion<void>) {
    this.topic = topic;
    this.partition = partition;
    this.createdMs = createdMs;
    this.finished = finished;
  }

  get numbers(): ProducerNumbers {
    return this.#numbers;
  }

  get hasSequence(): boolean {
    return this.#numbers.baseSequence !== noSequence;
  }

  get done(): boolean {
    return this.finished.settled;
  }

  append(pending: PendingRecord): void {
    assert(this.attempts === 0, 'a batch that was sent takes no more records');
    this.records.push(pending);
    this.sizeBytes += pending.sizeBytes;
  }

  number(numbers: ProducerNumbers): void {
    this.#numbers = numbers;
    this.#bytes = undefined;
  }

  bytes(compression: Compression): Uint8Array {
    this.#bytes ??= buildBatch({
      records: this.records.map(({ record }) => record),
      compression,
      producerId: this.#numbers.producerId,
      producerEpoch: this.#numbers.producerEpoch,
      baseSequence: this.#numbers.baseSequence,
    });
    return this.#bytes;
  }

  /**
   * `baseOffset` -1: written, at an offset that is not known. `logAppendTimeMs` -1: the record's own time
   * counts.
   */
  succeed(baseOffset: number, logAppendTimeMs: number): void {
    if (this.done) return;
    for (const [index, { record, outcome }] of this.records.entries()) {
      outcome.settle({
        kind: 'ok',
        partition: this.partition,
        offset: baseOffset < 0 ? -1 : baseOffset + index,
        timestampMs: logAppendTimeMs >= 0 ? logAppendTimeMs : record.timestamp,
        attempts: this.attempts,
      });
    }
    this.finished.settle();
  }

  fail(error: string): void {
    if (this.done) return;
    const certainty: Certainty = this.maybeWritten ? 'unknown' : 'not-written';
    for (const { outcome } of this.records) {
      outcome.settle({ kind: 'failed', certainty, error, attempts: this.attempts });
    }
    this.finished.settle();
  }

  /** Two batches with the records, numbers and history of this one, which is spent. */
  split(completion: () => Completion<void>): [ProducerBatch, ProducerBatch] {
    assert(this.records.length > 1, 'a batch of one record cannot be split');
    const middle = this.records.length >> 1;
    const parts = [this.records.slice(0, middle), this.records.slice(middle)] as const;
    const [first, second] = parts.map((records, index) => {
      const part = new ProducerBatch(this.topic, this.partition, this.createdMs, completion());
      for (const pending of records) part.append(pending);
      part.attempts = this.attempts;
      part.maybeWritten = this.maybeWritten;
      part.sequenceWasReset = this.sequenceWasReset;
      if (this.hasSequence) {
        const baseSequence = index === 0 ? this.#numbers.baseSequence : this.#numbers.baseSequence + middle;
        part.number({ ...this.#numbers, baseSequence: wrapped(baseSequence) });
      }
      return part;
    });
    this.finished.settle();
    return [first as ProducerBatch, second as ProducerBatch];
  }
}

/** Sequences go from 0 to 2^31 - 1 and on to 0. */
export function wrapped(sequence: number): number {
  return sequence > 2147483647 ? sequence - 2147483648 : sequence;
}
