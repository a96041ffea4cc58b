// The way to the coordinator of a group: found when first needed, found again after it moved or went silent.
// Its connection is its own, so that a heartbeat never queues behind a fetch that waits at the broker.

import { failure, type Outcome } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { findCoordinator } from '../protocol/apis/find-coordinator.ts';
import type { Api, DecodedResponseOf } from '../protocol/schema.ts';
import type { Broker, ClusterMetadata } from './cluster-metadata.ts';
import type { ConnectionError, Draft, RequestOptions } from './connection.ts';

export class GroupCoordinator {
  readonly groupId: string;
  readonly #metadata: ClusterMetadata;
  #broker: Pick<Broker, 'id' | 'host' | 'port'> | undefined;

  constructor(metadata: ClusterMetadata, groupId: string) {
    this.#metadata = metadata;
    this.groupId = groupId;
  }

  get brokerId(): number {
    return this.#broker?.id ?? -1;
  }

  /** The coordinator is no longer, or cannot be reached: the next request looks for it. */
  lost(): void {
    this.#broker = undefined;
  }

  /** Looks at an error of a response: does it say that the coordinator is elsewhere? */
  learn(errorCode: number): void {
    if (isElsewhere(errorCode)) this.lost();
  }

  /** One attempt, finding the coordinator first if need be. */
  *request<A extends Api>(
    api: A,
    draft: Draft<A>,
    options: RequestOptions = {},
  ): Task<Outcome<DecodedResponseOf<A>, ConnectionError>> {
    if (this.#broker === undefined) {
      const found = yield* this.#find();
      if (!found.ok) return found;
      this.#broker = found.value;
    }
    const broker = this.#broker;
    const opened = yield* this.#metadata.connections.to(`coordinator ${broker.id}`, broker);
    const answer = opened.ok ? yield* opened.value.request(api, draft, options) : opened;
    // Unless another request found the new coordinator meanwhile.
    if (!answer.ok && this.#broker === broker) this.lost();
    return answer;
  }

  *#find(): Task<Outcome<Pick<Broker, 'id' | 'host' | 'port'>, ConnectionError>> {
    const connection = yield* this.#metadata.anyConnection();
    if (!connection.ok) return connection;
    const answer = yield* connection.value.request(findCoordinator, (version) =>
      version >= 4
        ? { key: '', coordinatorKeys: [this.groupId] }
        : { key: this.groupId, coordinatorKeys: [] },
    );
    if (!answer.ok) return failure({ ...answer.error, sent: false });
    const told = answer.value.coordinators[0] ?? answer.value;
    if (told.errorCode !== ErrorCode.NONE) {
      const detail = `no coordinator of ${this.groupId}: ${errorName(told.errorCode)}`;
      return failure({ kind: 'disconnected', sent: false, detail });
    }
    return { ok: true, value: { id: told.nodeId, host: told.host, port: told.port } };
  }
}

/** A write that timed out is a reason too, as in Kafka: the leader may have been cut off from everybody else. */
function isElsewhere(errorCode: number): boolean {
  return (
    errorCode === ErrorCode.NOT_COORDINATOR ||
    errorCode === ErrorCode.COORDINATOR_NOT_AVAILABLE ||
    errorCode === ErrorCode.REQUEST_TIMED_OUT
  );
}

/** Nothing is wrong with who asks: the coordinator is elsewhere, or not ready yet, and will answer another time. */
export function mayAskAgain(errorCode: number): boolean {
  return isElsewhere(errorCode) || errorCode === ErrorCode.COORDINATOR_LOAD_IN_PROGRESS;
}
