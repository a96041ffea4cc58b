// DeleteGroups (key 42): groups without members, with all that they committed.

import { deleteGroups } from '../../protocol/apis/delete-groups.ts';
import { handler, respond } from '../handler.ts';

export const deleteGroupsHandler = handler({
  api: deleteGroups,
  *handle({ groupsNames }, { services }) {
    const results = [];
    for (const groupId of groupsNames) {
      results.push({ groupId, errorCode: yield* services.groups.delete(groupId) });
    }
    return respond({ throttleTimeMs: 0, results });
  },
});
