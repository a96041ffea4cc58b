// The command behind AlterPartition: a leader asks for another ISR, or says that it recovered from an unclean election.
// Checks come in Kafka's order, and the first that fails is the partition's answer. A request with epochs that are
// newer than the controller's comes from a leader who knows a newer controller: NOT_CONTROLLER, and it goes there.
//
// Every member of the new ISR comes with the broker epoch of the fetch that the leader counts on (KIP-903): a follower
// that was restarted since may have lost what that fetch acknowledged, and is refused.

import { ErrorCode } from '../errors.ts';
import type { BrokersImage } from './brokers-image.ts';
import { brokerEpochProblem, type CommandContext, type Plan } from './controller.ts';
import { electionOf, topicRules } from './leadership.ts';
import { leaderUnchanged, type PartitionImage, type TopicImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { leaderRecoveryState, partitionChange } from './partition-change.ts';

export interface IsrMember {
  readonly brokerId: number;
  /** -1 when the leader does not know: not checked. */
  readonly brokerEpoch: number;
}

export interface PartitionToAlter {
  readonly partitionIndex: number;
  readonly leaderEpoch: number;
  readonly newIsr: readonly IsrMember[];
  readonly leaderRecoveryState: number;
  readonly partitionEpoch: number;
}

export interface AlterPartitionCommand {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly topics: readonly { readonly topicId: string; readonly partitions: readonly PartitionToAlter[] }[];
}

export interface AlteredPartition {
  readonly partitionIndex: number;
  readonly errorCode: number;
  readonly leaderId: number;
  readonly leaderEpoch: number;
  readonly isr: readonly number[];
  readonly leaderRecoveryState: number;
  readonly partitionEpoch: number;
}

export interface AlteredPartitions {
  /** Of the request as a whole. */
  readonly errorCode: number;
  readonly topics: readonly { readonly topicId: string; readonly partitions: readonly AlteredPartition[] }[];
}

export function planAlterPartition(
  context: CommandContext,
  command: AlterPartitionCommand,
): Plan<AlteredPartitions> {
  const { brokerId, brokerEpoch } = command;
  const errorCode = brokerEpochProblem(context.image, brokerId, brokerEpoch);
  if (errorCode !== ErrorCode.NONE) return { records: [], response: { errorCode, topics: [] } };
  const records: MetadataRecord[] = [];
  const topics = command.topics.map(({ topicId, partitions }) => {
    const topic = context.image.topicById(topicId);
    const answers = partitions.map((wanted) => {
      if (topic === undefined) return refused(wanted, ErrorCode.UNKNOWN_TOPIC_ID);
      const { record, answer } = alterPartition(context, brokerId, topic, wanted);
      if (record !== undefined) records.push(record);
      return answer;
    });
    return { topicId, partitions: answers };
  });
  return { records, response: { errorCode, topics } };
}

function alterPartition(
  context: CommandContext,
  brokerId: number,
  topic: TopicImage,
  wanted: PartitionToAlter,
): { record?: MetadataRecord; answer: AlteredPartition } {
  const partition = topic.partitions[wanted.partitionIndex];
  if (partition === undefined) return { answer: refused(wanted, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) };
  const problem = problemOf(context.image.brokers, brokerId, partition, wanted);
  if (problem !== ErrorCode.NONE) return { answer: refused(wanted, problem) };
  const target = {
    isr: wanted.newIsr.map((member) => member.brokerId),
    leaderRecoveryState: wanted.leaderRecoveryState,
    election: electionOf(context, topic.name),
  };
  const body = partitionChange(topic.topicId, partition, target, topicRules(context, topic)(partition));
  if (body === undefined) return { answer: altered(partition) };
  const record = { kind: 'partition-change', body } as const;
  // The request completed a reassignment that its own sender is no longer part of: the change holds, and the sender
  // learns the rest from the metadata.
  if (body.leader !== leaderUnchanged && body.leader !== brokerId) {
    return { record, answer: refused(wanted, ErrorCode.NEW_LEADER_ELECTED) };
  }
  return {
    record,
    answer: altered({
      ...partition,
      isr: body.isr ?? partition.isr,
      leaderRecoveryState: wanted.leaderRecoveryState,
      leaderEpoch: partition.leaderEpoch + (body.leader === leaderUnchanged ? 0 : 1),
      partitionEpoch: partition.partitionEpoch + 1,
    }),
  };
}

function problemOf(
  brokers: BrokersImage,
  brokerId: number,
  partition: PartitionImage,
  wanted: PartitionToAlter,
): number {
  if (wanted.leaderEpoch > partition.leaderEpoch) return ErrorCode.NOT_CONTROLLER;
  if (wanted.partitionEpoch > partition.partitionEpoch) return ErrorCode.NOT_CONTROLLER;
  if (wanted.leaderEpoch < partition.leaderEpoch) return ErrorCode.FENCED_LEADER_EPOCH;
  if (brokerId !== partition.leader) return ErrorCode.INVALID_REQUEST;
  if (wanted.partitionEpoch < partition.partitionEpoch) return ErrorCode.INVALID_UPDATE_VERSION;
  const isr = wanted.newIsr.map((member) => member.brokerId);
  if (!isValidIsr(partition.replicas, isr) || !isr.includes(partition.leader))
    return ErrorCode.INVALID_REQUEST;
  const { recovered, recovering } = leaderRecoveryState;
  if (wanted.leaderRecoveryState === recovering) {
    // While it recovers the leader is the only one that can be in sync, and nobody starts to recover by himself.
    if (isr.length > 1 || partition.leaderRecoveryState === recovered) return ErrorCode.INVALID_REQUEST;
  } else if (wanted.leaderRecoveryState !== recovered) return ErrorCode.INVALID_REQUEST;
  const eligible = wanted.newIsr.every((member) => isEligible(brokers, member));
  return eligible ? ErrorCode.NONE : ErrorCode.INELIGIBLE_REPLICA;
}

/** Nobody twice, nobody from outside. */
function isValidIsr(replicas: readonly number[], isr: readonly number[]): boolean {
  return new Set(isr).size === isr.length && isr.every((id) => replicas.includes(id));
}

function isEligible(brokers: BrokersImage, { brokerId, brokerEpoch }: IsrMember): boolean {
  if (!brokers.isActive(brokerId)) return false;
  return brokerEpoch === -1 || brokers.get(brokerId)?.epoch === brokerEpoch;
}

function refused({ partitionIndex }: PartitionToAlter, errorCode: number): AlteredPartition {
  const nothing = { leaderId: 0, leaderEpoch: 0, isr: [], leaderRecoveryState: 0, partitionEpoch: 0 };
  return { partitionIndex, errorCode, ...nothing };
}

function altered(partition: PartitionImage): AlteredPartition {
  return {
    partitionIndex: partition.index,
    errorCode: ErrorCode.NONE,
    leaderId: partition.leader,
    leaderEpoch: partition.leaderEpoch,
    isr: partition.isr,
    leaderRecoveryState: partition.leaderRecoveryState,
    partitionEpoch: partition.partitionEpoch,
  };
}
