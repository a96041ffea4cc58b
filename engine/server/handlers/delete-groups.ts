// DeleteGroups (key 42): groups without members, with all that they committed. A group that
// is named twice is deleted and answered once.

import { deleteGroups } from '../../protocol/apis/delete-groups.ts';
import { handler, respond } from '../handler.ts';

export const deleteGroupsHandler = handler({
  api: deleteGroups,
  *handle({ groupsNames }, { services }) {
    const results = [];
    for (const groupId of new Set(groupsNames)) {
      results.push({ groupId, errorCode: yield* services.groups.delete(groupId) });
    }
    return respond({ throttleTimeMs: 0, results });
  },
});
