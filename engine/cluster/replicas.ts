// The partitions that live on this broker: made and unmade as the metadata image says, found by name or id. Follows
// the image one change after the other, in order; between the record that creates a partition and the moment its log is
// there, requests for it get NOT_LEADER_OR_FOLLOWER, which clients retry (ReplicaManager.getPartitionOrError).

import { partitionKey } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { MetadataDelta, PartitionImage, TopicImage } from '../core/metadata-image.ts';
import { ErrorCode } from '../errors.ts';
import type { LogManager } from '../log/log-manager.ts';
import type { DiskError } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { logConfigOf } from './log-config-of.ts';
import type { MetadataView } from './metadata-view.ts';
import { Partition } from './partition.ts';

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
  /** A partition is there, or about to go: for coordinators that live on it. */
  readonly onPartition: (partition: Partition, change: 'added' | 'removed') => void;
  readonly onStorageFailure: (error: DiskError) => void;
}

export class Replicas {
  readonly #options: ReplicasOptions;
  readonly #partitions = new Map<string, Partition>();

  constructor(options: ReplicasOptions) {
    this.#options = options;
  }

  /** At boot: a log for every partition of the image that is ours, and no log that the image does not know. */
  *open(): Task<Outcome<undefined, DiskError>> {
    const { metadata, logs } = this.#options;
    for (const log of logs.all()) {
      if (metadata.isMetadataLog(log.topic)) continue;
      if (metadata.image.topicById(log.topicId)?.name === log.topic) continue;
      const deleted = yield* logs.deleteLog(log.topic, log.partition);
      if (!deleted.ok) return deleted;
    }
    for (const topic of metadata.image.topics()) {
      for (const partition of topic.partitions) {
        const added = yield* this.#add(topic, partition);
        if (!added.ok) return added;
      }
    }
    metadata.onDelta((delta) => this.#follow(delta));
    return success(undefined);
  }

  /** The partition that leads here, or the error code that says why not. */
  find(by: { topic: string } | { topicId: string }, index: number): Outcome<Partition, number> {
    const { image } = this.#options.metadata;
    const topic = 'topic' in by ? image.topic(by.topic) : image.topicById(by.topicId);
    if (topic === undefined) {
      return failure('topic' in by ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.UNKNOWN_TOPIC_ID);
    }
    if (topic.partitions[index] === undefined) return failure(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const partition = this.#partitions.get(partitionKey(topic.name, index));
    if (partition === undefined || partition.log.topicId !== topic.topicId || !partition.state.isLeader) {
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
    const partitions = [...this.#partitions.values()].map(({ topic, index, log }) => ({
      topic,
      partition: index,
      sizeBytes: log.sizeBytes,
      offsetLag: 0,
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
    for (const topic of delta.created) {
      for (const partition of topic.partitions) {
        const added = yield* this.#add(topic, partition);
        if (!added.ok) return added;
      }
    }
    for (const { topic, partitions } of delta.partitionsAdded) {
      for (const partition of partitions) {
        const added = yield* this.#add(topic, partition);
        if (!added.ok) return added;
      }
    }
    for (const { topic, partitions } of delta.partitionsChanged) {
      for (const image of partitions)
        this.#partitions.get(partitionKey(topic.name, image.index))?.becomeLeader(image);
    }
    if (delta.configsChanged.length > 0) this.#reconfigure();
    return success(undefined);
  }

  *#add(topic: TopicImage, image: PartitionImage): Task<Outcome<undefined, DiskError>> {
    const { runtime, nodeId, logs, metadata, onPartition } = this.#options;
    if (!image.replicas.includes(nodeId)) return success(undefined);
    const key = partitionKey(topic.name, image.index);
    let log = logs.get(topic.name, image.index);
    if (log === undefined) {
      const config = logConfigOf(metadata.topicConfig(topic.name));
      const created = yield* logs.createLog(topic.name, image.index, topic.topicId, config);
      if (!created.ok) return created;
      log = created.value;
    } else {
      log.reconfigure(logConfigOf(metadata.topicConfig(topic.name)));
    }
    const partition = new Partition(
      runtime,
      log,
      nodeId,
      image,
      logs.checkpointedHighWatermark(topic.name, image.index),
    );
    this.#partitions.set(key, partition);
    onPartition(partition, 'added');
    return success(undefined);
  }

  *#remove(topic: string, index: number): Task<Outcome<undefined, DiskError>> {
    const key = partitionKey(topic, index);
    const partition = this.#partitions.get(key);
    if (partition === undefined) return success(undefined);
    this.#partitions.delete(key);
    this.#options.onPartition(partition, 'removed');
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
