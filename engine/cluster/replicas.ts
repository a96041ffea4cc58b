// The partitions that live on this broker: made and unmade as the metadata image says, found by name or id. Follows
// the image one change after the other, in order; between the record that creates a partition and the moment its log is
// there, requests for it get NOT_LEADER_OR_FOLLOWER, which clients retry (ReplicaManager.getPartitionOrError).

import { partitionKey } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { MetadataDelta, PartitionImage, TopicImage } from '../core/metadata-image.ts';
import type { ReplicationFacts } from '../core/reign.ts';
import { ErrorCode } from '../errors.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { DiskError } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { DirectoryAssignments } from './directory-assignments.ts';
import type { FollowerConfig } from './follower-fetcher.ts';
import type { AskController } from './isr-changes.ts';
import { logConfigOf } from './log-config-of.ts';
import type { MetadataView } from './metadata-view.ts';
import { Partition, type PartitionOptions } from './partition.ts';
import type { Peers } from './peers.ts';
import { Replication } from './replication.ts';

/** What DescribeLogDirs tells of one log directory. */
export interface LogDirView {
  readonly path: string;
  readonly partitions: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly sizeBytes: number;
    readonly offsetLag: number;
  }[];
  /** -1: the disk port does not tell. */
  readonly totalBytes: number;
  readonly usableBytes: number;
}

export interface ReplicasOptions {
  readonly runtime: Runtime;
  readonly nodeId: number;
  readonly logs: LogManager;
  readonly metadata: MetadataView;
  /** How the log directory is called in answers to clients. */
  readonly logDirectory: string;
  readonly peers: Peers;
  readonly controllers: AskController;
  /** As this broker last registered; the image may be behind. */
  readonly brokerEpoch: () => number;
  /**
   * For coordinators that live on a partition: led here from now on, in a new epoch, or led here no longer. Told in
   * order; 'elected' again, without 'resigned' between, where the same broker begins another epoch.
   */
  readonly onLeadership: (partition: Partition, change: LeadershipChange, leaderEpoch: number) => void;
  readonly onStorageFailure: (error: DiskError) => void;
}

export type LeadershipChange = 'elected' | 'resigned';

