// The command behind DeleteTopics: by name or by id, each topic answered on its own. Answers keep the order
// of the request (Kafka shuffles them).

import { ErrorCode } from '../errors.ts';
import {
  type CommandContext,
  duplicatesIn,
  noRefusal,
  type Plan,
  type Refusal,
  refusal,
} from './controller.ts';
import type { MetadataRecord } from './metadata-record.ts';

export interface TopicToDelete {
  readonly name: string | null;
  /** All zeros when the topic is named. */
  readonly topicId: string;
}

export interface DeletedTopic extends Refusal {
  readonly name: string | null;
  readonly topicId: string;
}

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

export function planDeleteTopics(
  context: CommandContext,
  topics: readonly TopicToDelete[],
): Plan<DeletedTopic[]> {
  const duplicates = duplicatesIn(topics.map(keyOf));
  const ambiguous = namedBothWays(context, topics);
  const records: MetadataRecord[] = [];
  const response: DeletedTopic[] = [];
  const answered = new Set<string>();
  for (const wanted of topics) {
    const key = keyOf(wanted);
    if (answered.has(key)) continue;
    answered.add(key);
    const answer = judge(context, wanted, duplicates.has(key), ambiguous);
    const repeated = ambiguous.has(answer.topicId) && response.some((of) => of.topicId === answer.topicId);
    if (!repeated) response.push(answer);
    if (answer.errorCode !== ErrorCode.NONE) continue;
    records.push({ kind: 'remove-topic', body: { topicId: answer.topicId } });
  }
  return { records, response };
}

/** Ids of topics that are in the request by name and by id: none of the two counts. */
function namedBothWays(context: CommandContext, topics: readonly TopicToDelete[]): ReadonlySet<string> {
  const idsAsked = new Set(topics.filter(({ name }) => name === null).map(({ topicId }) => topicId));
  const both = new Set<string>();
  for (const { name } of topics) {
    const topicId = name === null ? undefined : context.image.topic(name)?.topicId;
    if (topicId !== undefined && idsAsked.has(topicId)) both.add(topicId);
  }
  return both;
}

function keyOf(wanted: TopicToDelete): string {
  return wanted.name === null ? `id ${wanted.topicId}` : `name ${wanted.name} ${wanted.topicId}`;
}

function judge(
  context: CommandContext,
  wanted: TopicToDelete,
  duplicate: boolean,
  ambiguous: ReadonlySet<string>,
): DeletedTopic {
  const { name, topicId } = wanted;
  if (name !== null && topicId !== noId) {
    return { name, topicId, ...refusal(ErrorCode.INVALID_REQUEST, 'give a name or an id, not both') };
  }
  if (name === null && topicId === noId) {
    return { name, topicId, ...refusal(ErrorCode.INVALID_REQUEST, 'neither a name nor an id was given') };
  }
  if (duplicate) {
    const what = name === null ? 'Duplicate topic id.' : 'Duplicate topic name.';
    return { name, topicId, ...refusal(ErrorCode.INVALID_REQUEST, what) };
  }
  const topic = name === null ? context.image.topicById(topicId) : context.image.topic(name);
  if (topic === undefined) {
    const code = name === null ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    return { name, topicId, ...refusal(code) };
  }
  if (ambiguous.has(topic.topicId)) {
    const what = 'the topic is in the request by name and by id';
    return { name: topic.name, topicId: topic.topicId, ...refusal(ErrorCode.INVALID_REQUEST, what) };
  }
  return { name: topic.name, topicId: topic.topicId, ...noRefusal };
}
