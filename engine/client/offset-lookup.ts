// Questions about offsets, asked of the leaders: where a log begins and ends, which record is the first at a
// time, where a leader epoch ended. One attempt per call; whoever asks decides about another, or asks within
// a time, in which leaders may move.

import type { TopicPartition } from '../base/ids.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode } from '../errors.ts';
import { listOffsets } from '../protocol/apis/list-offsets.ts';
import { offsetForLeaderEpoch } from '../protocol/apis/offset-for-leader-epoch.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import type { CommonConfig } from './client-config.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';

export const latestTimestamp = -1;
export const earliestTimestamp = -2;

export interface OffsetQuestion extends TopicPartition {
  /** A time in milliseconds, or one of the special ones above. */
  readonly timestamp: number;
}

export interface OffsetAnswer extends TopicPartition {
  /** NETWORK_EXCEPTION where no answer came, LEADER_NOT_AVAILABLE where there was nobody to ask. */
  readonly errorCode: number;
  /** -1 where no record is as late as that. */
  readonly offset: number;
  readonly timestamp: number;
  readonly leaderEpoch: number;
}

export interface EpochQuestion extends TopicPartition {
  readonly leaderEpoch: number;
}

export interface EpochAnswer extends TopicPartition {
  readonly errorCode: number;
  readonly leaderEpoch: number;
  readonly endOffset: number;
  /** The leader's epoch, as we knew it, that the question was asked under. */
  readonly askedEpoch: number;
}

export class OffsetLookup {
  readonly #runtime: Runtime;
  readonly #metadata: ClusterMetadata;
  readonly #readCommitted: boolean;

  constructor(runtime: Runtime, metadata: ClusterMetadata, readCommitted: boolean) {
    this.#runtime = runtime;
    this.#metadata = metadata;
    this.#readCommitted = readCommitted;
  }

