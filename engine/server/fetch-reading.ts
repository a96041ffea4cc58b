// What a fetch reads from one partition, for each of those who fetch: consumers up to the high watermark (or the last
// stable offset), followers up to the end of the log.
//
// A follower's fetch is a report too: all below its fetch offset is in its log. It counts once, when the request comes
// and only if the follower is one of ours, in our epoch, in the present life of its broker, and its history does not
// part from ours; before anything is answered.

import type { Task } from '../base/task.ts';
import type { Partition } from '../cluster/partition.ts';
import type { TopicBy } from '../cluster/replicas.ts';
import type { FetchPartition } from '../core/fetch-session.ts';
import type { Isolation } from '../core/partition.ts';
import { rackAwareReplicaSelector, replicaForRack } from '../core/replica-selector.ts';
import { ErrorCode } from '../errors.ts';
import type { Services } from './services.ts';

const noRecords = new Uint8Array(0);

const refusalMarks = new Map([
  [ErrorCode.NOT_LEADER_OR_FOLLOWER, 'fetch-refused-not-leader'],
  [ErrorCode.FENCED_LEADER_EPOCH, 'fetch-refused-by-older-epoch'],
  [ErrorCode.UNKNOWN_LEADER_EPOCH, 'fetch-refused-by-newer-epoch'],
] as const);

/** Who fetches, and what follows from that. */
export interface FetchingParty {
  readonly version: number;
  /** A follower: the id and the epoch of its broker. */
  readonly follower: { readonly id: number; readonly brokerEpoch: number } | undefined;
  readonly isolation: Isolation;
  /** Followers and old consumers are served by the leader alone (KIP-392). */
  readonly leaderOnly: boolean;
  readonly rackId: string;
}

/** What one partition gives in one reading. */
export interface Reading {
  readonly wanted: FetchPartition;
  readonly partition: Partition | undefined;
  readonly errorCode: number;
  readonly records: Uint8Array;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | undefined;
  /** Where to read instead; -1 for here. */
  readonly preferredReadReplica: number;
  /** Bytes that this party could read before the reading: what came since is news. */
  readonly readableBytes: number;
  readonly leaderEpoch: number;
}

/** How a request of this version names the topic. */
export function namedBy({ topic, topicId }: FetchPartition, version: number): TopicBy {
  return version >= 13 ? { topicId } : { topic };
}

/** Bytes that became readable for this party in this life of the broker. */
export function readableBytes({ bytes }: Partition, { isolation }: FetchingParty): number {
  return isolation === 'log-end' ? bytes.written : bytes.committed;
}

export function* readPartition(
  wanted: FetchPartition,
  party: FetchingParty,
  limits: { readonly bytesLeft: number; readonly nothingYet: boolean; readonly firstTime: boolean },
  services: Services,
): Task<Reading> {
  const { version, isolation } = party;
  const by = namedBy(wanted, version);
  const admitted = admit(by, wanted, party, services);
  if (typeof admitted === 'number') {
    const mark = refusalMarks.get(admitted);
    if (mark !== undefined) services.runtime.reached(mark);
    return failed(wanted, admitted, undefined);
  }
  const partition = admitted;
  const { log, state, leaderEpoch } = partition;
  if (log.failed !== undefined) return failed(wanted, storageError(version), partition);
  const standing = { wanted, partition, leaderEpoch, readableBytes: readableBytes(partition, party) };
  const preferredReadReplica = preferredReplica(partition, wanted.fetchOffset, party, services);
  if (preferredReadReplica >= 0) {
    services.runtime.reached('fetch-sent-to-nearer-replica');
    return { ...standing, ...offsetsOf(partition), preferredReadReplica };
  }
  // Before the range: whoever is ahead of us on an epoch of ours must learn where to cut, not that it is lost.
  const diverging = divergence(partition, wanted);
  if (diverging === 'unknown') return failed(wanted, ErrorCode.OFFSET_OUT_OF_RANGE, partition);
  if (diverging !== undefined) {
    const toFollower = party.follower !== undefined;
    services.runtime.reached(toFollower ? 'fetch-told-divergence' : 'consumer-told-divergence');
    return { ...standing, ...offsetsOf(partition), diverging };
  }
  const inRange = wanted.fetchOffset >= log.logStartOffset && wanted.fetchOffset <= state.logEndOffset;
  if (!inRange) {
    services.runtime.reached('fetch-out-of-range');
    return failed(wanted, ErrorCode.OFFSET_OUT_OF_RANGE, partition);
  }
  if (limits.firstTime) noteFollower(partition, wanted, party);
  const offsets = offsetsOf(partition);
  const upToOffset = state.readableUpTo(isolation, log.producers.firstUndecidedOffset);
  const maxBytes = Math.min(wanted.maxBytes, limits.bytesLeft);
  let records: Uint8Array = noRecords;
  if (wanted.fetchOffset < upToOffset && (maxBytes > 0 || limits.nothingYet)) {
    const where = party.follower === undefined ? 'fetch: before reading' : 'leader: follower noted';
    yield* services.runtime.yieldPoint(where);
    const read = yield* log.read(wanted.fetchOffset, {
      maxBytes: Math.max(0, maxBytes),
      upToOffset,
      atLeastOneBatch: limits.nothingYet,
    });
    // Another may lead by now, or the topic be deleted: what was read is of another time.
    const still = services.replicas.get(partition) === partition && partition.leaderEpoch === leaderEpoch;
    if (!still) {
      services.runtime.reached('fetch-overtaken-by-election');
      return failed(wanted, gone(by, wanted, services), undefined);
    }
    if (!read.ok) {
      const outOfRange = read.error.kind === 'out-of-range';
      return failed(wanted, outOfRange ? ErrorCode.OFFSET_OUT_OF_RANGE : storageError(version), partition);
    }
    records = read.value;
  }
  traceRead(partition, wanted.fetchOffset, records.length, services);
  return { ...standing, ...offsets, records };
}

