// The group coordinator of this broker: it joins the pure group core (`core/group`), one shard for each partition of
// `__consumer_offsets` that this broker leads, with that partition's log, the clock and the network of waiting members.
// The groups of partitions that others lead are theirs; `findCoordinator` says whose, as the metadata has it.
//
// - Commands run on the shard at once, in the order in which they came. What they write is appended in that order too,
//   and answers that depend on a write wait until it is committed.
// - Committed records are applied in the order of the log. `appliedUpTo` is how far that has come. When a write ended
//   without certainty (a timeout: it may still commit), the gap is read back from the log before anything behind it is
//   applied, so that this memory never differs from the log below the high watermark.
// - A shard has one life, from `elected` to `resigned`. A write that returns in another life answers NOT_COORDINATOR,
//   even if the high watermark passes its offset: those may be somebody else's records (KAFKA-20634).
// - News about a partition may overtake each other: what is older than the newest leader epoch is ignored. A leader
//   elected again while it leads goes on with what it has, as Kafka's does: its log was nobody else's meanwhile.
// - Waiting members have no timeout of their own here: the core's deadlines answer them.
//
// Left out: transactional batches in the log are passed over, there being no transaction coordinator yet.

import { assert, present } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { CommittedOffset, OffsetRecord } from '../core/group/records.ts';
import {
  type JoinRequest,
  type JoinResponse,
  joinError,
  type LeaveResponse,
  type LeavingMember,
  type MemberIdentity,
  type SyncRequest,
  type SyncResponse,
  syncError,
} from '../core/group/shapes.ts';
import { ErrorCode } from '../errors.ts';
import type { Address } from '../ports.ts';
import { utf8 } from '../protocol/bytes.ts';
import type { Runtime } from '../runtime.ts';
import { type CoordinatorPartition, type GroupConfig, GroupSlot } from './group-slot.ts';

export interface GroupCoordinatorOptions {
  readonly runtime: Runtime;
  readonly config: GroupConfig;
  /** Who leads the partition, and where clients find it; undefined while nobody does. */
  leaderOf(index: number): CoordinatorNode | undefined;
  /** How many partitions `__consumer_offsets` has; undefined while it is not there. */
  offsetsPartitions(): number | undefined;
  /** The partition, if this broker has it. */
  partitionOf(index: number): CoordinatorPartition | undefined;
  /** Makes `__consumer_offsets` if need be; false while it is not there. */
  ensureOffsetsTopic(): Task<boolean>;
  topicExists(topic: string, partition: number): boolean;
  topicNameOf(topicId: string): string | undefined;
  topicIdOf(topic: string): string | undefined;
}

export interface CoordinatorNode extends Address {
  readonly nodeId: number;
}

export interface FoundCoordinator extends CoordinatorNode {
  readonly errorCode: number;
}

export interface CommittingPartition {
  readonly topic: string;
  /** The zero uuid when the client named the topic. */
  readonly topicId: string;
  readonly partition: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  readonly metadata: string;
}

export interface FetchedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly value: CommittedOffset;
}

export interface DescribedGroup {
  readonly errorCode: number;
  readonly groupId: string;
  readonly state: string;
  readonly protocolType: string;
  readonly protocol: string;
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly clientId: string;
    readonly clientHost: string;
    readonly metadata: Uint8Array;
    readonly assignment: Uint8Array;
  }[];
}

export interface ListedGroup {
  readonly groupId: string;
  readonly protocolType: string;
  readonly state: string;
}

/** Strings of the group record have an int16 length; a member id is one of these and a uuid. */
const nameBytesMax = 32_000;

const emptyBytes = new Uint8Array(0);

