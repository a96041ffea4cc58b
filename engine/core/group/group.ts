// A classic group: its members, its state, and the arithmetic on them. What moves it from state to state is in
// `rebalance.ts`; this file only keeps the books.
//
//   Empty --> PreparingRebalance --> CompletingRebalance --> Stable
//                ^------------------------|------------------|
//
// Kafka's fifth state, Dead, is a group that is not here: deleted, or unloaded with its partition.
//
// Members are kept in the order in which they came; where Kafka's order is that of a Java hash map (the successor of a
// leader, ties in the vote for a protocol) the earlier one wins here.

import { assert, present } from '../../base/assert.ts';
import { ErrorCode } from '../../errors.ts';
import type { GroupMetadata } from './records.ts';
import { type GroupProtocol, type JoinedMember, type JoinResponse, noBytes, type Turn } from './shapes.ts';
import { consumerProtocolType, subscribedTopicsOf } from './subscription.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

export interface Member {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  rebalanceTimeoutMs: number;
  sessionTimeoutMs: number;
  protocols: readonly GroupProtocol[];
  assignment: Uint8Array;
  /** Never had an answer to a JoinGroup. */
  isNew: boolean;
  /** Tickets of the parked commands. */
  joinTicket: number | undefined;
  syncTicket: number | undefined;
  /** Monotonic; undefined when nothing is expected of the member. */
  sessionDeadlineMs: number | undefined;
}

/** When the join phase ends. `initial` may be prolonged, by what is left of the rebalance timeout. */
export interface JoinPhase {
  readonly deadlineMs: number;
  readonly initial: { readonly delayMs: number; readonly remainingMs: number } | undefined;
}

export class ClassicGroup {
  readonly groupId: string;
  state: GroupState = 'Empty';
  previousState: GroupState = 'Empty';
  /** Wall clock of the last change of state; -1 where unknown. */
  stateTimestampMs = -1;
  generationId = 0;
  protocolType: string | null = null;
  protocolName: string | null = null;
  leaderId: string | null = null;
  readonly members = new Map<string, Member>();
  /** Member id by instance id. */
  readonly staticMembers = new Map<string, string>();
  /** Ids that were handed out and not used yet, with their (monotonic) deadlines. */
  readonly pendingMembers = new Map<string, number>();
  /** Those of this generation that have not sent SyncGroup. */
  readonly pendingSync = new Set<string>();
  /** Someone joined during the initial delay. */
  newMemberAdded = false;
  /** Null when unknown: not a consumer group, or its metadata cannot be read. */
  subscribedTopics: ReadonlySet<string> | null = null;
  joinPhase: JoinPhase | undefined;
  syncDeadlineMs: number | undefined;
  /** Its deletion may turn out to be in the log; no longer once the group moves, for then it is written again. */
  deletionInDoubt = false;
  /** For the shard: when its timer looks at this group next; Infinity when it does not. */
  scheduledMs = Number.POSITIVE_INFINITY;

  constructor(groupId: string) {
    this.groupId = groupId;
  }

  is(...states: GroupState[]): boolean {
    return states.includes(this.state);
  }

  moveTo(state: GroupState, turn: Turn): void {
    assert(
      lawfulPredecessors[state].includes(this.state),
      `a group does not go from ${this.state} to ${state}`,
    );
    this.deletionInDoubt = false;
    this.previousState = this.state;
    this.state = state;
    this.stateTimestampMs = turn.now.wallMs;
    turn.changes.push({
      group: this.groupId,
      state,
      generation: this.generationId,
      members: this.members.size,
    });
  }

  get canRebalance(): boolean {
    return this.is('Empty', 'CompletingRebalance', 'Stable');
  }

  // ---- members

  member(memberId: string): Member {
    return present(this.members.get(memberId), `member ${memberId} of group ${this.groupId}`);
  }

  isLeader(memberId: string): boolean {
    return this.leaderId === memberId;
  }

