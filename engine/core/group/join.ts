// JoinGroup: who may enter, under which member id, and whether that means a rebalance.

import { ErrorCode } from '../../errors.ts';
import type { ClassicGroup, Member } from './group.ts';
import {
  completeJoinWhenAllAreHere,
  expectHeartbeat,
  rebalanceOrCompleteJoin,
  turnAway,
} from './rebalance.ts';
import {
  type AfterWrite,
  type GroupProtocol,
  type JoinRequest,
  joinError,
  noBytes,
  type Turn,
} from './shapes.ts';

export function join(group: ClassicGroup, request: JoinRequest, ticket: number, turn: Turn): void {
  const { memberId } = request;
  if (!hasRoomFor(group, memberId, turn)) {
    if (!group.members.has(memberId)) group.remove(memberId);
    turn.replyJoin(ticket, joinError('', ErrorCode.GROUP_MAX_SIZE_REACHED));
  } else if (!group.supportsProtocols(request.protocolType, request.protocols)) {
    turn.replyJoin(ticket, joinError(memberId, ErrorCode.INCONSISTENT_GROUP_PROTOCOL));
  } else if (memberId === '') {
    joinAsNew(group, request, ticket, turn);
  } else {
    joinAsKnown(group, request, ticket, turn);
  }
}

/** `group.max.size`: during a rebalance only those count that are waiting, since the others may not come back. */
function hasRoomFor(group: ClassicGroup, memberId: string, turn: Turn): boolean {
  const known = group.members.get(memberId);
  if (group.is('Empty')) return true;
  if (group.is('PreparingRebalance')) {
    return known?.joinTicket !== undefined || group.awaitingJoin() < turn.limits.maxMembers;
  }
  return known !== undefined || group.members.size < turn.limits.maxMembers;
}

function joinAsNew(group: ClassicGroup, request: JoinRequest, ticket: number, turn: Turn): void {
  const { groupInstanceId, clientId, uuid } = request;
  const memberId = `${groupInstanceId ?? clientId}-${uuid}`;
  if (groupInstanceId !== null) {
    const previous = group.staticMembers.get(groupInstanceId);
    if (previous === undefined) addMember(group, memberId, request, ticket, turn);
    else replaceStaticMember(group, previous, memberId, request, ticket, turn);
  } else if (request.requiresKnownMemberId) {
    // A client that lost this answer asks again and gets another id; this one costs nothing and is forgotten.
    group.pendingMembers.set(memberId, turn.now.monotonicMs + request.sessionTimeoutMs);
    turn.replyJoin(ticket, joinError(memberId, ErrorCode.MEMBER_ID_REQUIRED));
  } else {
    addMember(group, memberId, request, ticket, turn);
  }
}

function joinAsKnown(group: ClassicGroup, request: JoinRequest, ticket: number, turn: Turn): void {
  const { memberId, groupInstanceId } = request;
  if (group.pendingMembers.has(memberId)) {
    // Ids are handed out to dynamic members only: with an instance id this is somebody else's.
    if (groupInstanceId === null) addMember(group, memberId, request, ticket, turn);
    else turn.replyJoin(ticket, joinError(memberId, ErrorCode.UNKNOWN_MEMBER_ID));
    return;
  }
  const error = group.validateMember(memberId, groupInstanceId);
  if (error !== ErrorCode.NONE) {
    turn.replyJoin(ticket, joinError(memberId, error));
    return;
  }
  const member = group.member(memberId);
  const changed = !sameProtocols(member.protocols, request.protocols);
  if (group.is('CompletingRebalance') && !changed) {
    // The answer to its JoinGroup was lost: it gets it again.
    turn.replyJoin(ticket, group.joinResponse(memberId, group.isLeader(memberId)));
  } else if (group.is('Stable') && !changed && !group.isLeader(memberId)) {
    turn.replyJoin(ticket, group.joinResponse(memberId, false));
  } else if (group.is('Empty')) {
    turn.replyJoin(ticket, joinError(memberId, ErrorCode.UNKNOWN_MEMBER_ID));
  } else {
    updateMember(member, request);
    parkJoin(member, ticket, turn);
    rebalanceOrCompleteJoin(group, turn);
  }
}

function addMember(
  group: ClassicGroup,
  memberId: string,
  request: JoinRequest,
  ticket: number,
  turn: Turn,
): void {
  const member = newMember(memberId, request, noBytes);
  member.isNew = true;
  if (group.is('PreparingRebalance') && group.previousState === 'Empty') group.newMemberAdded = true;
  group.add(member, request.protocolType);
  member.joinTicket = ticket;
  expectHeartbeat(member, turn, turn.limits.newMemberJoinTimeoutMs);
  rebalanceOrCompleteJoin(group, turn);
}

