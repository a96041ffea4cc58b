// How the admin client asks: whom, and how often. Requests that change something are sent again only when the first
// attempt certainly did nothing, or the broker says that trying again is right; otherwise the error is what happened to
// the connection, and the change may have been made.

import type { TopicPartition } from '../base/ids.ts';
import { failure, type Outcome } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName, isRetriable, needsFreshMetadata } from '../errors.ts';
import type { Api, DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import { backoffMs } from './backoff.ts';
import type { AdminConfig } from './client-config.ts';
import type { ClusterMetadata } from './cluster-metadata.ts';
import type { BrokerConnection, ConnectionError, Draft } from './connection.ts';
import { GroupCoordinator } from './group-coordinator.ts';
import { localErrorName } from './send-outcome.ts';

export class AdminRequests {
  readonly config: AdminConfig;
  readonly metadata: ClusterMetadata;
  readonly #runtime: Runtime;
  readonly #coordinators = new Map<string, GroupCoordinator>();

  constructor(runtime: Runtime, config: AdminConfig, metadata: ClusterMetadata) {
    this.#runtime = runtime;
    this.config = config;
    this.metadata = metadata;
  }

  anywhere<A extends Api>(
    api: A,
    draft: Draft<A>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    return this.at(undefined, api, draft, codesOf);
  }

  *at<A extends Api>(
    brokerId: number | undefined,
    api: A,
    draft: Draft<A>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const ask = (): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> => this.#ask(brokerId, api, draft);
    return yield* this.#retry(api, ask, codesOf, () => {});
  }

  *#ask<A extends Api>(
    brokerId: number | undefined,
    api: A,
    draft: Draft<A>,
  ): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> {
    if (brokerId !== undefined && this.metadata.version === 0) {
      yield* this.metadata.nextUpdate(this.config.requestTimeoutMs);
    }
    const opened: Outcome<BrokerConnection, ConnectionError> =
      brokerId === undefined
        ? yield* this.metadata.anyConnection()
        : yield* this.metadata.connectionTo(brokerId);
    if (!opened.ok) return opened;
    return yield* opened.value.request(api, draft);
  }

  /** Of whoever leads the partition when it is asked: leaders move between two attempts. */
  *atLeader<A extends Api>(
    place: TopicPartition,
    api: A,
    draft: Draft<A>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const leaderId = () => this.metadata.currentLeader(place.topic, place.partition).leaderId;
    const ask = (): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> => this.#ask(leaderId(), api, draft);
    return yield* this.#retry(api, ask, codesOf, (code) => {
      if (needsFreshMetadata(code)) this.metadata.requestUpdate();
    });
  }

  *atCoordinator<A extends Api>(
    groupId: string,
    api: A,
    draft: Draft<A>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const coordinator = this.coordinator(groupId);
    const ask = (): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> => coordinator.request(api, draft);
    return yield* this.#retry(api, ask, codesOf, (code) => coordinator.learn(code));
  }

  /** Asks until there is an answer that trying again would not better, or the time is over. */
  *#retry<A extends Api>(
    api: A,
    ask: () => Task<Outcome<DecodedResponseOf<A>, ConnectionError>>,
    codesOf: (response: DecodedResponseOf<A>) => readonly number[],
    learn: (code: number) => void,
  ): Task<Outcome<DecodedResponseOf<A>, string>> {
    const deadlineUs = this.#runtime.clock.monotonicUs() + this.config.defaultApiTimeoutMs * 1000;
    for (let failures = 1; ; failures++) {
      const answer = yield* ask();
      let again: boolean;
      if (answer.ok) {
        const codes = codesOf(answer.value);
        for (const code of codes) learn(code);
        again = codes.length > 0 && codes.every((code) => mayAskAgain(code));
      } else {
        again = !answer.error.sent && answer.error.kind !== 'unsupported';
        // The broker that could not be reached may be gone for good.
        this.metadata.requestUpdate();
      }
      const { retryBackoffMs, retryBackoffMaxMs } = this.config;
      const waitMs = backoffMs(this.#runtime.random, failures, retryBackoffMs, retryBackoffMaxMs);
      if (!again || this.#runtime.clock.monotonicUs() + waitMs * 1000 >= deadlineUs) {
        return answer.ok ? answer : failure(localErrorName(answer.error));
      }
      yield* this.#runtime.sleep(waitMs, `wait before ${api.name} is sent again`);
    }
  }

  *knowLeaders(partitions: readonly TopicPartition[]): Task<void> {
    for (const { topic } of partitions) this.metadata.want(topic);
    const isUnknown = ({ topic, partition }: TopicPartition) =>
      (this.metadata.partition(topic, partition)?.leaderId ?? -1) < 0;
    const shareMs = this.config.defaultApiTimeoutMs / 5;
    for (let tries = 0; tries < 5 && partitions.some(isUnknown); tries++) {
      yield* this.metadata.nextUpdate(shareMs);
    }
  }

  coordinator(groupId: string): GroupCoordinator {
    let coordinator = this.#coordinators.get(groupId);
    if (coordinator === undefined) {
      coordinator = new GroupCoordinator(this.metadata, groupId);
      this.#coordinators.set(groupId, coordinator);
    }
    return coordinator;
  }
}

/** Errors after which nothing was done and somebody else, or the same one later, may do it. */
export function mayAskAgain(code: number): boolean {
  if (code === ErrorCode.REQUEST_TIMED_OUT || code === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION) return false;
  return isRetriable(code);
}

/** Kafka's name of an error; null where there is none. */
export function nameOrNull(code: number): string | null {
  return code === ErrorCode.NONE ? null : errorName(code);
}
