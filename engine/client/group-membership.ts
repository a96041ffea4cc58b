// Membership in a classic group: joining (two steps), handing out partitions when chosen as leader,
// heartbeats from a task of their own, leaving. It knows nothing of positions; what an assignment means is
// the consumer's business.
//
// A round of joining runs in the background; the consumer picks its result up from within poll, where its
// user can act on it. That is the rule of Kafka's classic protocol: nothing is taken from a member that is
// busy with records.

import type { TopicPartition } from '../base/ids.ts';
import type { Completion, Task } from '../base/task.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { heartbeat } from '../protocol/apis/heartbeat.ts';
import { joinGroup } from '../protocol/apis/join-group.ts';
import { leaveGroup } from '../protocol/apis/leave-group.ts';
import { syncGroup } from '../protocol/apis/sync-group.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import { type AssignorName, assignorNames, assignPartitions, type GroupMember } from './assignors.ts';
import { backoffMs } from './backoff.ts';
import type { ConsumerConfig } from './client-config.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
  type Subscription,
} from './consumer-wire.ts';
import { type GroupCoordinator, mayAskAgain } from './group-coordinator.ts';

export type RoundResult =
  | { readonly kind: 'joined'; readonly assignment: readonly TopicPartition[] }
  /** Try again; `afterMs` tells how long to wait first. */
  | { readonly kind: 'again'; readonly wait: boolean }
  | { readonly kind: 'refused'; readonly error: string };

/** Who a member was when it asked: an answer to who it is no longer says nothing. */
export interface AskedAs {
  readonly generationId: number;
  readonly memberId: string;
}

type JoinResponse = DecodedResponseOf<typeof joinGroup>;
const again: RoundResult = { kind: 'again', wait: true };
const protocolType = 'consumer';
/** How often a member that leaves says so; after that the session timeout tells. */
const leaveTriesMax = 5;

export class GroupMembership {
  readonly #runtime: Runtime;
  readonly #config: ConsumerConfig;
  readonly #metadata: ClusterMetadata;
  readonly #coordinator: GroupCoordinator;
  readonly #assignors: readonly AssignorName[];
  readonly #wake: () => void;
  #fatal: string | undefined;
  #memberId = '';
  #generationId = -1;
  #protocol = '';
  #needsRound = true;
  /** The last membership ended without this member's doing: what it owned may be another's already. */
  #wasLost = false;
  #round: Completion<RoundResult> | undefined;
  #stopped: Completion<void>;
  #beating = false;
  #lastPollMs: number;
  /** As leader: partition counts that the assignment was made from. */
  #assignedFrom = new Map<string, number>();

  constructor(
    runtime: Runtime,
    config: ConsumerConfig,
    metadata: ClusterMetadata,
    coordinator: GroupCoordinator,
    assignors: readonly AssignorName[],
    wake: () => void,
  ) {
    this.#runtime = runtime;
    this.#config = config;
    this.#metadata = metadata;
    this.#coordinator = coordinator;
    this.#assignors = assignors;
    this.#wake = wake;
    this.#stopped = runtime.tasks.completion('end of the membership');
    this.#lastPollMs = this.#nowMs();
    metadata.onUpdate(() => this.#watchCounts());
  }

  get memberId(): string {
    return this.#memberId;
  }

  get generationId(): number {
    return this.#generationId;
  }

  get round(): Completion<RoundResult> | undefined {
    return this.#round;
  }

  get needsRound(): boolean {
    return this.#needsRound;
  }

  /**
   * Whether members give partitions up one round before others get them: only if every assignor offered does
   * so.
   */
  get isCooperative(): boolean {
    return this.#assignors.every((name) => name === 'cooperative-sticky');
  }

  /** Why this member can never be in the group again, once that is so: another process has its instance id. */
  get fatal(): string | undefined {
    return this.#fatal;
  }

  polled(): void {
    this.#lastPollMs = this.#nowMs();
  }

  /** True once after every membership that ended by itself. */
  takeLost(): boolean {
    const lost = this.#wasLost;
    this.#wasLost = false;
    return lost;
  }

  /** Another round is wanted: the subscription changed, or partitions were given up. */
  requestRound(): void {
    this.#needsRound = true;
    this.#wake();
  }

  startRound(subscription: Omit<Subscription, 'generationId'>): void {
    this.#needsRound = false;
    const generationId = this.#generationId;
    this.#round = this.#runtime.tasks.spawn(
      `joining group ${this.#config.groupId}`,
      this.#joinAndSync({ ...subscription, generationId }),
    );
    this.#round.onSettled(() => this.#wake());
    if (this.#beating) return;
    this.#beating = true;
    this.#runtime.tasks.spawn(`heartbeats of group ${this.#config.groupId}`, this.#beat());
  }

  /** The result was dealt with. */
  endRound(result: RoundResult): void {
    this.#round = undefined;
    if (result.kind === 'again') this.#needsRound = true;
  }

  /**
   * An answer of the coordinator about this member, as who it asked, whichever request it came to. A rebalance is news
   * only outside of a round: a commit between joining and the assignment is refused with it, and the round goes on.
   */
  learn(errorCode: number, as: AskedAs): void {
    this.#coordinator.learn(errorCode);
    const isOld = as.generationId !== this.#generationId || as.memberId !== this.#memberId;
    if (errorCode === ErrorCode.REBALANCE_IN_PROGRESS && this.#round === undefined) this.requestRound();
    if (errorCode === ErrorCode.ILLEGAL_GENERATION && !isOld) this.#lose(false);
    if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID && !isOld) this.#lose(true);
    if (errorCode === ErrorCode.FENCED_INSTANCE_ID && !isOld) this.#end(errorCode);
  }

  *leave(reason: string): Task<void> {
    const memberId = this.#memberId;
    const isStatic = this.#config.groupInstanceId !== '';
    if (memberId === '' || isStatic) return;
    this.#memberId = '';
    this.#generationId = -1;
    const members = [{ memberId, groupInstanceId: null, reason }];
    const { groupId } = this.#config;
    for (let failures = 1; failures <= leaveTriesMax; failures++) {
      const answer = yield* this.#coordinator.request(leaveGroup, (version) =>
        version >= 3 ? { groupId, memberId: '', members } : { groupId, memberId, members: [] },
      );
      if (answer.ok && !mayAskAgain(answer.value.errorCode)) return;
      if (answer.ok) this.#coordinator.learn(answer.value.errorCode);
      yield* this.#runtime.sleep(this.#backoffMs(failures), 'wait before the group is told again');
    }
  }

