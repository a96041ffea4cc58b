// Heartbeat (key 12): a sign of life, and how a member learns of a rebalance.

import { heartbeat } from '../../protocol/apis/heartbeat.ts';
import { handler, respond } from '../handler.ts';

export const heartbeatHandler = handler({
  api: heartbeat,
  *handle({ groupId, generationId, memberId, groupInstanceId }, { services }) {
    const member = { groupId, generationId, memberId, groupInstanceId };
    return respond({ throttleTimeMs: 0, errorCode: yield* services.groups.heartbeat(member) });
  },
});