export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #partitions = new Map<string, Partition>();
  readonly #facts: Omit<ReplicationFacts, 'minInsyncReplicas'>;
  readonly #replication: Replication;
  readonly #assignments: DirectoryAssignments;

  constructor(options: ReplicasOptions) {
    this.#options = options;
    this.#facts = replicationFacts(options);
    this.#replication = new Replication({
      ...options,
      lagTimeMaxMs: this.#facts.lagTimeMaxMs,
      partitions: () => this.#partitions.values(),
      config: () => followerConfig(options.metadata.brokerConfig),
      requestTimeoutMs: () => options.metadata.brokerConfig.get('request.timeout.ms'),
    });
    this.#assignments = new DirectoryAssignments({
      ...options,
      directoryId: options.logs.directoryId,
      image: options.metadata.image,
      requestTimeoutMs: () => options.metadata.brokerConfig.get('request.timeout.ms'),
    });
  }

  /**
   * At boot, when the image is as new as this broker can know: a log for every partition of the image that is ours, and
   * no log of another. Then follows the image.
   */
  *open(): Task<Outcome<undefined, DiskError>> {
    let opened: Outcome<undefined, DiskError> = success(undefined);
    // Nothing new is taken in meanwhile, and nothing is missed.
    yield* this.#options.metadata.join(
      function* (this: Replicas) {
        opened = yield* this.#openAll();
      }.bind(this),
      (delta) => this.#follow(delta),
    );
    if (opened.ok) this.#replication.start();
    return opened;
  }

  *#openAll(): Task<Outcome<undefined, DiskError>> {
    const { metadata, logs, nodeId } = this.#options;
    for (const log of logs.all()) {
      if (metadata.isMetadataLog(log.topic)) continue;
      const topic = metadata.image.topicById(log.topicId);
      const ours = topic?.name === log.topic && topic.partitions[log.partition]?.replicas.includes(nodeId);
      if (ours) continue;
      const deleted = yield* logs.deleteLog(log.topic, log.partition);
      if (!deleted.ok) return deleted;
    }
    for (const topic of metadata.image.topics()) {
      for (const partition of topic.partitions) {
        const placed = yield* this.#place(topic, partition);
        if (!placed.ok) return placed;
      }
    }
    return success(undefined);
  }

  /** Nothing is fetched any more, and nothing asked of the controller. */
  stop(): void {
    this.#replication.stop();
    this.#assignments.stop();
    this.#options.peers.close();
  }

  /** The partition that leads here, or the error code that says why not. */
  find(by: TopicBy, index: number): Outcome<Partition, number> {
    const found = this.replica(by, index);
    return found.ok && !found.value.state.isLeader ? failure(ErrorCode.NOT_LEADER_OR_FOLLOWER) : found;
  }

  /** The leader of a partition in the epoch that whoever asks believes in; the epoch is looked at first. */
  findLeader(by: TopicBy, index: number, currentLeaderEpoch: number): Outcome<Partition, number> {
    const found = this.replica(by, index);
    if (!found.ok) return found;
    const epochError = found.value.state.checkLeaderEpoch(currentLeaderEpoch);
    if (epochError !== ErrorCode.NONE) return failure(epochError);
    return found.value.state.isLeader ? found : failure(ErrorCode.NOT_LEADER_OR_FOLLOWER);
  }

  /** The replica that lives here, whoever leads, or the error code that says why there is none. */
  replica(by: TopicBy, index: number): Outcome<Partition, number> {
    const { image } = this.#options.metadata;
    const topic = 'topic' in by ? image.topic(by.topic) : image.topicById(by.topicId);
    if (topic === undefined) {
      return failure('topic' in by ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID);
    }
    if (topic.partitions[index] === undefined) return failure(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const partition = this.#partitions.get(partitionKey(topic.name, index));
    if (partition === undefined || partition.log.topicId !== topic.topicId) {
      return failure(ErrorCode.NOT_LEADER_OR_FOLLOWER);
    }
    return success(partition);
  }

  /** The partition that has the place of `like` today: another one, or none, once a topic was deleted. */
  get(like: Partition): Partition | undefined {
    return this.#partitions.get(partitionKey(like.topic, like.index));
  }

  /** By name, whoever leads. */
  partition(topic: string, index: number): Partition | undefined {
    return this.#partitions.get(partitionKey(topic, index));
  }

  /** Every partition, in the order in which they came to be here. */
  partitions(): IterableIterator<Partition> {
    return this.#partitions.values();
  }

  describeLogDirs(): LogDirView[] {
    const partitions = [...this.#partitions.values()].map(({ topic, index, log, highWatermark }) => ({
      topic,
      partition: index,
      sizeBytes: log.sizeBytes,
      offsetLag: Math.max(0, highWatermark - log.logEndOffset),
    }));
    return [{ path: this.#options.logDirectory, partitions, totalBytes: -1, usableBytes: -1 }];
  }

  /** The command that made the change is answered when this has ended: whoever created a topic finds its partitions. */
  *#follow(delta: MetadataDelta): Task<void> {
    const applied = yield* this.#apply(delta);
    if (!applied.ok) this.#options.onStorageFailure(applied.error);
  }

  *#apply(delta: MetadataDelta): Task<Outcome<undefined, DiskError>> {
    for (const topic of delta.deleted) {
      for (const { index } of topic.partitions) {
        const removed = yield* this.#remove(topic.name, index);
        if (!removed.ok) return removed;
      }
    }
    const created = delta.created.map((topic) => ({ topic, partitions: topic.partitions }));
    for (const { topic, partitions } of [...created, ...delta.partitionsAdded, ...delta.partitionsChanged]) {
      for (const partition of partitions) {
        const placed = yield* this.#place(topic, partition);
        if (!placed.ok) return placed;
      }
    }
    if (delta.configsChanged.length > 0) this.#reconfigure();
    return success(undefined);
  }

  /** Takes up what the image says of one partition: its log, its role, or its end here. */
  *#place(topic: TopicImage, image: PartitionImage): Task<Outcome<undefined, DiskError>> {
    if (!image.replicas.includes(this.#options.nodeId)) return yield* this.#remove(topic.name, image.index);
    const opened = yield* this.#opened(topic, image.index);
    if (!opened.ok) return opened;
    if (image.leader === this.#options.nodeId) yield* this.#lead(opened.value, image);
    else yield* this.#followLeader(opened.value, image);
    this.#assignments.placed(topic.topicId, image);
    return success(undefined);
  }

  *#lead(partition: Partition, image: PartitionImage): Task<void> {
    const isNew = image.leaderEpoch > partition.leaderEpoch;
    this.#replication.unfollow(partition);
    yield* partition.becomeLeader(image);
    this.#partitions.set(partitionKey(partition.topic, partition.index), partition);
    if (isNew) this.#options.onLeadership(partition, 'elected', image.leaderEpoch);
  }

  *#followLeader(partition: Partition, image: PartitionImage): Task<void> {
    const { leaderEpoch } = partition;
    if (image.leaderEpoch > leaderEpoch) this.#replication.unfollow(partition);
    if (partition.state.isLeader) this.#options.onLeadership(partition, 'resigned', image.leaderEpoch);
    yield* partition.becomeFollower(image);
    this.#partitions.set(partitionKey(partition.topic, partition.index), partition);
    // Within an epoch the leader is the same: whoever follows goes on.
    if (image.leaderEpoch > leaderEpoch && image.leader >= 0)
      this.#replication.follow(partition, image.leader);
  }

  /** The partition, with its log; made where there is none of this topic yet. */
  *#opened(topic: TopicImage, index: number): Task<Outcome<Partition, DiskError>> {
    const { runtime, nodeId, logs, metadata } = this.#options;
    const known = this.#partitions.get(partitionKey(topic.name, index));
    if (known?.log.topicId === topic.topicId) return success(known);
    const stray = logs.get(topic.name, index);
    if (stray !== undefined && stray.topicId !== topic.topicId) {
      const removed = yield* known === undefined
        ? logs.deleteLog(topic.name, index)
        : this.#remove(topic.name, index);
      if (!removed.ok) return removed;
    }
    const config = logConfigOf(metadata.topicConfig(topic.name));
    const log = logs.get(topic.name, index);
    const opened =
      log === undefined ? yield* logs.createLog(topic.name, index, topic.topicId, config) : success(log);
    if (!opened.ok) return opened;
    opened.value.reconfigure(config);
    const options: PartitionOptions = {
      nodeId,
      facts: {
        ...this.#facts,
        minInsyncReplicas: () => metadata.topicConfig(topic.name).get('min.insync.replicas'),
      },
      highWatermark: logs.checkpointedHighWatermark(topic.name, index),
      propose: (partition, proposal) => this.#replication.isrChanges.submit(partition, proposal),
    };
    return success(new Partition(runtime, opened.value, options));
  }

  *#remove(topic: string, index: number): Task<Outcome<undefined, DiskError>> {
    const key = partitionKey(topic, index);
    const partition = this.#partitions.get(key);
    if (partition === undefined) return success(undefined);
    this.#partitions.delete(key);
    this.#replication.unfollow(partition);
    const { leaderEpoch } = partition;
    if (partition.state.isLeader) this.#options.onLeadership(partition, 'resigned', leaderEpoch);
    partition.retire();
    return yield* this.#options.logs.deleteLog(topic, index);
  }

  #reconfigure(): void {
    const { metadata } = this.#options;
    for (const partition of this.#partitions.values()) {
      partition.log.reconfigure(logConfigOf(metadata.topicConfig(partition.topic)));
    }
  }
}

