// DeleteTopics (versions 1 to 6): by name, or from version 6 on by name or id. Where `delete.topic.enable` is
// false every topic is refused: with TOPIC_DELETION_DISABLED, or INVALID_REQUEST before version 3, which does
// not know that code. The answer comes when the deletion is durable in the metadata; the files go later.

import { ErrorCode, errorText } from '../../errors.ts';
import { deleteTopics } from '../../protocol/apis/delete-topics.ts';
import { controllerHandler, respond } from '../handler.ts';

const noId = 'AAAAAAAAAAAAAAAAAAAAAA';

export const deleteTopicsHandler = controllerHandler({
  api: deleteTopics,
  *handle(request, { services, version }) {
    const topics =
      version >= 6 ? request.topics : request.topicNames.map((name) => ({ name, topicId: noId }));
    const refuseAll = (errorCode: number) =>
      topics.map((topic) => ({ ...topic, errorCode, errorMessage: errorText(errorCode) }));
    if (!services.metadata.brokerConfig.get('delete.topic.enable')) {
      const code = version < 3 ? ErrorCode.INVALID_REQUEST : ErrorCode.TOPIC_DELETION_DISABLED;
      return respond({ throttleTimeMs: 0, responses: refuseAll(code) });
    }
    const deleted = yield* services.controller.deleteTopics(topics);
    const responses = deleted.ok ? deleted.value : refuseAll(deleted.error);
    return respond({ throttleTimeMs: 0, responses });
  },
});
