// One partition that this broker follows in one leader epoch, and what its leader's answers mean for its log
// (Kafka's AbstractFetcherThread and ReplicaFetcherThread):
//
// - records are appended when they are for the end of the log as it is now, and of no later epoch than this one: those
//   belong to a reign of which this replica has not heard (KAFKA-18723). A leader of ours looks at its epoch again
//   behind each read and sends none; but no checksum covers the epoch of a batch, and rot may make it any other;
// - a diverging epoch says where the histories part; the log is cut there, and the next fetch shows whether that was
//   all (KIP-101, KIP-279, KIP-595). Never to the high watermark: what is above it may be committed;
// - out of range: the leader's log ends before ours (it was elected uncleanly) or begins behind it;
// - every other error waits, for the metadata log to tell how things stand.

import type { Task } from '../base/task.ts';
import { truncationFor } from '../core/epoch-history.ts';
import { ErrorCode } from '../errors.ts';
import type { fetch } from '../protocol/apis/fetch.ts';
import { listOffsets } from '../protocol/apis/list-offsets.ts';
import { BatchWalk, type RecordBatch } from '../protocol/record-batch.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import type { Partition } from './partition.ts';
import type { Peers } from './peers.ts';

type FetchedPartition = DecodedResponseOf<typeof fetch>['responses'][number]['partitions'][number];

export interface FollowedOptions {
  readonly runtime: Runtime;
  readonly nodeId: number;
  readonly peers: Peers;
  readonly config: () => { readonly backoffMs: number; readonly socketTimeoutMs: number };
}

/** 'failed': the log takes nothing more, and its owner knows. */
export type Taken = 'taken' | 'failed';

const latest = -1;
const earliestLocal = -4;

export class FollowedPartition {
  readonly partition: Partition;
  /** The epoch in which it follows; with the next one another object takes its place. */
  readonly leaderEpoch: number;
  readonly #options: FollowedOptions;
  readonly #leader: number;
  #notBeforeUs = 0;

  constructor(options: FollowedOptions, leader: number, partition: Partition) {
    this.#options = options;
    this.#leader = leader;
    this.partition = partition;
    this.leaderEpoch = partition.leaderEpoch;
  }

  /** Until then it is not asked for. */
  get notBeforeUs(): number {
    return this.#notBeforeUs;
  }

  delay(): void {
    const { runtime, config } = this.#options;
    this.#notBeforeUs = runtime.clock.monotonicUs() + config().backoffMs * 1000;
  }

  /** Acts on the answer to a fetch that asked from `fetchOffset` on. */
  *take(fetched: FetchedPartition, fetchOffset: number): Task<Taken> {
    const { partition, leaderEpoch } = this;
    if (!partition.follows(leaderEpoch) || partition.log.nextOffset !== fetchOffset) return 'taken';
    if (fetched.errorCode === ErrorCode.OFFSET_OUT_OF_RANGE) return yield* this.#findRange();
    if (fetched.errorCode !== ErrorCode.NONE) return this.#later();
    const { divergingEpoch } = fetched;
    if (divergingEpoch.endOffset >= 0)
      return yield* this.#cut(divergingEpoch.epoch, divergingEpoch.endOffset);
    const appended = yield* this.#append(fetched.records ?? new Uint8Array(0), fetchOffset);
    if (appended !== 'appended') return appended;
    const { highWatermark, logStartOffset } = fetched;
    const learned = yield* partition.learnFromLeader(highWatermark, logStartOffset, leaderEpoch);
    return learned.ok ? 'taken' : 'failed';
  }

  // ---- records

