// The fetching half of a consumer: keeps one Fetch per broker under way for the partitions that may be read
// and have nothing buffered, and hands out what came, at most so many records at a time. Long waits happen at
// the broker (`fetchMaxWaitMs`), so fetches have connections of their own: nothing else must queue behind
// them.
//
// A leader may name a replica that is closer (KIP-392): it is asked until `metadataMaxAgeMs` is over, until it is
// not there, or says no; then the leader is again. What a replica finds out of range may only not have reached it.

import { partitionKey, zeroUuid } from '../base/ids.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { fetch } from '../protocol/apis/fetch.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import type { ConsumerConfig } from './client-config.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';
import { CompletedFetch, isPassing } from './completed-fetch.ts';
import type {
  ConsumedRecord,
  ConsumerProblem,
  ConsumerState,
  PartitionState,
  Position,
} from './consumer-state.ts';
import { ClientFetchSession, type SessionRequest, type WantedPartition } from './fetch-sessions.ts';

type FetchResponse = DecodedResponseOf<typeof fetch>;
type PartitionAnswer = FetchResponse['responses'][number]['partitions'][number];

/** A partition as it was asked for. */
interface Asked {
  readonly state: PartitionState;
  readonly position: Position;
  readonly validatedEpoch: number;
}

/** What the fetcher tells the rest of its consumer. */
export interface FetcherEvents {
  /** The leader's log and what was read part. */
  diverged(state: PartitionState, told: { readonly epoch: number; readonly endOffset: number }): void;
  report(problem: ConsumerProblem): void;
  wake(): void;
}

export class Fetcher {
  readonly #runtime: Runtime;
  readonly #config: ConsumerConfig;
  readonly #metadata: ClusterMetadata;
  readonly #state: ConsumerState;
  readonly #events: FetcherEvents;
  readonly #sessions = new Map<number, ClientFetchSession>();
  readonly #underWay = new Set<number>();
  #completed: CompletedFetch[] = [];
  #closed = false;

  constructor(
    runtime: Runtime,
    config: ConsumerConfig,
    metadata: ClusterMetadata,
    state: ConsumerState,
    events: FetcherEvents,
  ) {
    this.#runtime = runtime;
    this.#config = config;
    this.#metadata = metadata;
    this.#state = state;
    this.#events = events;
  }

  close(): void {
    this.#closed = true;
  }

