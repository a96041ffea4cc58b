// What is different between two metadata images, as if batches had led from one to the other: for a node that got a
// snapshot in the place of all the batches that it missed.

import type {
  ConfigChange,
  MetadataDelta,
  MetadataImage,
  PartitionImage,
  PartitionsOfTopic,
  TopicImage,
} from './metadata-image.ts';

export function metadataDifference(before: MetadataImage, after: MetadataImage): MetadataDelta {
  const created: TopicImage[] = [];
  const partitionsAdded: PartitionsOfTopic[] = [];
  const partitionsChanged: PartitionsOfTopic[] = [];
  for (const topic of after.topics()) {
    const old = before.topicById(topic.topicId);
    if (old === undefined) {
      created.push(topic);
      continue;
    }
    const added = topic.partitions.filter(({ index }) => old.partitions[index] === undefined);
    if (added.length > 0) partitionsAdded.push({ topic, partitions: added });
    const changed = topic.partitions.filter((partition) =>
      hasChanged(old.partitions[partition.index], partition),
    );
    if (changed.length > 0) partitionsChanged.push({ topic, partitions: changed });
  }
  return {
    created,
    deleted: [...before.topics()].filter(({ topicId }) => after.topicById(topicId) === undefined),
    partitionsAdded,
    partitionsChanged,
    configsChanged: configDifference(before, after),
    lastOffset: after.highestOffset,
  };
}

/** Every change of a partition raises its epoch. */
function hasChanged(before: PartitionImage | undefined, after: PartitionImage): boolean {
  return before !== undefined && before.partitionEpoch !== after.partitionEpoch;
}

function configDifference(before: MetadataImage, after: MetadataImage): ConfigChange[] {
  const changes: ConfigChange[] = [];
  for (const { type, name: resource, configs } of after.configuredResources()) {
    const old = before.configs(type, resource);
    for (const [name, value] of configs) {
      if (old.get(name) !== value) changes.push({ resourceType: type, resourceName: resource, name, value });
    }
  }
  for (const { type, name: resource, configs } of before.configuredResources()) {
    const now = after.configs(type, resource);
    for (const name of configs.keys()) {
      if (!now.has(name)) changes.push({ resourceType: type, resourceName: resource, name, value: null });
    }
  }
  return changes;
}
