// ListGroups (key 16): the groups that this broker coordinates, by id. States are filtered from v4, types from v5, both
// without regard to case; all groups here are of the type `classic`.

import { ErrorCode } from '../../errors.ts';
import { listGroups } from '../../protocol/apis/list-groups.ts';
import { handler, respond } from '../handler.ts';

const groupType = 'classic';

export const listGroupsHandler = handler({
  api: listGroups,
  *handle({ statesFilter, typesFilter }, { services }) {
    const listed = yield* services.groups.list();
    if (!listed.ok) return respond({ throttleTimeMs: 0, errorCode: listed.error, groups: [] });
    const groups = listed.value
      .filter(({ state }) => passes(statesFilter, state) && passes(typesFilter, groupType))
      .map(({ groupId, protocolType, state: groupState }) => ({
        groupId,
        protocolType,
        groupState,
        groupType,
      }));
    return respond({ throttleTimeMs: 0, errorCode: ErrorCode.NONE, groups });
  },
});

/** An empty filter lets everything pass. */
function passes(filter: readonly string[], value: string): boolean {
  return filter.length === 0 || filter.some((wanted) => wanted.toLowerCase() === value.toLowerCase());
}
