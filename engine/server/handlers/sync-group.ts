// SyncGroup (key 14): parks until the leader's assignment is committed. From v5 the protocol type and name are
// mandatory and must be those of the group.

import { ErrorCode } from '../../errors.ts';
import { syncGroup } from '../../protocol/apis/sync-group.ts';
import { handler, respond } from '../handler.ts';

export const syncGroupHandler = handler({
  api: syncGroup,
  *handle(request, { version, services }) {
    const { protocolType, protocolName } = request;
    if (version >= 5 && (protocolType === null || protocolName === null)) {
      const errorCode = ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
      return respond({ throttleTimeMs: 0, errorCode, assignment: new Uint8Array(0) });
    }
    const answer = yield* services.groups.sync({
      groupId: request.groupId,
      generationId: request.generationId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      protocolType,
      protocolName,
      // The assignment outlives the frame that it came in.
      assignments: request.assignments.map(({ memberId, assignment }) => ({
        memberId,
        assignment: assignment.slice(),
      })),
    });
    return respond({ throttleTimeMs: 0, ...answer });
  },
});