/** The replica that may serve this party, or the error code that says why not; in the order of Kafka's checks. */
function admit(
  by: TopicBy,
  wanted: FetchPartition,
  { leaderOnly, follower }: FetchingParty,
  { replicas, runtime }: Services,
): Partition | number {
  const found = replicas.replica(by, wanted.partition);
  if (!found.ok) return found.error;
  const { state } = found.value;
  const epochError = state.checkLeaderEpoch(wanted.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return epochError;
  const { reign } = state;
  if (reign === undefined) return leaderOnly ? ErrorCode.NOT_LEADER_OR_FOLLOWER : found.value;
  if (follower === undefined) return found.value;
  const refused = reign.checkFollower(follower.id, follower.brokerEpoch, wanted.currentLeaderEpoch >= 0);
  if (refused === ErrorCode.NONE) return found.value;
  runtime.reached('follower-of-earlier-life-refused');
  return refused;
}

function noteFollower(partition: Partition, wanted: FetchPartition, { follower }: FetchingParty): void {
  if (follower === undefined) return;
  const { fetchOffset, logStartOffset } = wanted;
  const { id, brokerEpoch } = follower;
  partition.followerFetched({ follower: id, brokerEpoch, fetchOffset, logStartOffset });
}

/** The error of a partition that is not what it was before a wait; the next try finds the new state. */
function gone(by: TopicBy, wanted: FetchPartition, { replicas }: Services): number {
  const found = replicas.replica(by, wanted.partition);
  return found.ok ? ErrorCode.NOT_LEADER_OR_FOLLOWER : found.error;
}

/**
 * The in-sync follower in the consumer's rack that has the offset; -1 for this leader. Whoever is sent away gets no
 * records here.
 */
function preferredReplica(
  partition: Partition,
  fetchOffset: number,
  { leaderOnly, isolation, rackId }: FetchingParty,
  { config, metadata, runtime }: Services,
): number {
  const { reign, logEndOffset } = partition.state;
  if (reign === undefined || leaderOnly || isolation === 'log-end' || rackId === '') return -1;
  if (config.get('replica.selector.class') !== rackAwareReplicaSelector) return -1;
  const { brokers } = metadata.image;
  const nowMs = runtime.clock.monotonicUs() / 1000;
  const rackOf = (id: number) => brokers.get(id)?.rack ?? null;
  const able = [...reign.followers()].filter(
    (follower) =>
      reign.isr.includes(follower.id) &&
      follower.logEndOffset >= fetchOffset &&
      follower.logStartOffset <= fetchOffset &&
      brokers.get(follower.id)?.fenced === false,
  );
  const self = metadata.nodeId;
  const chosen = replicaForRack(
    rackId,
    { id: self, rack: rackOf(self), logEndOffset, sinceCaughtUpMs: 0 },
    able.map(({ id, logEndOffset: end, lastCaughtUpMs }) => {
      return { id, rack: rackOf(id), logEndOffset: end, sinceCaughtUpMs: nowMs - lastCaughtUpMs };
    }),
  );
  return chosen === self ? -1 : chosen;
}

/**
 * KIP-595: whoever tells the epoch of its last record learns where its log stops being ours. Our history may not know
 * that epoch at all.
 */
function divergence(partition: Partition, wanted: FetchPartition): Reading['diverging'] | 'unknown' {
  if (wanted.lastFetchedEpoch < 0) return undefined;
  const end = partition.log.epochs.endOffsetFor(wanted.lastFetchedEpoch, partition.state.logEndOffset);
  if (end.leaderEpoch < 0) return 'unknown';
  if (end.leaderEpoch >= wanted.lastFetchedEpoch && end.endOffset >= wanted.fetchOffset) return undefined;
  return { epoch: end.leaderEpoch, endOffset: end.endOffset };
}

function offsetsOf({ highWatermark, lastStableOffset, logStartOffset }: Partition) {
  return {
    errorCode: ErrorCode.NONE,
    records: noRecords,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    diverging: undefined,
    preferredReadReplica: -1,
  };
}

/** Old clients do not know the error. */
function storageError(version: number): number {
  return version <= 5 ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.KAFKA_STORAGE_ERROR;
}

function failed(wanted: FetchPartition, errorCode: number, partition: Partition | undefined): Reading {
  return {
    wanted,
    partition,
    errorCode,
    records: noRecords,
    highWatermark: -1,
    lastStableOffset: -1,
    logStartOffset: -1,
    diverging: undefined,
    preferredReadReplica: -1,
    readableBytes: 0,
    leaderEpoch: -1,
  };
}

function traceRead(partition: Partition, fetchOffset: number, bytes: number, services: Services): void {
  const { trace } = services.runtime;
  if (bytes === 0 || !trace.wants('records-fetched')) return;
  trace.emit({
    kind: 'records-fetched',
    topic: partition.topic,
    partition: partition.index,
    fetchOffset,
    bytes,
  });
}
