// DescribeGroups (key 15). A group that is not here is `Dead` without an error before v6, and GROUP_ID_NOT_FOUND
// from v6 on. Protocol, metadata and assignments are told of a Stable group only. There is no authorizer: whoever
// asks for the authorized operations (v3) is told that they are not known.

import { ErrorCode } from '../../errors.ts';
import { describeGroups } from '../../protocol/apis/describe-groups.ts';
import { handler, respond } from '../handler.ts';

export const describeGroupsHandler = handler({
  api: describeGroups,
  *handle(request, { version, services }) {
    const groups = [];
    for (const groupId of request.groups) {
      const group = yield* services.groups.describe(groupId);
      const missing = group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND;
      groups.push({
        errorCode: missing && version < 6 ? ErrorCode.NONE : group.errorCode,
        errorMessage: missing && version >= 6 ? `Group ${groupId} not found.` : null,
        groupId,
        groupState: group.state,
        protocolType: group.protocolType,
        protocolData: group.protocol,
        members: group.members.map(({ metadata, assignment, ...member }) => ({
          ...member,
          memberMetadata: metadata,
          memberAssignment: assignment,
        })),
      });
    }
    return respond({ throttleTimeMs: 0, groups });
  },
});
