// For the tests of this room: a small broker that answers the clients' requests from memory and does to them
// what a test's script says: an error, a lost response, a request lost with its connection, silence. It
// numbers and de-duplicates like a real leader, so that a test can look at what ended up in the log.
//
// It is no broker to learn from: one node (or several sharing one memory), no replication, groups of one
// protocol whose rebalance ends as soon as all known members have joined.

import { ErrorCode } from '../errors.ts';
import type { Address, Connection } from '../ports.ts';
import { apiByKey } from '../protocol/apis.ts';
import { concat, Reader, Writer } from '../protocol/bytes.ts';
import { decodeRequest, encodeResponse } from '../protocol/codec.ts';
import {
  FrameAssembler,
  frame,
  readRequestHeader,
  skipHeaderTags,
  writeResponseHeader,
} from '../protocol/frame.ts';
import { batchAt, type RecordBatch } from '../protocol/record-batch.ts';
import { decodeRecords, type LogRecord } from '../protocol/records.ts';
import type { Api } from '../protocol/schema.ts';
import { TestingFetchSessions } from './testing-fetch-sessions.ts';
import { TestingGroups } from './testing-groups.ts';
import { TestingReplicas } from './testing-replicas.ts';
import type { TestingWorld } from './testing-world.ts';

/**
 * What happens to one request. `lose-response` does the work; `lose-request` does not; both end the
 * connection.
 */
export type Fate =
  | { readonly kind: 'serve' }
  | { readonly kind: 'lose-response' }
  | { readonly kind: 'lose-request' }
  | { readonly kind: 'silence' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'error'; readonly errorCode: number }
  /** The work is done, and the answer is an error all the same. */
  | { readonly kind: 'serve-and-error'; readonly errorCode: number };

// biome-ignore lint/suspicious/noExplicitAny: a script looks at requests of all kinds
export type Script = (api: string, request: any, nodeId: number) => Fate | undefined;

// biome-ignore lint/suspicious/noExplicitAny: so does this one with answers
export type Rewrite = (api: string, response: any, nodeId: number, request: any) => void;

const serve: Fate = { kind: 'serve' };
// biome-ignore lint/suspicious/noExplicitAny: handlers are written against the declarations by hand
type Loose = any;

export interface TestingPartition {
  readonly batches: Uint8Array[];
  logStartOffset: number;
  leaderId: number;
  leaderEpoch: number;
  /** Followers that consumers may read from. */
  readonly readableAt: Set<number>;
  /** By producer id. */
  readonly producers: Map<number, { epoch: number; last: { first: number; last: number; offset: number }[] }>;
}

/** What the small broker needs of a world: to be called, and to wait. */
export type ServingWorld = Pick<TestingWorld, 'serve' | 'runtime'>;

export class TestingCluster {
  readonly topics = new Map<string, { id: string; partitions: TestingPartition[] }>();
  readonly groups: TestingGroups;
  readonly replicas: TestingReplicas;
  readonly requests: { api: string; version: number; nodeId: number; request: Loose }[] = [];
  readonly nodeIds: readonly number[];
  script: Script = () => undefined;
  /** Told with every fetch under read_committed. */
  readonly abortedTransactions: { producerId: number; firstOffset: number }[] = [];
  readonly sessions = new TestingFetchSessions();
  /** Who answers for groups; the others say that they are not it. */
  coordinatorId: number;
  /** Changes what a broker is about to answer, in place: old views, hints, closer replicas. */
  rewrite: Rewrite = () => {};
  /** The versions announced, where a test wants fewer than are declared. */
  maxVersions = new Map<number, number>();
  #nextProducerId = 1000;
  readonly #world: ServingWorld;
  readonly #addressOf: (nodeId: number) => Address;
  readonly #movedTo = new Map<number, Address>();
  readonly #stops = new Map<number, () => void>();
  /** With the node at their end. */
  readonly #connections = new Map<Connection, number>();

