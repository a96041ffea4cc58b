// The consumer: reads partitions that it was given (`assign`) or that its group gives it (`subscribe`), from
// where the group committed or where it is told, and commits where it got to. As in Kafka's own, one user
// calls it, one call at a time; all that its user must take part in (rebalances, automatic commits) happens
// inside `poll`.
//
// What must stay true
// - The position of a partition moves only when `poll` returns its records: an automatic commit, made by a
//   later poll, never passes what was handed out.
// - Records come out of `poll` whole and checked; what cannot be read becomes a problem (`takeProblems`),
//   never data.
//
// Left out: the group protocol of KIP-848, subscription by pattern, and share groups.

import { assert } from '../base/assert.ts';
import type { TopicPartition } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { ErrorCode, errorName, isRetriable } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { AssignorName } from './assignors.ts';
import { type ConsumerConfig, type ConsumerOptions, consumerConfig } from './client-config.ts';
import { ClusterMetadata } from './cluster-metadata.ts';
import {
  type CommitError,
  type CommittedOffset,
  CommittedOffsets,
  type Committer,
  nobody,
} from './committed-offsets.ts';
import {
  type ConsumedRecord,
  type ConsumerProblem,
  ConsumerState,
  moveTo,
  type PartitionState,
  type Truncation,
} from './consumer-state.ts';
import { Fetcher } from './fetcher.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import { GroupMembership } from './group-membership.ts';
import { type OffsetAnswer, OffsetLookup } from './offset-lookup.ts';
import { Positioner } from './positioner.ts';
import { type RebalanceListener, Rebalancing } from './rebalancing.ts';

export interface SubscribeOptions {
  readonly listener?: RebalanceListener;
  /** In the order of preference; the default is Kafka's. */
  readonly assignors?: readonly AssignorName[];
}

export interface ConsumerHooks {
  /**
   * Told once for each position that is found to be cut off, also when nobody takes the problem: from there on what
   * is read is another history.
   */
  onTruncation?(truncation: Truncation): void;
}

/** Problems kept for `takeProblems`; older ones go first when nobody takes them. */
const problemsKeptMax = 1000;

export class Consumer {
  readonly config: ConsumerConfig;
  readonly metadata: ClusterMetadata;
  readonly #runtime: Runtime;
  readonly #state = new ConsumerState();
  readonly #lookup: OffsetLookup;
  readonly #coordinator: GroupCoordinator | undefined;
  readonly #committed: CommittedOffsets | undefined;
  readonly #positioner: Positioner;
  readonly #fetcher: Fetcher;
  #rebalancing: Rebalancing | undefined;
  #membership: GroupMembership | undefined;
  #problems: ConsumerProblem[] = [];
  #wakeUp: Completion<void>;
  #nextAutoCommitMs: number;
  #autoCommitUnderWay = false;
  #closed = false;