  /** One answer per question, in no certain order. */
  *offsets(questions: readonly OffsetQuestion[]): Task<OffsetAnswer[]> {
    const perLeader = this.#byLeader(questions);
    const asked = [...perLeader].map(([leaderId, list]) => this.#offsetsFrom(leaderId, list));
    return (yield* this.#runtime.tasks.all('ListOffsets', asked)).flat();
  }

  /**
   * Asks again, whoever leads then, until every question has an answer that is final or the time is over. One
   * answer per question.
   */
  *offsetsWithin(
    questions: readonly OffsetQuestion[],
    config: Pick<CommonConfig, 'retryBackoffMs' | 'retryBackoffMaxMs'>,
    timeoutMs: number,
    isFinal: (answer: OffsetAnswer) => boolean,
  ): Task<OffsetAnswer[]> {
    const nowMs = () => Math.floor(this.#runtime.clock.monotonicUs() / 1000);
    const deadlineMs = nowMs() + timeoutMs;
    const done: OffsetAnswer[] = [];
    let open = questions;
    for (let failures = 1; ; failures++) {
      const answers = yield* this.offsets(open);
      const failed = answers.filter((answer) => !isFinal(answer));
      done.push(...answers.filter(isFinal));
      const waitMs = backoffMs(
        this.#runtime.random,
        failures,
        config.retryBackoffMs,
        config.retryBackoffMaxMs,
      );
      const leftMs = deadlineMs - nowMs();
      if (failed.length === 0 || leftMs <= waitMs) return [...done, ...failed];
      yield* this.#metadata.nextUpdate(leftMs - waitMs);
      yield* this.#runtime.sleep(waitMs, 'wait before offsets are asked for again');
      open = open.filter(({ topic, partition }) =>
        failed.some((each) => each.topic === topic && each.partition === partition),
      );
    }
  }

  *epochEnds(questions: readonly EpochQuestion[]): Task<EpochAnswer[]> {
    const perLeader = this.#byLeader(questions);
    const asked = [...perLeader].map(([leaderId, list]) => this.#epochEndsFrom(leaderId, list));
    return (yield* this.#runtime.tasks.all('OffsetForLeaderEpoch', asked)).flat();
  }

  *#offsetsFrom(leaderId: number, questions: readonly OffsetQuestion[]): Task<OffsetAnswer[]> {
    const unanswered = (question: OffsetQuestion, errorCode: number): OffsetAnswer => ({
      topic: question.topic,
      partition: question.partition,
      errorCode,
      offset: -1,
      timestamp: -1,
      leaderEpoch: -1,
    });
    const connection = leaderId < 0 ? undefined : yield* this.#metadata.connectionTo(leaderId);
    if (connection === undefined || !connection.ok) {
      return questions.map((question) => unanswered(question, ErrorCode.LEADER_NOT_AVAILABLE));
    }
    const answer = yield* connection.value.request(listOffsets, {
      replicaId: -1,
      isolationLevel: this.#readCommitted ? 1 : 0,
      topics: byTopic(questions).map(([name, list]) => ({
        name,
        partitions: list.map(({ topic, partition, timestamp }) => ({
          partitionIndex: partition,
          currentLeaderEpoch: this.#metadata.currentLeader(topic, partition).leaderEpoch,
          timestamp,
        })),
      })),
      timeoutMs: 30_000,
    });
    if (!answer.ok) return questions.map((question) => unanswered(question, ErrorCode.NETWORK_EXCEPTION));
    return questions.map((question) => {
      const told = answer.value.topics
        .find(({ name }) => name === question.topic)
        ?.partitions.find(({ partitionIndex }) => partitionIndex === question.partition);
      if (told === undefined) return unanswered(question, ErrorCode.UNKNOWN_SERVER_ERROR);
      const { errorCode, offset, timestamp, leaderEpoch } = told;
      return {
        topic: question.topic,
        partition: question.partition,
        errorCode,
        offset,
        timestamp,
        leaderEpoch,
      };
    });
  }

  *#epochEndsFrom(leaderId: number, questions: readonly EpochQuestion[]): Task<EpochAnswer[]> {
    const epochs = questions.map(
      ({ topic, partition }) => this.#metadata.currentLeader(topic, partition).leaderEpoch,
    );
    const unanswered = (errorCode: number) =>
      questions.map(({ topic, partition }, index) => {
        const askedEpoch = epochs[index] as number;
        return { topic, partition, errorCode, leaderEpoch: -1, endOffset: -1, askedEpoch };
      });
    const connection = leaderId < 0 ? undefined : yield* this.#metadata.connectionTo(leaderId);
    if (connection === undefined || !connection.ok) return unanswered(ErrorCode.LEADER_NOT_AVAILABLE);
    const answer = yield* connection.value.request(offsetForLeaderEpoch, {
      replicaId: -1,
      topics: byTopic(questions).map(([topic, list]) => ({
        topic,
        partitions: list.map(({ partition, leaderEpoch }) => ({
          partition,
          currentLeaderEpoch: this.#metadata.currentLeader(topic, partition).leaderEpoch,
          leaderEpoch,
        })),
      })),
    });
    if (!answer.ok) {
      const unsupported = answer.error.kind === 'unsupported';
      return unanswered(unsupported ? ErrorCode.UNSUPPORTED_VERSION : ErrorCode.NETWORK_EXCEPTION);
    }
    return questions.map(({ topic, partition }, index) => {
      const told = answer.value.topics
        .find((each) => each.topic === topic)
        ?.partitions.find((each) => each.partition === partition);
      const askedEpoch = epochs[index] as number;
      const errorCode = told?.errorCode ?? ErrorCode.UNKNOWN_SERVER_ERROR;
      const { leaderEpoch, endOffset } = told ?? { leaderEpoch: -1, endOffset: -1 };
      return { topic, partition, errorCode, leaderEpoch, endOffset, askedEpoch };
    });
  }

  #byLeader<T extends TopicPartition>(questions: readonly T[]): Map<number, T[]> {
    const perLeader = new Map<number, T[]>();
    for (const question of questions) {
      const { leaderId } = this.#metadata.currentLeader(question.topic, question.partition);
      const list = perLeader.get(leaderId) ?? [];
      list.push(question);
      perLeader.set(leaderId, list);
    }
    return perLeader;
  }
}

function byTopic<T extends TopicPartition>(questions: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>();
  for (const question of questions) {
    const list = topics.get(question.topic) ?? [];
    list.push(question);
    topics.set(question.topic, list);
  }
  return [...topics];
}
