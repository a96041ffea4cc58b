// LeaveGroup (key 13): one member and one code up to v2, many members with a code each from v3.

import { ErrorCode } from '../../errors.ts';
import { leaveGroup } from '../../protocol/apis/leave-group.ts';
import { handler, respond } from '../handler.ts';

export const leaveGroupHandler = handler({
  api: leaveGroup,
  *handle(request, { version, services }) {
    const leaving =
      version >= 3
        ? request.members.map(({ memberId, groupInstanceId }) => ({ memberId, groupInstanceId }))
        : [{ memberId: request.memberId, groupInstanceId: null }];
    const { errorCode, members } = yield* services.groups.leave(request.groupId, leaving);
    if (version >= 3) return respond({ throttleTimeMs: 0, errorCode, members });
    const own = members[0]?.errorCode ?? ErrorCode.NONE;
    return respond({
      throttleTimeMs: 0,
      errorCode: errorCode === ErrorCode.NONE ? own : errorCode,
      members: [],
    });
  },
});
