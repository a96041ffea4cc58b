// One life of one shard: from the moment in which this broker begins to lead a partition of `__consumer_offsets` to the
// moment in which it no longer does. It keeps the shard and the log in step, parks those who wait, and holds the timer.
// What is promised is said in `group-coordinator.ts`.

import type { Outcome } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { decodeGroupLogRecord, encodeGroupLogRecord, type GroupLogRecord } from '../core/group/records.ts';
import {
  type JoinResponse,
  joinError,
  type Now,
  newMemberJoinTimeoutMs,
  type SyncResponse,
  syncError,
  type Turn,
  type Write,
} from '../core/group/shapes.ts';
import { GroupShard } from '../core/group/shard.ts';
import { groupMetadataTopic } from '../core/topic-names.ts';
import { ErrorCode } from '../errors.ts';
import type { Cancel } from '../ports.ts';
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

type SlotState = 'loading' | 'active' | 'failed' | 'unloaded';

/** Which partition a life is about, and the leader epoch in which it begins. */
export interface SlotOf {
  readonly index: number;
  readonly leaderEpoch: number;
  readonly partition: CoordinatorPartition;
}

export class GroupSlot {
  readonly index: number;
  readonly partition: CoordinatorPartition;
  readonly shard: GroupShard;
  /** The newest in which this broker was elected; rises without a new life. */
  leaderEpoch: number;
  state: SlotState = 'loading';
  readonly #runtime: Runtime;
  readonly #config: GroupConfig;
  /** All records below are applied. */
  #appliedUpTo: number;
  readonly #parked = new Map<number, Parked>();
  #nextTicket = 0;
  /** What the appends under way come to: NONE when committed and applied. The end of this life is an answer too. */
  readonly #writing = new Set<Completion<number>>();
  /** The read that fills a gap, when one is under way. */
  #reading: Completion<void> | undefined;
  #alarm: Cancel | undefined;
  #alarmAtMs = Number.POSITIVE_INFINITY;
  #expiryAlarm: Cancel | undefined;

  constructor(runtime: Runtime, config: GroupConfig, { index, leaderEpoch, partition }: SlotOf) {
    this.#runtime = runtime;
    this.#config = config;
    this.index = index;
    this.leaderEpoch = leaderEpoch;
    this.partition = partition;
    this.#appliedUpTo = partition.logStartOffset;
    this.shard = new GroupShard({
      minSessionTimeoutMs: config.groupMinSessionTimeoutMs,
      maxSessionTimeoutMs: config.groupMaxSessionTimeoutMs,
      initialRebalanceDelayMs: config.groupInitialRebalanceDelayMs,
      maxMembers: config.groupMaxSize,
      newMemberJoinTimeoutMs,
    });
  }

  now(): Now {
    const { clock } = this.#runtime;
    return { monotonicMs: clock.monotonicUs() / 1000, wallMs: clock.wallMs() };
  }

  // ---- life

  /** Replays the log and begins to serve; ends early when the life ends meanwhile. */
  *load(): Task<void> {
    yield* this.#replayInherited();
    yield* this.#runtime.yieldPoint('coordinator: log replayed');
    if (this.state !== 'loading') return;
    this.state = 'active';
    this.#armExpiry();
    const turn = this.shard.loaded(this.now());
    this.#traceLoaded();
    this.perform(turn);
  }

