// BrokerRegistration (versions 0 to 4), from brokers at their start: a broker epoch for the new life. The rules are in
// `core/registration.ts`.

import { brokerRegistration } from '../../protocol/apis/broker-registration.ts';
import { controllerHandler, respond } from '../handler.ts';

export const brokerRegistrationHandler = controllerHandler({
  api: brokerRegistration,
  *handle(request, { services }) {
    const registered = yield* services.controller.registerBroker(request);
    if (!registered.ok) return respond({ throttleTimeMs: 0, errorCode: registered.error, brokerEpoch: -1 });
    const { errorCode, brokerEpoch } = registered.value;
    return respond({ throttleTimeMs: 0, errorCode, brokerEpoch });
  },
});
