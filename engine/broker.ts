// The broker: ports and properties go in, rooms come out joined. Nothing is decided here; this is where who
// knows whom is decided. Boot order: configuration, port (nobody is served yet), metadata log, the other logs
// (recovery), partitions, coordinator.
//
// A broker whose disk fails halts, as Kafka does when its last log directory goes offline: it ends every
// connection and tells `halted`. What it had acknowledged by then is the disk's to keep.

import { assert } from './base/assert.ts';
import { failure, type Outcome, success } from './base/outcome.ts';
import type { Completion, Task } from './base/task.ts';
import { nodeConnections } from './client/client-config.ts';
import { Controller } from './cluster/controller.ts';
import { ControllerChannel } from './cluster/controller-channel.ts';
import { groupConfigOf } from './cluster/group-config-of.ts';
import { GroupCoordinator } from './cluster/group-coordinator.ts';
import { logConfigOf } from './cluster/log-config-of.ts';
import { LogMetadataLog } from './cluster/log-metadata-log.ts';
import { LogQuorum } from './cluster/log-quorum.ts';
import { MetadataView } from './cluster/metadata-view.ts';
import type { Partition } from './cluster/partition.ts';
import { BrokerPeers } from './cluster/peers.ts';
import { ProducerIds } from './cluster/producer-ids.ts';
import { type LeadershipChange, Replicas } from './cluster/replicas.ts';
import { TopicsInPassing } from './cluster/topics-in-passing.ts';
import { BrokerConfig } from './config/config.ts';
import { FetchSessions } from './core/fetch-session.ts';
import { clusterMetadataTopic, groupMetadataTopic } from './core/topic-names.ts';
import { ErrorCode, errorName } from './errors.ts';
import type { Log } from './log/log.ts';
import { defaultLogConfig } from './log/log-config.ts';
import { LogManager, type LogManagerOptions } from './log/log-manager.ts';
import type { Address, DiskError } from './ports.ts';
import { allocateProducerIds } from './protocol/apis/allocate-producer-ids.ts';
import type { Runtime } from './runtime.ts';
import type { ConnectionLimits } from './server/connection.ts';
import { answerFrame, Dispatcher } from './server/dispatch.ts';
import { brokerHandlers, controllerHandlers } from './server/handlers.ts';
import { Server } from './server/server.ts';
import type { ControllerServices, Services } from './server/services.ts';

export interface BrokerOptions {
  /** Kafka's property names; what is not named has Kafka's default. */
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * What Kafka's own sample `server.properties` says for a broker that is alone; without it the internal topics
 * would wait for two more brokers for ever.
 */
const shippedProperties: ReadonlyMap<string, string> = new Map([
  ['offsets.topic.replication.factor', '1'],
  ['transaction.state.log.replication.factor', '1'],
  ['transaction.state.log.min.isr', '1'],
]);

/** The metadata log is replayed from its beginning at every start: nothing of it may ever expire. */
const metadataLogConfig = { ...defaultLogConfig, cleanupPolicy: [], retentionMs: -1 };

/** Frames of one connection that may wait behind the request in process. */
const framesWaitingMax = 100;
/** Produce requests of one connection in process at once. */
const pipelinedMax = 64;
/** Bytes of such requests: one larger request is taken, and then none beside it. */
const requestBytesMax = 16 * 1024 * 1024;

export class Broker {
  readonly nodeId: number;
  readonly clusterId: string;
  /** Where it listens. */
  readonly address: Address;
  /** Things of the configuration that were not listened to, for the operator. */
  readonly warnings: readonly string[];
  /** Settles with the reason when the broker gives up. */
  readonly halted: Completion<string>;
  readonly #rooms: Rooms;
  readonly #server: Server;
  #stopping = false;

