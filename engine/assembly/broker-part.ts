// What makes a node a broker: partitions, coordinators, a listener for clients and other brokers, and its life in the
// eyes of the controller. It starts in the order in which each step needs the one before:
//
//   listen (nobody is served yet) - register - catch up with the metadata - open the logs - follow the metadata -
//   be unfenced - serve
//
// and stops in the other direction: leaderships are handed over while clients are still served.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { nodeConnections } from '../client/client-config.ts';
import { BrokerLifecycle } from '../cluster/broker-lifecycle.ts';
import type { ProducerIdBlock } from '../cluster/controller.ts';
import { type AnswerHere, ControllerChannel } from '../cluster/controller-channel.ts';
import { groupConfigOf } from '../cluster/group-config-of.ts';
import { type CoordinatorNode, GroupCoordinator } from '../cluster/group-coordinator.ts';
import type { MetadataView } from '../cluster/metadata-view.ts';
import type { Partition } from '../cluster/partition.ts';
import { BrokerPeers } from '../cluster/peers.ts';
import { ProducerIds } from '../cluster/producer-ids.ts';
import type { Quorum } from '../cluster/quorum.ts';
import { type LeadershipChange, Replicas } from '../cluster/replicas.ts';
import { TopicsInPassing } from '../cluster/topics-in-passing.ts';
import type { BrokerConfig } from '../config/config.ts';
import { FetchSessions } from '../core/fetch-session.ts';
import { groupMetadataTopic } from '../core/topic-names.ts';
import { ErrorCode } from '../errors.ts';
import type { Address, DiskError } from '../ports.ts';
import { allocateProducerIds } from '../protocol/apis/allocate-producer-ids.ts';
import type { Runtime } from '../runtime.ts';
import { brokerHandlers } from '../server/handlers.ts';
import { Server } from '../server/server.ts';
import type { Services } from '../server/services.ts';
import { connectionLimits } from './limits.ts';
import type { Storage } from './storage.ts';

export interface BrokerPartOptions {
  readonly config: BrokerConfig;
  readonly storage: Storage;
  readonly metadata: MetadataView;
  readonly quorum: Quorum;
  /** Present where this node is a controller too. */
  readonly answerHere: AnswerHere | undefined;
  readonly onStorageFailure: (error: DiskError) => void;
}

/** Between two tries of a request to the controller. */
const controllerRetryMs = 50;

/** The way to the controller, and the life that goes by it: there before anything else is. */
interface Ties {
  readonly advertised: Address;
  readonly controllers: ControllerChannel;
  /** Apart from the other, so that no long request stands before a heartbeat. */
  readonly heartbeats: ControllerChannel;
  readonly lifecycle: BrokerLifecycle;
}

/** What is made once the metadata is known. */
interface Rooms {
  readonly topicsInPassing: TopicsInPassing;
  readonly groups: GroupCoordinator;
  readonly replicas: Replicas;
}

export class BrokerPart {
  readonly #runtime: Runtime;
  readonly #options: BrokerPartOptions;
  readonly #server: Server;
  readonly #nodeId: number;
  #ties: Ties | undefined;
  #rooms: Rooms | undefined;
  #closed = false;

  constructor(runtime: Runtime, options: BrokerPartOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#nodeId = options.config.get('node.id');
    this.#server = new Server(runtime, connectionLimits(options.config));
  }

  /** -1 before the broker is registered. */
  get brokerEpoch(): number {
    return this.#ties?.lifecycle.brokerEpoch ?? -1;
  }

  /** Takes the port; nobody is served until `start` has ended. */
  *listen(): Task<Outcome<Address, string>> {
    const { host, port } = this.#options.config.listener;
    return yield* this.#server.listen({ host: host === '' ? '0.0.0.0' : host, port });
  }

