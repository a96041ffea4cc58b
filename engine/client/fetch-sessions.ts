// The client's half of an incremental fetch session (KIP-227) with one broker: which partitions the broker
// knows from earlier requests, so that the next one says only what changed.

import { partitionKey } from '../base/ids.ts';
import { ErrorCode } from '../errors.ts';

/** What a fetch says of one partition. */
export interface WantedPartition {
  readonly topic: string;
  readonly topicId: string;
  readonly partition: number;
  readonly fetchOffset: number;
  readonly currentLeaderEpoch: number;
  /** Of the record before `fetchOffset`; -1 where it is not known, or not to be compared. */
  readonly lastFetchedEpoch: number;
  readonly logStartOffset: number;
  readonly maxBytes: number;
}

export interface SessionRequest {
  readonly sessionId: number;
  readonly sessionEpoch: number;
  readonly partitions: readonly WantedPartition[];
  readonly forgotten: readonly WantedPartition[];
}

export class ClientFetchSession {
  #sessionId = 0;
  #epoch = 0;
  #known = new Map<string, WantedPartition>();

  /** The request that makes the broker's session hold exactly `wanted`. */
  next(wanted: readonly WantedPartition[]): SessionRequest {
    const now = new Map(wanted.map((each) => [partitionKey(each.topic, each.partition), each]));
    const before = this.#known;
    this.#known = now;
    if (this.#epoch === 0) {
      return { sessionId: this.#sessionId, sessionEpoch: 0, partitions: wanted, forgotten: [] };
    }
    const changed = wanted.filter(
      (each) => !same(each, before.get(partitionKey(each.topic, each.partition))),
    );
    const forgotten = [...before]
      .filter(([key, old]) => now.get(key)?.topicId !== old.topicId)
      .map(([, old]) => old);
    return { sessionId: this.#sessionId, sessionEpoch: this.#epoch, partitions: changed, forgotten };
  }

  answered(errorCode: number, sessionId: number): void {
    if (errorCode === ErrorCode.FETCH_SESSION_ID_NOT_FOUND) return this.#restart(0);
    if (errorCode !== ErrorCode.NONE) return this.#restart(this.#sessionId);
    if (sessionId === 0) return this.#restart(0);
    this.#epoch = this.#sessionId === sessionId && this.#epoch !== 2147483647 ? this.#epoch + 1 : 1;
    this.#sessionId = sessionId;
  }

  /**
   * No answer: the broker may or may not have taken the request, so its session is closed by the next one.
   */
  failed(): void {
    this.#restart(this.#sessionId);
  }

  #restart(closing: number): void {
    this.#sessionId = closing;
    this.#epoch = 0;
    this.#known = new Map();
  }
}

function same(a: WantedPartition, b: WantedPartition | undefined): boolean {
  if (b === undefined || a.topicId !== b.topicId) return false;
  return (
    a.fetchOffset === b.fetchOffset &&
    a.currentLeaderEpoch === b.currentLeaderEpoch &&
    a.lastFetchedEpoch === b.lastFetchedEpoch &&
    a.logStartOffset === b.logStartOffset &&
    a.maxBytes === b.maxBytes
  );
}
