// AlterConfigs (versions 0 to 2): replaces all that is set on a resource, so what the request leaves out
// falls back to its default. Deprecated in favour of IncrementalAlterConfigs. The rules are in
// `core/alter-configs.ts`.

import { errorText } from '../../errors.ts';
import { alterConfigs } from '../../protocol/apis/alter-configs.ts';
import { handler, respond } from '../handler.ts';

export const alterConfigsHandler = handler({
  api: alterConfigs,
  *handle(request, { services }) {
    const altered = yield* services.controller.alterConfigs(request);
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