  private constructor(rooms: Rooms, server: Server, address: Address) {
    this.#rooms = rooms;
    this.#server = server;
    this.address = address;
    this.nodeId = rooms.config.get('node.id');
    this.clusterId = rooms.logs.clusterId;
    this.warnings = rooms.config.warnings;
    this.halted = rooms.halted;
    this.halted.onSettled((reason) => this.#halt(reason));
  }

  /** Recovers what the disk holds and serves; the error is every reason why not. */
  static *start(runtime: Runtime, options: BrokerOptions): Task<Outcome<Broker, string[]>> {
    const config = BrokerConfig.parse(new Map([...shippedProperties, ...options.properties]));
    if (!config.ok) return config;
    const server = new Server(runtime, limitsOf(config.value));
    const { host, port } = config.value.listener;
    const address = yield* server.listen({ host: host === '' ? '0.0.0.0' : host, port });
    if (!address.ok) return failure([address.error]);
    const rooms = yield* openRooms(runtime, config.value, address.value);
    if (!rooms.ok) {
      server.close();
      return failure([rooms.error]);
    }
    const broker = new Broker(rooms.value, server, address.value);
    // A disk that failed behind recovery's back, while the last rooms were opened.
    if (broker.halted.settled) return failure([yield* broker.halted.wait()]);
    broker.#serve();
    return success(broker);
  }

  /**
   * Ends every connection, makes everything durable, leaves the clean-shutdown file. Requests in process are
   * not answered: their clients do not know, which is the truth. The error: the disk failed, nothing promises
   * a clean end, and the next start recovers.
   */
  *stop(): Task<Outcome<undefined, string>> {
    assert(!this.#stopping, 'a broker is stopped once');
    this.#stopping = true;
    const { runtime, groups, logs, replicas } = this.#rooms;
    this.#server.close();
    groups.stop();
    replicas.stop();
    const shutDown = yield* logs.shutdown();
    if (!shutDown.ok) return failure(storageFailed(shutDown.error));
    if (runtime.trace.wants('broker-stopped'))
      runtime.trace.emit({ kind: 'broker-stopped', brokerId: this.nodeId });
    return success(undefined);
  }

  #serve(): void {
    const { runtime, config, advertised, metadata, controllers, replicas, groups, logs } = this.#rooms;
    const services: Services = {
      runtime,
      config,
      clusterId: this.clusterId,
      advertised,
      metadata,
      controllers,
      topicsInPassing: this.#rooms.topicsInPassing,
      producerIds: this.#rooms.producerIds,
      replicas,
      groups,
      fetchSessions: new FetchSessions(config.get('max.incremental.fetch.session.cache.slots'), (n) =>
        runtime.random.below(n),
      ),
      handlers: brokerHandlers,
    };
    logs.start();
    groups.start();
    this.#server.serve(services);
    const { cleanShutdown } = logs;
    if (runtime.trace.wants('broker-started'))
      runtime.trace.emit({ kind: 'broker-started', brokerId: this.nodeId, cleanShutdown });
  }

  #halt(reason: string): void {
    const { runtime, replicas, groups } = this.#rooms;
    this.#server.close();
    groups.stop();
    replicas.stop();
    for (const partition of replicas.partitions()) partition.retire();
    if (runtime.trace.wants('broker-halted'))
      runtime.trace.emit({ kind: 'broker-halted', brokerId: this.nodeId, reason });
  }
}

function storageFailed({ kind, detail }: DiskError): string {
  return `storage failed (${kind}): ${detail}`;
}

interface Rooms {
  readonly runtime: Runtime;
  readonly config: BrokerConfig;
  /** Where clients are told to connect. */
  readonly advertised: Address;
  readonly logs: LogManager;
  readonly metadata: MetadataView;
  readonly controllers: ControllerChannel;
  readonly topicsInPassing: TopicsInPassing;
  readonly producerIds: ProducerIds;
  readonly replicas: Replicas;
  readonly groups: GroupCoordinator;
  readonly halted: Completion<string>;
}

function* openRooms(
  runtime: Runtime,
  config: BrokerConfig,
  listening: Address,
): Task<Outcome<Rooms, string>> {
  const halted = runtime.tasks.completion<string>('the broker halts');
  const onStorageFailure = (error: DiskError): void => {
    halted.settle(storageFailed(error));
  };
  const advertised = advertisedAddress(config, listening);
  const highWatermarkOf = (log: Log): number | undefined =>
    replicas.partition(log.topic, log.partition)?.highWatermark;
  // What topics want is in the metadata log, which is one of the logs: it is opened first, and asked from then on.
  let dynamic: MetadataView | undefined;
  const logs = yield* openLogs(runtime, config, {
    producerIdExpirationMs: () => (dynamic?.brokerConfig ?? config).get('producer.id.expiration.ms'),
    configOf: (topic) => {
      if (topic === clusterMetadataTopic || dynamic === undefined) return metadataLogConfig;
      return logConfigOf(dynamic.topicConfig(topic));
    },
    highWatermarkOf,
    onFailure: onStorageFailure,
  });
  if (!logs.ok) return logs;
  const metadata = new MetadataView(runtime, {
    nodeId: config.get('node.id'),
    clusterId: logs.value.clusterId,
    config,
  });
  const controllers = yield* openController(runtime, metadata, config, advertised, logs.value);
  if (!controllers.ok) return controllers;
  dynamic = metadata;
  const topicsInPassing = new TopicsInPassing(runtime, metadata, controllers.value);
  const producerIds = new ProducerIds(runtime, () => allocateIds(controllers.value, config));
  const loaded = yield* logs.value.loadRest();
  if (!loaded.ok) return failure(`the log directory cannot be used: ${loaded.error.detail}`);
  const { image } = metadata;
  const groups: GroupCoordinator = new GroupCoordinator({
    runtime,
    config: groupConfigOf(config, image.topic(groupMetadataTopic)?.partitions.length),
    nodeId: config.get('node.id'),
    advertised,
    partitionOf: (index) => leading(replicas.partition(groupMetadataTopic, index)),
    ensureOffsetsTopic: () => ensureOffsetsTopic(topicsInPassing, metadata),
    topicExists: (topic, partition) => image.partition(topic, partition) !== undefined,
    topicNameOf: (topicId) => image.topicById(topicId)?.name,
    topicIdOf: (topic) => image.topic(topic)?.topicId,
  });
  const replicas: Replicas = new Replicas({
    runtime,
    nodeId: config.get('node.id'),
    logs: logs.value,
    metadata,
    logDirectory: config.logDirectory,
    peers: new BrokerPeers(runtime, {
      brokers: image.brokers,
      listenerName: config.listener.name,
      connections: nodeConnections(
        `broker-${config.get('node.id')}-fetcher`,
        config.get('request.timeout.ms'),
      ),
    }),
    controllers: controllers.value,
    brokerEpoch: () => image.brokers.get(config.get('node.id'))?.epoch ?? -1,
    onLeadership: (partition, change) => follow(runtime, groups, partition, change),
    onStorageFailure,
  });
  const opened = yield* replicas.open();
  if (!opened.ok) return failure(`the log directory failed: ${opened.error.detail}`);
  return success({
    runtime,
    config,
    advertised,
    logs: logs.value,
    metadata,
    controllers: controllers.value,
    topicsInPassing,
    producerIds,
    replicas,
    groups,
    halted,
  });
}

function* openController(
  runtime: Runtime,
  metadata: MetadataView,
  config: BrokerConfig,
  advertised: Address,
  logs: LogManager,
): Task<Outcome<ControllerChannel, string>> {
  const metadataLog = yield* openMetadataLog(logs);
  if (!metadataLog.ok) return failure(`the metadata log cannot be opened: ${metadataLog.error.detail}`);
  const nodeId = config.get('node.id');
  const quorum = new LogQuorum(runtime, new LogMetadataLog(runtime, metadataLog.value), nodeId);
  const controller = new Controller(runtime, { view: metadata, quorum });
  quorum.onCommitted((batch) => metadata.publish(batch));
  quorum.onLeadership(({ epoch }, activated) => controller.leadershipChanged(epoch, activated));
  const opened = yield* quorum.open();
  if (!opened.ok) return opened;
  const services: ControllerServices = {
    runtime,
    config,
    clusterId: logs.clusterId,
    metadata,
    controller,
    handlers: controllerHandlers,
  };
  const registered = yield* controller.register({
    brokerId: nodeId,
    incarnationId: runtime.random.uuid(),
    endPoints: [{ name: config.listener.name, ...advertised, securityProtocol: 0 }],
    rack: config.get('broker.rack'),
    directoryId: logs.directoryId,
  });
  if (!registered.ok) return failure(`the broker cannot register: ${errorName(registered.error)}`);
  const dispatcher = new Dispatcher(services);
  return success(
    new ControllerChannel(runtime, {
      nodeId,
      quorum,
      connections: nodeConnections(`broker-${nodeId}`, config.get('request.timeout.ms')),
      answerHere: (frame, peer) => answerFrame(dispatcher, frame, peer),
      retryBackoffMs: 100,
    }),
  );
}

function* allocateIds(controllers: ControllerChannel, config: BrokerConfig) {
  const brokerId = config.get('node.id');
  const block = yield* controllers.request(
    allocateProducerIds,
    { brokerId, brokerEpoch: -1 },
    config.get('request.timeout.ms'),
  );
  if (!block.ok) return block;
  const { errorCode, producerIdStart, producerIdLen } = block.value;
  if (errorCode !== ErrorCode.NONE) return failure(errorCode);
  return success({ firstId: producerIdStart, length: producerIdLen });
}

/** Kafka's fixed id of the metadata topic: the uuid whose last bit is set. */
const clusterMetadataTopicId = 'AAAAAAAAAAAAAAAAAAAAAQ';

function* openMetadataLog(logs: LogManager): Task<Outcome<Log, DiskError>> {
  const log = logs.get(clusterMetadataTopic, 0);
  if (log !== undefined) return success(log);
  return yield* logs.createLog(clusterMetadataTopic, 0, clusterMetadataTopicId, metadataLogConfig);
}

function* ensureOffsetsTopic(topics: TopicsInPassing, metadata: MetadataView): Task<boolean> {
  yield* topics.create([groupMetadataTopic]);
  return metadata.image.topic(groupMetadataTopic) !== undefined;
}

function leading(partition: Partition | undefined): Partition | undefined {
  return partition?.state.isLeader ? partition : undefined;
}

/** A coordinator serves the groups of the offsets partitions that lead here. */
function follow(
  runtime: Runtime,
  groups: GroupCoordinator,
  partition: Partition,
  change: LeadershipChange,
): void {
  if (partition.topic !== groupMetadataTopic) return;
  if (change === 'resigned') groups.unload(partition.index);
  else
    runtime.tasks.spawn(
      `load groups of ${groupMetadataTopic}-${partition.index}`,
      groups.load(partition.index),
    );
}

function advertisedAddress(config: BrokerConfig, listening: Address): Address {
  const told = config.advertisedListener;
  if (told === undefined)
    return config.listener.host === '' ? { ...listening, host: 'localhost' } : listening;
  return { host: told.host, port: told.port === 0 ? listening.port : told.port };
}

function limitsOf(config: BrokerConfig): ConnectionLimits {
  return {
    frameBytesMax: config.get('socket.request.max.bytes'),
    queuedBytesMax: config.get('odradek.queued.response.max.bytes'),
    idleMs: config.get('connections.max.idle.ms'),
    framesWaitingMax,
    pipelinedMax,
    requestBytesMax,
  };
}

function* openLogs(
  runtime: Runtime,
  config: BrokerConfig,
  asked: Pick<LogManagerOptions, 'producerIdExpirationMs' | 'configOf' | 'highWatermarkOf' | 'onFailure'>,
): Task<Outcome<LogManager, string>> {
  const logs = new LogManager(runtime, {
    directory: '',
    nodeId: config.get('node.id'),
    clusterId: undefined,
    retentionCheckIntervalMs: config.get('log.retention.check.interval.ms'),
    recoveryPointCheckpointIntervalMs: config.get('log.flush.offset.checkpoint.interval.ms'),
    logStartCheckpointIntervalMs: config.get('log.flush.start.offset.checkpoint.interval.ms'),
    highWatermarkCheckpointIntervalMs: config.get('replica.high.watermark.checkpoint.interval.ms'),
    flushCheckIntervalMs: config.get('log.flush.scheduler.interval.ms'),
    producerIdExpirationCheckIntervalMs: config.get('producer.id.expiration.check.interval.ms'),
    ...asked,
  });
  const loaded = yield* logs.load((topic) => topic === clusterMetadataTopic);
  return loaded.ok ? success(logs) : failure(`the log directory cannot be used: ${loaded.error.detail}`);
}
