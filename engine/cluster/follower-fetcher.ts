// Follows one leader broker: fetches from it, round after round, for every partition that it leads and this broker
// follows. Each partition is on its own: an error delays it and no other. What an answer means for the log is
// `followed-partition.ts`.
//
// Left out: fetch sessions (every request names all its partitions), and more than one fetcher for a leader.

import { partitionIdKey } from '../base/ids.ts';
import type { Completion, Task } from '../base/task.ts';
import { ErrorCode } from '../errors.ts';
import { fetch } from '../protocol/apis/fetch.ts';
import type { DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import { FollowedPartition } from './followed-partition.ts';
import type { Partition } from './partition.ts';
import type { Peers } from './peers.ts';

type Response = DecodedResponseOf<typeof fetch>;
type FetchedPartition = Response['responses'][number]['partitions'][number];

/** Kafka's replica.fetch.* properties and their kin. */
export interface FollowerConfig {
  readonly waitMaxMs: number;
  readonly minBytes: number;
  readonly responseMaxBytes: number;
  readonly partitionMaxBytes: number;
  readonly backoffMs: number;
  readonly socketTimeoutMs: number;
}

export interface FollowerOptions {
  readonly runtime: Runtime;
  readonly nodeId: number;
  readonly brokerEpoch: () => number;
  readonly peers: Peers;
  readonly config: () => FollowerConfig;
}

/** One partition as it stood when it was asked for. */
interface Asked {
  readonly followed: FollowedPartition;
  readonly fetchOffset: number;
}

export class FollowerFetcher {
  readonly #options: FollowerOptions;
  readonly #leader: number;
  /** In the order in which they are asked for; who got records goes to the end, so that none starves. */
  readonly #followed = new Map<Partition, FollowedPartition>();
  #change: Completion<void> | undefined;
  #running = false;

  constructor(options: FollowerOptions, leader: number) {
    this.#options = options;
    this.#leader = leader;
  }

  add(partition: Partition): void {
    this.#followed.set(partition, new FollowedPartition(this.#options, this.#leader, partition));
    this.#change?.settle();
    if (this.#running) return;
    this.#running = true;
    this.#options.runtime.tasks.spawn(`fetch from broker ${this.#leader}`, this.#run());
  }

  /** What is under way for it comes to nothing. */
  remove(partition: Partition): void {
    this.#followed.delete(partition);
    this.#change?.settle();
  }

  *#run(): Task<void> {
    while (this.#followed.size > 0) {
      const ready = this.#ready();
      if (ready.length > 0) yield* this.#round(ready);
      else yield* this.#waitForReady();
    }
    this.#running = false;
  }

  #ready(): Asked[] {
    const nowUs = this.#options.runtime.clock.monotonicUs();
    return [...this.#followed.values()]
      .filter((followed) => followed.notBeforeUs <= nowUs)
      .map((followed) => ({ followed, fetchOffset: followed.partition.log.nextOffset }));
  }

  *#waitForReady(): Task<void> {
    const { runtime } = this.#options;
    let earliestUs = Number.POSITIVE_INFINITY;
    for (const { notBeforeUs } of this.#followed.values()) earliestUs = Math.min(earliestUs, notBeforeUs);
    this.#change = runtime.tasks.completion<void>(`partitions of broker ${this.#leader} that may be fetched`);
    yield* runtime.within(this.#change, (earliestUs - runtime.clock.monotonicUs()) / 1000);
    this.#change = undefined;
  }

  *#round(asked: readonly Asked[]): Task<void> {
    const { peers, config, runtime } = this.#options;
    const answer = yield* peers.request(this.#leader, fetch, this.#request(asked), config().socketTimeoutMs);
    yield* runtime.yieldPoint('follower: fetch answered');
    if (!answer.ok || answer.value.errorCode !== ErrorCode.NONE) {
      for (const { followed } of asked) followed.delay();
      return;
    }
    const answered = byPartition(answer.value);
    const busy: Task<boolean>[] = [];
    let records: Uint8Array | undefined;
    for (const one of asked) {
      const { partition } = one.followed;
      const fetched = answered.get(partitionIdKey(partition.log.topicId, partition.index));
      if (fetched === undefined) {
        one.followed.delay();
      } else if (isIdle(fetched)) {
        yield* this.#take(one, fetched);
      } else {
        records ??= fetched.records ?? undefined;
        busy.push(this.#take(one, fetched));
        this.#moveToEnd(one.followed);
      }
    }
    const taken = yield* runtime.tasks.all(`what broker ${this.#leader} sent`, busy);
    // All records of an answer lie in one buffer. Where a log failed the disk may hold bytes of it still.
    if (records !== undefined && !taken.includes(false)) runtime.buffers.giveBack(records);
  }

  /**
   * An answer for a partition that was taken away, or taken up anew, in the meantime is of no use. False when the log
   * failed.
   */
  *#take({ followed, fetchOffset }: Asked, fetched: FetchedPartition): Task<boolean> {
    if (this.#followed.get(followed.partition) !== followed) return true;
    const failed = (yield* followed.take(fetched, fetchOffset)) === 'failed';
    if (failed) this.#followed.delete(followed.partition);
    return !failed;
  }

  #moveToEnd(followed: FollowedPartition): void {
    if (this.#followed.get(followed.partition) !== followed) return;
    this.#followed.delete(followed.partition);
    this.#followed.set(followed.partition, followed);
  }

  #request(asked: readonly Asked[]): EncodableRequestOf<typeof fetch> {
    const { nodeId, brokerEpoch, config } = this.#options;
    const { waitMaxMs, minBytes, responseMaxBytes, partitionMaxBytes } = config();
    const topics = new Map<string, ReturnType<typeof wanted>[]>();
    for (const one of asked) {
      const { topicId } = one.followed.partition.log;
      const partitions = topics.get(topicId) ?? [];
      partitions.push(wanted(one, partitionMaxBytes));
      topics.set(topicId, partitions);
    }
    return {
      replicaState: { replicaId: nodeId, replicaEpoch: brokerEpoch() },
      maxWaitMs: waitMaxMs,
      minBytes,
      maxBytes: responseMaxBytes,
      topics: [...topics].map(([topicId, partitions]) => ({ topic: '', topicId, partitions })),
      forgottenTopicsData: [],
      rackId: '',
    };
  }
}

function wanted({ followed, fetchOffset }: Asked, partitionMaxBytes: number) {
  const { partition, leaderEpoch } = followed;
  return {
    partition: partition.index,
    currentLeaderEpoch: leaderEpoch,
    fetchOffset,
    lastFetchedEpoch: partition.log.epochs.latestEpoch,
    logStartOffset: partition.logStartOffset,
    partitionMaxBytes,
    highWatermark: partition.highWatermark,
  };
}

/** Nothing that touches the log, but perhaps a high watermark. */
function isIdle({ errorCode, records, divergingEpoch }: FetchedPartition): boolean {
  return errorCode === ErrorCode.NONE && (records?.length ?? 0) === 0 && divergingEpoch.endOffset < 0;
}

function byPartition({ responses }: Response): Map<string, FetchedPartition> {
  const answered = new Map<string, FetchedPartition>();
  for (const { topicId, partitions } of responses) {
    for (const fetched of partitions) answered.set(partitionIdKey(topicId, fetched.partitionIndex), fetched);
  }
  return answered;
}
