// Where a leader took a batch from the middle of what a producer sends, because it knew nothing of that producer.
//
// Kafka holds a sequence number only against what it knows: a producer of which the log has no batch may begin at any
// number. The leader has that right here only where its log, as its own events tell it, begins at offset 0 and holds
// nothing of the producer. One that forgot what stands in its log has it not.

import type { Batch } from './batch-list.ts';
import type { ReplicaState } from './replica-state.ts';

/** An append as its event tells it. */
interface Planned extends Batch {
  readonly producerEpoch: number;
  readonly baseSequence: number;
}

export interface UnknownProducerTaken extends Planned {
  /** The leader that took it. */
  readonly node: string;
  readonly step: number;
  /** When a leader first took a batch of this producer under a newer epoch; never, when none did. */
  epochRaisedStep: number;
}

export class UnknownProducers {
  readonly taken: UnknownProducerTaken[] = [];

  /** To be told before the log of the replica has the batch. */
  planned({ node, role, leaderEpoch, log }: ReplicaState, batch: Planned, step: number): void {
    if (batch.producerId < 0 || role !== 'leader' || leaderEpoch !== batch.leaderEpoch) return;
    this.#noteEpoch(batch, step);
    if (batch.baseSequence <= 0 || log.logStartOffset > 0) return;
    if (log.batches.placeOfProducer(batch.producerId) >= 0) return;
    const { baseOffset, lastOffset, crc, producerId, producerEpoch, baseSequence } = batch;
    const numbers = { producerId, producerEpoch, baseSequence };
    const place = { baseOffset, lastOffset, leaderEpoch, crc };
    this.taken.push({ ...place, ...numbers, node, step, epochRaisedStep: Number.MAX_SAFE_INTEGER });
  }

  #noteEpoch({ producerId, producerEpoch }: Planned, step: number): void {
    for (const before of this.taken) {
      if (before.producerId !== producerId || before.producerEpoch >= producerEpoch) continue;
      before.epochRaisedStep = Math.min(before.epochRaisedStep, step);
    }
  }
}
