// Several brokers that replicate, in one process without sockets: requests between them wait in a queue that the
// fixture delivers, links can be cut, and the controller is played by hand. Time moves for all alike.
//
// The controller checks AlterPartition as Kafka's does, commits what it accepts, and can be told to keep silent.
// Metadata reaches every broker at once, except those that are told to lag behind.

import { assert, present } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { AskController } from '../cluster/isr-changes.ts';
import type { Peers } from '../cluster/peers.ts';
import type { LeadershipChange } from '../cluster/replicas.ts';
import { MetadataImage, type PartitionImage, resourceType } from '../core/metadata-image.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import { unchangedPartition } from '../core/partition-change.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { alterPartition } from '../protocol/apis/alter-partition.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import { uuidToText } from '../protocol/uuid.ts';
import { type NodeSeams, ReplicaNode } from './replica-node.ts';

type AlterRequest = EncodableRequestOf<typeof alterPartition>;
type AlterResponse = DecodedResponseOf<typeof alterPartition>;
type AlterTopic = AlterRequest['topics'][number];
type AlterOne = AlterTopic['partitions'][number];

const deliveriesMax = 100_000;
const directory = uuidToText(new Uint8Array(16).fill(7));

export class ReplicaFixture implements NodeSeams {
  readonly nodes = new Map<number, ReplicaNode>();
  readonly image = new MetadataImage();
  readonly heard: string[] = [];
  readonly records: MetadataRecord[] = [];
  readonly #wire: (() => void)[] = [];
  readonly #cut = new Set<string>();
  readonly #lagging = new Set<number>();
  #controllerSilent = false;
  #topics = 0;

  constructor(ids: readonly number[], properties: Readonly<Record<string, string>> = {}) {
    for (const id of ids) {
      this.nodes.set(id, new ReplicaNode(id, this, { 'replica.socket.timeout.ms': '2000', ...properties }));
      this.start(id);
    }
  }

  node(id: number): ReplicaNode {
    return present(this.nodes.get(id), `broker ${id}`);
  }

  // ---- the controller

