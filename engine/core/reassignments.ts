// The commands behind AlterPartitionReassignments and ListPartitionReassignments. A reassignment first adds the new
// replicas to the list; when all that stay are in sync, the ISR change that says so also drops those that go
// (`partition-change.ts`). One that needs nobody to catch up is over at once.

import { ErrorCode } from '../errors.ts';
import {
  type CommandContext,
  maximumRecordsPerRequest,
  noRefusal,
  type Plan,
  type Refusal,
  refusal,
} from './controller.ts';
import { electionOf, topicRules, uncleanAllowed } from './leadership.ts';
import type { MetadataImage, PartitionImage, TopicImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { leaderRecoveryState, type PartitionTarget, partitionChange } from './partition-change.ts';
import { assignmentProblem } from './placement.ts';

export interface ReassignedPartition {
  readonly partitionIndex: number;
  /** Null: the reassignment that is going on is taken back. */
  readonly replicas: readonly number[] | null;
}

export interface ReassignCommand {
  /** Whether the number of replicas may change (KIP-860). */
  readonly allowReplicationFactorChange: boolean;
  readonly topics: readonly { readonly name: string; readonly partitions: readonly ReassignedPartition[] }[];
}

export interface PartitionReassignment extends Refusal {
  readonly partitionIndex: number;
}

export interface ReassignedTopic {
  readonly name: string;
  readonly partitions: readonly PartitionReassignment[];
}

export function planAlterPartitionReassignments(
  context: CommandContext,
  command: ReassignCommand,
): Plan<ReassignedTopic[]> {
  const records: MetadataRecord[] = [];
  const response = command.topics.map(({ name, partitions }) => ({
    name,
    partitions: partitions.map((wanted) => ({
      partitionIndex: wanted.partitionIndex,
      ...reassign(context, command, name, wanted, records),
    })),
  }));
  return { records, response };
}

function reassign(
  context: CommandContext,
  command: ReassignCommand,
  topicName: string,
  wanted: ReassignedPartition,
  records: MetadataRecord[],
): Refusal {
  const topic = context.image.topic(topicName);
  const partition = topic?.partitions[wanted.partitionIndex];
  if (topic === undefined || partition === undefined) {
    const message = `Unable to find partition ${topicName}:${wanted.partitionIndex}.`;
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, message);
  }
  const target =
    wanted.replicas === null
      ? cancelled(context, topic, partition)
      : changed(context, partition, wanted.replicas, command.allowReplicationFactorChange);
  if ('errorCode' in target) return target;
  if (records.length >= maximumRecordsPerRequest) {
    const message = `more than ${maximumRecordsPerRequest} records in one request`;
    return refusal(ErrorCode.POLICY_VIOLATION, message);
  }
  const body = partitionChange(topic.topicId, partition, target, topicRules(context, topic)(partition));
  if (body !== undefined) records.push({ kind: 'partition-change', body });
  return noRefusal;
}

function isReassigned({ addingReplicas, removingReplicas }: PartitionImage): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0;
}

/** From what there is to `replicas`: those that go stay at the end of the list until the others have caught up. */
function changed(
  context: CommandContext,
  partition: PartitionImage,
  replicas: readonly number[],
  factorMayChange: boolean,
): PartitionTarget | Refusal {
  const problem = assignmentProblem(context.image.brokers, partition.index, replicas);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
  const before = partition.replicas.filter((id) => !partition.removingReplicas.includes(id)).length;
  if (!factorMayChange && replicas.length !== before) {
    const message = `The replication factor is changed from ${before} to ${replicas.length}`;
    return refusal(ErrorCode.INVALID_REPLICATION_FACTOR, message);
  }
  const removing = partition.replicas.filter((id) => !replicas.includes(id)).sort(ascending);
  const adding = replicas.filter((id) => !partition.replicas.includes(id)).sort(ascending);
  return {
    replicas: [...replicas, ...removing],
    ...(removing.length > 0 ? { removingReplicas: removing } : {}),
    ...(adding.length > 0 ? { addingReplicas: adding } : {}),
  };
}

/** Back to the replicas from before; without one of them in sync only an unclean leader could be had. */
function cancelled(
  context: CommandContext,
  topic: TopicImage,
  partition: PartitionImage,
): PartitionTarget | Refusal {
  if (!isReassigned(partition)) return refusal(ErrorCode.NO_REASSIGNMENT_IN_PROGRESS);
  const stays = (id: number) => !partition.addingReplicas.includes(id);
  const replicas = partition.replicas.filter(stays);
  const [first] = replicas;
  if (first === undefined) {
    const message = 'every replica is one that the reassignment adds';
    return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  }
  const inSync = partition.isr.filter(stays);
  if (inSync.length === 0 && !uncleanAllowed(context, topic.name)) {
    const message = `to take it back for ${topic.name}:${partition.index} would need an unclean leader election`;
    return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  }
  const election = electionOf(context, topic.name);
  const back = { replicas, removingReplicas: [], addingReplicas: [], election };
  if (inSync.length > 0) return { ...back, isr: inSync };
  // As after any other unclean election it has to recover, which Kafka does not ask for here.
  return { ...back, isr: [first], leaderRecoveryState: leaderRecoveryState.recovering };
}

function ascending(a: number, b: number): number {
  return a - b;
}

export interface OngoingPartition {
  readonly partitionIndex: number;
  readonly replicas: readonly number[];
  readonly addingReplicas: readonly number[];
  readonly removingReplicas: readonly number[];
}

export interface OngoingTopic {
  readonly name: string;
  readonly partitions: readonly OngoingPartition[];
}

/** What is going on, of all topics or of some; who asks for one that is not reassigned is told nothing of it. */
export function ongoingReassignments(
  image: MetadataImage,
  wanted: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null,
): OngoingTopic[] {
  const asked =
    wanted ??
    [...image.topics()].map(({ name, partitions }) => ({
      name,
      partitionIndexes: partitions.map(({ index }) => index),
    }));
  return asked.flatMap(({ name, partitionIndexes }) => {
    const partitions = partitionIndexes.flatMap((index) => {
      const partition = image.partition(name, index);
      if (partition === undefined || !isReassigned(partition)) return [];
      const { replicas, addingReplicas, removingReplicas } = partition;
      return [{ partitionIndex: index, replicas, addingReplicas, removingReplicas }];
    });
    return partitions.length === 0 ? [] : [{ name, partitions }];
  });
}