  add(member: Member, protocolType: string): void {
    if (this.members.size === 0) this.protocolType = protocolType;
    assert(this.protocolType === protocolType, 'all members of a group speak one protocol type');
    this.leaderId ??= member.memberId;
    this.members.set(member.memberId, member);
    if (member.groupInstanceId !== null) this.staticMembers.set(member.groupInstanceId, member.memberId);
    this.pendingMembers.delete(member.memberId);
  }

  /** Forgets a member, known or pending. Its parked commands must have been answered. */
  remove(memberId: string): void {
    const member = this.members.get(memberId);
    if (member !== undefined) {
      assert(
        member.joinTicket === undefined && member.syncTicket === undefined,
        'a member leaves with its parked commands answered',
      );
      this.members.delete(memberId);
      const instance = member.groupInstanceId;
      if (instance !== null && this.staticMembers.get(instance) === memberId)
        this.staticMembers.delete(instance);
    }
    if (this.isLeader(memberId)) this.leaderId = this.members.keys().next().value ?? null;
    this.pendingMembers.delete(memberId);
    this.pendingSync.delete(memberId);
  }

  /** NONE when the member may speak for itself. */
  validateMember(memberId: string, groupInstanceId: string | null): number {
    if (groupInstanceId !== null) {
      const known = this.staticMembers.get(groupInstanceId);
      if (known === undefined) return ErrorCode.UNKNOWN_MEMBER_ID;
      if (known !== memberId) return ErrorCode.FENCED_INSTANCE_ID;
    }
    return this.members.has(memberId) ? ErrorCode.NONE : ErrorCode.UNKNOWN_MEMBER_ID;
  }

  awaitingJoin(): number {
    let count = 0;
    for (const member of this.members.values()) if (member.joinTicket !== undefined) count++;
    return count;
  }

  hasAllMembersJoined(): boolean {
    return this.pendingMembers.size === 0 && this.awaitingJoin() === this.members.size;
  }

  /** The longest that any member asked for. */
  rebalanceTimeoutMs(): number {
    let longest = 0;
    for (const member of this.members.values()) longest = Math.max(longest, member.rebalanceTimeoutMs);
    return longest;
  }

  // ---- protocols

  /**
   * Whether a member with these protocols could live in this group. All members may have gone in the middle of a
   * rebalance, which then waits for those who were only given an id: whoever speaks the group's type may come.
   */
  supportsProtocols(protocolType: string, protocols: readonly GroupProtocol[]): boolean {
    if (this.state === 'Empty') return protocolType !== '' && protocols.length > 0;
    if (this.members.size === 0) return this.protocolType === protocolType && protocols.length > 0;
    const candidates = this.#commonProtocols();
    return this.protocolType === protocolType && protocols.some(({ name }) => candidates.has(name));
  }

  /** The one with most votes among those that all support; each member votes for the first it listed. */
  selectProtocol(): string {
    const candidates = this.#commonProtocols();
    const votes = new Map<string, number>();
    for (const member of this.members.values()) {
      const vote = present(
        member.protocols.find(({ name }) => candidates.has(name)),
        'a protocol that every member supports',
      );
      votes.set(vote.name, (votes.get(vote.name) ?? 0) + 1);
    }
    let winner = '';
    for (const [name, count] of votes) if (count > (votes.get(winner) ?? 0)) winner = name;
    return winner;
  }

