// The command behind CreateTopics. Checks come in Kafka's order, and the first that fails is the topic's
// answer: named twice in the request (42), illegal name (17), exists (36), collides with another name (17),
// configuration (40), then partitions (37), replication factor (38), assignment (39, or 42 next to explicit
// numbers). One topic's failure leaves the others alone, except that a request for too many partitions is
// refused as a whole (44).

import type { ConfigEntry } from '../config/layers.ts';
import { ErrorCode } from '../errors.ts';
import type { createTopics } from '../protocol/apis/create-topics.ts';
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
import { type MetadataImage, resourceType } from './metadata-image.ts';
import type { MetadataRecord } from './metadata-record.ts';
import { newAssignmentProblem, partitionRecordOf, placeReplicas } from './placement.ts';
import { clusterMetadataTopic, collisionKey, topicNameProblem } from './topic-names.ts';

export type CreatableTopic = RequestOf<typeof createTopics>['topics'][number];

export interface CreatedTopic extends Refusal {
  readonly name: string;
  /** All zeros when it was not created. */
  readonly topicId: string;
  readonly numPartitions: number;
  readonly replicationFactor: number;
  /** What the topic is configured to; empty when it was not created. */
  readonly configs: readonly ConfigEntry[];
}

export interface CreateTopicsCommand {
  readonly topics: readonly CreatableTopic[];
  readonly validateOnly: boolean;
}

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

export function planCreateTopics(
  context: CommandContext,
  command: CreateTopicsCommand,
): Plan<CreatedTopic[]> {
  const duplicates = duplicatesIn(command.topics.map((topic) => topic.name));
  if (partitionsWanted(context, command.topics) > maximumRecordsPerRequest) return tooLarge(command);
  const taken = collisionKeys(context.image);
  const answered = new Set<string>();
  const records: MetadataRecord[] = [];
  const response: CreatedTopic[] = [];
  for (const topic of command.topics) {
    if (answered.has(topic.name)) continue;
    answered.add(topic.name);
    const refused = duplicates.has(topic.name)
      ? refusal(ErrorCode.INVALID_REQUEST, 'Duplicate topic name.')
      : nameRefusal(context.image, topic.name, taken);
    const made = refused ?? planTopic(context, topic, command.validateOnly);
    if (isRefusal(made)) {
      response.push(notCreated(topic.name, made));
      continue;
    }
    taken.set(collisionKey(topic.name), topic.name);
    records.push(...made.records);
    response.push(made.response);
  }
  if (records.length > maximumRecordsPerRequest) return tooLarge(command);
  return { records: command.validateOnly ? [] : records, response };
}

function tooLarge(command: CreateTopicsCommand): Plan<CreatedTopic[]> {
  const message = `more than ${maximumRecordsPerRequest} records in one request`;
  const names = [...new Set(command.topics.map((topic) => topic.name))];
  return {
    records: [],
    response: names.map((name) => notCreated(name, refusal(ErrorCode.POLICY_VIOLATION, message))),
  };
}

function isRefusal(made: Refusal | Plan<CreatedTopic>): made is Refusal {
  return 'errorCode' in made;
}

function notCreated(name: string, why: Refusal): CreatedTopic {
  return { name, topicId: noId, numPartitions: -1, replicationFactor: -1, configs: [], ...why };
}

function partitionsWanted(context: CommandContext, topics: readonly CreatableTopic[]): number {
  let wanted = 0;
  for (const topic of topics) {
    if (topic.assignments.length > 0) wanted += topic.assignments.length;
    else if (topic.numPartitions === -1) wanted += context.config.get('num.partitions');
    else wanted += Math.max(0, topic.numPartitions);
  }
  return wanted;
}

function collisionKeys(image: MetadataImage): Map<string, string> {
  const keys = new Map<string, string>();
  for (const topic of image.topics()) keys.set(collisionKey(topic.name), topic.name);
  return keys;
}

function nameRefusal(
  image: MetadataImage,
  name: string,
  taken: ReadonlyMap<string, string>,
): Refusal | undefined {
  if (name === clusterMetadataTopic) {
    return refusal(ErrorCode.INVALID_REQUEST, `${name} belongs to the controller`);
  }
  const problem = topicNameProblem(name);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, problem);
  if (image.topic(name) !== undefined) {
    return refusal(ErrorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`);
  }
  const other = taken.get(collisionKey(name));
  if (other === undefined) return undefined;
  return refusal(ErrorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${other}`);
}