  constructor(
    world: ServingWorld,
    nodeIds: readonly number[] = [1],
    addressOf: (nodeId: number) => Address = (nodeId) => ({ host: 'broker', port: 9000 + nodeId }),
  ) {
    this.#addressOf = (nodeId) => this.#movedTo.get(nodeId) ?? addressOf(nodeId);
    this.#world = world;
    this.nodeIds = nodeIds;
    this.groups = new TestingGroups(world);
    this.replicas = new TestingReplicas(nodeIds, (topic, index) => this.topics.get(topic)?.partitions[index]);
    this.coordinatorId = nodeIds[0] as number;
    for (const nodeId of nodeIds) this.startNode(nodeId);
  }

  startNode(nodeId: number, address = this.#addressOf(nodeId)): void {
    this.#movedTo.set(nodeId, address);
    this.#stops.set(
      nodeId,
      this.#world.serve(address, (connection) => this.#accept(connection, nodeId)),
    );
  }

  /** Nobody listens there any more, and its connections end. */
  stopNode(nodeId: number): void {
    this.#stops.get(nodeId)?.();
    for (const [connection, at] of this.#connections) {
      if (at !== nodeId) continue;
      this.#connections.delete(connection);
      connection.close();
    }
  }

  lead(topic: string, partition: number, leaderId: number): void {
    const found = this.partition(topic, partition);
    found.leaderId = leaderId;
    found.leaderEpoch++;
  }

  get bootstrapServers() {
    return this.nodeIds.map((nodeId) => this.#addressOf(nodeId));
  }

  addTopic(name: string, partitionsCount: number): void {
    const id = `${name}-topic-id-aaaaaaaaaaaa`.slice(0, 21).concat('A');
    const partitions = Array.from({ length: partitionsCount }, (_, index): TestingPartition => {
      const leaderId = this.nodeIds[index % this.nodeIds.length] as number;
      return {
        batches: [],
        logStartOffset: 0,
        leaderId,
        leaderEpoch: 0,
        readableAt: new Set(),
        producers: new Map(),
      };
    });
    this.topics.set(name, { id, partitions });
  }

  partition(topic: string, partition: number): TestingPartition {
    return this.topics.get(topic)?.partitions[partition] as TestingPartition;
  }

  records(topic: string, partition: number): LogRecord[] {
    return this.partition(topic, partition).batches.flatMap((bytes) => {
      const decoded = decodeRecords(batchAt(bytes));
      return decoded.ok ? decoded.value : [];
    });
  }

  /** Every value of a partition as text, in the order of the log. */
  values(topic: string, partition: number): string[] {
    return this.records(topic, partition).map(({ value }) => new TextDecoder().decode(value ?? undefined));
  }

  endOffset(topic: string, partition: number): number {
    const last = this.partition(topic, partition).batches.at(-1);
    return last === undefined ? this.partition(topic, partition).logStartOffset : batchAt(last).nextOffset;
  }

  disconnectAll(): void {
    for (const connection of this.#connections.keys()) connection.close();
    this.#connections.clear();
  }

  #accept(connection: Connection, nodeId: number): void {
    const frames = new FrameAssembler(100_000_000);
    this.#connections.set(connection, nodeId);
    connection.attach({
      bytes: (chunk) => {
        const cut = frames.push(chunk);
        if (!cut.ok) return connection.close();
        for (const bytes of cut.value) this.#serve(connection, nodeId, bytes);
      },
      closed: () => this.#connections.delete(connection),
      drained: () => {},
    });
  }

  #serve(connection: Connection, nodeId: number, bytes: Uint8Array): void {
    if (!this.#connections.has(connection)) return;
    const reader = new Reader(bytes);
    const header = readRequestHeader(reader);
    if (!header.ok) return connection.close();
    const api = apiByKey(header.value.apiKey) as Api;
    const { version, correlationId } = header.value;
    const answer = (body: Loose, answerVersion = version) => {
      const writer = new Writer();
      writeResponseHeader(api, answerVersion, correlationId, writer);
      encodeResponse(api, answerVersion, body, writer);
      if (this.#connections.has(connection)) connection.send(frame(writer.finish()));
    };
    if (api.key === 18 && version > (this.maxVersions.get(18) ?? 4)) {
      const apiKeys = [{ apiKey: 18, minVersion: 0, maxVersion: this.maxVersions.get(18) ?? 4 }];
      return answer({ errorCode: ErrorCode.UNSUPPORTED_VERSION, apiKeys }, 0);
    }
    if (version >= api.flexibleFrom) skipHeaderTags(reader);
    const decoded = decodeRequest(api, version, reader);
    if (!decoded.ok) throw new Error(decoded.error);
    const request: Loose = decoded.value;
    this.requests.push({ api: api.name, version, nodeId, request });
    const fate = this.script(api.name, request, nodeId) ?? serve;
    const drop = () => {
      this.#connections.delete(connection);
      connection.close();
    };
    if (fate.kind === 'lose-request') return drop();
    if (fate.kind === 'silence') return;
    const respond = (body: Loose) => {
      this.rewrite(api.name, body, nodeId, request);
      if (api.key === 0 && request.acks === 0) return;
      if (fate.kind === 'lose-response') return drop();
      if (fate.kind === 'delay') {
        this.#world.runtime().after(fate.delayMs, () => answer(body));
        return;
      }
      answer(body);
    };
    const forced = fate.kind === 'error' ? fate.errorCode : undefined;
    const handled = this.#handle(api, version, request, nodeId, forced, respond);
    if (handled === undefined) return;
    respond(fate.kind === 'serve-and-error' ? withError(api.name, handled, fate.errorCode) : handled);
  }

  /** The response, or undefined when it comes later through `respond`. */
  #handle(
    api: Api,
    version: number,
    request: Loose,
    nodeId: number,
    forced: number | undefined,
    respond: (body: Loose) => void,
  ): Loose {
    switch (api.name) {
      case 'ApiVersions':
        return { errorCode: 0, throttleTimeMs: 0, apiKeys: this.#offered() };
      case 'Metadata':
        return this.#metadata(request);
      case 'CreateTopics':
        return this.#createTopics(request);
      case 'InitProducerId':
        if (forced !== undefined) return { throttleTimeMs: 0, errorCode: forced, producerEpoch: -1 };
        return { throttleTimeMs: 0, errorCode: 0, producerId: this.#nextProducerId++, producerEpoch: 0 };
      case 'Produce':
        return this.#produce(request, nodeId, forced);
      case 'Fetch':
        return this.#fetch(request, nodeId, forced, respond);
      case 'ListOffsets':
        return this.#listOffsets(request, nodeId, forced);
      case 'OffsetForLeaderEpoch':
        return this.#epochEnds(request, nodeId);
      case 'FindCoordinator': {
        const nodeId = this.coordinatorId;
        const told = {
          nodeId,
          ...this.#addressOf(nodeId),
          errorCode: forced ?? 0,
          errorMessage: null,
        };
        if (version < 4) return { throttleTimeMs: 0, ...told };
        return { throttleTimeMs: 0, coordinators: [{ key: request.coordinatorKeys[0], ...told }] };
      }
      default: {
        const elsewhere = nodeId === this.coordinatorId ? undefined : ErrorCode.NOT_COORDINATOR;
        return (
          this.replicas.handle(api.name, request) ??
          this.groups.handle(api.name, version, request, forced ?? elsewhere, respond)
        );
      }
    }
  }

  #offered() {
    const keys = [0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 18, 19, 22, 23, 43, 45, 46, 55];
    return keys.map((apiKey) => {
      const { versions, latestUnstable } = apiByKey(apiKey) as Api;
      const last = latestUnstable ? versions.last - 1 : versions.last;
      return { apiKey, minVersion: versions.first, maxVersion: this.maxVersions.get(apiKey) ?? last };
    });
  }

  #createTopics(request: Loose): Loose {
    const topics = request.topics.map(({ name, numPartitions }: Loose) => {
      this.addTopic(name, numPartitions);
      return { name, topicId: this.topics.get(name)?.id, errorCode: 0, errorMessage: null, numPartitions };
    });
    return { throttleTimeMs: 0, topics };
  }

  #metadata(request: Loose): Loose {
    const names: string[] = request.topics?.map(({ name }: Loose) => name) ?? [...this.topics.keys()];
    return {
      throttleTimeMs: 0,
      brokers: this.nodeIds.map((nodeId) => ({ nodeId, ...this.#addressOf(nodeId) })),
      clusterId: 'testing',
      controllerId: this.nodeIds[0],
      errorCode: 0,
      topics: names.map((name) => {
        const topic = this.topics.get(name);
        if (topic === undefined) return { errorCode: 3, name, topicId: noId, partitions: [] };
        const partitions = topic.partitions.map(({ leaderId, leaderEpoch }, partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId,
          leaderEpoch,
          replicaNodes: this.replicas.replicasOf(name, partitionIndex),
          isrNodes: this.replicas.isrOf(name, partitionIndex),
          offlineReplicas: [],
        }));
        return { errorCode: 0, name, topicId: topic.id, partitions };
      }),
    };
  }

  #nameOf(topic: Loose): string {
    if (topic.topicId === noId || topic.topicId === undefined) return topic.name || topic.topic;
    for (const [name, { id }] of this.topics) if (id === topic.topicId) return name;
    return '';
  }

  #produce(request: Loose, nodeId: number, forced: number | undefined): Loose {
    const responses = request.topicData.map((topic: Loose) => ({
      name: topic.name,
      topicId: topic.topicId,
      partitionResponses: topic.partitionData.map(({ index, records }: Loose) => {
        const name = this.#nameOf(topic);
        const found = this.topics.get(name)?.partitions[index];
        const refused = { index, baseOffset: -1 };
        if (forced !== undefined) return { ...refused, errorCode: forced };
        if (found === undefined) return { ...refused, errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION };
        if (found.leaderId !== nodeId) return { ...refused, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
        return { index, ...this.#append(name, index, found, batchAt(records.slice())) };
      }),
    }));
    return { responses, throttleTimeMs: 0 };
  }

  #append(topic: string, index: number, found: TestingPartition, batch: RecordBatch): Loose {
    if (!batch.isCrcValid()) return { errorCode: ErrorCode.CORRUPT_MESSAGE, baseOffset: -1 };
    const baseOffset = this.endOffset(topic, index);
    if (batch.hasProducerId) {
      const { producerId, producerEpoch, baseSequence: first, lastSequence: last } = batch;
      const known = found.producers.get(producerId);
      const twin = known?.last.find((each) => each.first === first && each.last === last);
      if (twin && known?.epoch === producerEpoch) return { errorCode: 0, baseOffset: twin.offset };
      const refused = { baseOffset: -1 };
      if (known && producerEpoch < known.epoch) {
        return { ...refused, errorCode: ErrorCode.INVALID_PRODUCER_EPOCH };
      }
      const fresh = known === undefined || known.epoch !== producerEpoch;
      const expected = fresh ? 0 : (known.last.at(-1)?.last ?? -1) + 1;
      if (known !== undefined && first !== expected) {
        return { ...refused, errorCode: ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER };
      }
      const last5 = [...(fresh ? [] : known.last), { first, last, offset: baseOffset }].slice(-5);
      found.producers.set(producerId, { epoch: producerEpoch, last: last5 });
    }
    batch.assignOffsets(baseOffset, found.leaderEpoch);
    found.batches.push(batch.bytes);
    return { errorCode: 0, baseOffset };
  }

  #fetch(request: Loose, nodeId: number, forced: number | undefined, respond: (body: Loose) => void): Loose {
    const opened = this.sessions.open(request, (topic) => this.#nameOf(topic));
    if ('errorCode' in opened) return { throttleTimeMs: 0, ...opened, responses: [] };
    const { sessionId, wanted } = opened;
    const body = this.#fetched(request, wanted, sessionId, nodeId, forced);
    if (body.hasNews || request.maxWaitMs === 0) return body;
    this.#world.runtime().after(request.maxWaitMs, () => {
      respond(this.#fetched(request, wanted, sessionId, nodeId, forced));
    });
    return undefined;
  }

  #fetched(
    request: Loose,
    wanted: Map<string, Loose>,
    sessionId: number,
    nodeId: number,
    forced: number | undefined,
  ): Loose {
    let hasNews = false;
    const responses = [...wanted.values()].map(({ topic, each }) => {
      const told = this.#fetchedPartition(request, topic, each, nodeId, forced);
      hasNews ||= told.errorCode !== 0 || told.records.length > 0;
      return { topic: topic.topic, topicId: topic.topicId, partitions: [told] };
    });
    return { throttleTimeMs: 0, errorCode: 0, sessionId, responses, hasNews };
  }

  #fetchedPartition(
    request: Loose,
    topic: Loose,
    wanted: Loose,
    nodeId: number,
    forced: number | undefined,
  ): Loose {
    const { partition, fetchOffset } = wanted;
    const name = this.#nameOf(topic);
    const found = this.topics.get(name)?.partitions[partition];
    const abortedTransactions = request.isolationLevel === 1 ? this.abortedTransactions : null;
    const base = { partitionIndex: partition, highWatermark: -1, abortedTransactions };
    const refuse = (errorCode: number) => ({ ...base, errorCode, records: new Uint8Array(0) });
    if (forced !== undefined) return refuse(forced);
    if (found === undefined) return refuse(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const isReadable = found.leaderId === nodeId || found.readableAt.has(nodeId);
    if (!isReadable) return refuse(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    if (wanted.currentLeaderEpoch >= 0 && wanted.currentLeaderEpoch < found.leaderEpoch) {
      return refuse(ErrorCode.FENCED_LEADER_EPOCH);
    }
    const end = this.endOffset(name, partition);
    if (fetchOffset > end || fetchOffset < found.logStartOffset) return refuse(ErrorCode.OFFSET_OUT_OF_RANGE);
    const chunks = found.batches.filter((bytes) => batchAt(bytes).nextOffset > fetchOffset);
    return { ...base, errorCode: 0, highWatermark: end, records: concat(chunks) };
  }

  #epochEnds(request: Loose, nodeId: number): Loose {
    const topics = request.topics.map(({ topic, partitions }: Loose) => ({
      topic,
      partitions: partitions.map(({ partition, leaderEpoch }: Loose) => {
        const { batches, leaderId, leaderEpoch: latest } = this.partition(topic, partition);
        if (leaderId !== nodeId) return { partition, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER };
        if (leaderEpoch > latest) return { errorCode: 0, partition, leaderEpoch: -1, endOffset: -1 };
        const upTo = batches
          .map((bytes) => batchAt(bytes))
          .filter((batch) => batch.partitionLeaderEpoch <= leaderEpoch);
        const last = upTo.at(-1);
        return {
          errorCode: 0,
          partition,
          leaderEpoch: last?.partitionLeaderEpoch ?? -1,
          endOffset: last?.nextOffset ?? -1,
        };
      }),
    }));
    return { throttleTimeMs: 0, topics };
  }

  #listOffsets(request: Loose, nodeId: number, forced: number | undefined): Loose {
    const topics = request.topics.map(({ name, partitions }: Loose) => ({
      name,
      partitions: partitions.map(({ partitionIndex, timestamp }: Loose) => {
        const found = this.topics.get(name)?.partitions[partitionIndex];
        const unled = found?.leaderId === nodeId ? 0 : ErrorCode.NOT_LEADER_OR_FOLLOWER;
        const errorCode = forced ?? (found ? unled : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
        if (errorCode !== 0 || found === undefined) return { partitionIndex, errorCode };
        const special = timestamp === -1 ? this.endOffset(name, partitionIndex) : found.logStartOffset;
        if (timestamp < 0) return { partitionIndex, errorCode, offset: special };
        const later = this.records(name, partitionIndex).find((record) => record.timestamp >= timestamp);
        return { partitionIndex, errorCode, timestamp: later?.timestamp ?? -1, offset: later?.offset ?? -1 };
      }),
    }));
    return { throttleTimeMs: 0, topics };
  }
}

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

function withError(api: string, body: Loose, errorCode: number): Loose {
  if (api !== 'Produce') return { ...body, errorCode };
  for (const topic of body.responses) {
    for (const each of topic.partitionResponses) {
      each.errorCode = errorCode;
      each.baseOffset = -1;
    }
  }
  return body;
}
