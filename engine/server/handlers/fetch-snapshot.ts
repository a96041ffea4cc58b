// FetchSnapshot (versions 0 and 1): a node that is far behind reads a snapshot of the metadata, piece by piece.
// The rules are in `core/raft/`, the frame around them in `cluster/raft-endpoints.ts`.

import { fetchSnapshot } from '../../protocol/apis/fetch-snapshot.ts';
import { controllerHandler, respond } from '../handler.ts';

export const fetchSnapshotHandler = controllerHandler({
  api: fetchSnapshot,
  *handle(request, { services }) {
    return respond(yield* services.raft.fetchSnapshot(request));
  },
});
