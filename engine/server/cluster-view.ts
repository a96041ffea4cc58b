// How the metadata image looks to clients: where brokers are, and partitions without the fields that only
// brokers need.

import type { PartitionImage } from '../core/metadata-image.ts';
import { ErrorCode } from '../errors.ts';
import type { Services } from './services.ts';

export interface BrokerView {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly rack: string | null;
  readonly isFenced: boolean;
}

/**
 * Brokers by ascending id. This one is where its clients reach it; others are where they said when they
 * registered.
 */
export function brokerViews(services: Services, includeFenced: boolean): BrokerView[] {
  const { image, nodeId } = services.metadata;
  const views: BrokerView[] = [];
  for (const broker of image.brokers.all()) {
    if (broker.fenced && !includeFenced) continue;
    const address = broker.id === nodeId ? services.advertised : broker.endPoints[0];
    if (address === undefined) continue;
    views.push({
      id: broker.id,
      host: address.host,
      port: address.port,
      rack: broker.rack,
      isFenced: broker.fenced,
    });
  }
  return views;
}

/** What Metadata and DescribeTopicPartitions say alike of a partition. */
export function partitionView(services: Services, partition: PartitionImage) {
  const { brokers } = services.metadata.image;
  return {
    errorCode: partition.leader < 0 ? ErrorCode.LEADER_NOT_AVAILABLE : ErrorCode.NONE,
    partitionIndex: partition.index,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    replicaNodes: partition.replicas,
    isrNodes: partition.isr,
    offlineReplicas: partition.replicas.filter((id) => brokers.get(id)?.fenced ?? true),
  };
}
