// What this node knows of the cluster: the image of all committed metadata, the configuration that follows from it,
// and everybody on this node who acts on its changes. Brokers and controllers share it; nothing that is not committed
// is ever in it.
//
// Batches are taken in one at a time. A listener's task ends before the next batch is taken in, so that whoever
// follows the image (partitions, coordinators) is never more than one batch behind it.

import { assert } from '../base/assert.ts';
import type { Completion, Task } from '../base/task.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { TopicConfig } from '../config/topic-config.ts';
import { type MetadataDelta, MetadataImage, resourceType } from '../core/metadata-image.ts';
import { encodeMetadataRecord } from '../core/metadata-record.ts';
import { recordsTowards } from '../core/metadata-snapshot.ts';
import { clusterMetadataTopic, isInternalTopic } from '../core/topic-names.ts';
import { Lock } from '../log/lock.ts';
import { concat } from '../protocol/bytes.ts';
import { crc32c } from '../protocol/crc32c.ts';
import type { Runtime } from '../runtime.ts';
import type { CommittedBatch } from './quorum.ts';

export interface MetadataViewOptions {
  readonly nodeId: number;
  readonly clusterId: string;
  /** The properties file; the dynamic layers come from the metadata log. */
  readonly config: BrokerConfig;
}

/** Told of every change, in order, after the image has it. */
export type DeltaListener = (delta: MetadataDelta) => Task<void> | void;

export class MetadataView {
  readonly image = new MetadataImage();
  readonly nodeId: number;
  readonly clusterId: string;
  readonly #runtime: Runtime;
  readonly #staticConfig: BrokerConfig;
  readonly #listeners: DeltaListener[] = [];
  readonly #publishing: Lock;
  readonly #topicConfigs = new Map<string, TopicConfig>();
  #brokerConfig: BrokerConfig;
  #publishedOffset = -1;
  #published: Completion<void> | undefined;

  constructor(runtime: Runtime, { nodeId, clusterId, config }: MetadataViewOptions) {
    this.#runtime = runtime;
    this.#staticConfig = config;
    this.#brokerConfig = config;
    this.nodeId = nodeId;
    this.clusterId = clusterId;
    this.#publishing = new Lock(runtime.tasks, 'publishing metadata');
  }

  /** The configuration of this node with its dynamic layers, as of now. */
  get brokerConfig(): BrokerConfig {
    return this.#brokerConfig;
  }

  /** Offset of the last record that every listener has acted on; -1 while there is none. */
  get publishedOffset(): number {
    return this.#publishedOffset;
  }

  /** Waits until everything through `offset` has been acted on. */
  *reached(offset: number): Task<void> {
    while (this.#publishedOffset < offset) {
      this.#published ??= this.#runtime.tasks.completion(`metadata through offset ${offset}`);
      yield* this.#published.wait();
    }
  }

  /** As of now: ask again after a wait. A topic that is not there has the broker's defaults. */
  topicConfig(topic: string): TopicConfig {
    let config = this.#topicConfigs.get(topic);
    if (config === undefined) {
      config = this.#brokerConfig.topic(new Map(this.image.configs(resourceType.topic, topic)));
      if (this.image.topic(topic) !== undefined) this.#topicConfigs.set(topic, config);
    }
    return config;
  }

  isInternal(topic: string): boolean {
    return isInternalTopic(topic);
  }

  isMetadataLog(topic: string): boolean {
    return topic === clusterMetadataTopic;
  }

  /**
   * Runs `first`, which acts on the image as it is, while nothing is taken in; `listener` is told of all that comes
   * after. So whoever joins late misses nothing and is told nothing twice.
   */
  *join(first: () => Task<void>, listener: DeltaListener): Task<void> {
    yield* this.#publishing.hold(first);
    this.#listeners.push(listener);
  }

  /** Listeners are called for what comes from now on; what is there already is in the image. */
  onDelta(listener: DeltaListener): void {
    this.#listeners.push(listener);
  }

  /** Takes in a committed batch; ends when every listener has acted on it. */
  *publish({ records, lastOffset }: CommittedBatch): Task<void> {
    yield* this.#publishing.hold(() => this.#publish(records, lastOffset, true));
  }

  /** Takes in a snapshot in place of the batches that it stands for. */
  *load(snapshot: CommittedBatch['records'], lastOffset: number): Task<void> {
    yield* this.#publishing.hold(() =>
      this.#publish(recordsTowards(this.image, snapshot), lastOffset, false),
    );
  }

  /** A snapshot may be made in many ways: only batches are compared between nodes, by their digest. */
  *#publish(records: CommittedBatch['records'], lastOffset: number, comparable: boolean): Task<void> {
    assert(lastOffset > this.#publishedOffset, 'committed batches come in order');
    const { trace } = this.#runtime;
    if (trace.wants('metadata-applied')) {
      const digest = comparable ? digestOf(records) : 0;
      trace.emit({ kind: 'metadata-applied', offset: lastOffset, digest });
    }
    const delta = this.image.replay(records, lastOffset);
    this.#forgetDerived(delta);
    this.#traceDelta(delta);
    for (const listener of [...this.#listeners]) {
      const following = listener(delta);
      if (following !== undefined) yield* following;
    }
    this.#publishedOffset = lastOffset;
    const published = this.#published;
    this.#published = undefined;
    published?.settle();
  }

  /** What is derived from the image and remembered is forgotten when its source changed. */
  #forgetDerived(delta: MetadataDelta): void {
    for (const topic of delta.deleted) this.#topicConfigs.delete(topic.name);
    for (const change of delta.configsChanged) {
      if (change.resourceType === resourceType.topic) this.#topicConfigs.delete(change.resourceName);
    }
    if (!delta.configsChanged.some((change) => change.resourceType === resourceType.broker)) return;
    this.#brokerConfig = this.#staticConfig.withDynamic(
      new Map(this.image.configs(resourceType.broker, '')),
      new Map(this.image.configs(resourceType.broker, String(this.nodeId))),
    );
    this.#topicConfigs.clear();
  }

  #traceDelta(delta: MetadataDelta): void {
    const { trace } = this.#runtime;
    for (const { name, topicId, partitions } of delta.created) {
      if (trace.wants('topic-created'))
        trace.emit({ kind: 'topic-created', topic: name, topicId, partitions: partitions.length });
    }
    for (const { name, topicId } of delta.deleted) {
      if (trace.wants('topic-deleted')) trace.emit({ kind: 'topic-deleted', topic: name, topicId });
    }
    for (const change of trace.wants('config-changed') ? delta.configsChanged : []) {
      const kind = change.resourceType === resourceType.topic ? 'topic' : 'broker';
      const resource = `${kind}:${change.resourceName}`;
      trace.emit({ kind: 'config-changed', resource, key: change.name, value: change.value ?? '' });
    }
  }
}

function digestOf(records: CommittedBatch['records']): number {
  return crc32c(concat(records.map(encodeMetadataRecord)));
}
