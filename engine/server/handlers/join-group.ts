// JoinGroup (key 11): parks until the group's join phase ends. What differs by version: v0 has no rebalance
// timeout (the session's counts), from v4 newcomers must come again with the id they are given, v5 brings static
// members, before v7 a missing protocol name is "", from v9 a returning static leader may be told to skip the
// assignment.

import { joinGroup } from '../../protocol/apis/join-group.ts';
import { handler, respond } from '../handler.ts';

export const joinGroupHandler = handler({
  api: joinGroup,
  *handle(request, context) {
    const { version, clientId, peer, services } = context;
    const { sessionTimeoutMs } = request;
    const { errorCode, ...answer } = yield* services.groups.join({
      groupId: request.groupId,
      memberId: request.memberId,
      groupInstanceId: request.groupInstanceId,
      sessionTimeoutMs,
      rebalanceTimeoutMs: version >= 1 ? request.rebalanceTimeoutMs : sessionTimeoutMs,
      protocolType: request.protocolType,
      // The metadata outlives the frame that it came in.
      protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: metadata.slice() })),
      clientId,
      clientHost: clientHostOf(peer),
      requiresKnownMemberId: version >= 4,
      supportsSkippingAssignment: version >= 9,
    });
    const protocolName = answer.protocolName ?? (version >= 7 ? null : '');
    return respond({ throttleTimeMs: 0, errorCode, ...answer, protocolName });
  },
});

/** As Java prints an address that was not looked up: a slash, and no port. */
function clientHostOf(peer: string): string {
  const colon = peer.lastIndexOf(':');
  return `/${colon < 0 ? peer : peer.slice(0, colon)}`;
}