function planTopic(
  context: CommandContext,
  topic: CreatableTopic,
  validateOnly: boolean,
): Refusal | Plan<CreatedTopic> {
  const doubled = duplicatesIn(topic.configs.map((config) => config.name));
  if (doubled.size > 0) {
    return refusal(ErrorCode.INVALID_CONFIG, `configured twice: ${[...doubled].join(', ')}`);
  }
  const overrides = new Map(topic.configs.map((config) => [config.name, config.value]));
  const problem = context.config.topicProblem(overrides);
  if (problem !== undefined) return refusal(ErrorCode.INVALID_CONFIG, problem);
  const replicas = replicasOf(context, topic);
  if ('errorCode' in replicas) return replicas;
  const topicId = validateOnly ? noId : context.uuid();
  const texts = overrides as ReadonlyMap<string, string>;
  const records: MetadataRecord[] = [{ kind: 'topic', body: { name: topic.name, topicId } }];
  for (const [name, value] of texts) {
    records.push({
      kind: 'config',
      body: { resourceType: resourceType.topic, resourceName: topic.name, name, value },
    });
  }
  for (const [index, ids] of replicas.entries()) {
    records.push(partitionRecordOf(context.image.brokers, topicId, index, ids));
  }
  const response = {
    name: topic.name,
    topicId,
    numPartitions: replicas.length,
    replicationFactor: replicas[0]?.length ?? -1,
    configs: context.config.topic(texts).entries(),
    ...noRefusal,
  };
  return { records, response };
}

function replicasOf(
  context: CommandContext,
  topic: CreatableTopic,
): readonly (readonly number[])[] | Refusal {
  if (topic.assignments.length > 0) return assignedReplicas(context, topic);
  if (topic.replicationFactor < -1 || topic.replicationFactor === 0) {
    const message = 'Replication factor must be larger than 0, or -1 to use the default value.';
    return refusal(ErrorCode.INVALID_REPLICATION_FACTOR, message);
  }
  if (topic.numPartitions < -1 || topic.numPartitions === 0) {
    const message = 'Number of partitions must be larger than 0, or -1 to use the default value.';
    return refusal(ErrorCode.INVALID_PARTITIONS, message);
  }
  const { config, image } = context;
  const count = topic.numPartitions === -1 ? config.get('num.partitions') : topic.numPartitions;
  const factor =
    topic.replicationFactor === -1 ? config.get('default.replication.factor') : topic.replicationFactor;
  const placed = placeReplicas(image.brokers, count, factor, context.below);
  return typeof placed === 'string' ? refusal(ErrorCode.INVALID_REPLICATION_FACTOR, placed) : placed;
}

function assignedReplicas(context: CommandContext, topic: CreatableTopic): (readonly number[])[] | Refusal {
  if (topic.replicationFactor !== -1) {
    return refusal(
      ErrorCode.INVALID_REQUEST,
      'replicas are assigned by hand: the replication factor must be -1',
    );
  }
  if (topic.numPartitions !== -1) {
    return refusal(
      ErrorCode.INVALID_REQUEST,
      'replicas are assigned by hand: the partition count must be -1',
    );
  }
  const byIndex = new Map<number, readonly number[]>();
  let factor: number | undefined;
  for (const { partitionIndex, brokerIds } of topic.assignments) {
    const problem = byIndex.has(partitionIndex)
      ? `partition ${partitionIndex} is assigned twice`
      : newAssignmentProblem(context.image.brokers, partitionIndex, brokerIds, factor);
    if (problem !== undefined) return refusal(ErrorCode.INVALID_REPLICA_ASSIGNMENT, problem);
    factor = brokerIds.length;
    byIndex.set(partitionIndex, brokerIds);
  }
  const replicas: (readonly number[])[] = [];
  for (let index = 0; index < byIndex.size; index++) {
    const ids = byIndex.get(index);
    if (ids === undefined) {
      return refusal(
        ErrorCode.INVALID_REPLICA_ASSIGNMENT,
        'assigned partitions must count up from 0 without gaps',
      );
    }
    replicas.push(ids);
  }
  return replicas;
}