  /** Joins the cluster and serves. The error is a sentence for people. */
  *start(listening: Address): Task<Outcome<undefined, string>> {
    const { storage, metadata } = this.#options;
    const ties = this.#tie(advertisedAddress(this.#options.config, listening));
    this.#ties = ties;
    const registered = yield* ties.lifecycle.register();
    if (!registered.ok) return registered;
    yield* metadata.reached(ties.lifecycle.brokerEpoch);
    const loaded = yield* storage.loadRest(metadata);
    if (!loaded.ok) return loaded;
    // The disk may have failed during any of these waits; nothing may begin behind the end.
    if (this.#closed) return failure('the broker halted while it started');
    const rooms = this.#newRooms(ties);
    this.#rooms = rooms;
    storage.watermarksOf(rooms.replicas);
    const opened = yield* rooms.replicas.open();
    if (!opened.ok) return failure(`the log directory failed: ${opened.error.detail}`);
    if (this.#closed) return failure('the broker halted while it started');
    storage.logs.start();
    rooms.groups.start();
    yield* ties.lifecycle.serve();
    this.#server.serve(this.#services(ties, rooms));
    return success(undefined);
  }

  /** Requests started so far, by the name of their API. */
  requestCounts(): Map<string, number> {
    return this.#server.requestCounts();
  }

  /** Hands its leaderships over and takes leave of the controller; then serves nobody any more. */
  *stop(): Task<void> {
    const controlled = this.#options.config.get('controlled.shutdown.enable');
    if (controlled && this.#ties !== undefined) yield* this.#ties.lifecycle.shutDown();
    this.#close();
  }

  /** The disk failed: nobody is served, and nothing waits, any more. */
  halt(): void {
    this.#close();
    for (const partition of this.#rooms?.replicas.partitions() ?? []) partition.retire();
  }

  #close(): void {
    this.#closed = true;
    this.#server.close();
    this.#rooms?.groups.stop();
    this.#rooms?.replicas.stop();
    this.#ties?.lifecycle.stop();
    this.#ties?.controllers.close();
    this.#ties?.heartbeats.close();
  }

  #tie(advertised: Address): Ties {
    const { config, storage, metadata } = this.#options;
    const { logs } = storage;
    const sessionTimeoutMs = config.get('broker.session.timeout.ms');
    const heartbeats = this.#channel(sessionTimeoutMs);
    const lifecycle = new BrokerLifecycle(this.#runtime, {
      controllers: heartbeats,
      brokerId: this.#nodeId,
      clusterId: logs.clusterId,
      incarnationId: this.#runtime.random.uuid(),
      endPoint: { name: config.listener.name, ...advertised },
      rack: config.get('broker.rack'),
      directoryId: logs.directoryId,
      previousBrokerEpoch: logs.cleanShutdownEpoch,
      heartbeatIntervalMs: config.get('broker.heartbeat.interval.ms'),
      sessionTimeoutMs,
      metadataOffset: () => metadata.publishedOffset,
    });
    return {
      advertised,
      controllers: this.#channel(config.get('request.timeout.ms')),
      heartbeats,
      lifecycle,
    };
  }

  #channel(requestTimeoutMs: number): ControllerChannel {
    const { quorum, answerHere } = this.#options;
    return new ControllerChannel(this.#runtime, {
      nodeId: this.#nodeId,
      quorum,
      connections: nodeConnections(`broker-${this.#nodeId}`, requestTimeoutMs),
      answerHere,
      retryBackoffMs: controllerRetryMs,
    });
  }

  #newRooms({ advertised, controllers, lifecycle }: Ties): Rooms {
    const { config, metadata, storage, onStorageFailure } = this.#options;
    const { image } = metadata;
    const topicsInPassing = new TopicsInPassing(this.#runtime, metadata, controllers);
    const groups: GroupCoordinator = new GroupCoordinator({
      runtime: this.#runtime,
      config: groupConfigOf(config),
      offsetsPartitions: () => image.topic(groupMetadataTopic)?.partitions.length,
      leaderOf: (index) => coordinatorNode(metadata, advertised, index),
      partitionOf: (index) => leading(replicas.partition(groupMetadataTopic, index)),
      ensureOffsetsTopic: () => ensureOffsetsTopic(topicsInPassing, metadata),
      topicExists: (topic, partition) => image.partition(topic, partition) !== undefined,
      topicNameOf: (topicId) => image.topicById(topicId)?.name,
      topicIdOf: (topic) => image.topic(topic)?.topicId,
    });
    const replicas: Replicas = new Replicas({
      runtime: this.#runtime,
      nodeId: this.#nodeId,
      logs: storage.logs,
      metadata,
      logDirectory: config.logDirectory,
      peers: new BrokerPeers(this.#runtime, {
        brokers: image.brokers,
        listenerName: config.listener.name,
        connections: nodeConnections(`broker-${this.#nodeId}-fetcher`, config.get('request.timeout.ms')),
      }),
      controllers,
      brokerEpoch: () => lifecycle.brokerEpoch,
      onLeadership: (partition, change, leaderEpoch) => follow(groups, partition, change, leaderEpoch),
      onStorageFailure,
    });
    return { topicsInPassing, groups, replicas };
  }

  #services(
    { advertised, controllers, lifecycle }: Ties,
    { topicsInPassing, groups, replicas }: Rooms,
  ): Services {
    const { config, metadata, storage } = this.#options;
    const timeoutMs = config.get('request.timeout.ms');
    return {
      runtime: this.#runtime,
      config,
      clusterId: storage.logs.clusterId,
      metadata,
      handlers: brokerHandlers,
      advertised,
      controllers,
      topicsInPassing,
      producerIds: new ProducerIds(this.#runtime, () =>
        allocateIds(controllers, this.#nodeId, lifecycle.brokerEpoch, timeoutMs),
      ),
      replicas,
      groups,
      fetchSessions: new FetchSessions(config.get('max.incremental.fetch.session.cache.slots'), (n) =>
        this.#runtime.random.below(n),
      ),
    };
  }
}