/** How a request names a topic. */
export type TopicBy = { readonly topic: string } | { readonly topicId: string };

function replicationFacts({
  metadata,
  brokerEpoch,
}: ReplicasOptions): Omit<ReplicationFacts, 'minInsyncReplicas'> {
  const { brokers } = metadata.image;
  return {
    lagTimeMaxMs: () => metadata.brokerConfig.get('replica.lag.time.max.ms'),
    activeBrokerEpoch: (id) => (brokers.isActive(id) ? brokers.get(id)?.epoch : undefined),
    aliveBrokerEpoch: (id) => {
      const broker = brokers.get(id);
      return broker === undefined || broker.fenced ? undefined : broker.epoch;
    },
    ownBrokerEpoch: brokerEpoch,
  };
}

function followerConfig(config: BrokerConfig): FollowerConfig {
  return {
    waitMaxMs: config.get('replica.fetch.wait.max.ms'),
    minBytes: config.get('replica.fetch.min.bytes'),
    responseMaxBytes: config.get('replica.fetch.response.max.bytes'),
    partitionMaxBytes: config.get('replica.fetch.max.bytes'),
    backoffMs: config.get('replica.fetch.backoff.ms'),
    socketTimeoutMs: config.get('replica.socket.timeout.ms'),
  };
}
