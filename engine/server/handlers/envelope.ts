// Envelope (version 0), from brokers: the request of a client that came to a broker, answered here as if the client
// had come itself, in its own version. Whether this node is the active controller is asked before, so that the broker
// finds the one that is; a request inside that would have ended a connection is an INVALID_REQUEST.
//
// Left out: the principal of the client, since everybody may do everything.

import { ErrorCode } from '../../errors.ts';
import { envelope } from '../../protocol/apis/envelope.ts';
import { controllerHandler, respond } from '../handler.ts';

export const envelopeHandler = controllerHandler({
  api: envelope,
  *handle(request, { services, peer }) {
    if (!services.controller.isActive) return respond(refused(ErrorCode.NOT_CONTROLLER));
    const responseData = yield* services.answer(request.requestData, peer);
    if (responseData === undefined) return respond(refused(ErrorCode.INVALID_REQUEST));
    return respond({ responseData, errorCode: ErrorCode.NONE });
  },
});

function refused(errorCode: number) {
  return { responseData: null, errorCode };
}