function* ensureOffsetsTopic(topics: TopicsInPassing, metadata: MetadataView): Task<boolean> {
  yield* topics.create([groupMetadataTopic]);
  return metadata.image.topic(groupMetadataTopic) !== undefined;
}

function* allocateIds(
  controllers: ControllerChannel,
  brokerId: number,
  brokerEpoch: number,
  timeoutMs: number,
): Task<Outcome<ProducerIdBlock, number>> {
  const block = yield* controllers.request(allocateProducerIds, { brokerId, brokerEpoch }, timeoutMs);
  if (!block.ok) return block;
  const { errorCode, producerIdStart, producerIdLen } = block.value;
  if (errorCode !== ErrorCode.NONE) return failure(errorCode);
  return success({ firstId: producerIdStart, length: producerIdLen });
}

/** The leader of a partition of `__consumer_offsets` where clients reach it; undefined while nobody may serve. */
function coordinatorNode(
  metadata: MetadataView,
  advertised: Address,
  index: number,
): CoordinatorNode | undefined {
  const { image, nodeId } = metadata;
  const leader = image.partition(groupMetadataTopic, index)?.leader ?? -1;
  if (leader === nodeId) return { nodeId, ...advertised };
  const broker = image.brokers.get(leader);
  const endPoint = broker?.fenced === false ? broker.endPoints[0] : undefined;
  return endPoint && { nodeId: leader, host: endPoint.host, port: endPoint.port };
}

function leading(partition: Partition | undefined): Partition | undefined {
  return partition?.state.isLeader ? partition : undefined;
}

/** A coordinator serves the groups of the offsets partitions that lead here. */
function follow(
  groups: GroupCoordinator,
  partition: Partition,
  change: LeadershipChange,
  leaderEpoch: number,
): void {
  if (partition.topic !== groupMetadataTopic) return;
  if (change === 'elected') groups.elected(partition.index, leaderEpoch);
  else groups.resigned(partition.index, leaderEpoch);
}

function advertisedAddress(config: BrokerConfig, listening: Address): Address {
  const told = config.advertisedListener;
  if (told === undefined)
    return config.listener.host === '' ? { ...listening, host: 'localhost' } : listening;
  return { host: told.host, port: told.port === 0 ? listening.port : told.port };
}
