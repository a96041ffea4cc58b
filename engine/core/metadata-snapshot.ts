// The metadata image as records: what a snapshot of the metadata log holds. Replaying them on an empty image gives the
// same image again, so whoever starts with the snapshot and whoever replayed everything before it know the same.
//
// Order matters to the replay: features first, as in a fresh log, brokers, topics in the order of their creation each
// with its partitions, then configuration. What the image does not keep cannot be written: cordoned
// directories of a broker, and to whom a block of producer ids went.

import { MetadataImage, type PartitionImage, resourceType, type TopicImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

export function snapshotRecords(image: MetadataImage): MetadataRecord[] {
  const records: MetadataRecord[] = [];
  for (const [name, featureLevel] of image.features) {
    records.push({ kind: 'feature-level', body: { name, featureLevel } });
  }
  records.push(...brokerRecords(image));
  for (const topic of image.topics()) {
    records.push({ kind: 'topic', body: { name: topic.name, topicId: topic.topicId } });
    for (const partition of topic.partitions) records.push(partitionRecord(topic, partition));
  }
  for (const { type, name, configs } of image.configuredResources()) {
    for (const [key, value] of configs) {
      records.push({ kind: 'config', body: { resourceType: type, resourceName: name, name: key, value } });
    }
  }
  if (image.nextProducerId > 0) {
    const { nextProducerId } = image;
    records.push({ kind: 'producer-ids', body: { brokerId: -1, brokerEpoch: -1, nextProducerId } });
  }
  return records;
}

/**
 * The records that make of `image` what `snapshot` says, without what is so already: a node that was far behind follows
 * by them as it would have followed by the log, and whoever acts on changes hears of each. A topic that was deleted and
 * made again under its name is another topic and goes first.
 */
export function recordsTowards(image: MetadataImage, snapshot: readonly MetadataRecord[]): MetadataRecord[] {
  const target = new MetadataImage();
  target.replay(snapshot, 0);
  const records: MetadataRecord[] = [];
  for (const name of image.features.keys()) {
    if (!target.features.has(name)) records.push({ kind: 'feature-level', body: { name, featureLevel: 0 } });
  }
  for (const { topicId } of image.topics()) {
    if (target.topicById(topicId) === undefined) records.push({ kind: 'remove-topic', body: { topicId } });
  }
  for (const { id, epoch } of image.brokers.all()) {
    if (target.brokers.get(id) !== undefined) continue;
    records.push({ kind: 'unregister-broker', body: { brokerId: id, brokerEpoch: epoch } });
  }
  records.push(...removedConfigs(image, target));
  records.push(...snapshotRecords(target).filter((record) => !isSoAlready(image, target, record)));
  return records;
}

function removedConfigs(image: MetadataImage, target: MetadataImage): MetadataRecord[] {
  const removed: MetadataRecord[] = [];
  for (const { type, name: resourceName, configs } of image.configuredResources()) {
    const kept = target.configs(type, resourceName);
    for (const name of configs.keys()) {
      if (kept.has(name)) continue;
      removed.push({ kind: 'config', body: { resourceType: type, resourceName, name, value: null } });
    }
  }
  return removed;
}

/** Brokers and features are written again as they are: nobody is told of those. */
function isSoAlready(image: MetadataImage, target: MetadataImage, record: MetadataRecord): boolean {
  if (record.kind === 'topic') return image.topicById(record.body.topicId) !== undefined;
  if (record.kind === 'partition') {
    const topic = image.topicById(record.body.topicId);
    const partition = topic?.partitions[record.body.partitionId];
    if (topic === undefined || partition === undefined) return false;
    // Field by field in one order: both are made by the same function.
    return JSON.stringify(partitionRecord(topic, partition)) === JSON.stringify(record);
  }
  if (record.kind !== 'config') return false;
  const { resourceType: type, resourceName, name, value } = record.body;
  // What was configured on a topic goes with it, also when another one has its name now.
  const isKept =
    type !== resourceType.topic || image.topic(resourceName)?.topicId === target.topic(resourceName)?.topicId;
  return isKept && image.configs(type, resourceName).get(name) === value;
}

function brokerRecords(image: MetadataImage): MetadataRecord[] {
  return image.brokers.all().map((broker) => ({
    kind: 'register-broker',
    body: {
      brokerId: broker.id,
      isMigratingZkBroker: false,
      incarnationId: broker.incarnationId,
      brokerEpoch: broker.epoch,
      endPoints: broker.endPoints.map((endPoint) => ({ ...endPoint })),
      features: broker.features.map((feature) => ({ ...feature })),
      rack: broker.rack,
      fenced: broker.fenced,
      inControlledShutdown: broker.inControlledShutdown,
      logDirs: [...broker.logDirs],
      cordonedLogDirs: null,
    },
  }));
}

function partitionRecord({ topicId }: TopicImage, partition: PartitionImage): MetadataRecord {
  const { replicas, isr, removingReplicas, addingReplicas, directories } = partition;
  const { eligibleLeaderReplicas, lastKnownElr } = partition;
  return {
    kind: 'partition',
    body: {
      partitionId: partition.index,
      topicId,
      replicas: [...replicas],
      isr: [...isr],
      removingReplicas: [...removingReplicas],
      addingReplicas: [...addingReplicas],
      leader: partition.leader,
      leaderRecoveryState: partition.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch,
      partitionEpoch: partition.partitionEpoch,
      directories: [...directories],
      // Absent where empty, as the controller writes them.
      eligibleLeaderReplicas: eligibleLeaderReplicas.length === 0 ? null : [...eligibleLeaderReplicas],
      lastKnownElr: lastKnownElr.length === 0 ? null : [...lastKnownElr],
    },
  };
}
