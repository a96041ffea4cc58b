// IncrementalAlterConfigs (versions 0 and 1): sets and deletes single keys, appends to and subtracts from
// lists; a resource changes as a whole or not at all. The rules are in `core/alter-configs.ts`.

import { errorText } from '../../errors.ts';
import { incrementalAlterConfigs } from '../../protocol/apis/incremental-alter-configs.ts';
import { handler, respond } from '../handler.ts';

export const incrementalAlterConfigsHandler = handler({
  api: incrementalAlterConfigs,
  *handle(request, { services }) {
    const altered = yield* services.controller.incrementalAlterConfigs(request);
    const responses = altered.ok
      ? altered.value
      : request.resources.map(({ resourceType, resourceName }) => ({
          errorCode: altered.error,
          errorMessage: errorText(altered.error),
          resourceType,
          resourceName,
        }));
    return respond({ throttleTimeMs: 0, responses });
  },
});
