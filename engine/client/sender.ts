// The sending half of a producer: one task that takes due batches, packs those of one leader into a Produce
// request, and decides what every answer means: done, again, or given up. Rules of Kafka's Sender; those of
// the numbers are in producer-sequences.ts.
//
// With one request in flight a partition is held while its batch is under way or waits to be sent again, wherever it
// went. With more, exactly as with Kafka's own producer: without idempotence a retry may overtake (bug zoo BZ-001);
// with it, a batch at the old leader may be overtaken by the next one at a new leader that does not know the producer.

import { zeroUuid } from '../base/ids.ts';
import type { Completion, Task } from '../base/task.ts';
import { ErrorCode, errorName, isRetriable, needsFreshMetadata } from '../errors.ts';
import { initProducerId } from '../protocol/apis/init-producer-id.ts';
import { produce } from '../protocol/apis/produce.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import type { Accumulator, PartitionQueue } from './accumulator.ts';
import { backoffMs } from './backoff.ts';
import type { ProducerConfig } from './client-config.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';
import type { Answer, BrokerConnection } from './connection.ts';
import type { ProducerBatch } from './producer-batch.ts';
import { ProducerSequences } from './producer-sequences.ts';
import { isRefusal, localErrorName } from './send-outcome.ts';

/** What an attempt of one batch came to. */
interface Verdict {
  readonly errorCode: number;
  readonly error: string;
  readonly refused: boolean;
  readonly baseOffset: number;
  readonly logAppendTimeMs: number;
  readonly logStartOffset: number;
}

type PartitionResponse = DecodedResponseOf<typeof produce>['responses'][number]['partitionResponses'][number];

/** Where the sender looks when it is not told earlier. */
const idleMs = 60_000;

export class Sender {
  readonly sequences = new ProducerSequences();
  readonly #runtime: Runtime;
  readonly #config: ProducerConfig;
  readonly #metadata: ClusterMetadata;
  readonly #accumulator: Accumulator;
  /** Called at the start of each round with the time; returns when it wants the next one. */
  readonly #beforeRound: (nowMs: number) => number;
  readonly #onWire = new Set<ProducerBatch>();
  readonly #requestsInFlight = new Map<number, number>();
  readonly #connecting = new Set<number>();
  #wake: Completion<void>;
  #gettingProducerId = false;
  #stopped = false;
  #flushes = 0;
  /** Set when this producer can never send again; every send fails with this name. */
  fatal: string | undefined;

  constructor(
    runtime: Runtime,
    config: ProducerConfig,
    metadata: ClusterMetadata,
    accumulator: Accumulator,
    beforeRound: (nowMs: number) => number,
  ) {
    this.#runtime = runtime;
    this.#config = config;
    this.#metadata = metadata;
    this.#accumulator = accumulator;
    this.#beforeRound = beforeRound;
    this.#wake = runtime.tasks.completion('producer: something to send');
    metadata.onUpdate(() => this.wake());
  }

