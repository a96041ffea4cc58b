// Batches for clients that have none of their own: their `send` is one request for the records that it is given.
// Records gather by partition until a batch is full or has waited long enough, as in Kafka's producer.
//
// One batch of a partition is under way at a time: these clients promise no order among several. Without a partition
// of its own a record goes where the last ones went, until their batch is full.

import type { Completion, Producer, Runtime, SendOutcome } from '../../engine/index.ts';
import type { Sender } from '../drivers/produce.ts';
import type { Workload } from '../workload.ts';

type ProducerRecord = Parameters<Producer['send']>[0];

export interface Message {
  readonly key: Buffer;
  readonly value: Buffer;
}

/** Sends one batch; the offset of its first record, -1 when the client does not tell. */
export type Transmit = (partition: number, messages: Message[]) => Promise<number>;

interface Batch {
  readonly messages: Message[];
  readonly outcomes: Completion<SendOutcome>[];
  bytes: number;
}

interface Lane {
  /** Closed ones wait in front, the last one may still be open. */
  readonly batches: Batch[];
  open: Batch | undefined;
  timer: NodeJS.Timeout | undefined;
  busy: boolean;
}

/** Kafka's defaults of what a workload leaves out. */
const batchBytesDefault = 16_384;
const lingerMsDefault = 5;

export function batchingOf({ producer }: Workload): { batchSizeBytes: number; lingerMs: number } {
  const { batchSizeBytes = batchBytesDefault, lingerMs = lingerMsDefault } = producer;
  return { batchSizeBytes, lingerMs };
}

export class BatchingSender implements Sender {
  readonly #runtime: Runtime;
  readonly #transmit: Transmit;
  readonly #batchBytes: number;
  readonly #lingerMs: number;
  readonly #lanes: readonly Lane[];
  #sticky = 0;

  constructor(runtime: Runtime, workload: Workload, transmit: Transmit) {
    const { batchSizeBytes, lingerMs } = batchingOf(workload);
    this.#runtime = runtime;
    this.#transmit = transmit;
    this.#batchBytes = batchSizeBytes;
    this.#lingerMs = lingerMs;
    this.#lanes = Array.from({ length: workload.topic.partitions }, () => ({
      batches: [],
      open: undefined,
      timer: undefined,
      busy: false,
    }));
  }

  send({ partition, key, value }: ProducerRecord): Completion<SendOutcome> {
    const outcome = this.#runtime.tasks.completion<SendOutcome>('the outcome of a send');
    const at = partition ?? this.#sticky;
    const lane = this.#lanes[at] as Lane;
    const batch = lane.open ?? this.#begin(at, lane);
    const message = { key: bufferOf(key), value: bufferOf(value) };
    batch.messages.push(message);
    batch.outcomes.push(outcome);
    batch.bytes += message.key.length + message.value.length;
    if (batch.bytes >= this.#batchBytes) this.#close(at, lane);
    return outcome;
  }

  #begin(partition: number, lane: Lane): Batch {
    const batch: Batch = { messages: [], outcomes: [], bytes: 0 };
    lane.open = batch;
    lane.batches.push(batch);
    lane.timer = setTimeout(() => this.#close(partition, lane), this.#lingerMs);
    return batch;
  }

  #close(partition: number, lane: Lane): void {
    clearTimeout(lane.timer);
    lane.open = undefined;
    if (partition === this.#sticky) this.#sticky = (this.#sticky + 1) % this.#lanes.length;
    if (!lane.busy) void this.#work(partition, lane);
  }

  async #work(partition: number, lane: Lane): Promise<void> {
    lane.busy = true;
    for (let batch = lane.batches[0]; batch !== undefined && batch !== lane.open; batch = lane.batches[0]) {
      lane.batches.shift();
      try {
        settle(batch, partition, await this.#transmit(partition, batch.messages));
      } catch (error) {
        const { name, message } = error instanceof Error ? error : new Error(String(error));
        // Whether it was written before it failed is for the broker to know.
        const outcome = {
          kind: 'failed',
          certainty: 'unknown',
          error: `${name}: ${message}`,
          attempts: 1,
        } as const;
        for (const each of batch.outcomes) each.settle(outcome);
      }
    }
    lane.busy = false;
  }
}

function settle({ outcomes }: Batch, partition: number, baseOffset: number): void {
  for (const [index, outcome] of outcomes.entries()) {
    const offset = baseOffset < 0 ? -1 : baseOffset + index;
    outcome.settle({ kind: 'ok', partition, offset, timestampMs: 0, attempts: 1 });
  }
}

function bufferOf(bytes: Uint8Array | null | undefined): Buffer {
  const of = bytes ?? new Uint8Array(0);
  return Buffer.from(of.buffer, of.byteOffset, of.byteLength);
}
