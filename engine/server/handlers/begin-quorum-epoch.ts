// BeginQuorumEpoch (versions 0 and 1): a new leader of the quorum makes itself known.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { beginQuorumEpoch } from '../../protocol/apis/begin-quorum-epoch.ts';
import { controllerHandler, respond } from '../handler.ts';

export const beginQuorumEpochHandler = controllerHandler({
  api: beginQuorumEpoch,
  *handle(request, { services }) {
    return respond(yield* services.raft.beginQuorumEpoch(request));
  },
});
