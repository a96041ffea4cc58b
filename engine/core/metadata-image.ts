// The metadata image: all that the cluster knows of itself, as the replay of its records, and of nothing
// else. Only `replay` changes it. What a replay changed is told as a delta, for those who must act on it.

import { assert, present } from '../base/assert.ts';
import { BrokersImage } from './brokers-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

export interface PartitionImage {
  readonly index: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
  readonly removingReplicas: readonly number[];
  readonly addingReplicas: readonly number[];
  /** -1 when nobody can lead. */
  readonly leader: number;
  /** 0 recovered, 1 recovering after an unclean election. */
  readonly leaderRecoveryState: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly directories: readonly string[];
  readonly eligibleLeaderReplicas: readonly number[];
  readonly lastKnownElr: readonly number[];
}

export interface TopicImage {
  readonly name: string;
  readonly topicId: string;
  /** By index, without gaps. */
  readonly partitions: readonly PartitionImage[];
}

/** Resource types that carry configuration, by Kafka's numbers. */
export const resourceType = { topic: 2, broker: 4, brokerLogger: 8, clientMetrics: 16, group: 32 } as const;

export interface ConfigChange {
  readonly resourceType: number;
  readonly resourceName: string;
  readonly name: string;
  /** Null when it was removed. */
  readonly value: string | null;
}

export interface PartitionsOfTopic {
  readonly topic: TopicImage;
  readonly partitions: readonly PartitionImage[];
}

/** What one batch of records changed. A topic that came and went within the batch is in neither list. */
export interface MetadataDelta {
  readonly created: readonly TopicImage[];
  readonly deleted: readonly TopicImage[];
  /** New partitions of topics that existed before. */
  readonly partitionsAdded: readonly PartitionsOfTopic[];
  /** Partitions that existed before and have another leader, ISR or epoch now. */
  readonly partitionsChanged: readonly PartitionsOfTopic[];
  readonly configsChanged: readonly ConfigChange[];
  readonly lastOffset: number;
}

interface MutableTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: PartitionImage[];
}

interface Changes {
  readonly created: Map<string, TopicImage>;
  readonly deleted: Map<string, TopicImage>;
  readonly added: Map<string, Set<number>>;
  readonly changed: Map<string, Set<number>>;
  readonly configs: ConfigChange[];
}

const noConfigs: ReadonlyMap<string, string> = new Map();

export class MetadataImage {
  readonly brokers = new BrokersImage();
  readonly #byName = new Map<string, MutableTopic>();
  readonly #byId = new Map<string, MutableTopic>();
  readonly #configs = new Map<string, Map<string, string>>();
  readonly #features = new Map<string, number>();
  #nextProducerId = 0;
  #highestOffset = -1;

  /** Offset of the last record that is in the image; -1 while empty. */
  get highestOffset(): number {
    return this.#highestOffset;
  }

  get nextProducerId(): number {
    return this.#nextProducerId;
  }

  /** Finalized levels by feature name. */
  get features(): ReadonlyMap<string, number> {
    return this.#features;
  }

  topic(name: string): TopicImage | undefined {
    return this.#byName.get(name);
  }

  topicById(topicId: string): TopicImage | undefined {
    return this.#byId.get(topicId);
  }

  partition(topic: string, index: number): PartitionImage | undefined {
    return this.#byName.get(topic)?.partitions[index];
  }

  /** Every topic, in the order of creation. */
  topics(): IterableIterator<TopicImage> {
    return this.#byName.values();
  }

  get topicsCount(): number {
    return this.#byName.size;
  }

  /** What is configured on a resource; the broker with the empty name is the cluster-wide default. */
  configs(type: number, name: string): ReadonlyMap<string, string> {
    return this.#configs.get(resourceKey(type, name)) ?? noConfigs;
  }

  /** Every resource on which something is configured. */
  *configuredResources(): Generator<{ type: number; name: string; configs: ReadonlyMap<string, string> }> {
    for (const [key, configs] of this.#configs) {
      const colon = key.indexOf(':');
      yield { type: Number(key.slice(0, colon)), name: key.slice(colon + 1), configs };
    }
  }

  /** Takes in a batch. `lastOffset` is the offset of its last record. */
  replay(records: readonly MetadataRecord[], lastOffset: number): MetadataDelta {
    assert(lastOffset > this.#highestOffset, 'the metadata log is replayed forwards');
    const changes: Changes = {
      created: new Map(),
      deleted: new Map(),
      added: new Map(),
      changed: new Map(),
      configs: [],
    };
    for (const record of records) this.#apply(record, changes);
    this.#highestOffset = lastOffset;
    return {
      created: [...changes.created.values()],
      deleted: [...changes.deleted.values()],
      partitionsAdded: this.#partitionsOf(changes.added),
      partitionsChanged: this.#partitionsOf(changes.changed),
      configsChanged: changes.configs,
      lastOffset,
    };
  }

  #partitionsOf(byTopicId: Map<string, Set<number>>): PartitionsOfTopic[] {
    return [...byTopicId].map(([topicId, indexes]) => {
      const topic = present(this.#byId.get(topicId), 'the topic of a changed partition');
      return {
        topic,
        partitions: [...indexes].map((index) => present(topic.partitions[index], 'partition')),
      };
    });
  }

  #apply(record: MetadataRecord, changes: Changes): void {
    switch (record.kind) {
      case 'topic':
        return this.#addTopic(record.body.name, record.body.topicId, changes);
      case 'remove-topic':
        return this.#removeTopic(record.body.topicId, changes);
      case 'partition':
        return this.#addPartition(record.body, changes);
      case 'partition-change':
        return this.#changePartition(record.body, changes);
      case 'clear-elr':
        return this.#clearElr(record.body.topicName, changes);
      case 'config':
        return this.#setConfig(record.body, changes);
      case 'feature-level':
        if (record.body.featureLevel === 0) this.#features.delete(record.body.name);
        else this.#features.set(record.body.name, record.body.featureLevel);
        return;
      case 'producer-ids':
        this.#nextProducerId = record.body.nextProducerId;
        return;
      case 'register-controller':
      case 'no-op':
        return;
      default:
        this.brokers.apply(record);
    }
  }

