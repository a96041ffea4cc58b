// EndQuorumEpoch (versions 0 and 1): a leader of the quorum goes, and says who should follow.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { endQuorumEpoch } from '../../protocol/apis/end-quorum-epoch.ts';
import { controllerHandler, respond } from '../handler.ts';
import { endpointsFrom } from '../leader-endpoints.ts';

export const endQuorumEpochHandler = controllerHandler({
  api: endQuorumEpoch,
  *handle(request, { services, version }) {
    const answer = yield* services.raft.endQuorumEpoch(request);
    return respond(endpointsFrom(1, version, answer));
  },
});