  #commonProtocols(): ReadonlySet<string> {
    const supporters = new Map<string, number>();
    for (const member of this.members.values()) {
      for (const name of new Set(member.protocols.map((protocol) => protocol.name))) {
        supporters.set(name, (supporters.get(name) ?? 0) + 1);
      }
    }
    const everybody = this.members.size;
    return new Set([...supporters].filter(([, count]) => count === everybody).map(([name]) => name));
  }

  metadataOf(member: Member): Uint8Array {
    return member.protocols.find(({ name }) => name === this.protocolName)?.metadata ?? noBytes;
  }

  get usesConsumerProtocol(): boolean {
    return this.protocolType === consumerProtocolType;
  }

  /** A group of consumers whose metadata cannot be read counts as subscribed to everything. */
  isSubscribedTo(topic: string): boolean {
    return this.subscribedTopics?.has(topic) ?? this.usesConsumerProtocol;
  }

  /** To be called whenever a generation begins or a group was loaded. */
  computeSubscribedTopics(): void {
    this.subscribedTopics = null;
    if (this.protocolType === null) return;
    if (this.members.size === 0) {
      this.subscribedTopics = new Set();
      return;
    }
    if (!this.usesConsumerProtocol || this.protocolName === null) return;
    const topics = new Set<string>();
    for (const member of this.members.values()) {
      const subscription = subscribedTopicsOf(this.metadataOf(member));
      if (!subscription.ok) return;
      for (const topic of subscription.value) topics.add(topic);
    }
    this.subscribedTopics = topics;
  }

  // ---- answers and records

  joinedMembers(): JoinedMember[] {
    return [...this.members.values()].map((member) => ({
      memberId: member.memberId,
      groupInstanceId: member.groupInstanceId,
      metadata: this.metadataOf(member),
    }));
  }

  /** What a member of the current generation is told. */
  joinResponse(memberId: string, withMembers: boolean): JoinResponse {
    return {
      errorCode: ErrorCode.NONE,
      generationId: this.generationId,
      protocolType: this.protocolType,
      protocolName: this.protocolName,
      leader: this.leaderId ?? '',
      skipAssignment: false,
      memberId,
      members: withMembers ? this.joinedMembers() : [],
    };
  }

  /** The group as its log record has it, with these assignments. */
  toRecord(assignments: (memberId: string) => Uint8Array): GroupMetadata {
    return {
      protocolType: this.protocolType ?? '',
      generation: this.generationId,
      protocol: this.protocolName,
      leader: this.leaderId,
      currentStateTimestamp: this.stateTimestampMs,
      members: [...this.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        rebalanceTimeout: member.rebalanceTimeoutMs,
        sessionTimeout: member.sessionTimeoutMs,
        subscription: this.metadataOf(member),
        assignment: assignments(member.memberId),
      })),
    };
  }

  /** The group that a log record describes: Stable when it has members, Empty otherwise. */
  static fromRecord(groupId: string, record: GroupMetadata): ClassicGroup {
    const group = new ClassicGroup(groupId);
    group.generationId = record.generation;
    group.stateTimestampMs = record.currentStateTimestamp;
    group.protocolType = record.protocolType === '' ? null : record.protocolType;
    group.protocolName = record.protocol;
    group.state = record.members.length === 0 ? 'Empty' : 'Stable';
    group.previousState = group.state;
    for (const stored of record.members) {
      const { memberId, groupInstanceId, clientId, clientHost, sessionTimeout, assignment } = stored;
      const member: Member = {
        memberId,
        groupInstanceId,
        clientId,
        clientHost,
        sessionTimeoutMs: sessionTimeout,
        rebalanceTimeoutMs: stored.rebalanceTimeout < 0 ? sessionTimeout : stored.rebalanceTimeout,
        protocols: [{ name: record.protocol ?? '', metadata: stored.subscription }],
        assignment,
        isNew: false,
        joinTicket: undefined,
        syncTicket: undefined,
        sessionDeadlineMs: undefined,
      };
      group.add(member, record.protocolType);
    }
    group.leaderId = record.leader;
    group.computeSubscribedTopics();
    return group;
  }

  // ---- time

  /** Monotonic; Infinity when nothing can fall due. */
  nextDeadlineMs(): number {
    let next = Math.min(
      this.joinPhase?.deadlineMs ?? Number.POSITIVE_INFINITY,
      this.syncDeadlineMs ?? Number.POSITIVE_INFINITY,
    );
    for (const member of this.members.values()) {
      if (member.sessionDeadlineMs !== undefined) next = Math.min(next, member.sessionDeadlineMs);
    }
    for (const deadlineMs of this.pendingMembers.values()) next = Math.min(next, deadlineMs);
    return next;
  }
}

const lawfulPredecessors: Readonly<Record<GroupState, readonly GroupState[]>> = {
  Empty: ['PreparingRebalance'],
  PreparingRebalance: ['Empty', 'CompletingRebalance', 'Stable'],
  CompletingRebalance: ['PreparingRebalance'],
  Stable: ['CompletingRebalance'],
};
