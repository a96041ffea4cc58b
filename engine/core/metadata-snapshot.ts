// The metadata image as records: what a snapshot of the metadata log holds. Replaying them on an empty image gives the
// same image again, so whoever starts with the snapshot and whoever replayed everything before it know the same.
//
// Order matters to the replay: features first, as in a fresh log, brokers, topics in the order of their creation each
// with its partitions, then configuration. What the image does not keep cannot be written: cordoned
// directories of a broker, and to whom a block of producer ids went.

import type { MetadataImage, PartitionImage, TopicImage } from './metadata-image.ts';
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
