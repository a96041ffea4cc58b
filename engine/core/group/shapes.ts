// The words in which the group core is spoken to and answers: plain data, no behaviour.
//
// A command that cannot be answered at once (JoinGroup waits for the others, SyncGroup for the leader) is parked inside
// the core under a ticket, a number that the caller chose. Whatever happens later (another command, a deadline, a
// write that ended) comes back as a `Turn`: the tickets that are answered now, and the records to be written.

import type { GroupLogRecord } from './records.ts';

/** The moment of a command. Deadlines run on the monotonic clock; what is written down carries the wall clock. */
export interface Now {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export interface GroupLimits {
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  readonly initialRebalanceDelayMs: number;
  /** `group.max.size`. */
  readonly maxMembers: number;
  /** A parked JoinGroup of a member that never had an answer is dropped after this: its client is gone. */
  readonly newMemberJoinTimeoutMs: number;
}

/** What Kafka uses; not configurable there either. */
export const newMemberJoinTimeoutMs = 5 * 60 * 1000;

/** A way to assign, as one member offers it; the metadata is opaque except for `consumer` groups. */
export interface GroupProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface JoinRequest {
  readonly groupId: string;
  /** Empty when the member has none yet. */
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly GroupProtocol[];
  readonly clientId: string;
  readonly clientHost: string;
  /** Fresh for this request: the tail of a new member id. */
  readonly uuid: string;
  /** From v4 on a dynamic newcomer must come again with the id it is given. */
  readonly requiresKnownMemberId: boolean;
  /** From v9 on a static leader that came back is told to keep the assignment. */
  readonly supportsSkippingAssignment: boolean;
}

export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Uint8Array;
}

export interface JoinResponse {
  readonly errorCode: number;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leader: string;
  readonly skipAssignment: boolean;
  readonly memberId: string;
  readonly members: readonly JoinedMember[];
}

export function joinError(memberId: string, errorCode: number): JoinResponse {
  return {
    errorCode,
    generationId: -1,
    protocolType: null,
    protocolName: null,
    leader: '',
    skipAssignment: false,
    memberId,
    members: [],
  };
}

export interface MemberIdentity {
  readonly groupId: string;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generationId: number;
}

export interface SyncRequest extends MemberIdentity {
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
}

export interface SyncResponse {
  readonly errorCode: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

export const noBytes = new Uint8Array(0);

export function syncError(errorCode: number): SyncResponse {
  return { errorCode, protocolType: null, protocolName: null, assignment: noBytes };
}

export interface LeavingMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export interface LeaveResponse {
  readonly errorCode: number;
  readonly members: readonly (LeavingMember & { readonly errorCode: number })[];
}

/** An answer to a parked command. */
export type Reply =
  | { readonly kind: 'join'; readonly ticket: number; readonly response: JoinResponse }
  | { readonly kind: 'sync'; readonly ticket: number; readonly response: SyncResponse };

/** What the core wants to know when the records of a write are committed, or could not be. */
export type AfterWrite =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'new-group';
      readonly groupId: string;
      readonly ticket: number;
      readonly memberId: string;
    }
  | {
      readonly kind: 'assignment';
      readonly groupId: string;
      readonly generationId: number;
      readonly assignments: ReadonlyMap<string, Uint8Array>;
    }
  | {
      readonly kind: 'static-member';
      readonly groupId: string;
      readonly ticket: number;
      readonly groupInstanceId: string;
      readonly memberId: string;
      readonly previousMemberId: string;
      /** Who led before the replacement: old clients are told this id, so that they do not assign again. */
      readonly previousLeader: string;
      readonly supportsSkippingAssignment: boolean;
    };

export interface Write {
  readonly records: readonly GroupLogRecord[];
  readonly after: AfterWrite;
}

export interface StateChange {
  readonly group: string;
  readonly state: string;
  readonly generation: number;
  readonly members: number;
}

/** Why a member had to go: not heard of for its session, or not come to the rebalance in time. */
export type Expulsion = 'session' | 'rebalance';

/** What one step of the core brought about, in order. */
export class Turn {
  readonly now: Now;
  readonly limits: GroupLimits;
  readonly replies: Reply[] = [];
  readonly writes: Write[] = [];
  readonly changes: StateChange[] = [];
  readonly expelled: Expulsion[] = [];

  constructor(now: Now, limits: GroupLimits) {
    this.now = now;
    this.limits = limits;
  }

  replyJoin(ticket: number, response: JoinResponse): void {
    this.replies.push({ kind: 'join', ticket, response });
  }

  replySync(ticket: number, response: SyncResponse): void {
    this.replies.push({ kind: 'sync', ticket, response });
  }

  write(records: readonly GroupLogRecord[], after: AfterWrite): void {
    this.writes.push({ records, after });
  }
}
