// What a rebalance means for a consumer: when to give partitions back, when to read on, what to tell its
// listener. Advanced by `poll`, step by step, so that it never outlives the time of a poll and never acts
// behind the user's back.
//
// Eager (as soon as one assignor offered is not cooperative): all partitions are given back before joining.
// Cooperative: the member reads on while joining, gives back only what it lost, and joins again at once if it
// did.

import type { TopicPartition } from '../base/ids.ts';
import type { Completion, Task } from '../base/task.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import type { ConsumerConfig } from './client-config.ts';
import type { ConsumerProblem, ConsumerState } from './consumer-state.ts';
import type { GroupMembership, RoundResult } from './group-membership.ts';

/**
 * Told from within poll (and close). A task: it may commit. Partitions in `onLost` may be another member's
 * already.
 */
export interface RebalanceListener {
  onAssigned?(partitions: readonly TopicPartition[]): Task<void>;
  onRevoked?(partitions: readonly TopicPartition[]): Task<void>;
  onLost?(partitions: readonly TopicPartition[]): Task<void>;
}

interface Parts {
  readonly runtime: Runtime;
  readonly config: ConsumerConfig;
  readonly state: ConsumerState;
  readonly membership: GroupMembership;
  readonly topics: readonly string[];
  readonly listener: RebalanceListener;
  readonly commitPositions: () => Task<void>;
  readonly report: (problem: ConsumerProblem) => void;
}

export class Rebalancing {
  readonly #parts: Parts;
  #topics: readonly string[];
  #lastCommit: Completion<void> | undefined;
  #prepared = false;
  #failures = 0;
  #notBeforeMs = 0;
  #refused: string | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#topics = parts.topics;
  }

  /** Why the group takes this member no more; only a new consumer can join. */
  get refused(): string | undefined {
    return this.#refused;
  }

  changeTopics(topics: readonly string[]): void {
    this.#topics = topics;
    this.#parts.membership.requestRound();
  }

  /** Goes as far as it can until the deadline. True when records may be read. */
  *advance(deadlineMs: number): Task<boolean> {
    const { membership } = this.#parts;
    for (;;) {
      if (this.#refused !== undefined) return false;
      const { round, fatal } = membership;
      if (fatal !== undefined) {
        yield* this.#giveUp(fatal);
        return false;
      }
      if (round === undefined) {
        if (!membership.needsRound) return true;
        if (!(yield* this.#prepare(deadlineMs))) return false;
        if (!(yield* this.#pause(deadlineMs))) return this.#mayRead();
        membership.startRound({ topics: this.#topics, ownedPartitions: this.#parts.state.partitions() });
        continue;
      }
      if (!round.settled && this.#mayRead() && this.#parts.state.all().length > 0) return true;
      const result = yield* this.#parts.runtime.within(round, Math.max(0, deadlineMs - this.#nowMs()));
      if (result === undefined) return this.#mayRead();
      membership.endRound(result);
      yield* this.#finish(result);
    }
  }

  #mayRead(): boolean {
    return this.#parts.membership.isCooperative;
  }

  /** Before joining: a last commit, then what must be given back is. False when time ran out. */
  *#prepare(deadlineMs: number): Task<boolean> {
    const { runtime, state, membership, listener, commitPositions } = this.#parts;
    if (membership.takeLost()) {
      yield* this.#loseAll();
      this.#prepared = true;
    }
    if (this.#prepared) return true;
    if (membership.generationId >= 0 && state.all().length > 0) {
      this.#lastCommit ??= runtime.tasks.spawn('commit before joining', commitPositions());
      yield* runtime.within(this.#lastCommit, Math.max(0, deadlineMs - this.#nowMs()));
      if (!this.#lastCommit.settled) return false;
      this.#lastCommit = undefined;
      // The commit may have told that this member is out of the group.
      if (membership.generationId < 0) return yield* this.#prepare(deadlineMs);
    }
    const given = state
      .partitions()
      .filter(({ topic }) => !membership.isCooperative || !this.#topics.includes(topic));
    if (given.length > 0) {
      yield* listener.onRevoked?.(given) ?? nothing();
      for (const { topic, partition } of given) state.remove(topic, partition);
    }
    this.#prepared = true;
    return true;
  }

  /** After a failed round: waits, but no longer than the poll may. False when the wait is not over. */
  *#pause(deadlineMs: number): Task<boolean> {
    const leftMs = this.#notBeforeMs - this.#nowMs();
    if (leftMs <= 0) return true;
    const waitMs = Math.max(0, Math.min(leftMs, deadlineMs - this.#nowMs()));
    yield* this.#parts.runtime.sleep(waitMs, 'wait before the group is joined again');
    return this.#notBeforeMs <= this.#nowMs();
  }

  *#finish(result: RoundResult): Task<void> {
    const { runtime, config } = this.#parts;
    if (result.kind === 'refused') return yield* this.#giveUp(result.error);
    if (result.kind === 'again') {
      if (!result.wait) return;
      this.#failures++;
      const { retryBackoffMs, retryBackoffMaxMs } = config;
      this.#notBeforeMs =
        this.#nowMs() + backoffMs(runtime.random, this.#failures, retryBackoffMs, retryBackoffMaxMs);
      return;
    }
    this.#failures = 0;
    this.#prepared = false;
    yield* this.#take(result.assignment);
  }

  /** Told once, as a problem. What it had may be another's already. */
  *#giveUp(error: string): Task<void> {
    const { membership, report } = this.#parts;
    this.#refused = error;
    if (membership.takeLost()) yield* this.#loseAll();
    report({ kind: 'group', error });
  }

  *#loseAll(): Task<void> {
    const { state, listener } = this.#parts;
    const lost = state.partitions();
    state.clear();
    if (lost.length > 0) yield* listener.onLost?.(lost) ?? listener.onRevoked?.(lost) ?? nothing();
  }

  *#take(assignment: readonly TopicPartition[]): Task<void> {
    const { state, membership, listener } = this.#parts;
    const isIn = (list: readonly TopicPartition[], one: TopicPartition) =>
      list.some(({ topic, partition }) => topic === one.topic && partition === one.partition);
    const owned = state.partitions();
    const revoked = owned.filter((one) => !isIn(assignment, one));
    const added = assignment.filter((one) => !isIn(owned, one));
    if (revoked.length > 0) {
      yield* listener.onRevoked?.(revoked) ?? nothing();
      for (const { topic, partition } of revoked) state.remove(topic, partition);
    }
    for (const { topic, partition } of added) state.add(topic, partition, 'committed-offset', 'latest');
    yield* listener.onAssigned?.(added) ?? nothing();
    if (membership.isCooperative && revoked.length > 0) membership.requestRound();
  }

  /** On close. */
  *giveAllBack(): Task<void> {
    const { state, membership, listener } = this.#parts;
    const owned = state.partitions();
    if (owned.length === 0) return;
    if (membership.takeLost()) yield* listener.onLost?.(owned) ?? listener.onRevoked?.(owned) ?? nothing();
    else yield* listener.onRevoked?.(owned) ?? nothing();
    state.clear();
  }

  #nowMs(): number {
    return Math.floor(this.#parts.runtime.clock.monotonicUs() / 1000);
  }
}

function* nothing(): Task<void> {}
