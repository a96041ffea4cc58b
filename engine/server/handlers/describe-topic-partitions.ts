// DescribeTopicPartitions (version 0): partitions of topics by name, in pages. Topics are sorted, no names
// means all, and a response that is full says in its cursor where the next one begins. A page holds at most
// `max.request.partition.size.limit` partitions, or fewer when the request says so; at least one.

import type { TopicImage } from '../../core/metadata-image.ts';
import { isInternalTopic, topicNameProblem } from '../../core/topic-names.ts';
import { ErrorCode } from '../../errors.ts';
import { describeTopicPartitions } from '../../protocol/apis/describe-topic-partitions.ts';
import type { RequestOf, ResponseOf } from '../../protocol/schema.ts';
import { allTopicOperations } from '../authorized-operations.ts';
import { partitionView } from '../cluster-view.ts';
import { handler, respond } from '../handler.ts';
import type { Services } from '../services.ts';

type Request = RequestOf<typeof describeTopicPartitions>;
type Response = ResponseOf<typeof describeTopicPartitions>;
type TopicAnswer = Response['topics'][number];

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const describeTopicPartitionsHandler = handler({
  api: describeTopicPartitions,
  *handle(request, { services }) {
    const { cursor } = request;
    if (cursor !== null && (cursor.partitionIndex < 0 || isElsewhere(cursor.topicName, request))) {
      const topics = request.topics.map(({ name }) => refused(name, ErrorCode.INVALID_REQUEST));
      return respond({ throttleTimeMs: 0, topics });
    }
    return respond(page(services, request));
  },
});

/** A cursor that came from the page of another request. */
function isElsewhere(topicName: string, { topics }: Request): boolean {
  return topics.length > 0 && !topics.some(({ name }) => name === topicName);
}

function page(services: Services, request: Request): Response {
  const { metadata } = services;
  const most = metadata.brokerConfig.get('max.request.partition.size.limit');
  let room = Math.max(1, Math.min(most, request.responsePartitionLimit));
  const topics: TopicAnswer[] = [];
  for (const name of namesFrom(services, request)) {
    if (room === 0) {
      return { throttleTimeMs: 0, topics, nextCursor: { topicName: name, partitionIndex: 0 } };
    }
    const topic = metadata.image.topic(name);
    if (topic === undefined) {
      topics.push(unknown(name));
      continue;
    }
    const first = request.cursor?.topicName === name ? request.cursor.partitionIndex : 0;
    const end = Math.min(first + room, topic.partitions.length);
    topics.push(part(services, topic, first, end));
    if (end < topic.partitions.length) {
      return { throttleTimeMs: 0, topics, nextCursor: { topicName: name, partitionIndex: end } };
    }
    room -= Math.max(0, end - first);
  }
  return { throttleTimeMs: 0, topics, nextCursor: null };
}

/** Sorted, without doubles, from the cursor's topic on. */
function namesFrom({ metadata }: Services, request: Request): string[] {
  const { cursor } = request;
  const asked = request.topics.map((topic) => topic.name);
  const all = asked.length > 0 ? asked : [...metadata.image.topics()].map((topic) => topic.name);
  return [...new Set(all)].sort().filter((name) => cursor === null || name >= cursor.topicName);
}

function unknown(name: string): TopicAnswer {
  const legal = topicNameProblem(name) === undefined;
  const errorCode = legal ? ErrorCode.UNKNOWN_TOPIC_OR_PARTITION : ErrorCode.INVALID_TOPIC_EXCEPTION;
  return { ...refused(name, errorCode), topicAuthorizedOperations: allTopicOperations };
}

function refused(name: string, errorCode: number): TopicAnswer {
  return { errorCode, name, topicId: noId, isInternal: isInternalTopic(name), partitions: [] };
}

function part(services: Services, topic: TopicImage, first: number, end: number): TopicAnswer {
  return {
    errorCode: ErrorCode.NONE,
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.slice(first, end).map((partition) => ({
      ...partitionView(services, partition),
      eligibleLeaderReplicas: partition.eligibleLeaderReplicas,
      lastKnownElr: partition.lastKnownElr,
    })),
    topicAuthorizedOperations: allTopicOperations,
  };
}
