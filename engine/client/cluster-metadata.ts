// What a client knows of the cluster: brokers, the topics it cares about, their partitions with leaders and
// epochs. A task of its own asks again when the knowledge is old or was found wrong; whoever needs news waits
// for the next answer. Known brokers are asked first, in an order that starts anywhere; when none of them
// answers the bootstrap servers are (Kafka's `metadata.recovery.strategy=rebootstrap`, without its waiting
// time).
//
// What must stay true: for one topic id a leader epoch never goes back, whichever broker told the older one,
// and whatever was told of the topic in between.

import type { BrokerId, LeaderEpoch } from '../base/ids.ts';
import { zeroUuid } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { ErrorCode } from '../errors.ts';
import type { Address } from '../ports.ts';
import { metadata } from '../protocol/apis/metadata.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import { BrokerConnections } from './broker-connections.ts';
import type { CommonConfig } from './client-config.ts';
import type { BrokerConnection, ConnectionError } from './connection.ts';
import { SeenEpochs } from './seen-epochs.ts';

export interface Broker {
  readonly id: BrokerId;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
}

export interface PartitionMetadata {
  readonly partition: number;
  readonly errorCode: number;
  /** -1 where there is none. */
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly replicas: readonly BrokerId[];
  readonly inSyncReplicas: readonly BrokerId[];
  readonly offlineReplicas: readonly BrokerId[];
}

export interface LeaderAndEpoch {
  /** -1 where there is none, or none that is known. */
  readonly leaderId: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
}

export interface TopicMetadata {
  readonly name: string;
  readonly id: string;
  readonly errorCode: number;
  /** By number. */
  readonly partitions: readonly PartitionMetadata[];
}

/** Brokers of earlier versions may tell epochs that go back (KAFKA-9212). */
const firstVersionWithReliableEpochs = 9;

type MetadataResponse = DecodedResponseOf<typeof metadata>;

export class ClusterMetadata {
  readonly connections: BrokerConnections;
  readonly #runtime: Runtime;
  readonly #config: CommonConfig;
  readonly #allowAutoTopicCreation: boolean;
  #brokers = new Map<BrokerId, Broker>();
  #topics = new Map<string, TopicMetadata>();
  readonly #seen = new SeenEpochs();
  readonly #wanted = new Set<string>();
  readonly #listeners: (() => void)[] = [];
  #news: Completion<void>;
  #urge: Completion<void>;
  #running = false;
  #closed = false;
  /** Counts answers, so that a caller can tell whether anything was learnt since it looked. */
  version = 0;
  clusterId: string | null = null;
  controllerId: BrokerId = -1;

  constructor(runtime: Runtime, config: CommonConfig, allowAutoTopicCreation: boolean) {
    this.#runtime = runtime;
    this.#config = config;
    this.#allowAutoTopicCreation = allowAutoTopicCreation;
    this.connections = new BrokerConnections(runtime, config);
    this.#news = runtime.tasks.completion('cluster metadata');
    this.#urge = runtime.tasks.completion('a reason to refresh metadata');
  }

