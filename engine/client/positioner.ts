// Finds out, for each partition that a consumer has and cannot read yet, where to read: at the committed
// offset, else where `autoOffsetReset` says; and after a change of leader, whether the position is still part
// of the log (KIP-320). It runs beside poll, one pass at a time; poll starts it when something is needed.
//
// What must stay true: nothing is fetched under a leader epoch under which the position was not looked at. A
// position whose epoch is not known (sought, or reset) has nothing to compare and passes.

import type { Task } from '../base/task.ts';
import { ErrorCode, errorName, isRetriable } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import type { ConsumerConfig } from './client-config.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';
import type { CommittedOffsets } from './committed-offsets.ts';
import {
  type ConsumerProblem,
  type ConsumerState,
  moveTo,
  type Need,
  type PartitionState,
  type Position,
  type Truncation,
} from './consumer-state.ts';
import { type EpochAnswer, earliestTimestamp, latestTimestamp, type OffsetLookup } from './offset-lookup.ts';

export class Positioner {
  readonly #runtime: Runtime;
  readonly #config: ConsumerConfig;
  readonly #metadata: ClusterMetadata;
  readonly #state: ConsumerState;
  readonly #lookup: OffsetLookup;
  readonly #committed: CommittedOffsets | undefined;
  readonly #report: (problem: ConsumerProblem) => void;
  readonly #onTruncation: (truncation: Truncation) => void;
  readonly #wake: () => void;
  #running = false;

  constructor(parts: {
    readonly runtime: Runtime;
    readonly config: ConsumerConfig;
    readonly metadata: ClusterMetadata;
    readonly state: ConsumerState;
    readonly lookup: OffsetLookup;
    readonly committed: CommittedOffsets | undefined;
    readonly report: (problem: ConsumerProblem) => void;
    readonly onTruncation: (truncation: Truncation) => void;
    readonly wake: () => void;
  }) {
    this.#runtime = parts.runtime;
    this.#config = parts.config;
    this.#metadata = parts.metadata;
    this.#state = parts.state;
    this.#lookup = parts.lookup;
    this.#committed = parts.committed;
    this.#report = parts.report;
    this.#onTruncation = parts.onTruncation;
    this.#wake = parts.wake;
  }

  /** Starts a pass if something is needed and none is running. */
  start(): void {
    this.#noticeNewLeaders();
    if (this.#running) return;
    const nowMs = this.#nowMs();
    const due = this.#state
      .all()
      .filter(({ need, notBeforeMs }) => need !== 'nothing' && notBeforeMs <= nowMs);
    if (due.length === 0) return;
    this.#running = true;
    this.#runtime.tasks.spawn('finding positions', this.#pass(due));
  }

  /** A leader said, with a fetch, that its log and what was read before the position part here. */
  diverged(state: PartitionState, told: { readonly epoch: number; readonly endOffset: number }): void {
    const { position } = state;
    if (position === undefined) return;
    // With an older epoch the end may lie behind the position, although the records before it are others.
    const endOffset = Math.min(told.endOffset, position.offset);
    this.#truncated(state, position, { endOffset, leaderEpoch: told.epoch }, state.validatedEpoch);
  }

  /** Before any fetch, also while a pass is under way. The leader of a topic that was made anew has a lower epoch. */
  #noticeNewLeaders(): void {
    for (const state of this.#state.all()) {
      const { position, need } = state;
      if (need !== 'nothing' || position === undefined) continue;
      const { leaderId, leaderEpoch } = this.#metadata.currentLeader(state.topic, state.partition);
      if (leaderId < 0 || leaderEpoch === state.validatedEpoch) continue;
      state.preferredReplica = undefined;
      const comparable = this.#config.detectTruncation && position.leaderEpoch >= 0 && leaderEpoch >= 0;
      if (comparable) state.need = 'validation';
      else state.validatedEpoch = leaderEpoch;
    }
  }

  *#pass(due: readonly PartitionState[]): Task<void> {
    const needing = (need: Need) => due.filter((state) => this.#state.holds(state) && state.need === need);
    yield* this.#fetchCommitted(needing('committed-offset'));
    yield* this.#reset(needing('reset'));
    yield* this.#validate(needing('validation'));
    this.#running = false;
    this.#wake();
  }

  *#fetchCommitted(states: readonly PartitionState[]): Task<void> {
    if (states.length === 0) return;
    if (this.#committed === undefined) {
      for (const state of states) this.#resetByPolicy(state);
      return;
    }
    const fetched = yield* this.#committed.fetch(states, this.#config.requestTimeoutMs);
    for (const state of states) {
      if (!this.#state.holds(state) || state.need !== 'committed-offset') continue;
      if (!fetched.ok) {
        this.#hold(state);
        continue;
      }
      const found = fetched.value.find(
        ({ topic, partition }) => topic === state.topic && partition === state.partition,
      );
      if (found === undefined) {
        this.#resetByPolicy(state);
        continue;
      }
      const leaderEpoch = found.leaderEpoch ?? -1;
      this.#metadata.sawEpoch(state.topic, state.partition, leaderEpoch);
      moveTo(state, { offset: found.offset, leaderEpoch });
    }
  }