  /** Records that are here, in the order of their fetches; moves the positions behind them. */
  take(): ConsumedRecord[] {
    const records: ConsumedRecord[] = [];
    const later: CompletedFetch[] = [];
    for (const completed of this.#completed) {
      const { state } = completed;
      if (!this.#isWanted(completed)) continue;
      if (state.paused || records.length >= this.#config.maxPollRecords) {
        later.push(completed);
        continue;
      }
      records.push(...completed.take(this.#config.maxPollRecords - records.length));
      state.position = completed.position;
      if (completed.corruption !== undefined)
        this.#reportCorruption(state, completed.position, completed.corruption);
      else if (records.length >= this.#config.maxPollRecords) later.push(completed);
    }
    this.#completed = later;
    return records;
  }

  /** Starts a fetch at every broker that has something for us to read and is not busy with one. */
  start(nowMs: number): void {
    const buffered = new Set(
      this.#completed.filter((each) => this.#isWanted(each)).map(({ state }) => state),
    );
    const byBroker = new Map<number, Asked[]>();
    for (const state of this.#state.all()) {
      const { position } = state;
      if (state.need !== 'nothing' || position === undefined || state.paused) continue;
      if (buffered.has(state) || nowMs < state.notBeforeMs) continue;
      const brokerId = this.#brokerOf(state, nowMs);
      if (brokerId < 0) {
        this.#metadata.want(state.topic);
        this.#metadata.requestUpdate();
        continue;
      }
      const asked = byBroker.get(brokerId) ?? [];
      asked.push({ state, position, validatedEpoch: state.validatedEpoch });
      byBroker.set(brokerId, asked);
    }
    for (const [brokerId, asked] of byBroker) {
      if (this.#underWay.has(brokerId)) continue;
      this.#underWay.add(brokerId);
      this.#runtime.tasks.spawn(`Fetch from broker ${brokerId}`, this.#fetch(brokerId, asked));
    }
  }

  #brokerOf(state: PartitionState, nowMs: number): number {
    const { topic, partition, preferredReplica } = state;
    if (preferredReplica !== undefined) {
      const isThere = this.#metadata.isOnline(topic, partition, preferredReplica.brokerId);
      if (isThere && nowMs < preferredReplica.untilMs) return preferredReplica.brokerId;
      // Told of a broker that is not known to be there: what is known is old, and the leader would repeat itself.
      if (!isThere) this.#metadata.requestUpdate();
      state.preferredReplica = undefined;
    }
    return this.#metadata.currentLeader(topic, partition).leaderId;
  }

  *#fetch(brokerId: number, asked: readonly Asked[]): Task<void> {
    const session = this.#sessions.get(brokerId) ?? new ClientFetchSession();
    this.#sessions.set(brokerId, session);
    const failed = yield* this.#exchange(brokerId, session, asked);
    if (failed) {
      const nowMs = Math.floor(this.#runtime.clock.monotonicUs() / 1000);
      for (const { state } of asked) {
        if (state.preferredReplica?.brokerId === brokerId) state.preferredReplica = undefined;
        this.#hold(state, nowMs);
      }
      this.#metadata.requestUpdate();
    }
    this.#underWay.delete(brokerId);
    this.#events.wake();
  }

  /** One request and its answer; true when there was none. */
  *#exchange(brokerId: number, session: ClientFetchSession, asked: readonly Asked[]): Task<boolean> {
    const broker = this.#metadata.brokers().find(({ id }) => id === brokerId);
    if (broker === undefined) return true;
    const opened = yield* this.#metadata.connections.to(`fetches from ${brokerId}`, broker);
    if (!opened.ok || this.#closed) return true;
    const wanted = asked.map((each) => this.#wanted(each));
    const known = wanted.every(({ topicId }) => topicId !== zeroUuid);
    const request = session.next(wanted);
    const answer = yield* opened.value.request(fetch, (version) => this.#draft(request, version), {
      ...(known ? {} : { maxVersion: 12 }),
      timeoutMs: this.#config.requestTimeoutMs,
    });
    if (!answer.ok) {
      session.failed();
      return true;
    }
    if (this.#closed) return false;
    const forgotten = answer.value.errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND;
    if (forgotten) this.#runtime.reached('fetch-session-forgotten');
    session.answered(answer.value.errorCode, answer.value.sessionId);
    if (answer.value.errorCode === ErrorCode.NONE) this.#read(answer.value, asked);
    return answer.value.errorCode !== ErrorCode.NONE;
  }

  #wanted({ state, position, validatedEpoch }: Asked): WantedPartition {
    const { topic, partition } = state;
    return {
      topic,
      topicId: this.#metadata.topic(topic)?.id ?? zeroUuid,
      partition,
      fetchOffset: position.offset,
      currentLeaderEpoch: validatedEpoch,
      lastFetchedEpoch: this.#config.detectTruncation ? position.leaderEpoch : -1,
      logStartOffset: -1,
      maxBytes: this.#config.maxPartitionFetchBytes,
    };
  }

  #draft(request: SessionRequest, version: number) {
    const { fetchMaxWaitMs, fetchMinBytes, fetchMaxBytes, isolationLevel, clientRack } = this.#config;
    return {
      replicaId: -1,
      maxWaitMs: fetchMaxWaitMs,
      minBytes: fetchMinBytes,
      maxBytes: fetchMaxBytes,
      isolationLevel: isolationLevel === 'read_committed' ? 1 : 0,
      sessionId: request.sessionId,
      sessionEpoch: request.sessionEpoch,
      topics: grouped(request.partitions).map(({ topic, topicId, partitions }) => ({
        topic,
        topicId,
        partitions: partitions.map((each) => ({
          partition: each.partition,
          fetchOffset: each.fetchOffset,
          currentLeaderEpoch: each.currentLeaderEpoch,
          // A broker of before version 12 cannot be asked whether the logs still agree.
          lastFetchedEpoch: version >= 12 ? each.lastFetchedEpoch : -1,
          partitionMaxBytes: each.maxBytes,
        })),
      })),
      forgottenTopicsData: grouped(request.forgotten).map(({ topic, topicId, partitions }) => ({
        topic,
        topicId,
        partitions: partitions.map(({ partition }) => partition),
      })),
      rackId: clientRack,
    };
  }

  #read(response: FetchResponse, asked: readonly Asked[]): void {
    const nowMs = Math.floor(this.#runtime.clock.monotonicUs() / 1000);
    const byKey = new Map(asked.map((each) => [partitionKey(each.state.topic, each.state.partition), each]));
    for (const { topic, topicId, partitions } of response.responses) {
      const name = topic !== '' ? topic : this.#metadata.topicById(topicId)?.name;
      if (name === undefined) continue;
      for (const told of partitions) {
        const each = byKey.get(partitionKey(name, told.partitionIndex));
        if (each === undefined || !this.#isWanted(each)) continue;
        if (told.currentLeader.leaderId >= 0) {
          this.#metadata.learnLeader(name, told.partitionIndex, told.currentLeader, response.nodeEndpoints);
        }
        if (told.errorCode !== ErrorCode.NONE) this.#refused(each, told.errorCode, nowMs);
        else if (told.divergingEpoch.epoch >= 0) this.#events.diverged(each.state, told.divergingEpoch);
        else this.#keep(each, told, nowMs);
      }
    }
  }

  /** Whether the partition is still ours, still where it was when it was asked for, and led by the same leader. */
  #isWanted({ state, position, validatedEpoch }: Asked): boolean {
    if (!this.#state.holds(state) || state.need !== 'nothing') return false;
    return state.position?.offset === position.offset && state.validatedEpoch === validatedEpoch;
  }

  #keep({ state, position }: Asked, told: PartitionAnswer, nowMs: number): void {
    state.failures = 0;
    state.highWatermark = told.highWatermark;
    state.logStartOffset = told.logStartOffset;
    if (told.preferredReadReplica >= 0) {
      const untilMs = nowMs + this.#config.metadataMaxAgeMs;
      state.preferredReplica = { brokerId: told.preferredReadReplica, untilMs };
    }
    if (told.records === null || told.records.length === 0) return;
    const { checkCrcs, isolationLevel } = this.#config;
    const options = { checkCrcs, readCommitted: isolationLevel === 'read_committed' };
    const aborted = told.abortedTransactions ?? [];
    this.#completed.push(new CompletedFetch(state, position, told.records, aborted, options));
  }

  #refused({ state, position }: Asked, errorCode: number, nowMs: number): void {
    const { topic, partition } = state;
    const fromReplica = state.preferredReplica !== undefined;
    state.preferredReplica = undefined;
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE && !fromReplica) {
      if (this.#config.autoOffsetReset === 'none') {
        this.#events.report({ kind: 'out-of-range', topic, partition, offset: position.offset });
        return this.#hold(state, nowMs);
      }
      this.#runtime.reached('consumer-reset-after-range-error');
      state.need = 'reset';
      state.resetTo = this.#config.autoOffsetReset;
      return;
    }
    if (errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return;
    this.#hold(state, nowMs);
    if (errorCode === ErrorCode.CORRUPT_MESSAGE) {
      this.#runtime.reached('consumer-met-corruption');
      const detail = 'the broker found the batch corrupt';
      return this.#events.report({ kind: 'corrupt', topic, partition, offset: position.offset, detail });
    }
    if (isPassing(errorCode)) return this.#metadata.requestUpdate();
    this.#events.report({ kind: 'refused', topic, partition, error: errorName(errorCode) });
  }

  #reportCorruption(state: PartitionState, position: Position, detail: string): void {
    const { topic, partition } = state;
    this.#runtime.reached('consumer-met-corruption');
    this.#events.report({ kind: 'corrupt', topic, partition, offset: position.offset, detail });
    this.#hold(state, Math.floor(this.#runtime.clock.monotonicUs() / 1000));
  }

  #hold(state: PartitionState, nowMs: number): void {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config;
    state.failures++;
    state.notBeforeMs =
      nowMs + backoffMs(this.#runtime.random, state.failures, retryBackoffMs, retryBackoffMaxMs);
    this.#runtime.after(state.notBeforeMs - nowMs, () => this.#events.wake());
  }
}

function grouped(
  wanted: readonly WantedPartition[],
): { topic: string; topicId: string; partitions: WantedPartition[] }[] {
  const topics = new Map<string, { topic: string; topicId: string; partitions: WantedPartition[] }>();
  for (const each of wanted) {
    const key = `${each.topic} ${each.topicId}`;
    const entry = topics.get(key) ?? { topic: each.topic, topicId: each.topicId, partitions: [] };
    entry.partitions.push(each);
    topics.set(key, entry);
  }
  return [...topics.values()];
}