  /** Options must be valid: `consumerConfig` tells whether they are. */
  constructor(runtime: Runtime, options: ConsumerOptions, hooks: ConsumerHooks = {}) {
    const config = consumerConfig(options);
    assert(config.ok, `consumer options are valid: ${config.ok ? '' : config.error}`);
    this.config = config.value;
    this.#runtime = runtime;
    this.#wakeUp = runtime.tasks.completion('consumer: news');
    this.metadata = new ClusterMetadata(runtime, this.config, this.config.allowAutoCreateTopics);
    this.metadata.onUpdate(() => this.#wake());
    this.#lookup = new OffsetLookup(runtime, this.metadata, this.config.isolationLevel === 'read_committed');
    if (this.config.groupId !== '') {
      this.#coordinator = new GroupCoordinator(this.metadata, this.config.groupId);
      this.#committed = new CommittedOffsets(runtime, this.config, this.#coordinator);
    }
    const report = (problem: ConsumerProblem) => this.#report(problem);
    const wake = () => this.#wake();
    this.#positioner = new Positioner({
      runtime,
      config: this.config,
      metadata: this.metadata,
      state: this.#state,
      lookup: this.#lookup,
      committed: this.#committed,
      report,
      onTruncation: (truncation) => hooks.onTruncation?.(truncation),
      wake,
    });
    this.#fetcher = new Fetcher(runtime, this.config, this.metadata, this.#state, {
      diverged: (state, told) => this.#positioner.diverged(state, told),
      report,
      wake,
    });
    this.#nextAutoCommitMs = this.#nowMs() + this.config.autoCommitIntervalMs;
  }

  // ---- what to read

  /** Reads exactly these partitions, without a group deciding. */
  assign(partitions: readonly TopicPartition[]): void {
    assert(this.#membership === undefined, 'a consumer assigns or subscribes, not both');
    for (const { topic, partition } of this.#state.partitions()) {
      const kept = partitions.some((each) => each.topic === topic && each.partition === partition);
      if (!kept) this.#state.remove(topic, partition);
    }
    for (const { topic, partition } of partitions) {
      this.metadata.want(topic);
      this.#state.add(topic, partition, 'committed-offset', 'latest');
    }
  }

  /** Joins the group for these topics; a second call changes the topics. */
  subscribe(topics: readonly string[], options: SubscribeOptions = {}): void {
    assert(this.#coordinator !== undefined && this.#committed !== undefined, 'subscribing takes a groupId');
    assert(
      this.#membership !== undefined || this.#state.all().length === 0,
      'a consumer assigns or subscribes, not both',
    );
    for (const topic of topics) this.metadata.want(topic);
    if (this.#rebalancing !== undefined) return this.#rebalancing.changeTopics(topics);
    const assignors = options.assignors ?? ['range', 'cooperative-sticky'];
    assert(assignors.length > 0, 'a group member offers at least one assignor');
    this.#membership = new GroupMembership(
      this.#runtime,
      this.config,
      this.metadata,
      this.#coordinator,
      assignors,
      () => this.#wake(),
    );
    this.#rebalancing = new Rebalancing({
      runtime: this.#runtime,
      config: this.config,
      state: this.#state,
      membership: this.#membership,
      topics,
      listener: options.listener ?? {},
      commitPositions: () => this.#autoCommit(this.config.requestTimeoutMs),
      report: (problem) => this.#report(problem),
    });
  }

  assignment(): TopicPartition[] {
    return this.#state.partitions();
  }

  /** '' outside a group. */
  get memberId(): string {
    return this.#membership?.memberId ?? '';
  }

  /** -1 outside a generation. */
  get generationId(): number {
    return this.#membership?.generationId ?? -1;
  }

  /** Why the group takes this consumer no more, when that is so (it is told as a problem, too): a new one may join. */
  get refusedByGroup(): string | undefined {
    return this.#rebalancing?.refused;
  }

  pause(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#held(each).paused = true;
  }

  resume(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#held(each).paused = false;
  }

  // ---- reading

  /**
   * The next records, at most `maxPollRecords`; none when `timeoutMs` was over first, or when there is a
   * problem to be looked at (`takeProblems`).
   */
  *poll(timeoutMs: number): Task<ConsumedRecord[]> {
    assert(!this.#closed, 'a closed consumer is not polled');
    const deadlineMs = this.#nowMs() + timeoutMs;
    for (;;) {
      this.#wakeUp = this.#runtime.tasks.completion(`poll of ${this.#name()}: nothing to read yet`);
      this.#membership?.polled();
      this.#commitWhenDue();
      const mayRead = yield* this.#takePartInGroup(deadlineMs);
      this.#positioner.start();
      const records = mayRead ? this.#fetcher.take() : [];
      const nowMs = this.#nowMs();
      this.#fetcher.start(nowMs);
      if (records.length > 0 || this.#problems.length > 0 || nowMs >= deadlineMs) return records;
      yield* this.#runtime.within(this.#wakeUp, deadlineMs - nowMs);
    }
  }

  /** What went wrong since the last call. A problem that lasts is told again with every attempt. */
  takeProblems(): ConsumerProblem[] {
    const problems = this.#problems;
    this.#problems = [];
    return problems;
  }

  /**
   * False while this member may not read: it has given its partitions back and the new ones are not decided.
   */
  *#takePartInGroup(deadlineMs: number): Task<boolean> {
    if (this.#rebalancing === undefined) return true;
    return yield* this.#rebalancing.advance(deadlineMs);
  }

  // ---- positions

  /** With the leader epoch of the record before, where it is known: then it is checked before anything is read. */
  seek(partition: TopicPartition, offset: number, leaderEpoch = -1): void {
    assert(Number.isSafeInteger(offset) && offset >= 0, 'an offset is a whole number from 0');
    this.metadata.sawEpoch(partition.topic, partition.partition, leaderEpoch);
    moveTo(this.#held(partition), { offset, leaderEpoch });
  }

  seekToBeginning(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#resetTo(this.#held(each), 'earliest');
  }

  seekToEnd(partitions: readonly TopicPartition[]): void {
    for (const each of partitions) this.#resetTo(this.#held(each), 'latest');
  }

  /**
   * The offset of the next record that `poll` will return; waits until it is known. Undefined when time runs
   * out.
   */
  *position(
    partition: TopicPartition,
    timeoutMs = this.config.defaultApiTimeoutMs,
  ): Task<number | undefined> {
    const deadlineMs = this.#nowMs() + timeoutMs;
    for (;;) {
      const state = this.#held(partition);
      if (state.position !== undefined && state.need !== 'reset') return state.position.offset;
      this.#wakeUp = this.#runtime.tasks.completion(`position of ${partition.topic}/${partition.partition}`);
      this.#positioner.start();
      const leftMs = deadlineMs - this.#nowMs();
      if (leftMs <= 0) return undefined;
      yield* this.#runtime.within(this.#wakeUp, leftMs);
    }
  }

  /** What the group committed; partitions without a commit are left out. The error is a name. */
  *committed(
    partitions: readonly TopicPartition[],
    timeoutMs = this.config.defaultApiTimeoutMs,
  ): Task<Outcome<CommittedOffset[], string>> {
    if (this.#committed === undefined) return failure('INVALID_GROUP_ID');
    return yield* this.#committed.fetch(partitions, timeoutMs);
  }

  /**
   * Commits these offsets (each the one to read next), by default where every partition stands. Between joining and the
   * assignment the coordinator refuses that (REBALANCE_IN_PROGRESS); Kafka's own client says so without asking it.
   */
  *commit(
    offsets: readonly CommittedOffset[] = this.#positions(),
    timeoutMs = this.config.defaultApiTimeoutMs,
  ): Task<Outcome<undefined, CommitError>> {
    if (this.#committed === undefined)
      return failure({ error: 'INVALID_GROUP_ID', certainty: 'not-written' });
    const membership = this.#membership;
    if (membership !== undefined && membership.generationId < 0) {
      return failure({ error: 'UNKNOWN_MEMBER_ID', certainty: 'not-written' });
    }
    const committer = this.#committer();
    return yield* this.#committed.commit(offsets, committer, timeoutMs, (errorCode) => {
      if (membership !== undefined) membership.learn(errorCode, committer);
      else this.#coordinator?.learn(errorCode);
    });
  }

  /** For each time the first record at or after it; offset -1 where there is none. */
  offsetsForTimes(
    questions: readonly { topic: string; partition: number; timestampMs: number }[],
    timeoutMs = this.config.defaultApiTimeoutMs,
  ): Task<Outcome<OffsetAnswer[], string>> {
    return this.#look(
      questions.map(({ topic, partition, timestampMs }) => ({ topic, partition, timestamp: timestampMs })),
      timeoutMs,
    );
  }

  beginningOffsets(
    partitions: readonly TopicPartition[],
    timeoutMs = this.config.defaultApiTimeoutMs,
  ): Task<Outcome<OffsetAnswer[], string>> {
    return this.#look(
      partitions.map(({ topic, partition }) => ({ topic, partition, timestamp: -2 })),
      timeoutMs,
    );
  }

  endOffsets(
    partitions: readonly TopicPartition[],
    timeoutMs = this.config.defaultApiTimeoutMs,
  ): Task<Outcome<OffsetAnswer[], string>> {
    return this.#look(
      partitions.map(({ topic, partition }) => ({ topic, partition, timestamp: -1 })),
      timeoutMs,
    );
  }

  // ---- the end

  /** Commits (when that is automatic), gives the partitions back, leaves the group, ends the connections. */
  *close(timeoutMs = 30_000): Task<void> {
    if (this.#closed) return;
    this.#closed = true;
    const leaving = this.#runtime.tasks.spawn(`${this.#name()} leaves`, this.#leave());
    yield* this.#runtime.within(leaving, timeoutMs);
    this.#membership?.stop();
    this.#fetcher.close();
    this.metadata.close();
  }

  *#leave(): Task<void> {
    yield* this.#autoCommit(this.config.requestTimeoutMs);
    yield* this.#rebalancing?.giveAllBack() ?? nothing();
    yield* this.#membership?.leave('the consumer was closed') ?? nothing();
  }

  *#look(
    questions: readonly { topic: string; partition: number; timestamp: number }[],
    timeoutMs: number,
  ): Task<Outcome<OffsetAnswer[], string>> {
    for (const { topic } of questions) this.metadata.want(topic);
    const isFinal = ({ errorCode }: OffsetAnswer) => !isRetriable(errorCode);
    const answers = yield* this.#lookup.offsetsWithin(questions, this.config, timeoutMs, isFinal);
    const failed = answers.find(({ errorCode }) => errorCode !== ErrorCode.NONE);
    return failed === undefined ? success(answers) : failure(errorName(failed.errorCode));
  }

  // ---- automatic commits

  #commitWhenDue(): void {
    if (!this.config.enableAutoCommit || this.#committed === undefined || this.#autoCommitUnderWay) return;
    if (this.#nowMs() < this.#nextAutoCommitMs) return;
    this.#runtime.tasks.spawn(
      `automatic commit of ${this.#name()}`,
      this.#autoCommit(this.config.requestTimeoutMs),
    );
  }

  /**
   * Commits where every partition stands now; what polls hand out while this is under way is not part of it.
   */
  *#autoCommit(timeoutMs: number): Task<void> {
    if (!this.config.enableAutoCommit || this.#committed === undefined) return;
    const positions = this.#positions();
    this.#nextAutoCommitMs = this.#nowMs() + this.config.autoCommitIntervalMs;
    if (positions.length === 0) return;
    this.#autoCommitUnderWay = true;
    const committed = yield* this.commit(positions, timeoutMs);
    this.#autoCommitUnderWay = false;
    if (!committed.ok) this.#report({ kind: 'auto-commit', error: committed.error.error });
  }

  #positions(): CommittedOffset[] {
    return this.#state.all().flatMap(({ topic, partition, position, need }) => {
      if (position === undefined || need === 'reset') return [];
      return [{ topic, partition, offset: position.offset, leaderEpoch: position.leaderEpoch }];
    });
  }

  #committer(): Committer {
    const { groupInstanceId } = this.config;
    if (this.#membership === undefined) return nobody;
    const { generationId, memberId } = this.#membership;
    return { generationId, memberId, groupInstanceId: groupInstanceId === '' ? null : groupInstanceId };
  }

  // ---- small things

  #held(partition: TopicPartition): PartitionState {
    const state = this.#state.get(partition.topic, partition.partition);
    assert(state !== undefined, `${partition.topic}/${partition.partition} is assigned to this consumer`);
    return state;
  }

  #resetTo(state: PartitionState, resetTo: 'earliest' | 'latest'): void {
    state.need = 'reset';
    state.resetTo = resetTo;
    state.notBeforeMs = 0;
  }

  #report(problem: ConsumerProblem): void {
    this.#problems.push(problem);
    if (this.#problems.length > problemsKeptMax) this.#problems.shift();
    this.#wake();
  }

  #wake(): void {
    this.#wakeUp.settle();
  }

  #name(): string {
    return this.config.groupId === '' ? 'a consumer' : `a consumer of ${this.config.groupId}`;
  }

  #nowMs(): number {
    return Math.floor(this.#runtime.clock.monotonicUs() / 1000);
  }
}

function* nothing(): Task<void> {}
