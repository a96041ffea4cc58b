// Committed offsets of a group: writing them as a member or as nobody, and reading them. Topics go by their
// names (OffsetCommit and OffsetFetch up to v9): the versions after that differ only in naming topics by id.

import { type TopicPartition, zeroUuid } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName, isRetriable } from '../errors.ts';
import { offsetCommit } from '../protocol/apis/offset-commit.ts';
import { offsetFetch } from '../protocol/apis/offset-fetch.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import type { CommonConfig } from './client-config.ts';
import type { GroupCoordinator } from './group-coordinator.ts';
import { type Certainty, localErrorName } from './send-outcome.ts';

export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
  readonly leaderEpoch?: number;
  readonly metadata?: string;
}

export interface CommitError {
  /** Kafka's name of the error, or a reason of our own in the same form. */
  readonly error: string;
  readonly certainty: Certainty;
}

/** Who commits. A consumer without membership says -1 and ''. */
export interface Committer {
  readonly generationId: number;
  readonly memberId: string;
  readonly groupInstanceId: string | null;
}

export const nobody: Committer = { generationId: -1, memberId: '', groupInstanceId: null };

const lastVersionWithNames = 9;

/** Errors of a commit that were given before anything was written. */
const commitRefusals = new Set<number>([
  ErrorCode.ILLEGAL_GENERATION,
  ErrorCode.UNKNOWN_MEMBER_ID,
  ErrorCode.FENCED_INSTANCE_ID,
  ErrorCode.REBALANCE_IN_PROGRESS,
  ErrorCode.COORDINATOR_LOAD_IN_PROGRESS,
  ErrorCode.INVALID_GROUP_ID,
  ErrorCode.GROUP_AUTHORIZATION_FAILED,
  ErrorCode.TOPIC_AUTHORIZATION_FAILED,
  ErrorCode.OFFSET_METADATA_TOO_LARGE,
]);

export class CommittedOffsets {
  readonly #runtime: Runtime;
  readonly #config: CommonConfig;
  readonly #coordinator: GroupCoordinator;

  constructor(runtime: Runtime, config: CommonConfig, coordinator: GroupCoordinator) {
    this.#runtime = runtime;
    this.#config = config;
    this.#coordinator = coordinator;
  }

  /** Tries until it is done, refused for good, or `timeoutMs` is over. `learn` hears every error code. */
  *commit(
    offsets: readonly CommittedOffset[],
    committer: Committer,
    timeoutMs: number,
    learn: (errorCode: number) => void,
  ): Task<Outcome<undefined, CommitError>> {
    if (offsets.length === 0) return success(undefined);
    const deadlineUs = this.#runtime.clock.monotonicUs() + timeoutMs * 1000;
    let maybeWritten = false;
    for (let failures = 1; ; failures++) {
      const answer = yield* this.#coordinator.request(
        offsetCommit,
        draftOf(this.#coordinator.groupId, offsets, committer),
        {
          maxVersion: lastVersionWithNames,
        },
      );
      let error: string;
      let retriable = true;
      if (answer.ok) {
        const codes = answer.value.topics.flatMap(({ partitions }) =>
          partitions.map(({ errorCode }) => errorCode),
        );
        const worst =
          codes.find((code) => code !== ErrorCode.NONE && !isRetriable(code)) ??
          codes.find((code) => code !== 0);
        if (worst === undefined) return success(undefined);
        for (const code of new Set(codes)) learn(code);
        error = errorName(worst);
        retriable = isRetriable(worst);
        maybeWritten ||= codes.some((code) => !commitRefusals.has(code));
      } else {
        error = localErrorName(answer.error);
        retriable = answer.error.kind !== 'unsupported';
        maybeWritten ||= answer.error.sent;
      }
      const waitMs = this.#backoffMs(failures);
      const timeIsOver = this.#runtime.clock.monotonicUs() + waitMs * 1000 >= deadlineUs;
      if (!retriable || timeIsOver) {
        return failure({ error, certainty: maybeWritten ? 'unknown' : 'not-written' });
      }
      yield* this.#runtime.sleep(waitMs, 'wait before a commit is tried again');
    }
  }

  /** The committed offsets; partitions without one are left out. The error is a name. */
  *fetch(partitions: readonly TopicPartition[], timeoutMs: number): Task<Outcome<CommittedOffset[], string>> {
    const deadlineUs = this.#runtime.clock.monotonicUs() + timeoutMs * 1000;
    const topics = byTopic(partitions, ({ partition }) => partition).map(([name, partitionIndexes]) => ({
      name,
      topicId: zeroUuid,
      partitionIndexes,
    }));
    const { groupId } = this.#coordinator;
    for (let failures = 1; ; failures++) {
      const answer = yield* this.#coordinator.request(
        offsetFetch,
        (version) =>
          version >= 8
            ? { groupId: '', topics: [], groups: [{ groupId, topics }], requireStable: true }
            : { groupId, topics, groups: [], requireStable: version >= 7 },
        { maxVersion: lastVersionWithNames },
      );
      let error: string;
      if (answer.ok) {
        const told = answer.value.groups[0] ?? answer.value;
        const all = told.topics.flatMap(({ name, partitions: list }) =>
          list.map((each) => ({ topic: name, ...each })),
        );
        const code =
          told.errorCode !== 0
            ? told.errorCode
            : (all.find(({ errorCode }) => errorCode !== 0)?.errorCode ?? 0);
        if (code === ErrorCode.NONE)
          return success(all.filter(({ committedOffset }) => committedOffset >= 0).map(asOffset));
        this.#coordinator.learn(code);
        error = errorName(code);
        if (!isRetriable(code)) return failure(error);
      } else error = localErrorName(answer.error);
      const waitMs = this.#backoffMs(failures);
      if (this.#runtime.clock.monotonicUs() + waitMs * 1000 >= deadlineUs) return failure(error);
      yield* this.#runtime.sleep(waitMs, 'wait before committed offsets are asked for again');
    }
  }

  #backoffMs(failures: number): number {
    const { retryBackoffMs, retryBackoffMaxMs } = this.#config;
    return backoffMs(this.#runtime.random, failures, retryBackoffMs, retryBackoffMaxMs);
  }
}

function draftOf(groupId: string, offsets: readonly CommittedOffset[], committer: Committer) {
  return {
    groupId,
    generationIdOrMemberEpoch: committer.generationId,
    memberId: committer.memberId,
    groupInstanceId: committer.groupInstanceId,
    topics: byTopic(offsets, (each) => ({
      partitionIndex: each.partition,
      committedOffset: each.offset,
      committedLeaderEpoch: each.leaderEpoch ?? -1,
      committedMetadata: each.metadata ?? '',
    })).map(([name, partitions]) => ({ name, topicId: zeroUuid, partitions })),
  };
}

function asOffset(told: {
  topic: string;
  partitionIndex: number;
  committedOffset: number;
  committedLeaderEpoch: number;
  metadata: string | null;
}): CommittedOffset {
  return {
    topic: told.topic,
    partition: told.partitionIndex,
    offset: told.committedOffset,
    leaderEpoch: told.committedLeaderEpoch,
    metadata: told.metadata ?? '',
  };
}

function byTopic<T extends TopicPartition, R>(items: readonly T[], map: (item: T) => R): [string, R[]][] {
  const topics = new Map<string, R[]>();
  for (const item of items) {
    const list = topics.get(item.topic) ?? [];
    list.push(map(item));
    topics.set(item.topic, list);
  }
  return [...topics];
}
