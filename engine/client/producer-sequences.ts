// The numbers of an idempotent producer: id and epoch, and per partition the sequence of the next batch, the
// batches in flight and the last sequence that was acknowledged. Pure state, by the rules of Kafka's
// TransactionManager for a producer without transactions:
//
// - A batch keeps its numbers through all retries. While a batch is being retried only the oldest one in
//   flight of its partition is sent, so retries cannot change the order.
// - When a batch is given up whose fate is unknown, its partition sends nothing new until the batches in
//   flight are through. If the last acknowledged sequence then shows no gap, all is well; otherwise the epoch
//   is raised.
// - Raising the epoch (locally: a producer without transactions owns its id) renumbers the batches of that
//   partition from 0. Other partitions follow once they have nothing in flight.
//
// - From the oldest batch in flight of a partition on, five have numbers at most, whichever leaders they went to: a
//   broker recognises no more. Kafka counts only the requests of one connection, so that five more go to a new leader,
//   where the oldest, sent again, is then taken for out of order and in the end written twice.
//
// Known weakness, Kafka's too (bug zoo BZ-003): a batch renumbered after an attempt that did write is written
// twice.

import { partitionKey } from '../base/ids.ts';
import { ErrorCode, isRetriable } from '../errors.ts';
import { type ProducerBatch, wrapped } from './producer-batch.ts';

interface PartitionNumbers {
  producerId: number;
  producerEpoch: number;
  nextSequence: number;
  /** -1 where nothing was acknowledged under this id and epoch. */
  lastAckedSequence: number;
  /** With their numbers, in the order of the sequences. */
  inFlight: ProducerBatch[];
  /** How many batches were numbered under this id and epoch. */
  numbered: number;
  unresolved: boolean;
}

const epochMax = 32767;

/** So many of a producer's last batches in a partition a broker recognises when they come again. */
const recognisedBatches = 5;

export class ProducerSequences {
  #producerId = -1;
  #producerEpoch = -1;
  readonly #partitions = new Map<string, PartitionNumbers>();
  readonly #toRenumber = new Set<string>();

  get hasProducerId(): boolean {
    return this.#producerId >= 0;
  }

  get producerId(): number {
    return this.#producerId;
  }

  get producerEpoch(): number {
    return this.#producerEpoch;
  }

  /** The broker gave an id. Partitions under an older id keep it until they are asked to move. */
  assignProducerId(producerId: number, producerEpoch: number): void {
    this.#producerId = producerId;
    this.#producerEpoch = producerEpoch;
    this.#renumberWaiting();
  }

