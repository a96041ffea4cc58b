// The command behind AssignReplicasToDirs (KIP-858): a broker tells in which of its log directories replicas of it
// live. Until it has, the controller takes a replica in a directory that the broker did not register for one on a disk
// that is gone, and lets it lead nothing: such is a broker that comes back with a new disk.
//
// A partition that waited for this broker gets its leader here: the election looks at the directory as it is from now
// on. A directory that the broker has not online takes the replica out of the ISR.

import { ErrorCode } from '../errors.ts';
import {
  brokerEpochProblem,
  type CommandContext,
  maximumRecordsPerRequest,
  type Plan,
} from './controller.ts';
import { electionOf, topicRules } from './leadership.ts';
import type { PartitionImage, TopicImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { partitionChange } from './partition-change.ts';

export interface AssignDirectoriesCommand {
  readonly brokerId: number;
  readonly brokerEpoch: number;
  readonly directories: readonly {
    readonly id: string;
    readonly topics: readonly { readonly topicId: string; readonly partitions: readonly number[] }[];
  }[];
}

export interface AssignedDirectories {
  /** Of the request as a whole. */
  readonly errorCode: number;
  readonly directories: readonly {
    readonly id: string;
    readonly topics: readonly {
      readonly topicId: string;
      readonly partitions: readonly { readonly partitionIndex: number; readonly errorCode: number }[];
    }[];
  }[];
}

export function planAssignDirectories(
  context: CommandContext,
  { brokerId, brokerEpoch, directories }: AssignDirectoriesCommand,
): Plan<AssignedDirectories> {
  const errorCode = brokerEpochProblem(context.image, brokerId, brokerEpoch);
  if (errorCode !== ErrorCode.NONE) return refusedWhole(errorCode);
  const records: MetadataRecord[] = [];
  const answers = directories.map(({ id, topics }) => ({
    id,
    topics: topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((partitionIndex) => {
        const planned = assign(context, { brokerId, directory: id, topicId, partitionIndex });
        if (typeof planned === 'number') return { partitionIndex, errorCode: planned };
        records.push(...planned);
        return { partitionIndex, errorCode: ErrorCode.NONE };
      }),
    })),
  }));
  if (records.length > maximumRecordsPerRequest) return refusedWhole(ErrorCode.POLICY_VIOLATION);
  return { records, response: { errorCode, directories: answers } };
}

function refusedWhole(errorCode: number): Plan<AssignedDirectories> {
  return { records: [], response: { errorCode, directories: [] } };
}

interface Assignment {
  readonly brokerId: number;
  readonly directory: string;
  readonly topicId: string;
  readonly partitionIndex: number;
}

/** The record it takes, if any, or the error code of the partition. */
function assign(context: CommandContext, assignment: Assignment): MetadataRecord[] | number {
  const { brokerId, directory } = assignment;
  const topic = context.image.topicById(assignment.topicId);
  if (topic === undefined) return ErrorCode.UNKNOWN_TOPIC_ID;
  const partition = topic.partitions[assignment.partitionIndex];
  if (partition === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
  if (!partition.replicas.includes(brokerId)) return ErrorCode.NOT_LEADER_OR_FOLLOWER;
  const target = {
    directory: { brokerId, id: directory },
    election: electionOf(context, topic.name),
    ...(context.image.brokers.hasOnline(brokerId, directory)
      ? {}
      : { isr: partition.isr.filter((id) => id !== brokerId) }),
  };
  const body = partitionChange(
    topic.topicId,
    partition,
    target,
    rulesOnceMoved(context, topic, partition, assignment),
  );
  return body === undefined ? [] : [{ kind: 'partition-change', body }];
}

function rulesOnceMoved(
  context: CommandContext,
  topic: TopicImage,
  partition: PartitionImage,
  { brokerId, directory }: Assignment,
) {
  const directories = partition.replicas.map((id, at) =>
    id === brokerId ? directory : (partition.directories[at] as string),
  );
  return topicRules(context, topic)({ ...partition, directories });
}
