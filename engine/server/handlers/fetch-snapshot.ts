// FetchSnapshot (versions 0 and 1): a node that is far behind reads a snapshot of the metadata, piece by piece.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { fetchSnapshot } from '../../protocol/apis/fetch-snapshot.ts';
import { controllerHandler, respond } from '../handler.ts';
import { endpointsFrom } from '../leader-endpoints.ts';

export const fetchSnapshotHandler = controllerHandler({
  api: fetchSnapshot,
  *handle(request, { services, version }) {
    const answer = yield* services.raft.fetchSnapshot(request);
    return respond(endpointsFrom(1, version, answer));
  },
});
