// CreateTopics (versions 2 to 7): each topic is answered on its own, with what it was configured to from version 5 on
// and its id in version 7. The answer comes when the metadata is committed; `timeoutMs` bounds Kafka's wait and is
// not looked at: the broker that hands the request on has its own time. The rules are in `core/create-topics.ts`.

import type { CreatedTopic } from '../../core/create-topics.ts';
import { errorText } from '../../errors.ts';
import { createTopics } from '../../protocol/apis/create-topics.ts';
import type { ResponseOf } from '../../protocol/schema.ts';
import { controllerHandler, respond } from '../handler.ts';

type TopicAnswer = ResponseOf<typeof createTopics>['topics'][number];

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const createTopicsHandler = controllerHandler({
  api: createTopics,
  *handle(request, { services }) {
    const created = yield* services.controller.createTopics(request);
    const topics: TopicAnswer[] = created.ok
      ? created.value.map(answer)
      : request.topics.map(({ name }) => ({
          name,
          topicId: noId,
          errorCode: created.error,
          errorMessage: errorText(created.error),
          configs: [],
        }));
    return respond({ throttleTimeMs: 0, topics });
  },
});

function answer(topic: CreatedTopic): TopicAnswer {
  return {
    name: topic.name,
    topicId: topic.topicId,
    errorCode: topic.errorCode,
    errorMessage: topic.errorMessage,
    numPartitions: topic.numPartitions,
    replicationFactor: topic.replicationFactor,
    configs: topic.configs.map(({ name, value, readOnly, source, sensitive }) => ({
      name,
      value,
      readOnly,
      configSource: source,
      isSensitive: sensitive,
    })),
  };
}
