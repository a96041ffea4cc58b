// IncrementalAlterConfigs (versions 0 and 1): sets and deletes single keys, appends to and subtracts from
// lists; a resource changes as a whole or not at all. The rules are in `core/alter-configs.ts`.

import { incrementalAlterConfigs } from '../../protocol/apis/incremental-alter-configs.ts';
import { alteredResources } from '../altered-resources.ts';
import { controllerHandler, respond } from '../handler.ts';

export const incrementalAlterConfigsHandler = controllerHandler({
  api: incrementalAlterConfigs,
  *handle(request, { services }) {
    const altered = yield* services.controller.incrementalAlterConfigs(request);
    return respond({ throttleTimeMs: 0, responses: alteredResources(altered, request.resources) });
  },
});
