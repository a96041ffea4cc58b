// CreatePartitions (versions 0 to 3): raises partition counts; `count` is the new total. The answer comes
// when the metadata is durable; `timeoutMs` has nothing to bound here. The rules are in
// `core/create-partitions.ts`.

import { errorText } from '../../errors.ts';
import { createPartitions } from '../../protocol/apis/create-partitions.ts';
import { controllerHandler, respond } from '../handler.ts';

export const createPartitionsHandler = controllerHandler({
  api: createPartitions,
  *handle(request, { services }) {
    const grown = yield* services.controller.createPartitions(request);
    const results = grown.ok
      ? grown.value
      : request.topics.map(({ name }) => ({
          name,
          errorCode: grown.error,
          errorMessage: errorText(grown.error),
        }));
    return respond({ throttleTimeMs: 0, results });
  },
});