  brokers(): readonly Broker[] {
    return [...this.#brokers.values()].sort((a, b) => a.id - b.id);
  }

  topic(name: string): TopicMetadata | undefined {
    return this.#topics.get(name);
  }

  topicById(id: string): TopicMetadata | undefined {
    for (const topic of this.#topics.values()) if (topic.id === id) return topic;
    return undefined;
  }

  partition(topic: string, partition: number): PartitionMetadata | undefined {
    return this.#topics.get(topic)?.partitions.find((candidate) => candidate.partition === partition);
  }

  /** Who leads, as far as is known: nobody while only the epoch of a newer leader is. */
  currentLeader(topic: string, partition: number): LeaderAndEpoch {
    const known = this.partition(topic, partition);
    const leaderEpoch = this.#seen.of(topic, partition);
    if (known === undefined || known.leaderEpoch < leaderEpoch) return { leaderId: -1, leaderEpoch };
    return known;
  }

  /** Whether the broker can be asked for this partition, for all we know. */
  isOnline(topic: string, partition: number, id: BrokerId): boolean {
    return this.#brokers.has(id) && !this.partition(topic, partition)?.offlineReplicas.includes(id);
  }

  /** Some answer told of this leader epoch: a newer one means that somebody else leads, and must be found. */
  sawEpoch(topic: string, partition: number, leaderEpoch: LeaderEpoch): void {
    const before = this.#seen.of(topic, partition);
    if (before < 0 || leaderEpoch <= before) return;
    this.#seen.take(topic, partition, leaderEpoch);
    this.requestUpdate();
  }

  /** Calls `listener` after every answer. */
  onUpdate(listener: () => void): void {
    this.#listeners.push(listener);
  }

  /** From now on metadata of this topic is kept. */
  want(topic: string): void {
    if (this.#wanted.has(topic)) return;
    this.#wanted.add(topic);
    this.requestUpdate();
  }

  /** What is known may be wrong: asks again soon. */
  requestUpdate(): void {
    if (this.#closed) return;
    this.#urge.settle();
    if (this.#running) return;
    this.#running = true;
    this.#runtime.tasks.spawn('metadata refresh', this.#keepFresh());
  }

  /** Waits for the next answer, at most `timeoutMs`. False when none came. */
  *nextUpdate(timeoutMs: number): Task<boolean> {
    const before = this.version;
    this.requestUpdate();
    yield* this.#runtime.within(this.#news, timeoutMs);
    return this.version !== before;
  }

  /** Takes a broker's word on the leader of a partition, given with an error (KIP-951). */
  learnLeader(
    topic: string,
    partition: number,
    leader: LeaderAndEpoch,
    endpoints: readonly { nodeId: number; host: string; port: number; rack: string | null }[],
  ): boolean {
    const known = this.#topics.get(topic);
    const before = this.partition(topic, partition);
    if (known === undefined || before === undefined || leader.leaderId < 0) return false;
    if (leader.leaderEpoch <= before.leaderEpoch) return false;
    const { leaderEpoch } = leader;
    const node = endpoints.find(({ nodeId }) => nodeId === leader.leaderId);
    if (node === undefined && !this.#brokers.has(leader.leaderId)) return false;
    if (!this.#seen.take(topic, partition, leaderEpoch)) return false;
    if (node !== undefined) {
      const { nodeId: id, host, port, rack } = node;
      this.#brokers.set(id, { id, host, port, rack });
    }
    const now = {
      ...before,
      errorCode: ErrorCode.NONE,
      leaderId: leader.leaderId,
      leaderEpoch: leader.leaderEpoch,
    };
    const partitions = known.partitions.map((each) => (each === before ? now : each));
    this.#topics.set(topic, { ...known, partitions });
    return true;
  }

  /** A connection to this broker, opened if need be. */
  *connectionTo(id: BrokerId): Task<Outcome<BrokerConnection, ConnectionError>> {
    const broker = this.#brokers.get(id);
    if (broker !== undefined) return yield* this.connections.to(`broker ${id}`, broker);
    return failure({ kind: 'disconnected', sent: false, detail: `broker ${id} is not known` });
  }

  /** The standing connection to this broker, without waiting. */
  standingConnection(id: BrokerId): BrokerConnection | undefined {
    const broker = this.#brokers.get(id);
    return broker && this.connections.standing(`broker ${id}`, broker);
  }

  /**
   * A connection to whatever broker answers: standing ones first, then any known one, then the bootstrap
   * servers.
   */
  *anyConnection(): Task<Outcome<BrokerConnection, ConnectionError>> {
    let last: ConnectionError = { kind: 'disconnected', sent: false, detail: 'no broker is known' };
    for (const { key, address } of this.#candidates()) {
      const opened = yield* this.connections.to(key, address);
      if (opened.ok) return opened;
      last = opened.error;
    }
    return failure(last);
  }

  close(): void {
    this.#closed = true;
    this.#urge.settle();
    this.#news.settle();
    this.connections.close();
  }

  #candidates(): { key: string; address: Address }[] {
    const brokers = this.brokers().map((broker) => ({
      key: `broker ${broker.id}`,
      address: broker as Address,
    }));
    const servers = this.#config.bootstrapServers.map((address) => ({
      key: `bootstrap ${address.host}:${address.port}`,
      address,
    }));
    const ordered = [...this.#rotated(brokers), ...this.#rotated(servers)];
    const standing = ordered.filter(
      ({ key, address }) => this.connections.standing(key, address) !== undefined,
    );
    return [...standing, ...ordered.filter((candidate) => !standing.includes(candidate))];
  }

  #rotated<T>(items: readonly T[]): readonly T[] {
    if (items.length < 2) return items;
    const start = this.#runtime.random.below(items.length);
    return [...items.slice(start), ...items.slice(0, start)];
  }

  *#keepFresh(): Task<void> {
    let failures = 0;
    while (!this.#closed) {
      this.#urge = this.#runtime.tasks.completion('a reason to refresh metadata');
      const learnt = yield* this.#refresh();
      if (this.#closed) return;
      if (learnt) failures = 0;
      else failures++;
      if (learnt) yield* this.#runtime.within(this.#urge, this.#config.metadataMaxAgeMs);
      if (this.#closed) return;
      // Even when asked to hurry: every broker of a large cluster told "not leader" must not become a storm.
      const { retryBackoffMs, retryBackoffMaxMs } = this.#config;
      const waitMs = backoffMs(
        this.#runtime.random,
        Math.max(1, failures),
        retryBackoffMs,
        retryBackoffMaxMs,
      );
      yield* this.#runtime.sleep(waitMs, 'wait before metadata is asked for again');
    }
  }

  *#refresh(): Task<boolean> {
    const connection = yield* this.anyConnection();
    if (!connection.ok) return false;
    const topics = [...this.#wanted].map((name) => ({ topicId: zeroUuid, name }));
    const answer = yield* connection.value.request(metadata, {
      topics,
      allowAutoTopicCreation: this.#allowAutoTopicCreation,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    });
    if (!answer.ok || this.#closed) return false;
    if (answer.value.errorCode === ErrorCode.REBOOTSTRAP_REQUIRED) {
      this.#brokers = new Map();
      return false;
    }
    if (answer.value.brokers.length === 0) return false;
    const version = connection.value.versionOf(metadata) ?? 0;
    this.#learn(answer.value, version >= firstVersionWithReliableEpochs);
    return true;
  }

  #learn(response: MetadataResponse, reliableEpochs: boolean): void {
    this.#brokers = new Map(
      response.brokers.map(({ nodeId, host, port, rack }) => [nodeId, { id: nodeId, host, port, rack }]),
    );
    this.clusterId = response.clusterId;
    this.controllerId = response.controllerId;
    for (const told of response.topics) {
      if (told.name === null) continue;
      this.#topics.set(told.name, this.#merged(told.name, told, reliableEpochs));
    }
    this.version++;
    const news = this.#news;
    this.#news = this.#runtime.tasks.completion('cluster metadata');
    news.settle();
    for (const listener of this.#listeners) listener();
  }

  #merged(name: string, told: MetadataResponse['topics'][number], reliableEpochs: boolean): TopicMetadata {
    const known = this.#topics.get(name);
    const { topicId: id, errorCode } = told;
    // Whoever does not know the topic does not know its id: what was seen of it stays.
    if (errorCode !== ErrorCode.NONE) return { name, id, errorCode, partitions: [] };
    if (reliableEpochs) this.#seen.topic(name, id);
    else this.#seen.forget(name);
    const partitions = told.partitions.map((partition): PartitionMetadata => {
      const { partitionIndex, leaderId } = partition;
      const leaderEpoch = reliableEpochs ? partition.leaderEpoch : -1;
      const before = known?.partitions.find((each) => each.partition === partitionIndex);
      const isOld = reliableEpochs && !this.#seen.take(name, partitionIndex, leaderEpoch);
      if (isOld && before !== undefined) return before;
      return {
        partition: partitionIndex,
        errorCode: isOld ? ErrorCode.LEADER_NOT_AVAILABLE : partition.errorCode,
        leaderId: isOld ? -1 : leaderId,
        leaderEpoch,
        replicas: partition.replicaNodes,
        inSyncReplicas: partition.isrNodes,
        offlineReplicas: partition.offlineReplicas,
      };
    });
    partitions.sort((a, b) => a.partition - b.partition);
    return { name, id, errorCode, partitions };
  }

  /** Every topic of the cluster, told once and not kept; for admins. */
  *allTopics(): Task<Outcome<MetadataResponse, ConnectionError>> {
    const connection = yield* this.anyConnection();
    if (!connection.ok) return connection;
    const answer = yield* connection.value.request(metadata, {
      topics: null,
      allowAutoTopicCreation: false,
      includeClusterAuthorizedOperations: false,
      includeTopicAuthorizedOperations: false,
    });
    return answer.ok ? success(answer.value) : answer;
  }
}
