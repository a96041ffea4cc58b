// The command behind CreatePartitions: raises the partition count of topics, each answered on its own.

import { ErrorCode } from '../errors.ts';
import type { createPartitions } from '../protocol/apis/create-partitions.ts';
import type { RequestOf } from '../protocol/schema.ts';
import {
  type CommandContext,
  duplicatesIn,
  maximumRecordsPerRequest,
  noRefusal,
  type Plan,
  type Refusal,
  refusal,
} from './controller.ts';
import type { TopicImage } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { newAssignmentProblem, partitionRecordOf, placeReplicas } from './placement.ts';

type GrowingTopic = RequestOf<typeof createPartitions>['topics'][number];

export interface CreatePartitionsCommand {
  readonly topics: readonly GrowingTopic[];
  readonly validateOnly: boolean;
}

export interface GrownTopic extends Refusal {
  readonly name: string;
}

export function planCreatePartitions(
  context: CommandContext,
  command: CreatePartitionsCommand,
): Plan<GrownTopic[]> {
  const duplicates = duplicatesIn(command.topics.map((topic) => topic.name));
  const records: MetadataRecord[] = [];
  const response: GrownTopic[] = [];
  const answered = new Set<string>();
  for (const wanted of command.topics) {
    if (answered.has(wanted.name)) continue;
    answered.add(wanted.name);
    if (duplicates.has(wanted.name)) {
      response.push({ name: wanted.name, ...refusal(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.') });
      continue;
    }
    const planned = planTopic(context, wanted, maximumRecordsPerRequest - records.length);
    if (Array.isArray(planned)) records.push(...planned);
    response.push({ name: wanted.name, ...(Array.isArray(planned) ? noRefusal : planned) });
  }
  return { records: command.validateOnly ? [] : records, response };
}

function planTopic(context: CommandContext, wanted: GrowingTopic, room: number): MetadataRecord[] | Refusal {
  const { brokers } = context.image;
  const topic = context.image.topic(wanted.name);
  if (topic === undefined) return refusal(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  const current = topic.partitions.length;
  if (wanted.count === current) {
    return refusal(ErrorCode.INVALID_PARTITIONS, `Topic already has ${current} partition(s).`);
  }
  if (wanted.count < current) {
    const message = `Topic has ${current} partition(s): ${wanted.count} would not be an increase.`;
    return refusal(ErrorCode.INVALID_PARTITIONS, message);
  }
  const added = wanted.count - current;
  if (added > room) {
    const message = `more than ${maximumRecordsPerRequest} partitions in one request`;
    return refusal(ErrorCode.POLICY_VIOLATION, message);
  }
  const replicas = replicasOf(context, topic, wanted, added);
  if ('errorCode' in replicas) return replicas;
  return replicas.map((ids, nth) => partitionRecordOf(brokers, topic.topicId, current + nth, ids));
}

function replicasOf(
  context: CommandContext,
  topic: TopicImage,
  wanted: GrowingTopic,
  added: number,
): readonly (readonly number[])[] | Refusal {
  const { brokers } = context.image;
  const factor = topic.partitions[0]?.replicas.length ?? 1;
  const first = topic.partitions.length;
  if (wanted.assignments === null) {
    const placed = placeReplicas(brokers, added, factor, context.below);
    return typeof placed === 'string' ? refusal(ErrorCode.INVALID_REPLICATION_FACTOR, placed) : placed;
  }
  if (wanted.assignments.length !== added) {
    const message = `${added} partition(s) are added and ${wanted.assignments.length} assigned`;
    return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, message);
  }
  for (const [nth, { brokerIds }] of wanted.assignments.entries()) {
    const problem = newAssignmentProblem(brokers, first + nth, brokerIds, factor);
    if (problem !== undefined) return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
  }
  return wanted.assignments.map(({ brokerIds }) => brokerIds);
}
