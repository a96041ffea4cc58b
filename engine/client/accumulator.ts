// The batches of a producer that are not through: per partition a queue of those that wait to be sent, oldest
// first, and the bytes that all of them hold. What was sent and must be sent again goes back into its queue,
// by its sequence where it has one, else to the front.

import { assert } from '../base/assert.ts';
import { partitionKey } from '../base/ids.ts';
import type { Tasks } from '../base/task.ts';
import { batchHeaderBytes } from '../protocol/record-batch.ts';
import { type PendingRecord, ProducerBatch, wrapped } from './producer-batch.ts';

export interface PartitionQueue {
  readonly topic: string;
  readonly partition: number;
  readonly batches: ProducerBatch[];
}

export interface AppendResult {
  /** A new batch was begun: its linger starts now. */
  readonly opened: boolean;
  /** The newest batch is full, or there is more than one. */
  readonly full: boolean;
}

export class Accumulator {
  readonly #tasks: Tasks;
  readonly #batchSizeBytes: number;
  readonly #queues = new Map<string, PartitionQueue>();
  readonly #unfinished = new Set<ProducerBatch>();
  readonly #onFinished: () => void;
  #usedBytes = 0;

  constructor(tasks: Tasks, batchSizeBytes: number, onFinished: () => void) {
    this.#tasks = tasks;
    this.#batchSizeBytes = batchSizeBytes;
    this.#onFinished = onFinished;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  queues(): Iterable<PartitionQueue> {
    return this.#queues.values();
  }

  /** Every batch whose outcome is not known, in the order in which they were begun. */
  unfinished(): readonly ProducerBatch[] {
    return [...this.#unfinished];
  }

  /**
   * The batch that was begun first of those unfinished; halves of a split one count as begun at the split.
   */
  oldest(): ProducerBatch | undefined {
    return this.#unfinished.values().next().value;
  }

  queuedBatches(topic: string, partition: number): number {
    return this.#queues.get(partitionKey(topic, partition))?.batches.length ?? 0;
  }

  append(topic: string, partition: number, pending: PendingRecord, nowMs: number): AppendResult {
    const queue = this.#queue(topic, partition);
    this.#usedBytes += pending.sizeBytes;
    const newest = queue.batches.at(-1);
    if (newest !== undefined && this.#hasRoom(newest, pending.sizeBytes)) {
      newest.append(pending);
      return { opened: false, full: queue.batches.length > 1 || this.isFull(newest) };
    }
    const batch = this.#begin(topic, partition, nowMs);
    batch.append(pending);
    queue.batches.push(batch);
    return { opened: true, full: queue.batches.length > 1 || this.isFull(batch) };
  }

  isFull(batch: ProducerBatch): boolean {
    return batch.attempts > 0 || batch.sizeBytes >= this.#batchSizeBytes;
  }

  #hasRoom(batch: ProducerBatch, sizeBytes: number): boolean {
    return batch.failures === 0 && !batch.hasSequence && batch.sizeBytes + sizeBytes <= this.#batchSizeBytes;
  }

  /** Takes the first batch of a queue out, to be sent. */
  take(queue: PartitionQueue): ProducerBatch {
    const batch = queue.batches.shift();
    assert(batch !== undefined, 'a batch is taken from a queue that has one');
    return batch;
  }

  /** Puts a batch back that must be sent again. */
  putBack(batch: ProducerBatch): void {
    const { batches } = this.#queue(batch.topic, batch.partition);
    let at = 0;
    if (batch.hasSequence) {
      while (at < batches.length && isBefore(batches[at] as ProducerBatch, batch)) at++;
    }
    batches.splice(at, 0, batch);
  }

  remove(batch: ProducerBatch): void {
    const { batches } = this.#queue(batch.topic, batch.partition);
    const at = batches.indexOf(batch);
    if (at >= 0) batches.splice(at, 1);
  }

  /** Cuts a batch that the broker found too large; the halves stand at the place of the whole. */
  split(batch: ProducerBatch): [ProducerBatch, ProducerBatch] {
    const halves = batch.split(() => this.#tasks.completion<void>('outcome of a batch'));
    for (const half of halves) {
      this.#usedBytes += half.sizeBytes - batchHeaderBytes;
      this.#track(half);
    }
    this.putBack(halves[1]);
    this.putBack(halves[0]);
    return halves;
  }

  #begin(topic: string, partition: number, nowMs: number): ProducerBatch {
    const finished = this.#tasks.completion<void>('outcome of a batch');
    const batch = new ProducerBatch(topic, partition, nowMs, finished);
    this.#track(batch);
    return batch;
  }

  #track(batch: ProducerBatch): void {
    this.#unfinished.add(batch);
    batch.finished.onSettled(() => {
      this.#unfinished.delete(batch);
      this.#usedBytes -= batch.sizeBytes - batchHeaderBytes;
      this.#onFinished();
    });
  }

  #queue(topic: string, partition: number): PartitionQueue {
    const key = partitionKey(topic, partition);
    let queue = this.#queues.get(key);
    if (queue === undefined) {
      queue = { topic, partition, batches: [] };
      this.#queues.set(key, queue);
    }
    return queue;
  }
}

/** Whether `a` was numbered before `b`, across the wrap of sequences; one without a number comes last. */
function isBefore(a: ProducerBatch, b: ProducerBatch): boolean {
  if (!a.hasSequence) return false;
  const ahead = wrapped(b.numbers.baseSequence + 2147483648 - a.numbers.baseSequence);
  return ahead > 0 && ahead < 2 ** 30;
}
