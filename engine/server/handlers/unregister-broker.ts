// UnregisterBroker (version 0), from operators: a broker that will not come back is struck off.

import { errorText } from '../../errors.ts';
import { unregisterBroker } from '../../protocol/apis/unregister-broker.ts';
import { controllerHandler, respond } from '../handler.ts';

export const unregisterBrokerHandler = controllerHandler({
  api: unregisterBroker,
  *handle(request, { services }) {
    const struck = yield* services.controller.unregisterBroker(request.brokerId);
    if (struck.ok) return respond({ throttleTimeMs: 0, ...struck.value });
    return respond({ throttleTimeMs: 0, errorCode: struck.error, errorMessage: errorText(struck.error) });
  },
});
