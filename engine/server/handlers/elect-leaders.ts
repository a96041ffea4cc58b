// ElectLeaders (versions 0 to 2), from operators. Version 0 knows preferred elections only and tells of no error of the
// whole request. The rules are in `core/elect-leaders.ts`.

import { errorText } from '../../errors.ts';
import { electLeaders } from '../../protocol/apis/elect-leaders.ts';
import type { RequestOf, ResponseOf } from '../../protocol/schema.ts';
import { controllerHandler, respond } from '../handler.ts';

export const electLeadersHandler = controllerHandler({
  api: electLeaders,
  *handle(request, { services }) {
    const elected = yield* services.controller.electLeaders(request);
    const errorCode = elected.ok ? elected.value.errorCode : elected.error;
    const replicaElectionResults =
      elected.ok && elected.value.topics.length > 0
        ? elected.value.topics.map(({ topic, partitions }) => ({ topic, partitionResult: [...partitions] }))
        : eachWith(request, errorCode);
    return respond({ throttleTimeMs: 0, errorCode, replicaElectionResults });
  },
});

/** The error of the whole request, for every partition that it names: version 0 has no other place for it. */
function eachWith(
  { topicPartitions }: RequestOf<typeof electLeaders>,
  errorCode: number,
): ResponseOf<typeof electLeaders>['replicaElectionResults'] {
  return (topicPartitions ?? []).map(({ topic, partitions }) => ({
    topic,
    partitionResult: partitions.map((partitionId) => ({
      partitionId,
      errorCode,
      errorMessage: errorText(errorCode),
    })),
  }));
}
