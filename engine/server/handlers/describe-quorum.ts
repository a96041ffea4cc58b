// DescribeQuorum (versions 0 to 2): who leads the quorum, and how far everybody is.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { describeQuorum } from '../../protocol/apis/describe-quorum.ts';
import { controllerHandler, respond } from '../handler.ts';

export const describeQuorumHandler = controllerHandler({
  api: describeQuorum,
  *handle(request, { services }) {
    return respond(yield* services.raft.describeQuorum(request));
  },
});
