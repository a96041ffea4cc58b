// One partition of `__consumer_offsets` as state: the groups that live there and what they committed. Commands come in
// with the time and leave as plain values; nothing here waits, reads a clock or writes a log.
//
//   command --> Turn { replies, writes }    the caller answers tickets and appends the records of each write,
//   written(after, error) --> Turn          and comes back when they are committed
//   apply(record)                           what is committed becomes true, in the order of the log
//   nextDeadlineMs(), expireDue()           the caller keeps one timer
//
// As in Kafka a live group runs ahead of its record: a generation is written down when its assignment is known, and a
// coordinator that takes over starts from the last assignment. Committed offsets change by `apply` alone.
//
// Left out: transactional offset commits (no transaction coordinator yet), groups of the newer protocols.

import { assert } from '../../base/assert.ts';
import { Heap } from '../../base/heap.ts';
import { ErrorCode } from '../../errors.ts';
import { CommittedOffsets, type ExpiryRule } from '../offsets.ts';
import { ClassicGroup } from './group.ts';
import { afterStaticMember, join } from './join.ts';
import { admitCommit, afterAssignment, heartbeat, leave, sync } from './members.ts';
import { expectHeartbeat, expireDue, prepareRebalance } from './rebalance.ts';
import type { GroupLogRecord, GroupMetadata, OffsetRecord } from './records.ts';
import {
  type AfterWrite,
  type GroupLimits,
  type JoinRequest,
  joinError,
  type LeaveResponse,
  type LeavingMember,
  type MemberIdentity,
  type Now,
  noBytes,
  type SyncRequest,
  syncError,
  Turn,
} from './shapes.ts';

interface Alarm {
  readonly atMs: number;
  readonly order: number;
  readonly group: ClassicGroup;
}

export class GroupShard {
  readonly offsets = new CommittedOffsets();
  readonly #limits: GroupLimits;
  readonly #groups = new Map<string, ClassicGroup>();
  /** The newest group records, until `loaded` makes groups of them. */
  #stored: Map<string, GroupMetadata> | undefined = new Map();
  /** Possibly too early, never too late: a heartbeat does not move an alarm, the alarm looks again. */
  readonly #alarms = new Heap<Alarm>((a, b) => (a.atMs === b.atMs ? a.order < b.order : a.atMs < b.atMs));
  #alarmOrder = 0;

  constructor(limits: GroupLimits) {
    this.#limits = limits;
  }

