// The group coordinator of this broker: it joins the pure group core (`core/group`), one shard for each partition of
// `__consumer_offsets` that this broker leads, with that partition's log, the clock and the network of waiting members.
//
// - Commands run on the shard at once, in the order in which they came. What they write is appended in that order too,
//   and answers that depend on a write wait until it is committed.
// - Committed records are applied in the order of the log. `appliedUpTo` is how far that has come. When a write ended
//   without certainty (a timeout: it may still commit), the gap is read back from the log before anything behind it is
//   applied, so that this memory never differs from the log below the high watermark.
// - A shard has one life, from `load` to `unload`. A write that returns in another life answers NOT_COORDINATOR, even
//   if the high watermark passes its offset: those may be somebody else's records (KAFKA-20634).
// - Waiting members have no timeout of their own here: the core's deadlines answer them.
//
// Left out: the coordinator is always this node (`findCoordinator` answers with itself or COORDINATOR_NOT_AVAILABLE);
// transactional batches in the log are passed over, there being no transaction coordinator yet.

import { assert, present } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { GroupLogRecord, OffsetRecord } from '../core/group/records.ts';
import { type CommittedOffset, decodeGroupLogRecord, encodeGroupLogRecord } from '../core/group/records.ts';
import {
  type JoinRequest,
  type JoinResponse,
  joinError,
  type LeaveResponse,
  type LeavingMember,
  type MemberIdentity,
  type Now,
  newMemberJoinTimeoutMs,
  type SyncRequest,
  type SyncResponse,
  syncError,
  type Turn,
  type Write,
} from '../core/group/shapes.ts';
import { GroupShard } from '../core/group/shard.ts';
import { ErrorCode } from '../errors.ts';
import type { Address, Cancel } from '../ports.ts';
import { utf8 } from '../protocol/bytes.ts';
import { wholeBatchesOf } from '../protocol/record-batch.ts';
import { buildBatch } from '../protocol/record-batch-builder.ts';
import { decodeRecords } from '../protocol/records.ts';
import type { Runtime } from '../runtime.ts';

/** One partition of `__consumer_offsets` that this broker leads. */
export interface CoordinatorPartition {
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  /** Appends and waits until committed; the value is the base offset, the error a wire error code. */
  appendCommitted(batch: Uint8Array, timeoutMs: number): Task<Outcome<number, number>>;
  /** Batches from the one that holds `fromOffset`: at least one whole batch, if there is one; the tail may be cut. */
  read(fromOffset: number, maxBytes: number): Task<Outcome<Uint8Array, number>>;
}

export interface GroupConfig {
  readonly groupMinSessionTimeoutMs: number;
  readonly groupMaxSessionTimeoutMs: number;
  readonly groupInitialRebalanceDelayMs: number;
  readonly groupMaxSize: number;
  /** In UTF-16 units, as Java counts characters. */
  readonly offsetMetadataMaxBytes: number;
  readonly offsetsRetentionMs: number;
  readonly offsetsRetentionCheckIntervalMs: number;
  readonly offsetsTopicPartitions: number;
  readonly offsetsCommitTimeoutMs: number;
  readonly loadBufferBytes: number;
}

export interface GroupCoordinatorOptions {
  readonly runtime: Runtime;
  readonly config: GroupConfig;
  readonly nodeId: number;
  /** Where clients find this node. */
  readonly advertised: Address;
  /** The partition if this broker leads it. */
  partitionOf(index: number): CoordinatorPartition | undefined;
  /** Makes `__consumer_offsets` if need be; false while it is not there. */
  ensureOffsetsTopic(): Task<boolean>;
  topicExists(topic: string, partition: number): boolean;
  topicNameOf(topicId: string): string | undefined;
  topicIdOf(topic: string): string | undefined;
}