  /** Whether this batch, the first of its queue, may be sent now. */
  maySend(batch: ProducerBatch): boolean {
    if (!this.hasProducerId) return false;
    const numbers = this.#of(batch);
    if (!batch.hasSequence) {
      if (numbers.unresolved || sinceOldest(numbers) >= recognisedBatches) return false;
      if (numbers.inFlight.length > 0 && this.#isStale(numbers)) return false;
      return true;
    }
    const oldest = numbers.inFlight[0];
    return oldest === undefined || oldest === batch;
  }

  /** Gives the batch its numbers, if it has none yet. */
  number(batch: ProducerBatch): void {
    if (batch.hasSequence) return;
    const numbers = this.#of(batch);
    if (this.#isStale(numbers) && numbers.inFlight.length === 0) this.#restart(numbers);
    batch.number({
      producerId: numbers.producerId,
      producerEpoch: numbers.producerEpoch,
      baseSequence: numbers.nextSequence,
    });
    numbers.nextSequence = wrapped(numbers.nextSequence + batch.records.length);
    numbers.inFlight.push(batch);
    batch.ordinal = numbers.numbered++;
  }

  acknowledged(batch: ProducerBatch): void {
    const numbers = this.#of(batch);
    if (this.#hasNumbersOf(batch, numbers)) {
      const sequence = lastSequence(batch);
      if (isLater(sequence, numbers.lastAckedSequence)) numbers.lastAckedSequence = sequence;
    }
    this.#forget(batch, numbers);
  }

  /** Whether the batch is to be sent again after this error; may order a new epoch. */
  maySendAgain(batch: ProducerBatch, errorCode: number, logStartOffset: number): boolean {
    const numbers = this.#of(batch);
    if (errorCode === ErrorCode.UNKNOWN_PRODUCER_ID) {
      if (logStartOffset < 0 || batch.sequenceWasReset) return true;
      // Also where retention took all that was acknowledged: the same numbers under the same epoch must not come twice.
      this.#raiseEpochFor(batch);
      return true;
    }
    if (errorCode === ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER) {
      const isNext = batch.numbers.baseSequence === wrapped(numbers.lastAckedSequence + 1);
      if (!numbers.unresolved && (batch.sequenceWasReset || !isNext)) return true;
      if (!numbers.unresolved || numbers.inFlight[0] === batch) this.#raiseEpochFor(batch);
      return true;
    }
    return isRetriable(errorCode);
  }

  /**
   * The batch was given up after an answer: its sequence is free, which only a new epoch can tell the broker.
   */
  refused(batch: ProducerBatch): void {
    if (!batch.hasSequence) return;
    this.#forget(batch, this.#of(batch));
    this.#raiseEpochFor(batch);
  }

  /** The batch was given up and nobody knows whether it was written. */
  leftOpen(batch: ProducerBatch): void {
    if (!batch.hasSequence) return;
    const numbers = this.#of(batch);
    this.#forget(batch, numbers);
    if (this.#hasNumbersOf(batch, numbers)) numbers.unresolved = true;
  }

  /** The batch was cut in two; both halves carry on with its numbers. */
  replaced(batch: ProducerBatch, halves: readonly ProducerBatch[]): void {
    const numbers = this.#of(batch);
    const { inFlight } = numbers;
    const at = inFlight.indexOf(batch);
    if (at < 0) return;
    const more = halves.length - 1;
    for (const later of inFlight.slice(at + 1)) later.ordinal += more;
    for (const [place, half] of halves.entries()) half.ordinal = batch.ordinal + place;
    numbers.numbered += more;
    inFlight.splice(at, 1, ...halves);
  }

  /**
   * To be called before each round of sending: settles what can be settled, and raises the epoch when that
   * was ordered. Afterwards `hasProducerId` may be false: then a new id is needed.
   */
  resolve(): void {
    for (const [key, numbers] of this.#partitions) {
      if (!numbers.unresolved || numbers.inFlight.length > 0) continue;
      numbers.unresolved = false;
      if (numbers.nextSequence !== wrapped(numbers.lastAckedSequence + 1)) this.#toRenumber.add(key);
    }
    if (this.#toRenumber.size === 0 || !this.hasProducerId) return;
    if (this.#producerEpoch >= epochMax) {
      // Kafka asks for a new id; batches in flight are renumbered when it comes.
      this.#producerId = -1;
      this.#producerEpoch = -1;
      return;
    }
    this.#producerEpoch++;
    this.#renumberWaiting();
  }

  #renumberWaiting(): void {
    for (const key of this.#toRenumber) {
      const numbers = this.#partitions.get(key);
      if (numbers !== undefined) this.#restart(numbers);
    }
    this.#toRenumber.clear();
  }

  #raiseEpochFor(batch: ProducerBatch): void {
    const numbers = this.#of(batch);
    // An error about numbers that were replaced meanwhile says nothing about the present ones.
    if (!this.#hasNumbersOf(batch, numbers)) return;
    // The epoch was raised for another partition while this one had batches in flight: it is high enough for both.
    // Kafka's client goes on with the old numbers here, and is refused until the delivery timeout.
    if (this.#isStale(numbers)) this.#restart(numbers);
    else this.#toRenumber.add(partitionKey(batch.topic, batch.partition));
  }

  #restart(numbers: PartitionNumbers): void {
    numbers.producerId = this.#producerId;
    numbers.producerEpoch = this.#producerEpoch;
    numbers.lastAckedSequence = -1;
    numbers.unresolved = false;
    let sequence = 0;
    numbers.numbered = 0;
    for (const batch of numbers.inFlight) {
      batch.ordinal = numbers.numbered++;
      batch.number({
        producerId: numbers.producerId,
        producerEpoch: numbers.producerEpoch,
        baseSequence: sequence,
      });
      batch.sequenceWasReset = true;
      sequence = wrapped(sequence + batch.records.length);
    }
    numbers.nextSequence = sequence;
  }

  #forget(batch: ProducerBatch, numbers: PartitionNumbers): void {
    const at = numbers.inFlight.indexOf(batch);
    if (at >= 0) numbers.inFlight.splice(at, 1);
  }

  #isStale(numbers: PartitionNumbers): boolean {
    return numbers.producerId !== this.#producerId || numbers.producerEpoch !== this.#producerEpoch;
  }

  #hasNumbersOf(batch: ProducerBatch, numbers: PartitionNumbers): boolean {
    const { producerId, producerEpoch } = batch.numbers;
    return producerId === numbers.producerId && producerEpoch === numbers.producerEpoch;
  }

  #of(batch: ProducerBatch): PartitionNumbers {
    const key = partitionKey(batch.topic, batch.partition);
    let numbers = this.#partitions.get(key);
    if (numbers === undefined) {
      numbers = {
        producerId: this.#producerId,
        producerEpoch: this.#producerEpoch,
        nextSequence: 0,
        lastAckedSequence: -1,
        inFlight: [],
        numbered: 0,
        unresolved: false,
      };
      this.#partitions.set(key, numbers);
    }
    return numbers;
  }
}

/** How many batches have numbers from the oldest in flight on, with those that were acknowledged before it. */
function sinceOldest({ inFlight, numbered }: PartitionNumbers): number {
  const oldest = inFlight[0];
  return oldest === undefined ? 0 : numbered - oldest.ordinal;
}

function lastSequence(batch: ProducerBatch): number {
  return wrapped(batch.numbers.baseSequence + batch.records.length - 1);
}

/** Sequences wrap: the one at most half a circle ahead is the later one. */
function isLater(sequence: number, than: number): boolean {
  if (than < 0) return true;
  const ahead = sequence - than;
  return (ahead > 0 && ahead < 2 ** 30) || ahead < -(2 ** 30);
}