  nowMs(): number {
    return Math.floor(this.#runtime.clock.monotonicUs() / 1000);
  }

  wake(): void {
    this.#wake.settle();
  }

  /** While a flush is on, no batch lingers. */
  flushBegins(): void {
    this.#flushes++;
    this.wake();
  }

  flushEnds(): void {
    this.#flushes--;
  }

  stop(): void {
    this.#stopped = true;
    this.wake();
  }

  *run(): Task<void> {
    while (!this.#stopped) {
      this.#wake = this.#runtime.tasks.completion('producer: something to send');
      const nowMs = this.nowMs();
      const dueMs = Math.min(this.#beforeRound(nowMs), this.#round(nowMs), nowMs + idleMs);
      yield* this.#runtime.within(this.#wake, Math.max(1, dueMs - nowMs));
    }
  }

  // ---- one round

  #round(nowMs: number): number {
    this.#expire(nowMs);
    if (this.fatal !== undefined) return this.#failAll(this.fatal);
    if (this.#config.enableIdempotence && !this.#prepareNumbers()) return this.#nextExpiryMs(nowMs);
    let dueMs = this.#nextExpiryMs(nowMs);
    const requests = new Map<number, ProducerBatch[]>();
    const requestBytes = new Map<number, number>();
    for (const queue of this.#accumulator.queues()) {
      const first = queue.batches[0];
      if (first === undefined) continue;
      const readyMs = this.#readyMs(queue, first);
      if (readyMs > nowMs) dueMs = Math.min(dueMs, readyMs);
      if (readyMs > nowMs || !this.#mayTake(queue, first)) continue;
      const leaderId = this.#metadata.partition(queue.topic, queue.partition)?.leaderId ?? -1;
      if (leaderId < 0) {
        this.#metadata.requestUpdate();
        continue;
      }
      const connection = this.#connectionOf(leaderId);
      if (connection === undefined) continue;
      if ((this.#requestsInFlight.get(leaderId) ?? 0) >= this.#config.maxInFlightRequestsPerConnection)
        continue;
      const bytes = (requestBytes.get(leaderId) ?? 0) + first.sizeBytes;
      const batches = requests.get(leaderId) ?? [];
      if (batches.length > 0 && bytes > this.#config.maxRequestSizeBytes) continue;
      requestBytes.set(leaderId, bytes);
      requests.set(leaderId, [...batches, this.#takeOut(queue)]);
    }
    for (const [leaderId, batches] of requests) this.#send(leaderId, batches);
    if (requests.size > 0) this.wake();
    return dueMs;
  }

  /** When the first batch of a queue is due; infinite for one that nothing but an event makes due. */
  #readyMs(queue: PartitionQueue, first: ProducerBatch): number {
    if (first.failures > 0) return this.#hasNewLeader(first) ? 0 : first.retryAtMs;
    const hurry = this.#flushes > 0 || queue.batches.length > 1 || this.#accumulator.isFull(first);
    const tight = this.#accumulator.usedBytes + this.#config.batchSizeBytes >= this.#config.bufferMemoryBytes;
    return hurry || tight ? 0 : first.createdMs + this.#config.lingerMs;
  }

  /** The wait before a retry is for the leader to recover; another one need not (KIP-951). */
  #hasNewLeader({ topic, partition, attempts, sentLeaderEpoch }: ProducerBatch): boolean {
    const { leaderId, leaderEpoch } = this.#metadata.currentLeader(topic, partition);
    return attempts > 0 && leaderId >= 0 && leaderEpoch > sentLeaderEpoch;
  }

  #mayTake(queue: PartitionQueue, first: ProducerBatch): boolean {
    if (this.#config.enableIdempotence && !this.sequences.maySend(first)) return false;
    if (this.#config.maxInFlightRequestsPerConnection > 1) return true;
    // The limit is of one connection, and a partition that moves has two. One request at a time is asked for its order.
    for (const batch of this.#onWire) {
      if (batch.topic === queue.topic && batch.partition === queue.partition) return false;
    }
    return true;
  }

  #takeOut(queue: PartitionQueue): ProducerBatch {
    const batch = this.#accumulator.take(queue);
    if (this.#config.enableIdempotence) this.sequences.number(batch);
    return batch;
  }

  #connectionOf(leaderId: number): BrokerConnection | undefined {
    const standing = this.#metadata.standingConnection(leaderId);
    if (standing !== undefined) return standing;
    if (!this.#connecting.has(leaderId)) {
      this.#connecting.add(leaderId);
      this.#runtime.tasks.spawn(`producer connects to broker ${leaderId}`, this.#connect(leaderId));
    }
    return undefined;
  }

  *#connect(leaderId: number): Task<void> {
    const opened = yield* this.#metadata.connectionTo(leaderId);
    if (!opened.ok) {
      this.#metadata.requestUpdate();
      const waitMs = Math.max(1, this.#metadata.connections.waitMs(`broker ${leaderId}`));
      yield* this.#runtime.sleep(waitMs, `wait before broker ${leaderId} is connected to again`);
    }
    this.#connecting.delete(leaderId);
    this.wake();
  }

  // ---- deadlines

  #nextExpiryMs(nowMs: number): number {
    let dueMs = nowMs + idleMs;
    const oldest = this.#accumulator.oldest();
    if (oldest !== undefined) dueMs = Math.min(dueMs, oldest.createdMs + this.#config.deliveryTimeoutMs);
    return dueMs;
  }

  #expire(nowMs: number): void {
    const oldest = this.#accumulator.oldest();
    if (oldest === undefined || nowMs - oldest.createdMs < this.#config.deliveryTimeoutMs) return;
    for (const batch of this.#accumulator.unfinished()) {
      if (nowMs - batch.createdMs < this.#config.deliveryTimeoutMs) continue;
      this.#accumulator.remove(batch);
      if (this.#onWire.has(batch)) batch.maybeWritten = true;
      if (batch.maybeWritten) this.#runtime.reached('producer-gave-up-in-doubt');
      if (batch.attempts > 0) this.sequences.leftOpen(batch);
      batch.fail('DELIVERY_TIMEOUT');
    }
  }

  #failAll(error: string): number {
    for (const batch of this.#accumulator.unfinished()) {
      this.#accumulator.remove(batch);
      if (this.#onWire.has(batch)) batch.maybeWritten = true;
      batch.fail(error);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** For a close whose time ran out. */
  abandon(error: string): void {
    this.#failAll(error);
  }

  // ---- producer id

  #prepareNumbers(): boolean {
    this.sequences.resolve();
    if (this.sequences.hasProducerId) return true;
    const wanted = this.#accumulator.oldest() !== undefined;
    if (wanted && !this.#gettingProducerId) {
      this.#gettingProducerId = true;
      this.#runtime.tasks.spawn('producer id', this.#getProducerId());
    }
    return false;
  }

  *#getProducerId(): Task<void> {
    for (let failures = 1; !this.#stopped && this.fatal === undefined; failures++) {
      const connection = yield* this.#metadata.anyConnection();
      if (connection.ok) {
        const draft = { transactionalId: null, transactionTimeoutMs: 2147483647 };
        const answer = yield* connection.value.request(initProducerId, draft);
        if (answer.ok && answer.value.errorCode === ErrorCode.NONE) {
          this.sequences.assignProducerId(answer.value.producerId, answer.value.producerEpoch);
          break;
        }
        if (!answer.ok && answer.error.kind === 'unsupported') this.fatal = 'UNSUPPORTED_VERSION';
        if (answer.ok && !isRetriable(answer.value.errorCode)) this.fatal = errorName(answer.value.errorCode);
      }
      const { retryBackoffMs, retryBackoffMaxMs } = this.#config;
      const waitMs = backoffMs(this.#runtime.random, failures, retryBackoffMs, retryBackoffMaxMs);
      yield* this.#runtime.sleep(waitMs, 'wait before a producer id is asked for again');
    }
    this.#gettingProducerId = false;
    this.wake();
  }

  // ---- requests and answers

  #send(leaderId: number, batches: readonly ProducerBatch[]): void {
    const connection = this.#metadata.standingConnection(leaderId);
    if (connection === undefined) {
      const verdict = notSent('NETWORK_EXCEPTION', ErrorCode.NETWORK_EXCEPTION);
      for (const batch of batches) this.#judge(batch, verdict);
      return;
    }
    const allHaveIds = batches.every(({ topic }) => this.#topicId(topic) !== zeroUuid);
    const options = allHaveIds ? {} : { maxVersion: 12 };
    const { acks, requestTimeoutMs } = this.#config;
    const draft = { acks, timeoutMs: requestTimeoutMs, topicData: this.#topicData(batches) };
    for (const batch of batches) {
      batch.attempts++;
      batch.sentLeaderEpoch = this.#metadata.partition(batch.topic, batch.partition)?.leaderEpoch ?? -1;
    }
    if (acks === 0) {
      const sent = connection.startWithoutResponse(produce, draft, options);
      const verdict = notSent('UNSUPPORTED_VERSION', ErrorCode.UNSUPPORTED_VERSION);
      for (const batch of batches) {
        if (sent) batch.succeed(-1, -1);
        else this.#judge(batch, verdict);
      }
      return;
    }
    for (const batch of batches) this.#onWire.add(batch);
    this.#requestsInFlight.set(leaderId, (this.#requestsInFlight.get(leaderId) ?? 0) + 1);
    const answer = connection.start(produce, draft, options);
    this.#runtime.tasks.spawn(`Produce to broker ${leaderId}`, this.#await(answer, leaderId, batches));
  }

  *#await(
    answer: Completion<Answer<typeof produce>>,
    leaderId: number,
    batches: readonly ProducerBatch[],
  ): Task<void> {
    const topicIds = new Map(batches.map(({ topic }) => [topic, this.#topicId(topic)]));
    const told = yield* answer.wait();
    this.#requestsInFlight.set(leaderId, (this.#requestsInFlight.get(leaderId) ?? 1) - 1);
    for (const batch of batches) this.#onWire.delete(batch);
    this.#read(told, batches, topicIds);
    this.wake();
  }

  #topicId(topic: string): string {
    return this.#metadata.topic(topic)?.id ?? zeroUuid;
  }

  #topicData(batches: readonly ProducerBatch[]) {
    const byTopic = new Map<string, { index: number; records: Uint8Array }[]>();
    for (const batch of batches) {
      const partitions = byTopic.get(batch.topic) ?? [];
      partitions.push({ index: batch.partition, records: batch.bytes(this.#config.compressionType) });
      byTopic.set(batch.topic, partitions);
    }
    return [...byTopic].map(([name, partitionData]) => ({
      name,
      topicId: this.#topicId(name),
      partitionData,
    }));
  }

  #read(
    answer: Answer<typeof produce>,
    batches: readonly ProducerBatch[],
    topicIds: ReadonlyMap<string, string>,
  ): void {
    if (!answer.ok) {
      const { kind, sent } = answer.error;
      const errorCode = kind === 'unsupported' ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NETWORK_EXCEPTION;
      const verdict = { ...notSent(localErrorName(answer.error), errorCode), refused: !sent };
      for (const batch of batches) this.#judge(batch, verdict);
      return;
    }
    const { responses, nodeEndpoints } = answer.value;
    for (const batch of batches) {
      const topic = responses.find(({ name, topicId }) =>
        name === '' ? topicId === topicIds.get(batch.topic) : name === batch.topic,
      );
      const told = topic?.partitionResponses.find(({ index }) => index === batch.partition);
      if (told === undefined) {
        this.#judge(batch, { ...notSent('MALFORMED_RESPONSE', ErrorCode.NETWORK_EXCEPTION), refused: false });
        continue;
      }
      this.#metadata.learnLeader(batch.topic, batch.partition, told.currentLeader, nodeEndpoints);
      this.#judge(batch, verdictOf(told));
    }
  }

  #judge(batch: ProducerBatch, verdict: Verdict): void {
    const { errorCode, baseOffset } = verdict;
    if (errorCode === ErrorCode.NONE || errorCode === ErrorCode.DUPLICATE_SEQUENCE_NUMBER) {
      if (batch.hasSequence) this.sequences.acknowledged(batch);
      this.#accumulator.remove(batch);
      batch.succeed(errorCode === ErrorCode.NONE ? baseOffset : -1, verdict.logAppendTimeMs);
      return;
    }
    if (batch.done) return;
    batch.failures++;
    if (!verdict.refused) batch.maybeWritten = true;
    if (needsFreshMetadata(errorCode)) this.#metadata.requestUpdate();
    if (errorCode === ErrorCode.MESSAGE_TOO_LARGE && batch.records.length > 1) return this.#split(batch);
    if (this.#maySendAgain(batch, verdict)) return this.#again(batch);
    // With the retries used up nobody can say which sequences the broker has; otherwise the answer told.
    if (batch.attempts <= this.#config.retries && verdict.refused) this.sequences.refused(batch);
    else this.sequences.leftOpen(batch);
    batch.fail(verdict.error);
  }

  #maySendAgain(batch: ProducerBatch, verdict: Verdict): boolean {
    if (batch.attempts > this.#config.retries || this.#stopped) return false;
    if (!batch.hasSequence) return isRetriable(verdict.errorCode);
    return this.sequences.maySendAgain(batch, verdict.errorCode, verdict.logStartOffset);
  }

  #again(batch: ProducerBatch): void {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config;
    const waitMs = backoffMs(this.#runtime.random, batch.failures, retryBackoffMs, retryBackoffMaxMs);
    batch.retryAtMs = this.nowMs() + waitMs;
    this.#accumulator.putBack(batch);
    this.wake();
  }

  #split(batch: ProducerBatch): void {
    const halves = this.#accumulator.split(batch);
    if (batch.hasSequence) this.sequences.replaced(batch, halves);
    this.wake();
  }
}

function notSent(error: string, errorCode: number): Verdict {
  return { errorCode, error, refused: true, baseOffset: -1, logAppendTimeMs: -1, logStartOffset: -1 };
}

function verdictOf(told: PartitionResponse): Verdict {
  const { errorCode, baseOffset, logAppendTimeMs, logStartOffset } = told;
  return {
    errorCode,
    error: errorName(errorCode),
    refused: isRefusal(errorCode),
    baseOffset,
    logAppendTimeMs,
    logStartOffset,
  };
}