  /** Whoever waits must look for the new coordinator: also for a write that may still commit. */
  end(state: 'unloaded' | 'failed'): void {
    const hadFailed = this.state === 'failed';
    this.state = state;
    this.#alarm?.();
    this.#expiryAlarm?.();
    const error = ErrorCode.NOT_COORDINATOR;
    for (const parked of this.#parked.values()) {
      if (parked.kind === 'join') parked.answer.settle(joinError(parked.memberId, error));
      else parked.answer.settle(syncError(error));
    }
    this.#parked.clear();
    if (this.#writing.size > 0) this.#runtime.reached('coordinator-left-writes');
    for (const outcome of this.#writing) outcome.settle(error);
    const { trace } = this.#runtime;
    if (hadFailed || !trace.wants('coordinator-unloaded')) return;
    const { index: partition, leaderEpoch: coordinatorEpoch } = this;
    trace.emit({ kind: 'coordinator-unloaded', topic: groupMetadataTopic, partition, coordinatorEpoch });
  }

  /** Which coordinator speaks, for whoever judges a run. */
  traceFields(): { coordinatorPartition: number; coordinatorEpoch: number } {
    return { coordinatorPartition: this.index, coordinatorEpoch: this.leaderEpoch };
  }

  // ---- those who wait

  /** Parks a JoinGroup; `command` gets its ticket. */
  *parkJoin(label: string, memberId: string, command: (ticket: number) => Turn): Task<JoinResponse> {
    const ticket = this.#nextTicket++;
    const answer = this.#runtime.tasks.completion<JoinResponse>(label);
    this.#parked.set(ticket, { kind: 'join', memberId, answer });
    this.perform(command(ticket));
    return yield* answer.wait();
  }

  *parkSync(label: string, command: (ticket: number) => Turn): Task<SyncResponse> {
    const ticket = this.#nextTicket++;
    const answer = this.#runtime.tasks.completion<SyncResponse>(label);
    this.#parked.set(ticket, { kind: 'sync', answer });
    this.perform(command(ticket));
    return yield* answer.wait();
  }

  #traceLoaded(): void {
    const { trace } = this.#runtime;
    if (!trace.wants('coordinator-loaded')) return;
    const { index: partition, leaderEpoch: coordinatorEpoch } = this;
    const groups = this.shard.groups().length;
    trace.emit({
      kind: 'coordinator-loaded',
      topic: groupMetadataTopic,
      partition,
      groups,
      coordinatorEpoch,
    });
  }

  /**
   * What the log had when this life began must be committed before anything is answered from it. Kafka serves as soon
   * as it has read to the log end, and answers readers from what lies below its high watermark: which is behind the
   * old leader's at first, so that a commit that was acknowledged may be missing from an answer. Here the groups wait.
   */
  *#replayInherited(): Task<void> {
    const { partition } = this;
    const target = partition.logEndOffset;
    while (this.state === 'loading' && this.#appliedUpTo < target) {
      const end = Math.min(target, partition.highWatermark);
      if (this.#appliedUpTo >= end) {
        this.#runtime.reached('coordinator-waited-for-commit');
        yield* this.#runtime.sleep(
          commitPollMs,
          `__consumer_offsets-${this.index} to commit up to ${target}`,
        );
        continue;
      }
      const error = yield* this.#catchUp(end);
      if (error === ErrorCode.NONE || this.state !== 'loading') continue;
      yield* this.#runtime.sleep(loadRetryMs, `retry of loading __consumer_offsets-${this.index}`);
    }
  }

  /** Does what a step of the core asks for. */
  perform(turn: Turn): void {
    const { trace, tasks } = this.#runtime;
    if (trace.wants('reached')) this.#mark(turn);
    if (trace.wants('group-state'))
      for (const change of turn.changes)
        trace.emit({ kind: 'group-state', ...change, ...this.traceFields() });
    for (const reply of turn.replies) {
      const parked = this.#parked.get(reply.ticket);
      this.#parked.delete(reply.ticket);
      // A ticket may be answered already: by an error of the write that a new group begins with.
      if (parked?.kind === 'join' && reply.kind === 'join') parked.answer.settle(reply.response);
      if (parked?.kind === 'sync' && reply.kind === 'sync') parked.answer.settle(reply.response);
    }
    for (const write of turn.writes) {
      tasks.spawn(`write of group records to __consumer_offsets-${this.index}`, this.#write(write));
    }
    this.arm();
  }

  #mark({ expelled, replies, writes }: Turn): void {
    for (const why of expelled) this.#runtime.reached(`member-expelled-by-${why}`);
    for (const { response } of replies) this.markRefusal(response.errorCode);
    if (writes.some(({ after }) => after.kind === 'static-member')) {
      this.#runtime.reached('static-member-returned');
    }
  }

  /** Of a member that another one has replaced. */
  markRefusal(errorCode: number): void {
    if (errorCode === ErrorCode.FENCED_INSTANCE_ID) this.#runtime.reached('static-member-fenced');
  }

  *#write({ records, after }: Write): Task<void> {
    const error = yield* this.append(records);
    if (this.state === 'active') this.perform(this.shard.written(after, error, this.now()));
  }

  // ---- the log

  /** Appends one batch; NONE when it is committed and applied, NOT_COORDINATOR as soon as this life ends. */
  *append(records: readonly GroupLogRecord[]): Task<number> {
    if (records.length === 0) return ErrorCode.NONE;
    if (this.state !== 'active') return ErrorCode.NOT_COORDINATOR;
    const label = `a write to __consumer_offsets-${this.index}`;
    const outcome = this.#runtime.tasks.completion<number>(label);
    this.#writing.add(outcome);
    this.#runtime.tasks.spawn(label, this.#append(records, outcome));
    return yield* outcome.wait();
  }

  *#append(records: readonly GroupLogRecord[], outcome: Completion<number>): Task<void> {
    const { partition, shard } = this;
    const timestamp = this.#runtime.clock.wallMs();
    const batch = buildBatch({
      partitionLeaderEpoch: partition.leaderEpoch,
      records: records.map((record) => ({ timestamp, ...encodeGroupLogRecord(record) })),
    });
    const offsets = records.filter((record) => record.kind === 'offset');
    shard.offsets.began(offsets);
    const appended = yield* partition.appendCommitted(batch, this.#config.offsetsCommitTimeoutMs);
    yield* this.#runtime.yieldPoint('coordinator: write answered');
    const inDoubt = !appended.ok && appended.error === ErrorCode.REQUEST_TIMED_OUT;
    if (inDoubt) this.#runtime.reached('group-write-in-doubt');
    let error = appended.ok ? ErrorCode.NONE : writeError(appended.error);
    if (appended.ok && this.state === 'active') error = yield* this.#committed(appended.value, records);
    shard.offsets.ended(offsets);
    this.#writing.delete(outcome);
    outcome.settle(this.state === 'active' ? error : ErrorCode.NOT_COORDINATOR);
  }

  *#committed(baseOffset: number, records: readonly GroupLogRecord[]): Task<number> {
    if (this.#appliedUpTo === baseOffset) {
      for (const record of records) this.shard.apply(record);
      this.#appliedUpTo += records.length;
      return ErrorCode.NONE;
    }
    return yield* this.#catchUp(baseOffset + records.length);
  }

  /** Brings a reader's view up to date: with the high watermark, and with all writes under way if it wants them. */
  *settle(withWrites: boolean): Task<number> {
    if (withWrites) for (const outcome of [...this.#writing]) yield* outcome.wait();
    if (this.state !== 'active') return ErrorCode.NOT_COORDINATOR;
    const { highWatermark } = this.partition;
    // With writes under way a difference is theirs to close; without, one has ended in doubt and was committed since.
    if (this.#writing.size > 0 || highWatermark <= this.#appliedUpTo) return ErrorCode.NONE;
    return yield* this.#catchUp(highWatermark);
  }

  /** Applies what the log has below `endOffset`, which must be committed. One read at a time. */
  *#catchUp(endOffset: number): Task<number> {
    while (this.#appliedUpTo < endOffset) {
      if (this.#reading !== undefined) {
        yield* this.#reading.wait();
        continue;
      }
      if (this.state !== 'loading' && this.state !== 'active') return ErrorCode.NOT_COORDINATOR;
      if (this.state === 'active') this.#runtime.reached('group-write-read-back');
      const reading = this.#runtime.tasks.completion<void>(`read of __consumer_offsets-${this.index}`);
      this.#reading = reading;
      const read = yield* this.partition.read(this.#appliedUpTo, this.#config.loadBufferBytes);
      this.#reading = undefined;
      if (this.state === 'loading' || this.state === 'active') {
        if (read.ok) this.#applyBytes(read.value, endOffset);
      }
      reading.settle();
      if (!read.ok) return writeError(read.error);
    }
    return ErrorCode.NONE;
  }

  #applyBytes(bytes: Uint8Array, endOffset: number): void {
    const from = this.#appliedUpTo;
    const { batches, stop } = wholeBatchesOf(bytes);
    for (const batch of batches) {
      if (batch.lastOffset < this.#appliedUpTo) continue;
      if (batch.lastOffset >= endOffset) break;
      if (!batch.isControl && !batch.isTransactional) {
        const records = decodeRecords(batch);
        if (!records.ok) return this.#fail(records.error);
        for (const { key, value } of records.value) {
          const record = decodeGroupLogRecord(key ?? emptyBytes, value);
          if (!record.ok) return this.#fail(record.error);
          if (record.value !== 'other') this.shard.apply(record.value);
        }
      }
      this.#appliedUpTo = batch.lastOffset + 1;
    }
    if (stop?.kind === 'malformed') return this.#fail(stop.message);
    // Compaction may have taken the last records below the end: nothing is there, and nothing will come (KAFKA-9065).
    if (this.#appliedUpTo === from) this.#appliedUpTo = endOffset;
  }

  /** The log cannot be read: nobody may be served from half of it. The groups wait for another coordinator. */
  #fail(reason: string): void {
    this.end('failed');
    const text = `__consumer_offsets-${this.index} cannot be replayed at ${this.#appliedUpTo}: ${reason}`;
    if (this.#runtime.trace.wants('note')) this.#runtime.trace.emit({ kind: 'note', text });
  }

  // ---- time

  /** As in Kafka the wait begins anew with every life: a coordinator that moves often forgets nothing meanwhile. */
  #armExpiry(): void {
    this.#expiryAlarm = this.#runtime.after(this.#config.offsetsRetentionCheckIntervalMs, () => {
      if (this.state !== 'active') return;
      this.#armExpiry();
      this.#runtime.tasks.spawn(`expiry in __consumer_offsets-${this.index}`, this.#expire());
    });
  }

  *#expire(): Task<void> {
    const settled = yield* this.settle(false);
    if (settled !== ErrorCode.NONE) return;
    const { offsetsRetentionMs } = this.#config;
    for (const { groupId } of this.shard.groups()) {
      // Decided and appended in one breath: a commit that comes while the last batch is written lies behind it, and
      // must not be met by a tombstone that was decided before.
      for (;;) {
        const { wallMs } = this.now();
        const due = this.shard.expireOffsets(groupId, wallMs, offsetsRetentionMs, expiryBatchRecords);
        if (due.records.length === 0) break;
        this.#runtime.reached('offsets-expired');
        if (due.group !== undefined) this.#runtime.reached('group-expired');
        const error = yield* this.append(due.records);
        if (error !== ErrorCode.NONE && due.group !== undefined) this.shard.restore(due.group);
        if (error !== ErrorCode.NONE) return;
      }
    }
  }

  /** One timer for each shard, at the earliest of its deadlines. */
  arm(): void {
    if (this.state !== 'active') return;
    const atMs = this.shard.nextDeadlineMs();
    if (atMs === this.#alarmAtMs) return;
    this.#alarm?.();
    this.#alarm = undefined;
    this.#alarmAtMs = atMs;
    if (atMs === Number.POSITIVE_INFINITY) return;
    const delayUs = Math.ceil((atMs - this.now().monotonicMs) * 1000);
    this.#alarm = this.#runtime.after(delayUs / 1000, () => {
      this.#alarm = undefined;
      this.#alarmAtMs = Number.POSITIVE_INFINITY;
      if (this.state === 'active') this.perform(this.shard.expireDue(this.now()));
    });
  }
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
