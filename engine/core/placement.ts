// Where the replicas of new partitions go, and what makes a placement by hand wrong.
//
// Replicas go round the active brokers by id, partition by partition, so leaders spread evenly. Kafka begins
// at a random broker and keeps racks apart; with one broker there is nothing to spread, so neither is done
// here.

import type { BrokersImage } from './brokers-image.ts';
import type { PartitionImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';

/** Replicas of `count` partitions, the first of which has `firstIndex`; a sentence when it cannot be done. */
export function placeReplicas(
  brokers: BrokersImage,
  firstIndex: number,
  count: number,
  replicationFactor: number,
): number[][] | string {
  const ids = brokers.active().map((broker) => broker.id);
  if (replicationFactor > ids.length) {
    return `a replication factor of ${replicationFactor} is out of reach of ${ids.length} active broker(s)`;
  }
  const placed: number[][] = [];
  for (let index = firstIndex; index < firstIndex + count; index++) {
    const replicas: number[] = [];
    for (let nth = 0; nth < replicationFactor; nth++)
      replicas.push(ids[(index + nth) % ids.length] as number);
    placed.push(replicas);
  }
  return placed;
}

/** What is wrong with replicas that somebody chose; undefined when nothing is. */
export function assignmentProblem(
  brokers: BrokersImage,
  partition: number,
  replicas: readonly number[],
  replicationFactor: number | undefined,
): string | undefined {
  if (replicas.length === 0) return `the assignment of partition ${partition} names no broker`;
  const seen = new Set<number>();
  for (const id of replicas) {
    if (seen.has(id)) return `the assignment of partition ${partition} names broker ${id} twice`;
    seen.add(id);
    if (brokers.get(id) === undefined)
      return `the assignment of partition ${partition} names unknown broker ${id}`;
  }
  if (replicationFactor !== undefined && replicas.length !== replicationFactor) {
    return `partition ${partition} has ${replicas.length} replica(s), and others have ${replicationFactor}`;
  }
  if (!replicas.some((id) => brokers.isActive(id))) {
    return `every broker in the assignment of partition ${partition} is fenced or stopping`;
  }
  return undefined;
}

const unassignedDirectory = 'AAAAAAAAAAAAAAAAAAAAAA';

/** The record of a new partition: in sync and led by those of its replicas that are active. */
export function partitionRecordOf(
  brokers: BrokersImage,
  topicId: string,
  partitionId: number,
  replicas: readonly number[],
): MetadataRecord {
  const isr = replicas.filter((id) => brokers.isActive(id));
  return {
    kind: 'partition',
    body: {
      partitionId,
      topicId,
      replicas: [...replicas],
      isr,
      removingReplicas: [],
      addingReplicas: [],
      leader: isr[0] ?? -1,
      leaderRecoveryState: 0,
      leaderEpoch: 0,
      partitionEpoch: 0,
      directories: replicas.map((id) => onlyDirectory(brokers, id)),
      eligibleLeaderReplicas: null,
      lastKnownElr: null,
    },
  };
}

/** A broker with one log directory has no choice, so the controller writes it down at once. */
function onlyDirectory(brokers: BrokersImage, id: number): string {
  const directories = brokers.get(id)?.logDirs ?? [];
  return directories.length === 1 ? (directories[0] as string) : unassignedDirectory;
}

/** A change of a partition that touches nothing; spread and override. */
export function unchangedPartition(topicId: string, partition: PartitionImage) {
  return {
    partitionId: partition.index,
    topicId,
    isr: null,
    leader: -2,
    replicas: null,
    removingReplicas: null,
    addingReplicas: null,
    leaderRecoveryState: -1,
    directories: null,
    eligibleLeaderReplicas: null,
    lastKnownElr: null,
  };
}
