// What a broker hands on to the active controller, and answers as it was answered. The versions are those of the
// controller's own handlers.

import type { Task } from '../base/task.ts';
import { errorName } from '../errors.ts';
import type { Api, RequestOf, ResponseOf } from '../protocol/schema.ts';
import {
  closeConnection,
  type Handler,
  handler,
  type RequestContext,
  respond,
  type Verdict,
} from './handler.ts';
import type { ControllerServices } from './services.ts';

/** The broker's side of an API that a controller answers. */
export function forwarded<A extends Api>(controllers: Handler<A, ControllerServices>): Handler<A> {
  return handler({
    api: controllers.api,
    versions: controllers.served,
    advertised: controllers.advertised,
    *handle(request: RequestOf<A>, context: RequestContext): Task<Verdict<ResponseOf<A>>> {
      const { services } = context;
      const timeoutMs = services.config.get('request.timeout.ms');
      const answer = yield* services.controllers.forward(controllers.api, request, context, timeoutMs);
      if (answer.ok) return respond(answer.value);
      // Kafka answers each item of the request with the error, where the API has a place for it; the client finds
      // out here by the end of its connection, and asks another broker.
      return closeConnection(`${controllers.api.name} could not be handed on: ${errorName(answer.error)}`);
    },
  });
}
