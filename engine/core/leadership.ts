// What becomes of leaders and ISRs when a broker goes or comes: every partition that it concerns, one record each.

import { unassignedDirectory } from './brokers-image.ts';
import type { CommandContext } from './controller.ts';
import { eligibleLeaderReplicasVersion } from './features.ts';
import { type PartitionImage, resourceType, type TopicImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import {
  type Election,
  type PartitionRules,
  type PartitionTarget,
  partitionChange,
} from './partition-change.ts';
import { directoryOfNew } from './placement.ts';

/** Who comes or goes; the image does not know it yet. */
export interface BrokerMove {
  /** Leaves every ISR and leads nothing. */
  readonly removed?: number;
  /** May lead from here on. */
  readonly added?: number;
  /** As removed, and what its disk holds is not trusted: leaves the eligible leader replicas too. */
  readonly uncleanlyStopped?: number;
}

/** The changes of those partitions that `concerned` picks. */
export function leadershipChanges(
  context: CommandContext,
  move: BrokerMove,
  concerned: (partition: PartitionImage) => boolean,
): MetadataRecord[] {
  const { brokers } = context.image;
  const isThere = (id: number) =>
    id !== move.removed && id !== move.uncleanlyStopped && (id === move.added || brokers.isActive(id));
  const gone = [move.removed, move.uncleanlyStopped];
  const records: MetadataRecord[] = [];
  for (const topic of context.image.topics()) {
    const partitions = topic.partitions.filter(concerned);
    if (partitions.length === 0) continue;
    const rulesOf = topicRules(context, topic, isThere);
    const election = electionOf(context, topic.name);
    for (const partition of partitions) {
      const target: PartitionTarget = {
        isr: partition.isr.filter((id) => !gone.includes(id)),
        uncleanlyStopped: move.uncleanlyStopped === undefined ? [] : [move.uncleanlyStopped],
        election,
      };
      const body = partitionChange(topic.topicId, partition, target, rulesOf(partition));
      if (body !== undefined) records.push({ kind: 'partition-change', body });
    }
  }
  return records;
}

/** The rules for the partitions of a topic, as the cluster is configured. */
export function topicRules(
  context: CommandContext,
  topic: TopicImage,
  isThere: (brokerId: number) => boolean = (id) => context.image.brokers.isActive(id),
): (partition: PartitionImage) => PartitionRules {
  const { brokers } = context.image;
  const minInsyncReplicas = effectiveMinInsyncReplicas(context, topic);
  const withElr = elrEnabled(context);
  return (partition) => ({
    mayLead: (id) => isThere(id) && brokers.hasOnline(id, directoryOn(partition, id)),
    minInsyncReplicas,
    withElr,
    directoryOf: (id) => directoryOfNew(brokers, id),
  });
}

function directoryOn(partition: PartitionImage, brokerId: number): string {
  return partition.directories[partition.replicas.indexOf(brokerId)] ?? unassignedDirectory;
}

export function elrEnabled({ image }: Pick<CommandContext, 'image'>): boolean {
  return (image.features.get(eligibleLeaderReplicasVersion) ?? 0) > 0;
}

/** Never more than there are replicas: else a topic of one replica could never be written with acks=all. */
export function effectiveMinInsyncReplicas(
  context: Pick<CommandContext, 'image' | 'config'>,
  topic: TopicImage,
): number {
  const configured = configOf(context, topic.name).get('min.insync.replicas');
  return Math.min(configured, topic.partitions[0]?.replicas.length ?? configured);
}

export function uncleanAllowed(context: Pick<CommandContext, 'image' | 'config'>, topic: string): boolean {
  return configOf(context, topic).get('unclean.leader.election.enable');
}

export function electionOf(context: CommandContext, topic: string): Election {
  return uncleanAllowed(context, topic) ? 'unclean' : 'online';
}

function configOf({ image, config }: Pick<CommandContext, 'image' | 'config'>, topic: string) {
  return config.topic(image.configs(resourceType.topic, topic));
}