  #addTopic(name: string, topicId: string, changes: Changes): void {
    assert(!this.#byName.has(name), `topic ${name} is created once`);
    const topic: MutableTopic = { name, topicId, partitions: [] };
    this.#byName.set(name, topic);
    this.#byId.set(topicId, topic);
    changes.created.set(topicId, topic);
  }

  #removeTopic(topicId: string, changes: Changes): void {
    const topic = present(this.#byId.get(topicId), 'the topic that a record removes');
    this.#byName.delete(topic.name);
    this.#byId.delete(topicId);
    this.#configs.delete(resourceKey(resourceType.topic, topic.name));
    changes.added.delete(topicId);
    changes.changed.delete(topicId);
    if (!changes.created.delete(topicId)) changes.deleted.set(topicId, topic);
  }

  #addPartition(body: BodyOfKind<'partition'>, changes: Changes): void {
    const topic = present(this.#byId.get(body.topicId), 'the topic of a partition record');
    const index = body.partitionId;
    const isNew = topic.partitions[index] === undefined;
    assert(index <= topic.partitions.length, `partition ${index} of ${topic.name} leaves no gap`);
    topic.partitions[index] = {
      index,
      replicas: body.replicas,
      isr: body.isr,
      removingReplicas: body.removingReplicas,
      addingReplicas: body.addingReplicas,
      leader: body.leader,
      leaderRecoveryState: body.leaderRecoveryState,
      leaderEpoch: body.leaderEpoch,
      partitionEpoch: body.partitionEpoch,
      directories: body.directories,
      eligibleLeaderReplicas: body.eligibleLeaderReplicas ?? [],
      lastKnownElr: body.lastKnownElr ?? [],
    };
    if (!changes.created.has(body.topicId)) {
      note(isNew ? changes.added : changes.changed, body.topicId, index);
    }
  }

  /**
   * A leader field, even naming the same broker, begins a new leader epoch; every change a new partition
   * epoch.
   */
  #changePartition(body: BodyOfKind<'partition-change'>, changes: Changes): void {
    const topic = present(this.#byId.get(body.topicId), 'the topic of a partition change');
    const old = present(topic.partitions[body.partitionId], 'the partition that a record changes');
    const elects = body.leader !== leaderUnchanged;
    topic.partitions[body.partitionId] = {
      index: old.index,
      replicas: body.replicas ?? old.replicas,
      isr: body.isr ?? old.isr,
      removingReplicas: body.removingReplicas ?? old.removingReplicas,
      addingReplicas: body.addingReplicas ?? old.addingReplicas,
      leader: elects ? body.leader : old.leader,
      leaderRecoveryState: body.leaderRecoveryState < 0 ? old.leaderRecoveryState : body.leaderRecoveryState,
      leaderEpoch: elects ? old.leaderEpoch + 1 : old.leaderEpoch,
      partitionEpoch: old.partitionEpoch + 1,
      directories: body.directories ?? old.directories,
      eligibleLeaderReplicas: body.eligibleLeaderReplicas ?? old.eligibleLeaderReplicas,
      lastKnownElr: body.lastKnownElr ?? old.lastKnownElr,
    };
    const isNew = changes.created.has(topic.topicId) || changes.added.get(topic.topicId)?.has(old.index);
    if (!isNew) note(changes.changed, topic.topicId, old.index);
  }

  /** Of one topic, or of all when the name is empty. */
  #clearElr(topicName: string, changes: Changes): void {
    for (const topic of this.#byName.values()) {
      if (topicName !== '' && topic.name !== topicName) continue;
      for (const old of topic.partitions) {
        if (old.eligibleLeaderReplicas.length === 0 && old.lastKnownElr.length === 0) continue;
        topic.partitions[old.index] = {
          ...old,
          eligibleLeaderReplicas: [],
          lastKnownElr: [],
          partitionEpoch: old.partitionEpoch + 1,
        };
        if (!changes.created.has(topic.topicId)) note(changes.changed, topic.topicId, old.index);
      }
    }
  }

  #setConfig(body: BodyOfKind<'config'>, changes: Changes): void {
    const key = resourceKey(body.resourceType, body.resourceName);
    const configs = this.#configs.get(key) ?? new Map<string, string>();
    if (body.value === null) configs.delete(body.name);
    else configs.set(body.name, body.value);
    if (configs.size === 0) this.#configs.delete(key);
    else this.#configs.set(key, configs);
    changes.configs.push(body);
  }
}

/** In a partition change: the leader stays. */
export const leaderUnchanged = -2;

type BodyOfKind<K> = Extract<MetadataRecord, { kind: K }>['body'];

function resourceKey(type: number, name: string): string {
  return `${type}:${name}`;
}

function note(byTopicId: Map<string, Set<number>>, topicId: string, index: number): void {
  const indexes = byTopicId.get(topicId) ?? new Set<number>();
  indexes.add(index);
  byTopicId.set(topicId, indexes);
}
