// The producer: takes records, tells for each what became of it. A send never waits: it returns a promise of
// the outcome (a `Completion`), and a record for which there is no metadata or no room yet stands in a line
// until `maxBlockMs` is over. Records of one partition keep the order of their sends.
//
// Left out: transactions, and callbacks per topic error; a topic that the brokers refuse fails its records.

import { assert } from '../base/assert.ts';
import type { Completion, Task } from '../base/task.ts';
import { ErrorCode, errorName, isRetriable } from '../errors.ts';
import { batchHeaderBytes } from '../protocol/record-batch.ts';
import type { Runtime } from '../runtime.ts';
import { Accumulator } from './accumulator.ts';
import { type ProducerConfig, type ProducerOptions, producerConfig } from './client-config.ts';
import { ClusterMetadata, type TopicMetadata } from './cluster-metadata.ts';
import { drawPartition, partitionOfKey, StickyPartition } from './partitioners.ts';
import { type PendingRecord, recordSizeBytes } from './producer-batch.ts';
import type { SendOutcome } from './send-outcome.ts';
import { Sender } from './sender.ts';

export interface ProducerRecord {
  readonly topic: string;
  /** Left out: the partitioner picks. */
  readonly partition?: number | undefined;
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  /** Left out: the wall clock at the time of the send. */
  readonly timestampMs?: number | undefined;
}

/** A record in the line before the accumulator. */
interface Waiting {
  readonly topic: string;
  readonly partition: number | undefined;
  readonly pending: PendingRecord;
  readonly deadlineMs: number;
}

/** Why a record cannot be taken yet, or the partition that takes it, or why none ever will. */
type Admission =
  | { readonly kind: 'wait'; readonly for: 'metadata' | 'memory' }
  | { readonly kind: 'take'; readonly partition: number }
  | { readonly kind: 'refuse'; readonly error: string };

export class Producer {
  readonly config: ProducerConfig;
  readonly metadata: ClusterMetadata;
  readonly #runtime: Runtime;
  readonly #accumulator: Accumulator;
  readonly #sender: Sender;
  readonly #sticky = new Map<string, StickyPartition>();
  readonly #turns = new Map<string, number>();
  #line: Waiting[] = [];
  #closed = false;