  turn(now: Now): Turn {
    return new Turn(now, this.#limits);
  }

  group(groupId: string): ClassicGroup | undefined {
    return this.#groups.get(groupId);
  }

  /** By id. */
  groups(): ClassicGroup[] {
    return [...this.#groups.values()].sort((a, b) => (a.groupId < b.groupId ? -1 : 1));
  }

  // ---- commands of members

  join(request: JoinRequest, ticket: number, now: Now): Turn {
    const turn = this.turn(now);
    let group = this.#groups.get(request.groupId);
    if (group === undefined) {
      if (request.memberId !== '') {
        turn.replyJoin(ticket, joinError(request.memberId, ErrorCode.UNKNOWN_MEMBER_ID));
        return turn;
      }
      group = this.#create(request.groupId);
      join(group, request, ticket, turn);
      if (group.members.size === 0 && group.pendingMembers.size === 0) {
        // Turned away at the door: then there is no group.
        this.#groups.delete(request.groupId);
        return turn;
      }
      const value = group.toRecord(() => noBytes);
      const { groupId } = group;
      const after: AfterWrite = { kind: 'new-group', groupId, ticket, memberId: request.memberId };
      turn.write([{ kind: 'group', groupId, value: emptyRecord(value) }], after);
    } else {
      join(group, request, ticket, turn);
    }
    this.#schedule(group);
    return turn;
  }

  sync(request: SyncRequest, ticket: number, now: Now): Turn {
    const turn = this.turn(now);
    const group = this.#groups.get(request.groupId);
    if (group === undefined) turn.replySync(ticket, syncError(ErrorCode.UNKNOWN_MEMBER_ID));
    else {
      sync(group, request, ticket, turn);
      this.#schedule(group);
    }
    return turn;
  }

  heartbeat(of: MemberIdentity, now: Now): number {
    const group = this.#groups.get(of.groupId);
    if (group === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
    const error = heartbeat(group, of, this.turn(now));
    this.#schedule(group);
    return error;
  }

  leave(
    groupId: string,
    leaving: readonly LeavingMember[],
    now: Now,
  ): { turn: Turn; response: LeaveResponse } {
    const turn = this.turn(now);
    const group = this.#groups.get(groupId);
    if (group === undefined) {
      const members = leaving.map((one) => ({ ...one, errorCode: ErrorCode.UNKNOWN_MEMBER_ID }));
      return { turn, response: { errorCode: ErrorCode.NONE, members } };
    }
    const response = leave(group, leaving, turn);
    this.#schedule(group);
    return { turn, response };
  }

  /** Whether this commit is acceptable now; makes the group when a commit without generation comes to a new one. */
  admitCommit(of: MemberIdentity, now: Now): number {
    let group = this.#groups.get(of.groupId);
    if (group === undefined) {
      if (of.generationId >= 0) return ErrorCode.GROUP_ID_NOT_FOUND;
      group = this.#create(of.groupId);
    }
    const error = admitCommit(group, of, this.turn(now));
    this.#schedule(group);
    return error;
  }

  /** The write ended: NONE when its records are committed. */
  written(after: AfterWrite, errorCode: number, now: Now): Turn {
    const turn = this.turn(now);
    if (after.kind === 'nothing') return turn;
    if (after.kind === 'new-group') {
      if (errorCode !== ErrorCode.NONE) {
        turn.replyJoin(after.ticket, joinError(after.memberId, errorCode));
        this.#takeBack(after.groupId, after.ticket);
      }
      return turn;
    }
    const group = this.#groups.get(after.groupId);
    if (group === undefined) {
      const code = ErrorCode.UNKNOWN_MEMBER_ID;
      if (after.kind === 'static-member') turn.replyJoin(after.ticket, joinError(after.memberId, code));
      return turn;
    }
    if (after.kind === 'assignment') afterAssignment(group, after, errorCode, turn);
    else afterStaticMember(group, after, errorCode, turn);
    this.#schedule(group);
    return turn;
  }

  /**
   * The first record of a group was not written, as far as is known: without it the group has never been. Its first
   * member was told so and comes back as another, for which it must not wait. If others have come meanwhile it lives
   * on, and is written down with its first assignment.
   */
  #takeBack(groupId: string, ticket: number): void {
    const group = this.#groups.get(groupId);
    if (group === undefined || group.generationId > 0 || this.offsets.has(groupId)) return;
    const others = [...group.members.values()].some((member) => member.joinTicket !== ticket);
    if (!others && group.members.size + group.pendingMembers.size <= 1) this.#groups.delete(groupId);
  }

  // ---- deletion and expiry

  /** The records that delete a group with all its offsets; the group is gone from now on. */
  deleteGroup(groupId: string): {
    errorCode: number;
    records: GroupLogRecord[];
    group: ClassicGroup | undefined;
  } {
    const group = this.#groups.get(groupId);
    if (group === undefined) {
      return { errorCode: ErrorCode.GROUP_ID_NOT_FOUND, records: [], group: undefined };
    }
    if (!group.is('Empty')) return { errorCode: ErrorCode.NON_EMPTY_GROUP, records: [], group: undefined };
    const records: GroupLogRecord[] = this.offsets.deletionOfAll(groupId);
    records.push({ kind: 'group', groupId, value: null });
    this.#groups.delete(groupId);
    return { errorCode: ErrorCode.NONE, records, group };
  }

  /** The tombstones were not written, as far as is known: the group is as it was, unless another has taken its name. */
  restore(group: ClassicGroup): void {
    group.deletionInDoubt = true;
    if (!this.#groups.has(group.groupId)) this.#groups.set(group.groupId, group);
    this.#schedule(group);
  }

  /** NONE, or why no offset of this group may be deleted by hand. */
  admitOffsetDelete(groupId: string): number {
    const group = this.#groups.get(groupId);
    if (group === undefined) return ErrorCode.GROUP_ID_NOT_FOUND;
    if (group.is('Empty') || group.usesConsumerProtocol) return ErrorCode.NONE;
    return ErrorCode.NON_EMPTY_GROUP;
  }

  /**
   * What to write at once so that offsets of the group past their time are forgotten, and the group with the last of
   * them; at most about `recordsMax` records, so ask again until there are none. `group` is set when it is gone.
   */
  expireOffsets(
    groupId: string,
    nowMs: number,
    retentionMs: number,
    recordsMax: number,
  ): { records: GroupLogRecord[]; group: ClassicGroup | undefined } {
    const group = this.#groups.get(groupId);
    const rule = group === undefined ? undefined : expiryRule(group);
    if (group === undefined || rule === undefined) return { records: [], group: undefined };
    const { records, emptied } = this.offsets.expired(groupId, rule, nowMs, retentionMs);
    const ends = emptied && group.is('Empty') && group.pendingMembers.size === 0;
    if (!ends || records.length > recordsMax)
      return { records: records.slice(0, recordsMax), group: undefined };
    this.#groups.delete(groupId);
    return { records: [...records, { kind: 'group', groupId, value: null }], group };
  }

  // ---- the log

  /** A committed record, in the order of the log. */
  apply(record: GroupLogRecord): void {
    if (record.kind === 'offset') this.#applyOffset(record);
    else if (this.#stored !== undefined) {
      if (record.value === null) this.#stored.delete(record.groupId);
      else this.#stored.set(record.groupId, record.value);
    } else if (record.value === null) this.#forget(record.groupId);
    else if (!this.#groups.has(record.groupId)) this.#revive(record.groupId, record.value);
    // A group record of a group that lives here says what the group knows already.
  }

  /** The first record of a group that was taken back, because its write was in doubt, did commit. */
  #revive(groupId: string, record: GroupMetadata): void {
    if (record.members.length > 0) return;
    const group = ClassicGroup.fromRecord(groupId, record);
    // Or its tombstone lies behind it in the log.
    group.deletionInDoubt = true;
    this.#groups.set(groupId, group);
  }

  /** Offsets without a group make one: a consumer that assigns itself, or an administrator. */
  #applyOffset(record: OffsetRecord): void {
    this.offsets.apply(record);
    if (record.value !== null && this.#stored === undefined && !this.#groups.has(record.groupId)) {
      // Its group was deleted while it was being written: the tombstone lies behind it in the log.
      this.#create(record.groupId).deletionInDoubt = true;
    }
  }

  /** A tombstone came back from the log: so the deletion that was in doubt has happened. */
  #forget(groupId: string): void {
    const group = this.#groups.get(groupId);
    if (group?.deletionInDoubt !== true) return;
    if (group.pendingMembers.size > 0 || this.offsets.has(groupId)) return;
    this.#groups.delete(groupId);
  }

  /** The log has been replayed: groups come to life, and every member gets one session to be heard of. */
  loaded(now: Now): Turn {
    assert(this.#stored !== undefined, 'a shard is loaded once');
    const stored = this.#stored;
    this.#stored = undefined;
    const turn = this.turn(now);
    for (const [groupId, record] of stored) {
      const group = ClassicGroup.fromRecord(groupId, record);
      this.#groups.set(groupId, group);
      for (const member of group.members.values()) expectHeartbeat(member, turn);
      if (group.members.size > this.#limits.maxMembers) prepareRebalance(group, turn);
      this.#schedule(group);
    }
    for (const groupId of this.offsets.groupIds()) if (!this.#groups.has(groupId)) this.#create(groupId);
    return turn;
  }

  // ---- time

  /** Monotonic; Infinity when nothing is due, ever. */
  nextDeadlineMs(): number {
    return this.#alarms.peek()?.atMs ?? Number.POSITIVE_INFINITY;
  }

  expireDue(now: Now): Turn {
    const turn = this.turn(now);
    for (let next = this.#alarms.peek(); next !== undefined; next = this.#alarms.peek()) {
      if (next.atMs > now.monotonicMs) break;
      this.#alarms.pop();
      const { group } = next;
      if (next.atMs !== group.scheduledMs) continue;
      group.scheduledMs = Number.POSITIVE_INFINITY;
      if (this.#groups.get(group.groupId) !== group) continue;
      expireDue(group, turn);
      this.#schedule(group);
    }
    return turn;
  }

  #schedule(group: ClassicGroup): void {
    const atMs = group.nextDeadlineMs();
    if (atMs >= group.scheduledMs) return;
    group.scheduledMs = atMs;
    this.#alarms.push({ atMs, order: this.#alarmOrder++, group });
  }

  #create(groupId: string): ClassicGroup {
    const group = new ClassicGroup(groupId);
    this.#groups.set(groupId, group);
    return group;
  }
}

/** The record of a group that was just named: it has existed, and nobody is in it. */
function emptyRecord(value: GroupMetadata): GroupMetadata {
  return { ...value, protocolType: '', generation: 0, protocol: null, leader: null, members: [] };
}

/**
 * Kafka's three cases (KIP-211). Undefined: nothing of this group expires now. While a rebalance is under way nobody
 * knows what is subscribed, so nothing does.
 */
function expiryRule(group: ClassicGroup): ExpiryRule | undefined {
  if (group.protocolType === null) return { keeps: () => false, since: (value) => value.commitTimestampMs };
  if (group.is('Empty')) {
    const { stateTimestampMs } = group;
    return {
      keeps: () => false,
      since: (value) => (stateTimestampMs < 0 ? value.commitTimestampMs : stateTimestampMs),
    };
  }
  if (!group.is('Stable') || !group.usesConsumerProtocol || group.subscribedTopics === null) return undefined;
  return { keeps: (topic) => group.isSubscribedTo(topic), since: (value) => value.commitTimestampMs };
}
