// Committed offsets, by group, topic and partition. Only `apply` changes them, and it is called with records that are
// committed in the log, in the order of the log: what anybody reads here survives this broker.
//
// Commits that are being written are known too, by their names only. A reader of stable offsets waits for them; a
// deletion covers them, because its tombstones will lie behind them in the log; expiry lets them be.

import type { CommittedOffset, OffsetRecord } from './group/records.ts';

type ByPartition<T> = Map<number, T>;
type ByTopic<T> = Map<string, ByPartition<T>>;

export interface NamedOffset {
  readonly topic: string;
  readonly partition: number;
  readonly value: CommittedOffset;
}

/** When an offset of a group may be forgotten; decided by the group, see `GroupShard`. */
export interface ExpiryRule {
  /** Topics that are never touched. */
  keeps(topic: string): boolean;
  /** From when the retention counts, for an offset without one of its own. */
  since(value: CommittedOffset): number;
}

export class CommittedOffsets {
  readonly #groups = new Map<string, ByTopic<CommittedOffset>>();
  /** How many writes are under way for a partition. */
  readonly #writing = new Map<string, ByTopic<number>>();

  apply({ groupId, topic, partition, value }: OffsetRecord): void {
    if (value === null) unset(this.#groups, groupId, topic, partition);
    else put(this.#groups, groupId, topic, partition, value);
  }

  get(groupId: string, topic: string, partition: number): CommittedOffset | undefined {
    return this.#groups.get(groupId)?.get(topic)?.get(partition);
  }

  /** Sorted by topic and partition, so that answers do not tell in which order commits came. */
  all(groupId: string): NamedOffset[] {
    const named: NamedOffset[] = [];
    for (const [topic, partitions] of this.#groups.get(groupId) ?? []) {
      for (const [partition, value] of partitions) named.push({ topic, partition, value });
    }
    return named.sort(byTopicAndPartition);
  }

  has(groupId: string): boolean {
    return this.#groups.has(groupId);
  }

  groupIds(): string[] {
    return [...this.#groups.keys()];
  }

  // ---- writes under way

  began(records: readonly OffsetRecord[]): void {
    for (const { groupId, topic, partition } of records) {
      const count = this.#writing.get(groupId)?.get(topic)?.get(partition) ?? 0;
      put(this.#writing, groupId, topic, partition, count + 1);
    }
  }

  ended(records: readonly OffsetRecord[]): void {
    for (const { groupId, topic, partition } of records) {
      const count = this.#writing.get(groupId)?.get(topic)?.get(partition) ?? 0;
      if (count > 1) put(this.#writing, groupId, topic, partition, count - 1);
      else unset(this.#writing, groupId, topic, partition);
    }
  }

  isWriting(groupId: string): boolean {
    return this.#writing.has(groupId);
  }

  // ---- tombstones

  /** The tombstone of one partition; undefined when there is nothing to delete. */
  deletion(groupId: string, topic: string, partition: number): OffsetRecord | undefined {
    const written = this.get(groupId, topic, partition) !== undefined;
    const writing = this.#writing.get(groupId)?.get(topic)?.has(partition) === true;
    return written || writing ? tombstone(groupId, topic, partition) : undefined;
  }

  deletionOfAll(groupId: string): OffsetRecord[] {
    const known: { topic: string; partition: number }[] = this.all(groupId);
    for (const [topic, partitions] of this.#writing.get(groupId) ?? []) {
      for (const partition of partitions.keys()) {
        if (this.get(groupId, topic, partition) === undefined) known.push({ topic, partition });
      }
    }
    return known.sort(byTopicAndPartition).map((one) => tombstone(groupId, one.topic, one.partition));
  }

  /** What is past its time; `emptied` when nothing would be left of the group. */
  expired(
    groupId: string,
    rule: ExpiryRule,
    nowMs: number,
    retentionMs: number,
  ): { records: OffsetRecord[]; emptied: boolean } {
    const records: OffsetRecord[] = [];
    let kept = this.isWriting(groupId);
    for (const { topic, partition, value } of this.all(groupId)) {
      const due =
        value.expireTimestampMs >= 0
          ? nowMs >= value.expireTimestampMs
          : nowMs - rule.since(value) >= retentionMs;
      const busy = this.#writing.get(groupId)?.get(topic)?.has(partition) === true;
      if (due && !busy && !rule.keeps(topic)) records.push(tombstone(groupId, topic, partition));
      else kept = true;
    }
    return { records, emptied: !kept };
  }
}

function tombstone(groupId: string, topic: string, partition: number): OffsetRecord {
  return { kind: 'offset', groupId, topic, partition, value: null };
}

function byTopicAndPartition(
  a: { topic: string; partition: number },
  b: { topic: string; partition: number },
): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return a.partition - b.partition;
}

function put<T>(groups: Map<string, ByTopic<T>>, groupId: string, topic: string, at: number, value: T): void {
  const topics = groups.get(groupId) ?? new Map<string, ByPartition<T>>();
  groups.set(groupId, topics);
  const partitions = topics.get(topic) ?? new Map<number, T>();
  topics.set(topic, partitions);
  partitions.set(at, value);
}

function unset<T>(groups: Map<string, ByTopic<T>>, groupId: string, topic: string, partition: number): void {
  const topics = groups.get(groupId);
  const partitions = topics?.get(topic);
  if (topics === undefined || partitions === undefined) return;
  partitions.delete(partition);
  if (partitions.size === 0) topics.delete(topic);
  if (topics.size === 0) groups.delete(groupId);
}
