// BrokerHeartbeat (versions 0 to 2), from brokers: I am here, I have the metadata up to this offset, and I would like
// to serve, to stand aside, or to go. The rules are in `core/heartbeat.ts`.

import { brokerHeartbeat } from '../../protocol/apis/broker-heartbeat.ts';
import { controllerHandler, respond } from '../handler.ts';

export const brokerHeartbeatHandler = controllerHandler({
  api: brokerHeartbeat,
  *handle(request, { services }) {
    const granted = yield* services.controller.brokerHeartbeat(request);
    if (!granted.ok) {
      const nothing = { isCaughtUp: false, isFenced: true, shouldShutDown: false };
      return respond({ throttleTimeMs: 0, errorCode: granted.error, ...nothing });
    }
    const { errorCode, isCaughtUp, isFenced, shouldShutDown } = granted.value;
    return respond({ throttleTimeMs: 0, errorCode, isCaughtUp, isFenced, shouldShutDown });
  },
});