/** What it tells of a member that its commit is refused. */
const refusedCommits = new Map([
  [ErrorCode.ILLEGAL_GENERATION, 'commit-refused-by-generation'],
  [ErrorCode.UNKNOWN_MEMBER_ID, 'commit-refused-from-zombie'],
  [ErrorCode.REBALANCE_IN_PROGRESS, 'commit-refused-in-rebalance'],
  [ErrorCode.FENCED_INSTANCE_ID, 'static-member-fenced'],
] as const);

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;
  readonly #runtime: Runtime;
  readonly #slots = new Map<number, GroupSlot>();
  /** The newest leader epoch that was told of each partition, whoever leads in it. */
  readonly #epochs = new Map<number, number>();
  /** The partition that this broker led last under each index. */
  readonly #partitions = new Map<number, CoordinatorPartition>();
  #partitionsCount: number | undefined;
  #started = false;
  #stopped = false;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
    this.#runtime = options.runtime;
  }

  start(): void {
    assert(!this.#started, 'a coordinator is started once');
    this.#started = true;
  }

  /** Everybody who waits is sent away. */
  stop(): void {
    this.#started = false;
    this.#stopped = true;
    for (const index of [...this.#slots.keys()]) this.#unload(index);
  }

  // ---- names, for handlers

  topicNameOf(topicId: string): string | undefined {
    return this.#options.topicNameOf(topicId);
  }

  topicIdOf(topic: string): string | undefined {
    return this.#options.topicIdOf(topic);
  }

  // ---- which partition, and its life

  /**
   * Kafka's choice: `abs(hashCode) % partitions`. The topic counts, not the property: that one is for making it, and
   * may have been changed since. As in Kafka, partitions that are added later count from the next start.
   */
  partitionFor(groupId: string): number {
    const { offsetsPartitions, config } = this.#options;
    this.#partitionsCount ??= offsetsPartitions();
    return partitionOfGroup(groupId, this.#partitionsCount ?? config.offsetsTopicPartitions);
  }

  *findCoordinator(groupId: string): Task<FoundCoordinator> {
    const there = yield* this.#options.ensureOffsetsTopic();
    const leader = there ? this.#options.leaderOf(this.partitionFor(groupId)) : undefined;
    if (leader === undefined) {
      return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, nodeId: -1, host: '', port: -1 };
    }
    const { nodeId, host, port } = leader;
    return { errorCode: ErrorCode.NONE, nodeId, host, port };
  }

  /** This broker leads the partition in this epoch: replays its log, and serves its groups when that is done. */
  elected(index: number, leaderEpoch: number): void {
    const partition = this.#options.partitionOf(index);
    if (this.#stopped || partition === undefined) return;
    // Of a topic that was deleted and made anew: epochs begin again, and nothing of the old one counts.
    if ((this.#partitions.get(index) ?? partition) !== partition) this.resigned(index, undefined);
    if (!this.#isNews(index, leaderEpoch)) return;
    this.#partitions.set(index, partition);
    const slot = this.#slots.get(index);
    if (slot !== undefined && slot.state !== 'failed') {
      slot.leaderEpoch = leaderEpoch;
      return;
    }
    const { config } = this.#options;
    const begun = new GroupSlot(this.#runtime, config, { index, leaderEpoch, partition });
    this.#slots.set(index, begun);
    this.#runtime.tasks.spawn(`load groups of __consumer_offsets-${index}`, begun.load());
  }

  /**
   * Somebody else leads the partition in this epoch, or nobody: whoever waits must look for the new coordinator.
   * Without an epoch the partition is deleted, and another may take its place.
   */
  resigned(index: number, leaderEpoch: number | undefined): void {
    if (leaderEpoch === undefined) {
      this.#epochs.delete(index);
      this.#partitions.delete(index);
    } else if (!this.#isNews(index, leaderEpoch)) return;
    this.#unload(index);
  }

  #isNews(index: number, leaderEpoch: number): boolean {
    if (leaderEpoch < (this.#epochs.get(index) ?? -1)) return false;
    this.#epochs.set(index, leaderEpoch);
    return true;
  }

  #unload(index: number): void {
    this.#slots.get(index)?.end('unloaded');
    this.#slots.delete(index);
  }

  // ---- members

  *join(request: Omit<JoinRequest, 'uuid'>): Task<JoinResponse> {
    yield* this.#runtime.yieldPoint('coordinator: join came');
    const { groupId, memberId, sessionTimeoutMs } = request;
    const { config } = this.#options;
    if (!this.#started) return joinError(memberId, ErrorCode.COORDINATOR_NOT_AVAILABLE);
    if (groupId === '') return joinError(memberId, ErrorCode.INVALID_GROUP_ID);
    if (
      sessionTimeoutMs < config.groupMinSessionTimeoutMs ||
      sessionTimeoutMs > config.groupMaxSessionTimeoutMs
    ) {
      return joinError(memberId, ErrorCode.INVALID_SESSION_TIMEOUT);
    }
    const names = [request.clientId, request.groupInstanceId ?? '', request.protocolType];
    const protocolNames = request.protocols.map(({ name }) => name);
    if ([...names, ...protocolNames].some(isTooLong)) return joinError(memberId, ErrorCode.INVALID_REQUEST);
    const found = this.#slotOf(groupId);
    if (!found.ok) return joinError(memberId, found.error);
    const slot = found.value;
    const uuid = this.#runtime.random.uuid();
    return yield* slot.parkJoin(`JoinGroup of ${groupId}`, memberId, (ticket) =>
      slot.shard.join({ ...request, uuid }, ticket, slot.now()),
    );
  }

  *sync(request: SyncRequest): Task<SyncResponse> {
    yield* this.#runtime.yieldPoint('coordinator: sync came');
    const found = this.#named(request.groupId);
    if (!found.ok) return syncError(found.error);
    const slot = found.value;
    return yield* slot.parkSync(`SyncGroup of ${request.groupId}`, (ticket) =>
      slot.shard.sync(request, ticket, slot.now()),
    );
  }

  *heartbeat(of: MemberIdentity): Task<number> {
    yield* this.#runtime.yieldPoint('coordinator: heartbeat came');
    const found = this.#named(of.groupId);
    if (!found.ok) {
      // Who asks while the group is being loaded is alive, and will have a fresh session soon.
      return found.error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : found.error;
    }
    const error = found.value.shard.heartbeat(of, found.value.now());
    found.value.arm();
    found.value.markRefusal(error);
    return error;
  }

  *leave(groupId: string, leaving: readonly LeavingMember[]): Task<LeaveResponse> {
    const found = this.#named(groupId);
    if (!found.ok) return { errorCode: found.error, members: [] };
    const { turn, response } = found.value.shard.leave(groupId, leaving, found.value.now());
    found.value.perform(turn);
    return response;
  }

  // ---- offsets

  /**
   * One code for each partition, in the order of the request. `retentionMs` is -1 unless the client brought its own.
   * The empty group id is a group like any other here, for the sake of very old clients.
   */
  *commitOffsets(
    of: MemberIdentity,
    partitions: readonly CommittingPartition[],
    retentionMs: number,
  ): Task<number[]> {
    yield* this.#runtime.yieldPoint('coordinator: commit came');
    const all = (code: number) => partitions.map(() => code);
    if (!this.#started) return all(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    const known = partitions.map(({ topic, partition }) => this.#options.topicExists(topic, partition));
    const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (!known.includes(true)) return all(unknown);
    const found = this.#slotOf(of.groupId);
    if (!found.ok) return known.map((is) => (is ? found.error : unknown));
    const now = found.value.now();
    const refused = found.value.shard.admitCommit(of, now);
    found.value.arm();
    const mark = refusedCommits.get(refused);
    if (mark !== undefined) this.#runtime.reached(mark);
    if (refused !== ErrorCode.NONE) return known.map((is) => (is ? refused : unknown));

    const tooLarge = ErrorCode.OFFSET_METADATA_TOO_LARGE;
    const codes = partitions.map(({ metadata }, at) => {
      if (known[at] !== true) return unknown;
      return metadata.length > this.#options.config.offsetMetadataMaxBytes ? tooLarge : ErrorCode.NONE;
    });
    const records: OffsetRecord[] = [];
    for (const [at, { topic, topicId, partition, offset, leaderEpoch, metadata }] of partitions.entries()) {
      if (codes[at] !== ErrorCode.NONE) continue;
      const commitTimestampMs = now.wallMs;
      const expireTimestampMs = retentionMs < 0 ? -1 : now.wallMs + retentionMs;
      const value = { offset, leaderEpoch, metadata, commitTimestampMs, expireTimestampMs, topicId };
      records.push({ kind: 'offset', groupId: of.groupId, topic, partition, value });
    }
    this.#traceCommits('offset-commit-began', found.value, records);
    const error = yield* found.value.append(records);
    if (error === ErrorCode.NONE) this.#traceCommits('offset-committed', found.value, records);
    return codes.map((code) => (code === ErrorCode.NONE ? error : code));
  }

  /** Every committed offset of the group, sorted; `stable` waits for those that are being written. */
  *fetchOffsets(groupId: string, stable: boolean): Task<Outcome<FetchedOffset[], number>> {
    const found = this.#slotOf(groupId);
    if (!found.ok) return found;
    const slot = found.value;
    const error = yield* slot.settle(stable);
    if (error !== ErrorCode.NONE) return failure(error);
    return success(slot.shard.offsets.all(groupId));
  }

  /** The error of the whole, or one code for each partition in the order of the request. */
  *deleteOffsets(
    groupId: string,
    partitions: readonly { readonly topic: string; readonly partition: number }[],
  ): Task<Outcome<number[], number>> {
    const found = this.#named(groupId);
    if (!found.ok) return found;
    const slot = found.value;
    const settled = yield* slot.settle(false);
    if (settled !== ErrorCode.NONE) return failure(settled);
    const refused = slot.shard.admitOffsetDelete(groupId);
    if (refused !== ErrorCode.NONE) return failure(refused);
    const group = present(slot.shard.group(groupId), 'a group that was admitted');
    const records: OffsetRecord[] = [];
    const codes = partitions.map(({ topic, partition }) => {
      if (!this.#options.topicExists(topic, partition)) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
      if (group.isSubscribedTo(topic)) return ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC;
      const record = slot.shard.offsets.deletion(groupId, topic, partition);
      if (record !== undefined) records.push(record);
      return ErrorCode.NONE;
    });
    const error = yield* slot.append(records);
    return error === ErrorCode.NONE ? success(codes) : failure(error);
  }

  // ---- administration

  *describe(groupId: string): Task<DescribedGroup> {
    const nothing = { groupId, protocolType: '', protocol: '', members: [] };
    const found = this.#slotOf(groupId);
    if (!found.ok) return { ...nothing, errorCode: found.error, state: '' };
    const group = found.value.shard.group(groupId);
    if (group === undefined) return { ...nothing, errorCode: ErrorCode.GROUP_ID_NOT_FOUND, state: 'Dead' };
    const stable = group.is('Stable');
    return {
      errorCode: ErrorCode.NONE,
      groupId,
      state: group.state,
      protocolType: group.protocolType ?? '',
      protocol: stable ? (group.protocolName ?? '') : '',
      members: [...group.members.values()].map((member) => ({
        memberId: member.memberId,
        groupInstanceId: member.groupInstanceId,
        clientId: member.clientId,
        clientHost: member.clientHost,
        metadata: stable ? group.metadataOf(member) : emptyBytes,
        assignment: member.assignment,
      })),
    };
  }

  /** The groups of every partition that is led here, by id; an error while one of them is still being loaded. */
  *list(): Task<Outcome<ListedGroup[], number>> {
    if (!this.#started) return failure(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    const listed: ListedGroup[] = [];
    for (const slot of this.#slots.values()) {
      if (slot.state === 'loading') return failure(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
      if (slot.state !== 'active') continue;
      for (const { groupId, protocolType, state } of slot.shard.groups()) {
        listed.push({ groupId, protocolType: protocolType ?? '', state });
      }
    }
    return success(listed.sort((a, b) => (a.groupId < b.groupId ? -1 : 1)));
  }

  *delete(groupId: string): Task<number> {
    const found = this.#slotOf(groupId);
    if (!found.ok) return found.error;
    const slot = found.value;
    const settled = yield* slot.settle(false);
    if (settled !== ErrorCode.NONE) return settled;
    const { errorCode, records, group } = slot.shard.deleteGroup(groupId);
    if (group === undefined) return errorCode;
    const error = yield* slot.append(records);
    if (error !== ErrorCode.NONE) slot.shard.restore(group);
    return error;
  }

  // ---- the shard of a group

  /** For commands that want a group id that is not empty. */
  #named(groupId: string): Outcome<GroupSlot, number> {
    if (!this.#started) return failure(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    return groupId === '' ? failure(ErrorCode.INVALID_GROUP_ID) : this.#slotOf(groupId);
  }

  #slotOf(groupId: string): Outcome<GroupSlot, number> {
    if (!this.#started) return failure(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    if (isTooLong(groupId)) return failure(ErrorCode.INVALID_GROUP_ID);
    const slot = this.#slots.get(this.partitionFor(groupId));
    if (slot === undefined || slot.state === 'failed') return failure(ErrorCode.NOT_COORDINATOR);
    if (slot.state === 'loading') return failure(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    return success(slot);
  }

  #traceCommits(
    kind: 'offset-commit-began' | 'offset-committed',
    slot: GroupSlot,
    records: readonly OffsetRecord[],
  ): void {
    const { trace } = this.#runtime;
    if (!trace.wants(kind)) return;
    for (const { groupId: group, topic, partition, value } of records) {
      if (value === null) continue;
      const { offset } = value;
      trace.emit({ kind, group, topic, partition, offset, ...slot.traceFields() });
    }
  }
}

/** `String.hashCode` of Java, its absolute value (0 for the one that has none), modulo. */
export function partitionOfGroup(groupId: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < groupId.length; i++) hash = (Math.imul(hash, 31) + groupId.charCodeAt(i)) | 0;
  return hash === -2147483648 ? 0 : Math.abs(hash) % partitions;
}

function isTooLong(name: string): boolean {
  return name.length > nameBytesMax || (name.length * 3 > nameBytesMax && utf8(name).length > nameBytesMax);
}
