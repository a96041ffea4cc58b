// BeginQuorumEpoch (versions 0 and 1): a new leader of the quorum makes itself known.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { beginQuorumEpoch } from '../../protocol/apis/begin-quorum-epoch.ts';
import { controllerHandler, respond } from '../handler.ts';
import { endpointsFrom } from '../leader-endpoints.ts';

export const beginQuorumEpochHandler = controllerHandler({
  api: beginQuorumEpoch,
  *handle(request, { services, version }) {
    const answer = yield* services.raft.beginQuorumEpoch(request);
    return respond(endpointsFrom(1, version, answer));
  },
});