  /** A topic of one partition. */
  createTopic(name: string, replicas: number[], configs: Readonly<Record<string, string>> = {}): void {
    const topicId = uuidToText(new Uint8Array(16).fill(100 + this.#topics++));
    for (const [key, value] of Object.entries(configs)) {
      this.commit({
        kind: 'config',
        body: { resourceType: resourceType.topic, resourceName: name, name: key, value },
      });
    }
    this.commit(
      { kind: 'topic', body: { name, topicId } },
      {
        kind: 'partition',
        body: {
          partitionId: 0,
          topicId,
          replicas,
          isr: replicas,
          removingReplicas: [],
          addingReplicas: [],
          leader: replicas[0] as number,
          leaderRecoveryState: 0,
          leaderEpoch: 0,
          partitionEpoch: 0,
          directories: replicas.map((id) => this.#directoryOf(id)),
          eligibleLeaderReplicas: [],
          lastKnownElr: [],
        },
      },
    );
  }

  partition(topic: string): PartitionImage {
    return present(this.image.partition(topic, 0), `partition ${topic}-0`);
  }

  /** Another leader, ISR or replica list, by decree. */
  change(topic: string, to: { leader?: number; isr?: number[]; replicas?: number[] }): void {
    const { topicId } = present(this.image.topic(topic), topic);
    const unchanged = unchangedPartition(topicId, this.partition(topic));
    const directories = to.replicas?.map((id) => this.#directoryOf(id)) ?? null;
    this.commit({ kind: 'partition-change', body: { ...unchanged, directories, ...to } });
  }

  /** Where the broker has its replicas: nobody has a new disk here. */
  #directoryOf(id: number): string {
    return this.nodes.get(id)?.directoryId ?? directory;
  }

  deleteTopic(name: string): void {
    const { topicId } = present(this.image.topic(name), name);
    this.commit({ kind: 'remove-topic', body: { topicId } });
  }

  fence(id: number): void {
    this.commit({
      kind: 'fence-broker',
      body: { id, epoch: present(this.image.brokers.get(id), 'it').epoch },
    });
  }

  commit(...records: MetadataRecord[]): void {
    for (const record of records) {
      this.image.replay([record], this.records.length);
      this.records.push(record);
    }
    for (const node of this.nodes.values()) {
      if (node.alive && !this.#lagging.has(node.id)) node.applyUpTo(this.records);
    }
  }

  /** AlterPartition is not answered while the controller is silent. */
  silenceController(silent: boolean): void {
    this.#controllerSilent = silent;
  }

  #alter(request: AlterRequest): AlterResponse {
    return {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      topics: request.topics.map((topic) => ({
        topicId: topic.topicId,
        partitions: topic.partitions.map((one) => this.#alterOne(topic.topicId, one, request.brokerId)),
      })),
    };
  }

  #alterOne(topicId: string, one: AlterOne, brokerId: number) {
    const topic = this.image.topicById(topicId);
    const before = topic?.partitions[one.partitionIndex];
    const nothing = { leaderId: 0, leaderEpoch: 0, isr: [], leaderRecoveryState: 0, partitionEpoch: 0 };
    const errorCode = before === undefined ? ErrorCode.UNKNOWN_TOPIC_ID : this.#judge(before, one, brokerId);
    const isr = (one.newIsrWithEpochs ?? []).map((member) => member.brokerId);
    this.heard.push(`controller: isr=${isr.join()} of broker ${brokerId} ${errorName(errorCode)}`);
    if (topic === undefined || errorCode !== ErrorCode.NONE) {
      return { partitionIndex: one.partitionIndex, errorCode, ...nothing };
    }
    this.change(topic.name, { isr });
    const { leader: leaderId, leaderEpoch, partitionEpoch } = this.partition(topic.name);
    const after = { leaderId, leaderEpoch, isr, leaderRecoveryState: 0, partitionEpoch };
    return { partitionIndex: one.partitionIndex, errorCode, ...after };
  }

  #judge(before: PartitionImage, one: AlterOne, brokerId: number): number {
    if (one.leaderEpoch < before.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
    if (brokerId !== before.leader) return ErrorCode.INVALID_REQUEST;
    if (one.partitionEpoch < before.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
    for (const { brokerId: id, brokerEpoch = -1 } of one.newIsrWithEpochs ?? []) {
      const broker = this.image.brokers.get(id);
      if (broker === undefined || broker.fenced) return ErrorCode.INELIGIBLE_REPLICA;
      if (brokerEpoch >= 0 && brokerEpoch !== broker.epoch) return ErrorCode.INELIGIBLE_REPLICA;
    }
    return ErrorCode.NONE;
  }

  // ---- brokers

  /** Registers a new life of the broker and starts it. */
  start(id: number): void {
    const rack = `rack-${id}`;
    this.commit({
      kind: 'register-broker',
      body: {
        brokerId: id,
        isMigratingZkBroker: false,
        incarnationId: directory,
        brokerEpoch: this.records.length,
        endPoints: [{ name: 'PLAINTEXT', host: `broker-${id}`, port: 9092, securityProtocol: 0 }],
        features: [],
        rack,
        fenced: false,
        inControlledShutdown: false,
        logDirs: [directory],
        cordonedLogDirs: null,
      },
    });
    this.node(id).start(this.records);
  }

  /** The broker hears of no metadata until it is let to. */
  lag(id: number, lags: boolean): void {
    if (lags) this.#lagging.add(id);
    else this.#lagging.delete(id);
    if (!lags) this.node(id).applyUpTo(this.records);
  }

  /** Nothing gets from one to the other any more: requests and answers vanish. */
  cut(from: number, to: number, cut: boolean): void {
    if (cut) this.#cut.add(`${from}-${to}`);
    else this.#cut.delete(`${from}-${to}`);
  }

  // ---- time and the wire

  settle(): void {
    for (let deliveries = 0; ; deliveries++) {
      assert(deliveries < deliveriesMax, 'the brokers come to rest');
      for (const node of this.nodes.values()) node.memory.settle();
      const next = this.#wire.shift();
      if (next === undefined) return;
      next();
    }
  }

  advance(ms: number): void {
    const stepMs = ms > 2000 ? 50 : 10;
    for (let left = ms; left > 0; left -= stepMs) {
      for (const node of this.nodes.values()) node.memory.advance(Math.min(stepMs, left));
      this.settle();
    }
  }

  // ---- the seams of the brokers

  peersOf(node: ReplicaNode): Peers {
    const { runtime } = node.memory;
    const send = (to: number, deliver: () => void) => this.#send(node.id, to, deliver);
    const target = (id: number) => this.nodes.get(id);
    const back = (from: number, deliver: () => void) => this.#send(from, node.id, deliver);
    return {
      *request<A extends Api>(to: number, api: A, draft: EncodableRequestOf<A>, timeoutMs: number) {
        const answer = runtime.tasks.completion<Outcome<DecodedResponseOf<A>, string>>(
          `${api.name} of ${to}`,
        );
        const version = api.latestUnstable ? api.versions.last - 1 : api.versions.last;
        send(to, () => {
          const other = target(to);
          const settle = (outcome: Outcome<DecodedResponseOf<A>, string>) =>
            runtime.tasks.enter(() => answer.settle(outcome));
          if (other?.alive !== true) return settle(failure('refused'));
          other.answer(api, version, draft, (response) => back(to, () => settle(success(response))));
        });
        return (yield* runtime.within(answer, timeoutMs)) ?? failure('timed out');
      },
      close() {},
    };
  }

  controllersOf(node: ReplicaNode): AskController {
    const { runtime } = node.memory;
    const later = (work: () => void) => this.#wire.push(work);
    const silent = () => this.#controllerSilent;
    const alter = (request: AlterRequest) => this.#alter(request);
    return {
      *request<A extends Api>(api: A, draft: EncodableRequestOf<A>, timeoutMs: number) {
        assert(api.key === alterPartition.key, `${api.name} is asked of nobody here`);
        const answer = runtime.tasks.completion<AlterResponse>('AlterPartition');
        later(() => {
          if (silent()) return;
          const response = alter(draft as unknown as AlterRequest);
          later(() => runtime.tasks.enter(() => answer.settle(response)));
        });
        const response = yield* runtime.within(answer, timeoutMs);
        return response === undefined
          ? failure(ErrorCode.REQUEST_TIMED_OUT)
          : success(response as unknown as DecodedResponseOf<A>);
      },
    };
  }

  onLeadership(node: ReplicaNode, topic: string, change: LeadershipChange, leaderEpoch: number): void {
    this.heard.push(`${node.id}: ${topic} ${change} in epoch ${leaderEpoch}`);
  }

  #send(from: number, to: number, deliver: () => void): void {
    this.#wire.push(() => {
      if (!this.#cut.has(`${from}-${to}`)) deliver();
    });
  }
}