  stop(): void {
    this.#stopped.settle();
  }

  // ---- one round

  *#joinAndSync(subscription: Subscription): Task<RoundResult> {
    const joined = yield* this.#join(encodeSubscription(subscription, this.#config.clientRack));
    if ('kind' in joined) return joined;
    const { generationId, memberId } = joined;
    this.#memberId = memberId;
    this.#generationId = generationId;
    this.#protocol = joined.protocolName ?? '';
    this.#assignedFrom = new Map();
    const isLeader = joined.leader === memberId && !joined.skipAssignment;
    const assignments = isLeader ? yield* this.#assign(joined) : [];
    if (assignments === undefined) return { kind: 'refused', error: 'INCONSISTENT_GROUP_PROTOCOL' };
    const answer = yield* this.#coordinator.request(
      syncGroup,
      {
        groupId: this.#config.groupId,
        generationId,
        memberId,
        groupInstanceId: this.#instanceId(),
        protocolType,
        protocolName: this.#protocol,
        assignments,
      },
      { timeoutMs: this.#roundTimeoutMs() },
    );
    if (!answer.ok) return again;
    const { errorCode, assignment } = answer.value;
    if (errorCode === ErrorCode.NONE) {
      const decoded = decodeAssignment(assignment);
      if (!decoded.ok)
        return { kind: 'refused', error: `an assignment that cannot be read: ${decoded.error}` };
      return { kind: 'joined', assignment: decoded.value };
    }
    return this.#refusal(errorCode, { generationId, memberId });
  }

  *#join(metadata: Uint8Array): Task<JoinResponse | RoundResult> {
    const { groupId, sessionTimeoutMs, maxPollIntervalMs } = this.#config;
    const answer = yield* this.#coordinator.request(
      joinGroup,
      (version) => ({
        groupId,
        sessionTimeoutMs,
        rebalanceTimeoutMs: maxPollIntervalMs,
        memberId: this.#memberId,
        groupInstanceId: version >= 5 ? this.#instanceId() : null,
        protocolType,
        protocols: this.#assignors.map((name) => ({ name, metadata })),
      }),
      { timeoutMs: this.#roundTimeoutMs() },
    );
    if (!answer.ok) return again;
    const { errorCode, memberId } = answer.value;
    if (errorCode === ErrorCode.NONE) return answer.value;
    if (errorCode === ErrorCode.MEMBER_ID_REQUIRED) {
      this.#memberId = memberId;
      return { kind: 'again', wait: false };
    }
    return this.#refusal(errorCode, this.#asked());
  }

  #refusal(errorCode: number, as: AskedAs): RoundResult {
    this.learn(errorCode, as);
    switch (errorCode) {
      case ErrorCode.UNKNOWN_MEMBER_ID:
      case ErrorCode.ILLEGAL_GENERATION:
      case ErrorCode.REBALANCE_IN_PROGRESS:
        return { kind: 'again', wait: false };
      case ErrorCode.UNKNOWN_SERVER_ERROR:
        return again;
      default:
        if (mayAskAgain(errorCode)) return again;
        return { kind: 'refused', error: errorName(errorCode) };
    }
  }

  /** As leader: who gets what; undefined when a member cannot be understood. */
  *#assign(joined: JoinResponse): Task<{ memberId: string; assignment: Uint8Array }[] | undefined> {
    const members: GroupMember[] = [];
    for (const { memberId, groupInstanceId, metadata } of joined.members) {
      const subscription = decodeSubscription(metadata);
      if (!subscription.ok) return undefined;
      members.push({ memberId, groupInstanceId, ...subscription.value });
    }
    const assignor = assignorNames.find((name) => name === joined.protocolName);
    if (assignor === undefined) return undefined;
    const counts = yield* this.#partitionCounts(new Set(members.flatMap(({ topics }) => topics)));
    this.#assignedFrom = counts;
    const given = assignPartitions(assignor, members, counts);
    return [...given].map(([memberId, list]) => ({ memberId, assignment: encodeAssignment(list) }));
  }

  /**
   * Also topics that other members alone asked for; one that nobody has is counted as having no partitions.
   */
  *#partitionCounts(topics: ReadonlySet<string>): Task<Map<string, number>> {
    for (const topic of topics) this.#metadata.want(topic);
    const isMissing = (topic: string) => this.#metadata.topic(topic) === undefined;
    for (let tries = 0; tries < 5 && [...topics].some(isMissing); tries++) {
      yield* this.#metadata.nextUpdate(this.#config.retryBackoffMaxMs);
    }
    return this.#countsOf(topics);
  }

  #countsOf(topics: Iterable<string>): Map<string, number> {
    const counts = new Map<string, number>();
    for (const topic of topics) counts.set(topic, this.#metadata.topic(topic)?.partitions.length ?? 0);
    return counts;
  }

  /** The leader calls for a new round when a topic got partitions that nobody has. */
  #watchCounts(): void {
    for (const [topic, count] of this.#assignedFrom) {
      const known = this.#metadata.topic(topic);
      if (known === undefined || known.errorCode !== ErrorCode.NONE) continue;
      if (known.partitions.length !== count) {
        this.#assignedFrom = new Map();
        return this.requestRound();
      }
    }
  }

  // ---- heartbeats

  *#beat(): Task<void> {
    // A heartbeat that nobody took is sent again soon: the session runs on while the coordinator moves.
    let failures = 0;
    for (;;) {
      const { heartbeatIntervalMs } = this.#config;
      const soonMs = failures === 0 ? heartbeatIntervalMs : this.#backoffMs(failures);
      yield* this.#runtime.within(this.#stopped, Math.min(soonMs, heartbeatIntervalMs));
      if (this.#stopped.settled || this.#fatal !== undefined) return;
      if (this.#generationId < 0 || this.#round !== undefined) {
        failures = 0;
        continue;
      }
      if (this.#nowMs() - this.#lastPollMs > this.#config.maxPollIntervalMs) {
        this.#wasLost = true;
        this.requestRound();
        yield* this.leave('no poll within max.poll.interval.ms');
        continue;
      }
      const as = this.#asked();
      const answer = yield* this.#coordinator.request(heartbeat, {
        groupId: this.#config.groupId,
        ...as,
        groupInstanceId: this.#instanceId(),
      });
      if (answer.ok) this.learn(answer.value.errorCode, as);
      failures = answer.ok && !mayAskAgain(answer.value.errorCode) ? 0 : failures + 1;
    }
  }

  /** Two processes with one instance id would take the place from each other for ever: as in Kafka the older ends. */
  #end(errorCode: number): void {
    this.#fatal = errorName(errorCode);
    this.#lose(true);
  }

  #asked(): AskedAs {
    return { generationId: this.#generationId, memberId: this.#memberId };
  }

  #lose(memberIdToo: boolean): void {
    if (this.#generationId >= 0) this.#wasLost = true;
    this.#generationId = -1;
    if (memberIdToo) this.#memberId = '';
    this.requestRound();
  }

  #backoffMs(failures: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config;
    return backoffMs(this.#runtime.random, failures, retryBackoffMs, retryBackoffMaxMs);
  }

  #instanceId(): string | null {
    return this.#config.groupInstanceId === '' ? null : this.#config.groupInstanceId;
  }

  /**
   * The coordinator holds the answer until every member has come: as long as the slowest one may take to
   * poll.
   */
  #roundTimeoutMs(): number {
    return Math.max(this.#config.requestTimeoutMs, this.#config.maxPollIntervalMs + 5_000);
  }

  #nowMs(): number {
    return Math.floor(this.#runtime.clock.monotonicUs() / 1000);
  }
}
