// What a consumer keeps of each partition that it has: where it is, what is still to be found out before it
// can read, and what the broker last told. One object per assignment of a partition: when the partition is
// lost and comes back there is a new one, so nothing that was under way for the old can touch it.

import { partitionKey, type TopicPartition } from '../base/ids.ts';

/** Where the next record is to be read, and the epoch of the record before (-1 where it is not known). */
export interface Position {
  readonly offset: number;
  readonly leaderEpoch: number;
}

/** What stands between a partition and its next fetch. */
export type Need = 'nothing' | 'committed-offset' | 'reset' | 'validation';

export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  need: Need;
  /** For `reset`. */
  resetTo: 'earliest' | 'latest';
  position: Position | undefined;
  /** The leader epoch under which the position was last found to be part of the leader's log, or was taken for it. */
  validatedEpoch: number;
  /** The position that was reported to be cut off, so that it is told to the hook once. */
  reportedCut: Position | undefined;
  paused: boolean;
  /** Monotonic; no request for this partition before it. */
  notBeforeMs: number;
  failures: number;
  highWatermark: number;
  logStartOffset: number;
  preferredReplica: { readonly brokerId: number; readonly untilMs: number } | undefined;
}

export interface ConsumedRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[];
  readonly leaderEpoch: number;
}

/** Records below `offset` were read that the leader does not have. */
export interface Truncation {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** Where the leader's log and what was read part; -1 where the leader cannot tell. */
  readonly divergingOffset: number;
}

/** What a consumer could not do and its user must know; Kafka's Java consumer throws these from `poll`. */
export type ConsumerProblem =
  /** A batch that does not match its checksum or cannot be read. Its records are not handed out. */
  | {
      readonly kind: 'corrupt';
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
      readonly detail: string;
    }
  /** No committed offset, and `autoOffsetReset` none. */
  | { readonly kind: 'no-offset'; readonly topic: string; readonly partition: number }
  /** The position is outside the log, and `autoOffsetReset` none. */
  | {
      readonly kind: 'out-of-range';
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }
  /** The log was cut below the position: records handed out before are not in it any more. */
  | ({ readonly kind: 'truncated' } & Truncation)
  /** The broker refuses the partition for good. */
  | { readonly kind: 'refused'; readonly topic: string; readonly partition: number; readonly error: string }
  /** The group refuses this member for good; only a new consumer can join. */
  | { readonly kind: 'group'; readonly error: string }
  /** An automatic commit failed; the records since the last good one may be read again. */
  | { readonly kind: 'auto-commit'; readonly error: string };

export class ConsumerState {
  readonly #partitions = new Map<string, PartitionState>();

  all(): readonly PartitionState[] {
    return [...this.#partitions.values()];
  }

  partitions(): TopicPartition[] {
    return this.all().map(({ topic, partition }) => ({ topic, partition }));
  }

  get(topic: string, partition: number): PartitionState | undefined {
    return this.#partitions.get(partitionKey(topic, partition));
  }

  holds(state: PartitionState): boolean {
    return this.get(state.topic, state.partition) === state;
  }

  add(topic: string, partition: number, need: Need, resetTo: 'earliest' | 'latest'): void {
    if (this.get(topic, partition) !== undefined) return;
    this.#partitions.set(partitionKey(topic, partition), {
      topic,
      partition,
      need,
      resetTo,
      position: undefined,
      validatedEpoch: -1,
      reportedCut: undefined,
      paused: false,
      notBeforeMs: 0,
      failures: 0,
      highWatermark: -1,
      logStartOffset: -1,
      preferredReplica: undefined,
    });
  }

  remove(topic: string, partition: number): void {
    this.#partitions.delete(partitionKey(topic, partition));
  }

  clear(): void {
    this.#partitions.clear();
  }
}

export function moveTo(state: PartitionState, position: Position, validatedEpoch = -1): void {
  state.position = position;
  state.need = 'nothing';
  state.validatedEpoch = validatedEpoch;
  state.failures = 0;
  state.notBeforeMs = 0;
}