export interface FoundCoordinator {
  readonly errorCode: number;
  readonly nodeId: number;
  readonly host: string;
  readonly port: number;
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
/** How long until a failed read of the log is tried again while loading. */
const loadRetryMs = 1_000;
/** How often a loading shard looks whether what it inherited is committed. */
const commitPollMs = 20;
/** Tombstones in one batch, so that it stays below any sensible limit of the topic. */
const expiryBatchRecords = 1_000;

const emptyBytes = new Uint8Array(0);

type Parked =
  | { readonly kind: 'join'; readonly memberId: string; readonly answer: Completion<JoinResponse> }
  | { readonly kind: 'sync'; readonly answer: Completion<SyncResponse> };

/** One shard in one life. */
interface Slot {
  readonly index: number;
  readonly partition: CoordinatorPartition;
  readonly shard: GroupShard;
  state: 'loading' | 'active' | 'failed' | 'unloaded';
  /** All records below are applied. */
  appliedUpTo: number;
  readonly parked: Map<number, Parked>;
  /** Ends of the appends under way. */
  readonly writing: Set<Completion<void>>;
  /** The read that fills a gap, when one is under way. */
  reading: Completion<void> | undefined;
  alarm: Cancel | undefined;
  alarmAtMs: number;
}

export class GroupCoordinator {
  readonly #options: GroupCoordinatorOptions;
  readonly #runtime: Runtime;
  readonly #slots = new Map<number, Slot>();
  #started = false;
  #expiry: Cancel | undefined;
  #nextTicket = 0;

  constructor(options: GroupCoordinatorOptions) {
    this.#options = options;
    this.#runtime = options.runtime;
  }