  /** Options must be valid: `producerConfig` tells whether they are. */
  constructor(runtime: Runtime, options: ProducerOptions) {
    const config = producerConfig(options);
    assert(config.ok, `producer options are valid: ${config.ok ? '' : config.error}`);
    this.config = config.value;
    this.#runtime = runtime;
    this.metadata = new ClusterMetadata(runtime, this.config, true);
    this.#accumulator = new Accumulator(runtime.tasks, this.config.batchSizeBytes, () => {
      if (this.#line.length > 0) this.#sender.wake();
    });
    this.#sender = new Sender(runtime, this.config, this.metadata, this.#accumulator, (nowMs) =>
      this.#admitLine(nowMs),
    );
    runtime.tasks.spawn('producer', this.#sender.run());
  }

  /** -1 before the broker gave one, and without idempotence. */
  get producerId(): number {
    return this.#sender.sequences.producerId;
  }

  get producerEpoch(): number {
    return this.#sender.sequences.producerEpoch;
  }

  send(record: ProducerRecord): Completion<SendOutcome> {
    const outcome = this.#runtime.tasks.completion<SendOutcome>(`outcome of a record for ${record.topic}`);
    const batchRecord = {
      timestamp: record.timestampMs ?? this.#runtime.clock.wallMs(),
      key: record.key ?? null,
      value: record.value,
      headers: record.headers ?? [],
    };
    const pending = { record: batchRecord, sizeBytes: recordSizeBytes(batchRecord), outcome };
    const refusal = this.#refusal(pending, record.partition);
    if (refusal !== undefined) {
      refuse(pending, refusal);
      return outcome;
    }
    this.metadata.want(record.topic);
    const nowMs = this.#sender.nowMs();
    const deadlineMs = nowMs + this.config.maxBlockMs;
    const waiting = { topic: record.topic, partition: record.partition, pending, deadlineMs };
    if (this.#line.length > 0 || !this.#admit(waiting, nowMs)) {
      this.#line.push(waiting);
      this.#sender.wake();
    }
    return outcome;
  }

  /** Waits until every record sent before has its outcome; meanwhile nothing lingers. */
  *flush(): Task<void> {
    this.#sender.flushBegins();
    for (const { pending } of [...this.#line]) yield* pending.outcome.wait();
    // A batch that is split finishes and leaves its halves behind, so look again.
    const lastSentMs = this.#sender.nowMs();
    for (;;) {
      const batch = this.#accumulator.unfinished().find(({ createdMs }) => createdMs <= lastSentMs);
      if (batch === undefined) break;
      yield* batch.finished.wait();
    }
    this.#sender.flushEnds();
  }

  /** Takes no more records, waits for those sent (at most `timeoutMs`), then ends. What is left fails. */
  *close(timeoutMs: number = this.config.deliveryTimeoutMs + this.config.maxBlockMs): Task<void> {
    if (this.#closed) return;
    this.#closed = true;
    const flushed = this.#runtime.tasks.spawn('producer: last flush', this.flush());
    if (timeoutMs > 0) yield* this.#runtime.within(flushed, timeoutMs);
    for (const { pending } of this.#line.splice(0)) refuse(pending, 'PRODUCER_CLOSED');
    this.#sender.abandon('PRODUCER_CLOSED');
    this.#sender.stop();
    this.metadata.close();
  }

  #refusal(pending: PendingRecord, partition: number | undefined): string | undefined {
    if (this.#closed) return 'PRODUCER_CLOSED';
    if (this.#sender.fatal !== undefined) return this.#sender.fatal;
    const batchBytes = batchHeaderBytes + pending.sizeBytes;
    if (batchBytes > this.config.maxRequestSizeBytes) return 'RECORD_TOO_LARGE';
    if (batchBytes > this.config.bufferMemoryBytes) return 'RECORD_TOO_LARGE';
    if (partition !== undefined && !(Number.isSafeInteger(partition) && partition >= 0)) {
      return 'INVALID_PARTITIONS';
    }
    return undefined;
  }

  /** Lets in what can be let in, in order; returns when the next one's time is over. */
  #admitLine(nowMs: number): number {
    if (this.#line.length === 0) return Number.POSITIVE_INFINITY;
    const held: Waiting[] = [];
    const heldTopics = new Set<string>();
    let noMemory = false;
    for (const waiting of this.#line) {
      if (this.#sender.fatal !== undefined) {
        refuse(waiting.pending, this.#sender.fatal);
        continue;
      }
      if (nowMs >= waiting.deadlineMs) {
        refuse(waiting.pending, noMemory ? 'BUFFER_EXHAUSTED' : 'METADATA_TIMEOUT');
        continue;
      }
      if (noMemory || heldTopics.has(waiting.topic) || !this.#admit(waiting, nowMs)) {
        held.push(waiting);
        heldTopics.add(waiting.topic);
        noMemory ||= !this.#hasMemory(waiting.pending);
      }
    }
    this.#line = held;
    return held.reduce((dueMs, { deadlineMs }) => Math.min(dueMs, deadlineMs), Number.POSITIVE_INFINITY);
  }

  #hasMemory(pending: PendingRecord): boolean {
    return this.#accumulator.usedBytes + pending.sizeBytes <= this.config.bufferMemoryBytes;
  }

  /** Settles the place of a record; false when it must wait. */
  #admit(waiting: Waiting, nowMs: number): boolean {
    const admission = this.#place(waiting);
    if (admission.kind === 'wait') {
      if (admission.for === 'metadata') this.metadata.requestUpdate();
      return false;
    }
    if (admission.kind === 'refuse') {
      refuse(waiting.pending, admission.error);
      return true;
    }
    const { topic, pending } = waiting;
    const { opened, full } = this.#accumulator.append(topic, admission.partition, pending, nowMs);
    if (this.#isSticky(waiting)) this.#sticky.get(topic)?.appended(pending.sizeBytes, full);
    if (opened || full) this.#sender.wake();
    return true;
  }

  #place(waiting: Waiting): Admission {
    if (!this.#hasMemory(waiting.pending)) return { kind: 'wait', for: 'memory' };
    const topic = this.metadata.topic(waiting.topic);
    if (topic === undefined) return { kind: 'wait', for: 'metadata' };
    if (topic.errorCode !== ErrorCode.NONE) {
      if (isRetriable(topic.errorCode)) return { kind: 'wait', for: 'metadata' };
      return { kind: 'refuse', error: errorName(topic.errorCode) };
    }
    if (topic.partitions.length === 0) return { kind: 'wait', for: 'metadata' };
    const { partition } = waiting;
    if (partition === undefined) return { kind: 'take', partition: this.#choose(topic, waiting) };
    const exists = topic.partitions.some((each) => each.partition === partition);
    return exists ? { kind: 'take', partition } : { kind: 'wait', for: 'metadata' };
  }

  #isSticky(waiting: Waiting): boolean {
    if (waiting.partition !== undefined || this.config.partitioner === 'round-robin') return false;
    return waiting.pending.record.key === null || this.config.partitionerIgnoreKeys;
  }

  #choose(topic: TopicMetadata, waiting: Waiting): number {
    const available = topic.partitions.filter(({ leaderId }) => leaderId >= 0);
    const choices = available.length > 0 ? available : topic.partitions;
    if (this.config.partitioner === 'round-robin') {
      const turn = this.#turns.get(topic.name) ?? 0;
      this.#turns.set(topic.name, turn + 1);
      return (choices[turn % choices.length] as { partition: number }).partition;
    }
    const { key } = waiting.pending.record;
    if (key !== null && !this.config.partitionerIgnoreKeys) {
      return partitionOfKey(key, topic.partitions.length);
    }
    let sticky = this.#sticky.get(topic.name);
    if (sticky === undefined) {
      sticky = new StickyPartition(this.config.batchSizeBytes);
      this.#sticky.set(topic.name, sticky);
    }
    const loads = () =>
      choices.map(({ partition }) => ({
        partition,
        queuedBatches: this.#accumulator.queuedBatches(topic.name, partition),
      }));
    return sticky.current(
      () => drawPartition(loads(), (n) => this.#runtime.random.below(n)),
      (partition) => choices.some((each) => each.partition === partition),
    );
  }
}

function refuse(pending: PendingRecord, error: string): void {
  pending.outcome.settle({ kind: 'failed', certainty: 'not-written', error, attempts: 0 });
}
