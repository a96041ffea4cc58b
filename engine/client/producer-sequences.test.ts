import { describe, expect, test } from 'vitest';
import { Tasks } from '../base/task.ts';
import { ErrorCode } from '../errors.ts';
import { ProducerBatch } from './producer-batch.ts';
import { ProducerSequences } from './producer-sequences.ts';

const tasks = new Tasks((error) => {
  throw error;
});

function inFlight(sequences: ProducerSequences, partition: number): ProducerBatch {
  const batch = new ProducerBatch('orders', partition, 0, tasks.completion('finished'));
  batch.records.push({
    record: { timestamp: 0, key: null, value: null },
    sizeBytes: 1,
    outcome: tasks.completion('sent'),
  });
  sequences.number(batch);
  return batch;
}

function refusedForOrder(sequences: ProducerSequences, batch: ProducerBatch): boolean {
  return sequences.maySendAgain(batch, ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER, -1);
}

describe('a broker that lost acknowledged batches of two partitions', () => {
  test('is told a new epoch for both, whichever answer comes first', () => {
    const sequences = new ProducerSequences();
    sequences.assignProducerId(7, 0);
    for (const partition of [0, 1]) sequences.acknowledged(inFlight(sequences, partition));
    const [first, second] = [inFlight(sequences, 0), inFlight(sequences, 1)];

    expect(refusedForOrder(sequences, first)).toBe(true);
    sequences.resolve();
    expect(first.numbers).toEqual({ producerId: 7, producerEpoch: 1, baseSequence: 0 });
    expect(second.numbers).toEqual({ producerId: 7, producerEpoch: 0, baseSequence: 1 });

    expect(refusedForOrder(sequences, second)).toBe(true);
    sequences.resolve();
    expect(second.numbers).toEqual({ producerId: 7, producerEpoch: 1, baseSequence: 0 });
    expect(sequences.producerEpoch).toBe(1);
  });

  test('and a late answer about numbers that were replaced changes nothing', () => {
    const sequences = new ProducerSequences();
    sequences.assignProducerId(7, 0);
    sequences.acknowledged(inFlight(sequences, 0));
    const batch = inFlight(sequences, 0);
    refusedForOrder(sequences, batch);
    sequences.resolve();
    refusedForOrder(sequences, batch);
    sequences.resolve();
    expect(sequences.producerEpoch).toBe(1);
  });
});

describe('a broker recognises the last five batches', () => {
  function unnumbered(): ProducerBatch {
    return new ProducerBatch('orders', 0, 0, tasks.completion('finished'));
  }

  test('so a sixth gets no number while the first has no outcome, whatever became of those between', () => {
    const sequences = new ProducerSequences();
    sequences.assignProducerId(7, 0);
    const [oldest, ...others] = Array.from({ length: 5 }, () => inFlight(sequences, 0));
    expect(sequences.maySend(unnumbered())).toBe(false);
    for (const other of others) sequences.acknowledged(other);
    expect(sequences.maySend(unnumbered())).toBe(false);
    expect(sequences.maySend(oldest as ProducerBatch)).toBe(true);
    sequences.acknowledged(oldest as ProducerBatch);
    expect(sequences.maySend(unnumbered())).toBe(true);
  });

  test('and both halves of one that was cut count', () => {
    const sequences = new ProducerSequences();
    sequences.assignProducerId(7, 0);
    const batches = Array.from({ length: 4 }, () => inFlight(sequences, 0));
    expect(sequences.maySend(unnumbered())).toBe(true);
    sequences.replaced(batches[1] as ProducerBatch, [unnumbered(), unnumbered()]);
    expect(sequences.maySend(unnumbered())).toBe(false);
  });
});
