// How a classic group moves: preparing a rebalance, ending its join phase, and what deadlines do. Facts are those of
// Kafka's GroupMetadataManager; `join.ts` and `members.ts` hold the commands that end up here.

import { ErrorCode } from '../../errors.ts';
import type { ClassicGroup, Member } from './group.ts';
import { joinError, noBytes, syncError, type Turn } from './shapes.ts';

/** A session that lasts from now on. */
export function expectHeartbeat(member: Member, turn: Turn, timeoutMs = member.sessionTimeoutMs): void {
  member.sessionDeadlineMs = turn.now.monotonicMs + timeoutMs;
}

/** After a change of members or their protocols: begin a rebalance, or see whether the one under way is complete. */
export function rebalanceOrCompleteJoin(group: ClassicGroup, turn: Turn): void {
  if (group.canRebalance) prepareRebalance(group, turn);
  else completeJoinWhenAllAreHere(group, turn);
}

export function prepareRebalance(group: ClassicGroup, turn: Turn): void {
  if (group.is('CompletingRebalance')) {
    resetAssignments(group);
    propagateAssignment(group, ErrorCode.REBALANCE_IN_PROGRESS, turn);
  }
  group.syncDeadlineMs = undefined;
  const initial = group.is('Empty');
  group.moveTo('PreparingRebalance', turn);
  const { monotonicMs } = turn.now;
  if (initial) {
    // More members are probably on their way: one generation for all is cheaper than one for each.
    const delayMs = turn.limits.initialRebalanceDelayMs;
    const remainingMs = Math.max(group.rebalanceTimeoutMs() - delayMs, 0);
    group.newMemberAdded = false;
    group.joinPhase = { deadlineMs: monotonicMs + delayMs, initial: { delayMs, remainingMs } };
  } else if (group.hasAllMembersJoined()) {
    completeJoin(group, turn);
  } else {
    group.joinPhase = { deadlineMs: monotonicMs + group.rebalanceTimeoutMs(), initial: undefined };
  }
}

/** The initial delay is served in full, whoever has come. */
export function completeJoinWhenAllAreHere(group: ClassicGroup, turn: Turn): void {
  const ready = group.is('PreparingRebalance') && group.hasAllMembersJoined();
  if (ready && group.previousState !== 'Empty') completeJoin(group, turn);
}

/** Ends the join phase with whoever is here: the next generation, or an empty one. */
function completeJoin(group: ClassicGroup, turn: Turn): void {
  group.joinPhase = undefined;
  for (const member of [...group.members.values()]) {
    if (member.joinTicket !== undefined || member.groupInstanceId !== null) continue;
    group.remove(member.memberId);
    turn.expelled.push('rebalance');
  }
  if (group.members.size > 0 && !electJoinedLeader(group)) {
    // Only silent static members are left: they are waited for until their sessions end.
    const deadlineMs = turn.now.monotonicMs + Math.max(1, group.rebalanceTimeoutMs());
    group.joinPhase = { deadlineMs, initial: undefined };
    return;
  }
  group.generationId++;
  group.pendingSync.clear();
  if (group.members.size === 0) beginEmptyGeneration(group, turn);
  else beginGeneration(group, turn);
}

function beginEmptyGeneration(group: ClassicGroup, turn: Turn): void {
  group.protocolName = null;
  group.computeSubscribedTopics();
  group.moveTo('Empty', turn);
  const value = group.toRecord(() => noBytes);
  turn.write([{ kind: 'group', groupId: group.groupId, value }], { kind: 'nothing' });
}

function beginGeneration(group: ClassicGroup, turn: Turn): void {
  group.protocolName = group.selectProtocol();
  group.computeSubscribedTopics();
  group.moveTo('CompletingRebalance', turn);
  group.syncDeadlineMs = turn.now.monotonicMs + group.rebalanceTimeoutMs();
  for (const member of group.members.values()) {
    const { memberId, joinTicket } = member;
    if (joinTicket !== undefined) {
      turn.replyJoin(joinTicket, group.joinResponse(memberId, group.isLeader(memberId)));
      member.joinTicket = undefined;
    }
    expectHeartbeat(member, turn);
    member.isNew = false;
    group.pendingSync.add(memberId);
  }
}

/** The leader stays if it joined again; otherwise the first member that did takes over. False when nobody did. */
function electJoinedLeader(group: ClassicGroup): boolean {
  const leader = group.leaderId === null ? undefined : group.members.get(group.leaderId);
  if (leader?.joinTicket !== undefined) return true;
  for (const member of group.members.values()) {
    if (member.joinTicket === undefined) continue;
    group.leaderId = member.memberId;
    return true;
  }
  return false;
}

