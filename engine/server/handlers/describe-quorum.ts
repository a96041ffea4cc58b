// DescribeQuorum (versions 0 to 2): who leads the quorum, and how far everybody is; from version 2 on, where they are.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { describeQuorum } from '../../protocol/apis/describe-quorum.ts';
import { controllerHandler, respond } from '../handler.ts';

export const describeQuorumHandler = controllerHandler({
  api: describeQuorum,
  *handle(request, { services, version }) {
    const described = yield* services.raft.describeQuorum(request);
    return respond(version >= 2 ? described : { ...described, nodes: [] });
  },
});