  #resetByPolicy(state: PartitionState): void {
    const { topic, partition } = state;
    if (this.#config.autoOffsetReset === 'none') {
      this.#report({ kind: 'no-offset', topic, partition });
      return this.#hold(state);
    }
    state.need = 'reset';
    state.resetTo = this.#config.autoOffsetReset;
  }

  *#reset(states: readonly PartitionState[]): Task<void> {
    if (states.length === 0) return;
    const targets = new Map(states.map((state) => [state, state.resetTo]));
    const answers = yield* this.#lookup.offsets(
      states.map(({ topic, partition, resetTo }) => ({
        topic,
        partition,
        timestamp: resetTo === 'latest' ? latestTimestamp : earliestTimestamp,
      })),
    );
    for (const { topic, partition, errorCode, offset, leaderEpoch } of answers) {
      const state = this.#state.get(topic, partition);
      if (state === undefined || state.need !== 'reset' || targets.get(state) !== state.resetTo) continue;
      if (errorCode === ErrorCode.NONE && offset >= 0) {
        this.#metadata.sawEpoch(topic, partition, leaderEpoch);
        // The epoch is the leader's, not that of a record that was read: it must not be committed, nor compared.
        moveTo(state, { offset, leaderEpoch: -1 });
        continue;
      }
      this.#hold(state);
      this.#metadata.requestUpdate();
      if (
        errorCode !== ErrorCode.NONE &&
        !isRetriable(errorCode) &&
        errorCode !== ErrorCode.UNKNOWN_SERVER_ERROR
      ) {
        this.#report({ kind: 'refused', topic, partition, error: errorName(errorCode) });
      }
    }
  }

  *#validate(states: readonly PartitionState[]): Task<void> {
    if (states.length === 0) return;
    const positions = new Map(states.map((state) => [state, state.position]));
    const answers = yield* this.#lookup.epochEnds(
      states.map(({ topic, partition, position }) => ({
        topic,
        partition,
        leaderEpoch: position?.leaderEpoch ?? -1,
      })),
    );
    for (const answer of answers) {
      const state = this.#state.get(answer.topic, answer.partition);
      if (state === undefined || state.need !== 'validation' || positions.get(state) !== state.position)
        continue;
      this.#judge(state, answer);
    }
  }

  #judge(state: PartitionState, answer: EpochAnswer): void {
    const { errorCode, endOffset, leaderEpoch, askedEpoch } = answer;
    const position = state.position ?? { offset: -1, leaderEpoch: -1 };
    if (errorCode === ErrorCode.UNSUPPORTED_VERSION) return moveTo(state, position, askedEpoch);
    if (errorCode !== ErrorCode.NONE) {
      this.#hold(state);
      this.#metadata.requestUpdate();
      return;
    }
    const isDefined = endOffset >= 0 && leaderEpoch >= 0;
    if (isDefined && endOffset >= position.offset) return moveTo(state, position, askedEpoch);
    this.#truncated(state, position, { endOffset: isDefined ? endOffset : -1, leaderEpoch }, askedEpoch);
  }

  /** Records that we gave out are gone from the log. Kafka goes on where the logs part when it may reset. */
  #truncated(
    state: PartitionState,
    position: Position,
    { endOffset, leaderEpoch }: { readonly endOffset: number; readonly leaderEpoch: number },
    underEpoch: number,
  ): void {
    const { topic, partition } = state;
    const truncation = { topic, partition, offset: position.offset, divergingOffset: endOffset };
    this.#runtime.reached('consumer-found-truncation');
    if (state.reportedCut !== position) this.#onTruncation(truncation);
    state.reportedCut = position;
    this.#report({ kind: 'truncated', ...truncation });
    if (this.#config.autoOffsetReset === 'none') {
      state.need = 'validation';
      return this.#hold(state);
    }
    if (endOffset >= 0) return moveTo(state, { offset: endOffset, leaderEpoch }, underEpoch);
    this.#resetByPolicy(state);
  }

  #hold(state: PartitionState): void {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config;
    state.failures++;
    const waitMs = backoffMs(this.#runtime.random, state.failures, retryBackoffMs, retryBackoffMaxMs);
    state.notBeforeMs = this.#nowMs() + waitMs;
    this.#runtime.after(waitMs + 1, this.#wake);
  }

  #nowMs(): number {
    return Math.floor(this.#runtime.clock.monotonicUs() / 1000);
  }
}