  *#append(records: Uint8Array, fetchOffset: number): Task<Taken | 'appended'> {
    const { partition, leaderEpoch } = this;
    if (records.length === 0) return 'appended';
    const usable = usableBatches(records, leaderEpoch);
    if (usable === undefined) return this.#later();
    const { bytes, first } = usable;
    if (usable.laterReign) this.#options.runtime.reached('follower-refused-later-reign');
    if (first === undefined) return this.#later();
    let from = fetchOffset;
    if (first.baseOffset < fetchOffset) {
      // The leader's log was cut at its start in the middle of this batch. Ours begins with the whole of it, or never.
      const empty = partition.logStartOffset === fetchOffset && partition.log.logEndOffset === fetchOffset;
      if (!empty || first.lastOffset < fetchOffset) return this.#later();
      from = first.baseOffset;
      const begun = yield* partition.startOverAsFollower(from, fetchOffset, leaderEpoch);
      if (!begun.ok) return 'failed';
    }
    yield* this.#options.runtime.yieldPoint('follower: before an append');
    const appended = yield* partition.appendAsFollower(bytes, from, leaderEpoch);
    if (!appended.ok) return 'failed';
    return appended.value ? 'appended' : 'taken';
  }

  // ---- histories that part

  *#cut(epoch: number, endOffset: number): Task<Taken> {
    yield* this.#options.runtime.yieldPoint('follower: before a cut');
    const { log, highWatermark } = this.partition;
    const { offset } = truncationFor(log.epochs, log.nextOffset, highWatermark, {
      leaderEpoch: epoch,
      endOffset,
    });
    const { revision } = log.epochs;
    const { nextOffset } = log;
    const cut = yield* this.partition.truncateAsFollower(offset, this.leaderEpoch);
    if (!cut.ok) return 'failed';
    // Nothing was in the way of the leader's history, and yet it says so: asking at once would go round in circles.
    if (log.nextOffset < nextOffset) this.#options.runtime.reached('follower-truncated-divergent-tail');
    const unmoved = log.nextOffset === nextOffset && log.epochs.revision === revision;
    return unmoved ? this.#later() : 'taken';
  }

  *#findRange(): Task<Taken> {
    const { partition, leaderEpoch } = this;
    const leaderEnd = yield* this.#ask(latest);
    if (leaderEnd === undefined) return this.#later();
    const { nextOffset } = partition.log;
    if (leaderEnd < nextOffset) {
      const cut = yield* partition.truncateAsFollower(leaderEnd, leaderEpoch);
      this.#options.runtime.reached('follower-cut-to-leader-end');
      return cut.ok ? 'taken' : 'failed';
    }
    const leaderStart = yield* this.#ask(earliestLocal);
    if (leaderStart === undefined || leaderStart <= partition.log.nextOffset) return this.#later();
    const begun = yield* partition.startOverAsFollower(leaderStart, leaderStart, leaderEpoch);
    this.#options.runtime.reached('follower-started-over');
    return begun.ok ? 'taken' : 'failed';
  }

  /** An offset of the leader's log, by ListOffsets' special timestamps. */
  *#ask(timestamp: number): Task<number | undefined> {
    const { peers, nodeId, config } = this.#options;
    const { topic, index } = this.partition;
    const wanted = { partitionIndex: index, currentLeaderEpoch: this.leaderEpoch, timestamp };
    const answer = yield* peers.request(
      this.#leader,
      listOffsets,
      {
        replicaId: nodeId,
        isolationLevel: 0,
        topics: [{ name: topic, partitions: [wanted] }],
        timeoutMs: config().socketTimeoutMs,
      },
      config().socketTimeoutMs,
    );
    const found = answer.ok ? answer.value.topics[0]?.partitions[0] : undefined;
    return found === undefined || found.errorCode !== ErrorCode.NONE ? undefined : found.offset;
  }

  #later(): Taken {
    this.delay();
    return 'taken';
  }
}

/**
 * The whole and sound batches at the front that are not of a later epoch; undefined when the first of them is damaged.
 * A tail that is cut is what every Fetch response may have.
 */
function usableBatches(
  records: Uint8Array,
  leaderEpoch: number,
):
  | { readonly bytes: Uint8Array; readonly first: RecordBatch | undefined; readonly laterReign: boolean }
  | undefined {
  const walk = new BatchWalk(records);
  let first: RecordBatch | undefined;
  let nextOffset = -1;
  let endPosition = 0;
  let laterReign = false;
  for (let batch = walk.next(); batch !== undefined; batch = walk.next()) {
    const { partitionLeaderEpoch } = batch;
    const sound = batch.lastOffsetDelta >= 0 && batch.baseOffset >= nextOffset && batch.isCrcValid();
    // The checksum does not cover the epoch; every leader writes one, and no history begins below 0.
    if (!sound || partitionLeaderEpoch < 0) return undefined;
    laterReign = partitionLeaderEpoch > leaderEpoch;
    if (laterReign) break;
    first ??= batch;
    nextOffset = batch.nextOffset;
    endPosition = batch.end;
  }
  if (walk.stop?.kind === 'malformed') return undefined;
  return { bytes: records.subarray(0, endPosition), first, laterReign };
}