  start(): void {
    assert(!this.#started, 'a coordinator is started once');
    this.#started = true;
    this.#armExpiry();
  }

  /** Everybody who waits is sent away. */
  stop(): void {
    this.#started = false;
    this.#expiry?.();
    for (const index of [...this.#slots.keys()]) this.unload(index);
  }

  // ---- names, for handlers

  topicNameOf(topicId: string): string | undefined {
    return this.#options.topicNameOf(topicId);
  }

  topicIdOf(topic: string): string | undefined {
    return this.#options.topicIdOf(topic);
  }

  // ---- which partition, and its life

  /** Kafka's choice: `abs(hashCode) % partitions`. */
  partitionFor(groupId: string): number {
    return partitionOfGroup(groupId, this.#options.config.offsetsTopicPartitions);
  }

  *findCoordinator(groupId: string): Task<FoundCoordinator> {
    const there = yield* this.#options.ensureOffsetsTopic();
    if (!there || this.#options.partitionOf(this.partitionFor(groupId)) === undefined) {
      return { errorCode: ErrorCode.COORDINATOR_NOT_AVAILABLE, nodeId: -1, host: '', port: -1 };
    }
    const { nodeId, advertised } = this.#options;
    return { errorCode: ErrorCode.NONE, nodeId, host: advertised.host, port: advertised.port };
  }

  /** This broker leads the partition now: replays it and begins to serve. Ends early when unloaded meanwhile. */
  *load(index: number): Task<void> {
    this.unload(index);
    const partition = this.#options.partitionOf(index);
    if (partition === undefined) return;
    const { config } = this.#options;
    const shard = new GroupShard({
      minSessionTimeoutMs: config.groupMinSessionTimeoutMs,
      maxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
      initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
      maxMembers: config.groupMaxSize,
      newMemberJoinTimeoutMs,
    });
    const slot: Slot = {
      index,
      partition,
      shard,
      state: 'loading',
      appliedUpTo: partition.logStartOffset,
      parked: new Map(),
      writing: new Set(),
      reading: undefined,
      alarm: undefined,
      alarmAtMs: Number.POSITIVE_INFINITY,
    };
    this.#slots.set(index, slot);
    yield* this.#replayInherited(slot);
    if (slot.state !== 'loading') return;
    slot.state = 'active';
    this.#perform(slot, shard.loaded(this.#now()));
    const { trace } = this.#runtime;
    if (trace.enabled) {
      const groups = shard.groups().length;
      trace.emit({ kind: 'coordinator-loaded', topic: '__consumer_offsets', partition: index, groups });
    }
  }

  /** What the log had when this life began must be committed before anything is answered from it. */
  *#replayInherited(slot: Slot): Task<void> {
    const { partition } = slot;
    const target = partition.logEndOffset;
    while (slot.state === 'loading' && slot.appliedUpTo < target) {
      const end = Math.min(target, partition.highWatermark);
      if (slot.appliedUpTo >= end) {
        yield* this.#runtime.sleep(
          commitPollMs,
          `__consumer_offsets-${slot.index} to commit up to ${target}`,
        );
        continue;
      }
      const error = yield* this.#catchUp(slot, end);
      if (error === ErrorCode.NONE || slot.state !== 'loading') continue;
      yield* this.#runtime.sleep(loadRetryMs, `retry of loading __consumer_offsets-${slot.index}`);
    }
  }

  /** This broker no longer leads the partition: whoever waits must look for the new coordinator. */
  unload(index: number): void {
    const slot = this.#slots.get(index);
    if (slot === undefined) return;
    this.#slots.delete(index);
    slot.state = 'unloaded';
    slot.alarm?.();
    for (const parked of slot.parked.values()) {
      const error = ErrorCode.NOT_COORDINATOR;
      if (parked.kind === 'join') parked.answer.settle(joinError(parked.memberId, error));
      else parked.answer.settle(syncError(error));
    }
    slot.parked.clear();
  }

  // ---- members

  *join(request: Omit<JoinRequest, 'uuid'>): Task<JoinResponse> {
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
    const ticket = this.#nextTicket++;
    const answer = this.#runtime.tasks.completion<JoinResponse>(`JoinGroup of ${groupId}`);
    slot.parked.set(ticket, { kind: 'join', memberId, answer });
    const uuid = this.#runtime.random.uuid();
    this.#perform(slot, slot.shard.join({ ...request, uuid }, ticket, this.#now()));
    return yield* answer.wait();
  }

  *sync(request: SyncRequest): Task<SyncResponse> {
    const found = this.#named(request.groupId);
    if (!found.ok) return syncError(found.error);
    const slot = found.value;
    const ticket = this.#nextTicket++;
    const answer = this.#runtime.tasks.completion<SyncResponse>(`SyncGroup of ${request.groupId}`);
    slot.parked.set(ticket, { kind: 'sync', answer });
    this.#perform(slot, slot.shard.sync(request, ticket, this.#now()));
    return yield* answer.wait();
  }

  *heartbeat(of: MemberIdentity): Task<number> {
    const found = this.#named(of.groupId);
    if (!found.ok) {
      // Who asks while the group is being loaded is alive, and will have a fresh session soon.
      return found.error === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS ? ErrorCode.NONE : found.error;
    }
    const error = found.value.shard.heartbeat(of, this.#now());
    this.#arm(found.value);
    return error;
  }

  *leave(groupId: string, leaving: readonly LeavingMember[]): Task<LeaveResponse> {
    const found = this.#named(groupId);
    if (!found.ok) return { errorCode: found.error, members: [] };
    const { turn, response } = found.value.shard.leave(groupId, leaving, this.#now());
    this.#perform(found.value, turn);
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
    const all = (code: number) => partitions.map(() => code);
    if (!this.#started) return all(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    const known = partitions.map(({ topic, partition }) => this.#options.topicExists(topic, partition));
    const unknown = ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (!known.includes(true)) return all(unknown);
    const found = this.#slotOf(of.groupId);
    const now = this.#now();
    const refused = found.ok ? found.value.shard.admitCommit(of, now) : found.error;
    if (found.ok) this.#arm(found.value);
    if (!found.ok || refused !== ErrorCode.NONE) return known.map((is) => (is ? refused : unknown));

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
    const error = yield* this.#append(found.value, records);
    if (error === ErrorCode.NONE) this.#traceCommits(records);
    return codes.map((code) => (code === ErrorCode.NONE ? error : code));
  }

  /** Every committed offset of the group, sorted; `stable` waits for those that are being written. */
  *fetchOffsets(groupId: string, stable: boolean): Task<Outcome<FetchedOffset[], number>> {
    const found = this.#slotOf(groupId);
    if (!found.ok) return found;
    const slot = found.value;
    const error = yield* this.#settle(slot, stable);
    if (error !== ErrorCode.NONE) return failure(error);
    // Offsets belong to a group: those of one that is being deleted are gone already.
    return success(slot.shard.group(groupId) === undefined ? [] : slot.shard.offsets.all(groupId));
  }

  /** The error of the whole, or one code for each partition in the order of the request. */
  *deleteOffsets(
    groupId: string,
    partitions: readonly { readonly topic: string; readonly partition: number }[],
  ): Task<Outcome<number[], number>> {
    const found = this.#named(groupId);
    if (!found.ok) return found;
    const slot = found.value;
    const settled = yield* this.#settle(slot, false);
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
    const error = yield* this.#append(slot, records);
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
        assignment: stable ? member.assignment : emptyBytes,
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
    const settled = yield* this.#settle(slot, false);
    if (settled !== ErrorCode.NONE) return settled;
    const { errorCode, records, group } = slot.shard.deleteGroup(groupId);
    if (group === undefined) return errorCode;
    const error = yield* this.#append(slot, records);
    if (error !== ErrorCode.NONE) slot.shard.restore(group);
    return error;
  }

  // ---- the shard of a group

  /** For commands that want a group id that is not empty. */
  #named(groupId: string): Outcome<Slot, number> {
    if (!this.#started) return failure(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    return groupId === '' ? failure(ErrorCode.INVALID_GROUP_ID) : this.#slotOf(groupId);
  }

  #slotOf(groupId: string): Outcome<Slot, number> {
    if (!this.#started) return failure(ErrorCode.COORDINATOR_NOT_AVAILABLE);
    if (isTooLong(groupId)) return failure(ErrorCode.INVALID_GROUP_ID);
    const slot = this.#slots.get(this.partitionFor(groupId));
    if (slot === undefined || slot.state === 'failed') return failure(ErrorCode.NOT_COORDINATOR);
    if (slot.state === 'loading') return failure(ErrorCode.COORDINATOR_LOAD_IN_PROGRESS);
    return success(slot);
  }

  #now(): Now {
    const { clock } = this.#runtime;
    return { monotonicMs: clock.monotonicUs() / 1000, wallMs: clock.wallMs() };
  }

  /** Does what a step of the core asks for. */
  #perform(slot: Slot, turn: Turn): void {
    const { trace, tasks } = this.#runtime;
    if (trace.enabled) for (const change of turn.changes) trace.emit({ kind: 'group-state', ...change });
    for (const reply of turn.replies) {
      const parked = slot.parked.get(reply.ticket);
      slot.parked.delete(reply.ticket);
      // A ticket may be answered already: by an error of the write that a new group begins with.
      if (parked?.kind === 'join' && reply.kind === 'join') parked.answer.settle(reply.response);
      if (parked?.kind === 'sync' && reply.kind === 'sync') parked.answer.settle(reply.response);
    }
    for (const write of turn.writes) {
      tasks.spawn(`write of group records to __consumer_offsets-${slot.index}`, this.#write(slot, write));
    }
    this.#arm(slot);
  }

  *#write(slot: Slot, { records, after }: Write): Task<void> {
    const error = yield* this.#append(slot, records);
    if (slot.state === 'active') this.#perform(slot, slot.shard.written(after, error, this.#now()));
  }

  // ---- the log

  /** Appends one batch; NONE when it is committed and applied. */
  *#append(slot: Slot, records: readonly GroupLogRecord[]): Task<number> {
    if (records.length === 0) return ErrorCode.NONE;
    const { partition, shard } = slot;
    const timestamp = this.#runtime.clock.wallMs();
    const batch = buildBatch({
      partitionLeaderEpoch: partition.leaderEpoch,
      records: records.map((record) => ({ timestamp, ...encodeGroupLogRecord(record) })),
    });
    const offsets = records.filter((record) => record.kind === 'offset');
    const ended = this.#runtime.tasks.completion<void>(`a write to __consumer_offsets-${slot.index}`);
    shard.offsets.began(offsets);
    slot.writing.add(ended);
    const appended = yield* partition.appendCommitted(batch, this.#options.config.offsetsCommitTimeoutMs);
    let error = appended.ok ? ErrorCode.NONE : writeError(appended.error);
    if (appended.ok && slot.state === 'active') error = yield* this.#committed(slot, appended.value, records);
    shard.offsets.ended(offsets);
    slot.writing.delete(ended);
    ended.settle();
    return slot.state === 'active' ? error : ErrorCode.NOT_COORDINATOR;
  }

  *#committed(slot: Slot, baseOffset: number, records: readonly GroupLogRecord[]): Task<number> {
    if (slot.appliedUpTo === baseOffset) {
      for (const record of records) slot.shard.apply(record);
      slot.appliedUpTo += records.length;
      return ErrorCode.NONE;
    }
    return yield* this.#catchUp(slot, baseOffset + records.length);
  }

  /** Brings a reader's view up to date: with the high watermark, and with all writes under way if it wants them. */
  *#settle(slot: Slot, withWrites: boolean): Task<number> {
    if (withWrites) for (const ended of [...slot.writing]) yield* ended.wait();
    if (slot.state !== 'active') return ErrorCode.NOT_COORDINATOR;
    const { highWatermark } = slot.partition;
    // With writes under way a difference is theirs to close; without, one has ended in doubt and was committed since.
    if (slot.writing.size > 0 || highWatermark <= slot.appliedUpTo) return ErrorCode.NONE;
    return yield* this.#catchUp(slot, highWatermark);
  }

  /** Applies what the log has below `endOffset`, which must be committed. One read at a time. */
  *#catchUp(slot: Slot, endOffset: number): Task<number> {
    while (slot.appliedUpTo < endOffset) {
      if (slot.reading !== undefined) {
        yield* slot.reading.wait();
        continue;
      }
      if (slot.state !== 'loading' && slot.state !== 'active') return ErrorCode.NOT_COORDINATOR;
      const reading = this.#runtime.tasks.completion<void>(`read of __consumer_offsets-${slot.index}`);
      slot.reading = reading;
      const read = yield* slot.partition.read(slot.appliedUpTo, this.#options.config.loadBufferBytes);
      slot.reading = undefined;
      if (slot.state === 'loading' || slot.state === 'active') {
        if (read.ok) this.#applyBytes(slot, read.value, endOffset);
      }
      reading.settle();
      if (!read.ok) return writeError(read.error);
    }
    return ErrorCode.NONE;
  }

  #applyBytes(slot: Slot, bytes: Uint8Array, endOffset: number): void {
    const from = slot.appliedUpTo;
    const { batches, stop } = wholeBatchesOf(bytes);
    for (const batch of batches) {
      if (batch.lastOffset < slot.appliedUpTo) continue;
      if (batch.lastOffset >= endOffset) break;
      if (!batch.isControl && !batch.isTransactional) {
        const records = decodeRecords(batch);
        if (!records.ok) return this.#fail(slot, records.error);
        for (const { key, value } of records.value) {
          const record = decodeGroupLogRecord(key ?? emptyBytes, value);
          if (!record.ok) return this.#fail(slot, record.error);
          if (record.value !== 'other') slot.shard.apply(record.value);
        }
      }
      slot.appliedUpTo = batch.lastOffset + 1;
    }
    if (stop?.kind === 'malformed') return this.#fail(slot, stop.message);
    // Compaction may have taken the last records below the end: nothing is there, and nothing will come (KAFKA-9065).
    if (slot.appliedUpTo === from) slot.appliedUpTo = endOffset;
  }

