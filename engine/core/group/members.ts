// What members of a group do once they are in: SyncGroup, Heartbeat, LeaveGroup, and committing offsets.

import { ErrorCode } from '../../errors.ts';
import type { ClassicGroup } from './group.ts';
import {
  afterDeparture,
  answerSync,
  dropMember,
  expectHeartbeat,
  prepareRebalance,
  propagateAssignment,
  resetAssignments,
  syncArrived,
} from './rebalance.ts';
import {
  type AfterWrite,
  type LeaveResponse,
  type LeavingMember,
  type MemberIdentity,
  noBytes,
  type SyncRequest,
  syncError,
  type Turn,
} from './shapes.ts';

/** The order of these checks is Kafka's: who, then which generation, then what about. */
function validate(group: ClassicGroup, of: MemberIdentity): number {
  const error = group.validateMember(of.memberId, of.groupInstanceId);
  if (error !== ErrorCode.NONE) return error;
  return of.generationId === group.generationId ? ErrorCode.NONE : ErrorCode.ILLEGAL_GENERATION;
}

// ---- SyncGroup

export function sync(group: ClassicGroup, request: SyncRequest, ticket: number, turn: Turn): void {
  let error = validate(group, request);
  if (error === ErrorCode.NONE && !speaksOf(group, request)) error = ErrorCode.INCONSISTENT_GROUP_PROTOCOL;
  if (error === ErrorCode.NONE && group.is('Empty')) error = ErrorCode.UNKNOWN_MEMBER_ID;
  if (error === ErrorCode.NONE && group.is('PreparingRebalance')) error = ErrorCode.REBALANCE_IN_PROGRESS;
  if (error !== ErrorCode.NONE) {
    turn.replySync(ticket, syncError(error));
    return;
  }
  const member = group.member(request.memberId);
  if (member.syncTicket !== undefined) answerSync(group, member, ErrorCode.REBALANCE_IN_PROGRESS, turn);
  member.syncTicket = ticket;
  syncArrived(group, member.memberId);
  if (group.is('Stable')) {
    answerSync(group, member, ErrorCode.NONE, turn);
  } else if (group.isLeader(member.memberId)) {
    storeAssignment(group, request, turn);
  }
}

function speaksOf(group: ClassicGroup, { protocolType, protocolName }: SyncRequest): boolean {
  if (protocolType !== null && protocolType !== group.protocolType) return false;
  return protocolName === null || protocolName === group.protocolName;
}

/** Members that the leader forgot get nothing; assignments for strangers are dropped. */
function storeAssignment(group: ClassicGroup, request: SyncRequest, turn: Turn): void {
  const assignments = new Map<string, Uint8Array>();
  for (const memberId of group.members.keys()) assignments.set(memberId, noBytes);
  for (const { memberId, assignment } of request.assignments) {
    if (assignments.has(memberId)) assignments.set(memberId, assignment);
  }
  const { groupId, generationId } = group;
  const value = group.toRecord((memberId) => assignments.get(memberId) ?? noBytes);
  turn.write([{ kind: 'group', groupId, value }], {
    kind: 'assignment',
    groupId,
    generationId,
    assignments,
  });
}

/** The assignment is in the log, or could not be written. Another rebalance may have begun meanwhile: then nothing. */
export function afterAssignment(
  group: ClassicGroup,
  after: AfterWrite & { kind: 'assignment' },
  errorCode: number,
  turn: Turn,
): void {
  if (!group.is('CompletingRebalance') || group.generationId !== after.generationId) return;
  if (errorCode !== ErrorCode.NONE) {
    resetAssignments(group);
    propagateAssignment(group, errorCode, turn);
    prepareRebalance(group, turn);
    return;
  }
  for (const member of group.members.values()) {
    member.assignment = after.assignments.get(member.memberId) ?? noBytes;
  }
  propagateAssignment(group, ErrorCode.NONE, turn);
  group.moveTo('Stable', turn);
}

// ---- Heartbeat

export function heartbeat(group: ClassicGroup, of: MemberIdentity, turn: Turn): number {
  const error = validate(group, of);
  if (error !== ErrorCode.NONE) return error;
  if (group.is('Empty')) return ErrorCode.UNKNOWN_MEMBER_ID;
  expectHeartbeat(group.member(of.memberId), turn);
  return group.is('PreparingRebalance') ? ErrorCode.REBALANCE_IN_PROGRESS : ErrorCode.NONE;
}

// ---- LeaveGroup

/** One answer for each; then, if anyone really left, one rebalance for all of them. */
export function leave(group: ClassicGroup, leaving: readonly LeavingMember[], turn: Turn): LeaveResponse {
  const members = leaving.map((one) => ({ ...one, errorCode: leaveOne(group, one, turn) }));
  if (members.some(({ errorCode }) => errorCode === ErrorCode.NONE)) afterDeparture(group, turn);
  return { errorCode: ErrorCode.NONE, members };
}

function leaveOne(group: ClassicGroup, { memberId, groupInstanceId }: LeavingMember, turn: Turn): number {
  if (memberId === '') {
    // An administrator names the instance only.
    const known = groupInstanceId === null ? undefined : group.staticMembers.get(groupInstanceId);
    if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    dropMember(group, group.member(known), turn);
    return ErrorCode.NONE;
  }
  if (group.pendingMembers.has(memberId)) {
    group.remove(memberId);
    return ErrorCode.NONE;
  }
  const error = group.validateMember(memberId, groupInstanceId);
  if (error === ErrorCode.NONE) dropMember(group, group.member(memberId), turn);
  return error;
}

// ---- OffsetCommit

/** Whether a commit of this member, or of nobody in particular, is acceptable now. Counts as a sign of life. */
export function admitCommit(group: ClassicGroup, of: MemberIdentity, turn: Turn): number {
  const { memberId, groupInstanceId, generationId } = of;
  // An administrator, or a consumer that assigns itself: welcome while the group has no members.
  if (generationId < 0 && group.is('Empty')) return ErrorCode.NONE;
  const anonymous = generationId < 0 && memberId === '' && groupInstanceId === null;
  if (anonymous) return ErrorCode.UNKNOWN_MEMBER_ID;
  const error = validate(group, of);
  if (error !== ErrorCode.NONE) return error;
  // Its generation is right but nobody has an assignment yet: the consumer must first join again.
  if (group.is('CompletingRebalance')) return ErrorCode.REBALANCE_IN_PROGRESS;
  if (group.is('Stable', 'PreparingRebalance')) expectHeartbeat(group.member(memberId), turn);
  return ErrorCode.NONE;
}
