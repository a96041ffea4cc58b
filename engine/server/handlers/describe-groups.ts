// DescribeGroups (key 15). A group that is not here is `Dead` without an error before v6, and GROUP_ID_NOT_FOUND
// from v6 on. Protocol and metadata are told of a Stable group only; between rebalances members keep the
// assignment that they have.

import { ErrorCode } from '../../errors.ts';
import { describeGroups } from '../../protocol/apis/describe-groups.ts';
import { allGroupOperations, operationsNotAsked } from '../authorized-operations.ts';
import { handler, respond } from '../handler.ts';

export const describeGroupsHandler = handler({
  api: describeGroups,
  *handle(request, { version, services }) {
    const groups = [];
    for (const groupId of request.groups) {
      const group = yield* services.groups.describe(groupId);
      const missing = group.errorCode === ErrorCode.GROUP_ID_NOT_FOUND;
      const errorCode = missing && version < 6 ? ErrorCode.NONE : group.errorCode;
      const tellsOperations = request.includeAuthorizedOperations && errorCode === ErrorCode.NONE;
      groups.push({
        errorCode,
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
        authorizedOperations: tellsOperations ? allGroupOperations : operationsNotAsked,
      });
    }
    return respond({ throttleTimeMs: 0, groups });
  },
});
