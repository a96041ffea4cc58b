// Elections that are asked for: by an operator (ElectLeaders), and by the controller of itself from time to time, to
// move leadership back to the preferred replicas and to end the waiting of partitions whose topics rather lose records
// than stand still.
//
// As with Kafka's KRaft controller every partition whose preferred replica can lead is moved; the percentage of
// `leader.imbalance.per.broker.percentage` is not looked at.

import { ErrorCode } from '../errors.ts';
import {
  type CommandContext,
  maximumRecordsPerRequest,
  noRefusal,
  type Plan,
  type Refusal,
  refusal,
} from './controller.ts';
import { topicRules, uncleanAllowed } from './leadership.ts';
import type { PartitionImage, TopicImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { type Election, type PartitionChangeBody, partitionChange } from './partition-change.ts';

/** By Kafka's numbers. */
export const electionType = { preferred: 0, unclean: 1 } as const;

/** Elections that one round of the controller's own comes to; Kafka's number. */
export const electionsPerRound = 1000;

export interface ElectLeadersCommand {
  readonly electionType: number;
  /** Null: every partition there is. */
  readonly topicPartitions:
    | readonly { readonly topic: string; readonly partitions: readonly number[] }[]
    | null;
}

export interface PartitionElection extends Refusal {
  readonly partitionId: number;
}

export interface ElectedLeaders {
  /** Of the request as a whole. */
  readonly errorCode: number;
  readonly topics: readonly { readonly topic: string; readonly partitions: readonly PartitionElection[] }[];
}

export function planElectLeaders(
  context: CommandContext,
  command: ElectLeadersCommand,
): Plan<ElectedLeaders> {
  // As in Kafka, before anything else is looked at.
  if (command.topicPartitions?.length === 0) {
    return { records: [], response: { errorCode: ErrorCode.NONE, topics: [] } };
  }
  const { preferred, unclean } = electionType;
  if (command.electionType !== preferred && command.electionType !== unclean) {
    return { records: [], response: { errorCode: ErrorCode.INVALID_REQUEST, topics: [] } };
  }
  const election = command.electionType === preferred ? 'preferred' : 'unclean';
  const records: MetadataRecord[] = [];
  const elect = (topic: string, partitionId: number): PartitionElection => ({
    partitionId,
    ...electLeader(context, topic, partitionId, election, records),
  });
  // Who asks for all is not told of those that need nothing.
  const topics =
    command.topicPartitions === null
      ? [...context.image.topics()].map(({ name, partitions }) => ({
          topic: name,
          partitions: partitions
            .map(({ index }) => elect(name, index))
            .filter(({ errorCode }) => errorCode !== ErrorCode.ELECTION_NOT_NEEDED),
        }))
      : command.topicPartitions.map(({ topic, partitions }) => ({
          topic,
          partitions: partitions.map((index) => elect(topic, index)),
        }));
  if (records.length > maximumRecordsPerRequest) {
    return { records: [], response: { errorCode: ErrorCode.POLICY_VIOLATION, topics: [] } };
  }
  return { records, response: { errorCode: ErrorCode.NONE, topics } };
}

function electLeader(
  context: CommandContext,
  topicName: string,
  partitionId: number,
  election: 'preferred' | 'unclean',
  records: MetadataRecord[],
): Refusal {
  const topic = context.image.topic(topicName);
  const partition = topic?.partitions[partitionId];
  if (topic === undefined || partition === undefined) {
    return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION, `No such partition as ${topicName}-${partitionId}`);
  }
  const needsNone =
    election === 'preferred' ? partition.leader === partition.replicas[0] : partition.leader >= 0;
  if (needsNone) return refusal(ErrorCode.ELECTION_NOT_NEEDED);
  const body = electionChange(context, topic, partition, election);
  if (body === undefined) {
    return refusal(
      election === 'preferred'
        ? ErrorCode.PREFERRED_LEADER_NOT_AVAILABLE
        : ErrorCode.ELIGIBLE_LEADERS_NOT_AVAILABLE,
    );
  }
  records.push({ kind: 'partition-change', body });
  return noRefusal;
}

function electionChange(
  context: CommandContext,
  topic: TopicImage,
  partition: PartitionImage,
  election: Election,
): PartitionChangeBody | undefined {
  return partitionChange(topic.topicId, partition, { election }, topicRules(context, topic)(partition));
}

/** Moves leadership back to the preferred replicas; the response says whether there is more to do. */
export function planPreferredElections(context: CommandContext): Plan<boolean> {
  return planRound(
    context,
    'preferred',
    () => true,
    ({ leader, replicas }) => leader !== replicas[0],
  );
}

/** Leaders for partitions without one, where the topic allows what that may cost; whether there is more to do. */
export function planUncleanElections(context: CommandContext): Plan<boolean> {
  return planRound(
    context,
    'unclean',
    (topic) => uncleanAllowed(context, topic),
    ({ leader }) => leader < 0,
  );
}

function planRound(
  context: CommandContext,
  election: Election,
  ofTopic: (topic: string) => boolean,
  needed: (partition: PartitionImage) => boolean,
): Plan<boolean> {
  const records: MetadataRecord[] = [];
  for (const topic of context.image.topics()) {
    const partitions = topic.partitions.filter(needed);
    if (partitions.length === 0 || !ofTopic(topic.name)) continue;
    for (const partition of partitions) {
      if (records.length >= electionsPerRound) return { records, response: true };
      const body = electionChange(context, topic, partition, election);
      if (body !== undefined) records.push({ kind: 'partition-change', body });
    }
  }
  return { records, response: false };
}
