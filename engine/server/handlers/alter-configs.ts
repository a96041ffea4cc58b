// AlterConfigs (versions 0 to 2): replaces all that is set on a resource, so what the request leaves out
// falls back to its default. Deprecated in favour of IncrementalAlterConfigs. The rules are in
// `core/alter-configs.ts`.

import { alterConfigs } from '../../protocol/apis/alter-configs.ts';
import { alteredResources } from '../altered-resources.ts';
import { controllerHandler, respond } from '../handler.ts';

export const alterConfigsHandler = controllerHandler({
  api: alterConfigs,
  *handle(request, { services }) {
    const altered = yield* services.controller.alterConfigs(request);
    return respond({ throttleTimeMs: 0, responses: alteredResources(altered, request.resources) });
  },
});
