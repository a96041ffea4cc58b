// Fetch (versions 4 to 18) on a controller's listener: the metadata log for voters and for brokers, and nothing else.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { fetch } from '../../protocol/apis/fetch.ts';
import { controllerHandler, respond } from '../handler.ts';
import { endpointsFrom } from '../leader-endpoints.ts';

export const quorumFetchHandler = controllerHandler({
  api: fetch,
  *handle(request, { services, version }) {
    const answer = yield* services.raft.fetch(request);
    return respond(endpointsFrom(16, version, answer));
  },
});
