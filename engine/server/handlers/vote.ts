// Vote (versions 0 to 2): a candidate, or one who asks whether it would be worth it, wants the vote of this voter.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { vote } from '../../protocol/apis/vote.ts';
import { controllerHandler, respond } from '../handler.ts';
import { endpointsFrom } from '../leader-endpoints.ts';

export const voteHandler = controllerHandler({
  api: vote,
  *handle(request, { services, version }) {
    const answer = yield* services.raft.vote(request);
    return respond(endpointsFrom(1, version, answer));
  },
});