function newMember(memberId: string, request: JoinRequest, assignment: Uint8Array): Member {
  const { groupInstanceId, clientId, clientHost, sessionTimeoutMs, protocols } = request;
  return {
    memberId,
    groupInstanceId,
    clientId,
    clientHost,
    sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs,
    protocols,
    assignment,
    isNew: false,
    joinTicket: undefined,
    syncTicket: undefined,
    sessionDeadlineMs: undefined,
  };
}

function updateMember(member: Member, request: JoinRequest): void {
  member.protocols = request.protocols;
  member.rebalanceTimeoutMs = request.rebalanceTimeoutMs;
  member.sessionTimeoutMs = request.sessionTimeoutMs;
}

/** A second JoinGroup takes the place of the first: its connection is the one that still listens. */
function parkJoin(member: Member, ticket: number, turn: Turn): void {
  if (member.joinTicket !== undefined) {
    turn.replyJoin(member.joinTicket, joinError(member.memberId, ErrorCode.UNKNOWN_MEMBER_ID));
  }
  member.joinTicket = ticket;
}

/** Names and metadata, in order. */
function sameProtocols(a: readonly GroupProtocol[], b: readonly GroupProtocol[]): boolean {
  if (a.length !== b.length) return false;
  return a.every((one, index) => {
    const other = b[index] as GroupProtocol;
    return one.name === other.name && sameBytes(one.metadata, other.metadata);
  });
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

// ---- static members

/** A static member came back without its member id: the new id takes over, and the old one is fenced from now on. */
function replaceStaticMember(
  group: ClassicGroup,
  previousMemberId: string,
  memberId: string,
  request: JoinRequest,
  ticket: number,
  turn: Turn,
): void {
  const previousLeader = group.leaderId ?? '';
  const member = takeOver(group, previousMemberId, memberId, request, turn);
  if (group.is('Stable') && group.selectProtocol() === group.protocolName) {
    // No rebalance: the member gets back what it had. The new id must be in the log before anyone is told, or the
    // next coordinator would fence the member that is in the right.
    const value = group.toRecord((id) => group.member(id).assignment);
    const after: AfterWrite = {
      kind: 'static-member',
      groupId: group.groupId,
      ticket,
      groupInstanceId: member.groupInstanceId ?? '',
      memberId,
      previousMemberId,
      previousLeader,
      supportsSkippingAssignment: request.supportsSkippingAssignment,
    };
    turn.write([{ kind: 'group', groupId: group.groupId, value }], after);
    return;
  }
  // While a generation is being completed the leader assigns to the old id; only another round helps the new one.
  parkJoin(member, ticket, turn);
  if (group.canRebalance) rebalanceOrCompleteJoin(group, turn);
  else completeJoinWhenAllAreHere(group, turn);
}

function takeOver(
  group: ClassicGroup,
  previousMemberId: string,
  memberId: string,
  request: JoinRequest,
  turn: Turn,
): Member {
  const previous = group.member(previousMemberId);
  turnAway(previous, ErrorCode.FENCED_INSTANCE_ID, turn);
  const member = newMember(memberId, request, previous.assignment);
  const led = group.isLeader(previousMemberId);
  const members = [...group.members.values()].map((one) => (one === previous ? member : one));
  group.pendingSync.delete(previousMemberId);
  group.members.clear();
  for (const one of members) group.members.set(one.memberId, one);
  if (member.groupInstanceId !== null) group.staticMembers.set(member.groupInstanceId, memberId);
  if (led) group.leaderId = memberId;
  expectHeartbeat(member, turn);
  return member;
}

/** The record with the new member id is committed, or could not be: then the client asks again under another id. */
export function afterStaticMember(
  group: ClassicGroup,
  after: AfterWrite & { kind: 'static-member' },
  errorCode: number,
  turn: Turn,
): void {
  const { ticket, memberId, previousLeader } = after;
  if (errorCode !== ErrorCode.NONE) {
    turn.replyJoin(ticket, joinError('', errorCode));
    return;
  }
  if (!group.members.has(memberId)) {
    // Replaced again, or gone, while the record was being written.
    const fenced = group.staticMembers.has(after.groupInstanceId);
    const code = fenced ? ErrorCode.FENCED_INSTANCE_ID : ErrorCode.UNKNOWN_MEMBER_ID;
    turn.replyJoin(ticket, joinError(memberId, code));
    return;
  }
  const response = group.joinResponse(memberId, false);
  if (after.supportsSkippingAssignment) {
    const leads = group.isLeader(memberId);
    const members = leads ? group.joinedMembers() : [];
    turn.replyJoin(ticket, { ...response, skipAssignment: leads, members });
  } else {
    turn.replyJoin(ticket, { ...response, leader: previousLeader });
  }
}