  /** The log cannot be read: nobody may be served from half of it. The groups wait for another coordinator. */
  #fail(slot: Slot, reason: string): void {
    this.unload(slot.index);
    slot.state = 'failed';
    this.#slots.set(slot.index, slot);
    const text = `__consumer_offsets-${slot.index} cannot be replayed at ${slot.appliedUpTo}: ${reason}`;
    if (this.#runtime.trace.enabled) this.#runtime.trace.emit({ kind: 'note', text });
  }

  #traceCommits(records: readonly OffsetRecord[]): void {
    const { trace } = this.#runtime;
    if (!trace.enabled) return;
    for (const { groupId: group, topic, partition, value } of records) {
      if (value !== null)
        trace.emit({ kind: 'offset-committed', group, topic, partition, offset: value.offset });
    }
  }

  // ---- time

  /** One timer for each shard, at the earliest of its deadlines. */
  #arm(slot: Slot): void {
    if (slot.state !== 'active') return;
    const atMs = slot.shard.nextDeadlineMs();
    if (atMs === slot.alarmAtMs) return;
    slot.alarm?.();
    slot.alarm = undefined;
    slot.alarmAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const delayUs = Math.ceil((atMs - this.#now().monotonicMs) * 1000);
    slot.alarm = this.#runtime.after(delayUs / 1000, () => {
      slot.alarm = undefined;
      slot.alarmAtMs = Number.POSITIVE_INFINITY;
      if (slot.state === 'active') this.#perform(slot, slot.shard.expireDue(this.#now()));
    });
  }

  #armExpiry(): void {
    this.#expiry = this.#runtime.after(this.#options.config.offsetsRetentionCheckIntervalMs, () => {
      this.#armExpiry();
      for (const slot of this.#slots.values()) {
        if (slot.state !== 'active') continue;
        this.#runtime.tasks.spawn(`expiry in __consumer_offsets-${slot.index}`, this.#expire(slot));
      }
    });
  }

  *#expire(slot: Slot): Task<void> {
    const settled = yield* this.#settle(slot, false);
    if (settled !== ErrorCode.NONE) return;
    const { offsetsRetentionMs } = this.#options.config;
    for (const { records, group } of slot.shard.expireOffsets(this.#now().wallMs, offsetsRetentionMs)) {
      let error = ErrorCode.NONE;
      for (let at = 0; at < records.length && error === ErrorCode.NONE; at += expiryBatchRecords) {
        error = yield* this.#append(slot, records.slice(at, at + expiryBatchRecords));
      }
      if (error !== ErrorCode.NONE && group !== undefined) slot.shard.restore(group);
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

/** What a failed write or read of the partition means for the client of a group (Kafka's translation). */
function writeError(code: number): number {
  switch (code) {
    case ErrorCode.UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode.NOT_ENOUGH_REPLICAS:
    case ErrorCode.NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode.REQUEST_TIMED_OUT:
      return ErrorCode.COORDINATOR_NOT_AVAILABLE;
    case ErrorCode.NOT_LEADER_OR_FOLLOWER:
    case ErrorCode.KAFKA_STORAGE_ERROR:
      return ErrorCode.NOT_COORDINATOR;
    case ErrorCode.MESSAGE_TOO_LARGE:
    case ErrorCode.RECORD_LIST_TOO_LARGE:
    case ErrorCode.INVALID_FETCH_SIZE:
      return ErrorCode.UNKNOWN_SERVER_ERROR;
    default:
      return code;
  }
}