// ---- assignments

export function resetAssignments(group: ClassicGroup): void {
  for (const member of group.members.values()) member.assignment = noBytes;
}

/** Answers every parked SyncGroup, and starts the sessions of those that waited. */
export function propagateAssignment(group: ClassicGroup, errorCode: number, turn: Turn): void {
  for (const member of group.members.values()) {
    if (member.syncTicket === undefined) continue;
    answerSync(group, member, errorCode, turn);
    expectHeartbeat(member, turn);
  }
}

export function answerSync(group: ClassicGroup, member: Member, errorCode: number, turn: Turn): void {
  if (member.syncTicket === undefined) return;
  const { protocolType, protocolName } = group;
  const none = errorCode === ErrorCode.NONE;
  turn.replySync(
    member.syncTicket,
    none ? { errorCode, protocolType, protocolName, assignment: member.assignment } : syncError(errorCode),
  );
  member.syncTicket = undefined;
}

/** Answers whatever the member has parked with an error: it is on its way out. */
export function turnAway(member: Member, errorCode: number, turn: Turn): void {
  if (member.joinTicket !== undefined)
    turn.replyJoin(member.joinTicket, joinError(member.memberId, errorCode));
  if (member.syncTicket !== undefined) turn.replySync(member.syncTicket, syncError(errorCode));
  member.joinTicket = undefined;
  member.syncTicket = undefined;
}

/** Takes a member out; the caller decides what follows for the group. */
export function dropMember(group: ClassicGroup, member: Member, turn: Turn): void {
  turnAway(member, ErrorCode.UNKNOWN_MEMBER_ID, turn);
  group.remove(member.memberId);
}

/** What the departure of members means for the others. */
export function afterDeparture(group: ClassicGroup, turn: Turn): void {
  if (group.is('Stable', 'CompletingRebalance')) prepareRebalance(group, turn);
  else completeJoinWhenAllAreHere(group, turn);
}

/** Takes back the wait for SyncGroups when the last one came. */
export function syncArrived(group: ClassicGroup, memberId: string): void {
  group.pendingSync.delete(memberId);
  if (group.pendingSync.size === 0) group.syncDeadlineMs = undefined;
}

// ---- deadlines

/** Lets happen what fell due, the earliest first. */
export function expireDue(group: ClassicGroup, turn: Turn): void {
  const { monotonicMs } = turn.now;
  // Each round removes a member or moves a deadline into the future, so this ends.
  for (let next = group.nextDeadlineMs(); next <= monotonicMs; next = group.nextDeadlineMs()) {
    if (group.joinPhase?.deadlineMs === next) endOfJoinPhase(group, turn);
    else if (group.syncDeadlineMs === next) endOfSyncPhase(group, turn);
    else expireMember(group, next, turn);
  }
}

function endOfJoinPhase(group: ClassicGroup, turn: Turn): void {
  const initial = group.joinPhase?.initial;
  if (initial === undefined || !group.newMemberAdded || initial.remainingMs === 0) {
    return completeJoin(group, turn);
  }
  group.newMemberAdded = false;
  const delayMs = Math.min(turn.limits.initialRebalanceDelayMs, initial.remainingMs);
  const remainingMs = Math.max(initial.remainingMs - initial.delayMs, 0);
  group.joinPhase = { deadlineMs: turn.now.monotonicMs + delayMs, initial: { delayMs, remainingMs } };
}

/** Those that joined this generation and never came for their assignment are out. */
function endOfSyncPhase(group: ClassicGroup, turn: Turn): void {
  group.syncDeadlineMs = undefined;
  for (const memberId of [...group.pendingSync]) {
    const member = group.members.get(memberId);
    if (member === undefined) continue;
    dropMember(group, member, turn);
    turn.expelled.push('rebalance');
  }
  prepareRebalance(group, turn);
}

function expireMember(group: ClassicGroup, deadlineMs: number, turn: Turn): void {
  for (const [memberId, pendingUntilMs] of group.pendingMembers) {
    if (pendingUntilMs !== deadlineMs) continue;
    group.remove(memberId);
    return completeJoinWhenAllAreHere(group, turn);
  }
  for (const member of group.members.values()) {
    if (member.sessionDeadlineMs !== deadlineMs) continue;
    member.sessionDeadlineMs = undefined;
    // Who waits for the others cannot send heartbeats; the answer will start a new session. A newcomer that waits
    // longer than any patience is another matter: its client has gone and asks again under another id.
    const waits = member.joinTicket !== undefined || member.syncTicket !== undefined;
    if (waits && !member.isNew) return;
    dropMember(group, member, turn);
    turn.expelled.push('session');
    return afterDeparture(group, turn);
  }
}
