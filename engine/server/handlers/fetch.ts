// Fetch (versions 4 to 18): record batches from partitions, in request order, as Kafka does it:
// - three bounds (request, partition, broker), and yet the first partition that has anything gives at least one whole
//   batch, whatever its size (KIP-74); only whole batches leave;
// - parked until `minBytes` are there, an error is there, or `maxWaitMs` is over;
// - sessions (KIP-227): see `core/fetch-session.ts`; versions below 7 have none, and 0/-1 asks for none;
// - names up to v12, topic ids from v13.
//
// Left out: follower fetches (replica id 0 or above) are refused with NOT_LEADER_OR_FOLLOWER while there is
// one broker; diverging epochs are not answered to consumers, as in Kafka only what asks with
// lastFetchedEpoch gets one.

import type { Task } from '../../base/task.ts';
import type { Partition } from '../../cluster/partition.ts';
import type { FetchContext, FetchPartition } from '../../core/fetch-session.ts';
import type { Isolation } from '../../core/partition.ts';
import { ErrorCode } from '../../errors.ts';
import { fetch } from '../../protocol/apis/fetch.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { handler, type RequestContext, respond } from '../handler.ts';
import type { Services } from '../services.ts';

type Request = RequestOf<typeof fetch>;

const noRecords = new Uint8Array(0);
const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA';

/** What one partition gives in one reading. */
interface Reading {
  readonly wanted: FetchPartition;
  readonly partition: Partition | undefined;
  readonly errorCode: number;
  readonly records: Uint8Array;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  readonly diverging: { readonly epoch: number; readonly endOffset: number } | undefined;
  /** `Partition.committedBytes` before the reading: what came since is news. */
  readonly committedBytes: number;
  readonly leaderEpoch: number;
}

export const fetchHandler = handler({
  api: fetch,
  *handle(request, context) {
    const { services, version } = context;
    const opened = services.fetchSessions.open(
      sessionRequest(request, version),
      services.runtime.clock.wallMs(),
    );
    if (typeof opened === 'number') {
      return respond({ throttleTimeMs: 0, errorCode: opened, sessionId: 0, responses: [] });
    }
    const readings = yield* readOrWait(request, opened, context);
    return respond({
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      sessionId: opened.sessionId,
      responses: toResponses(readings, opened, request, version),
    });
  },
});

function sessionRequest(request: Request, version: number) {
  const usesTopicIds = version >= 13;
  const name = (topic: { topic: string; topicId: string }) => ({
    topic: usesTopicIds ? '' : topic.topic,
    topicId: usesTopicIds ? topic.topicId : zeroUuid,
  });
  const partitions: FetchPartition[] = request.topics.flatMap((topic) =>
    topic.partitions.map((of) => ({
      ...name(topic),
      partition: of.partition,
      currentLeaderEpoch: of.currentLeaderEpoch,
      fetchOffset: of.fetchOffset,
      lastFetchedEpoch: of.lastFetchedEpoch,
      logStartOffset: of.logStartOffset,
      maxBytes: of.partitionMaxBytes,
    })),
  );
  return {
    sessionId: version >= 7 ? request.sessionId : 0,
    sessionEpoch: version >= 7 ? request.sessionEpoch : -1,
    usesTopicIds,
    partitions,
    forgotten: request.forgottenTopicsData.flatMap((topic) =>
      topic.partitions.map((partition) => ({ ...name(topic), partition })),
    ),
  };
}

/** Reads; where that is not enough, waits for more and reads again, until the time is over. */
function* readOrWait(request: Request, opened: FetchContext, context: RequestContext): Task<Reading[]> {
  const { runtime } = context.services;
  const deadlineUs = runtime.clock.monotonicUs() + request.maxWaitMs * 1000;
  for (;;) {
    const readings = yield* readAll(request, opened.partitions, context);
    const bytes = readings.reduce((sum, reading) => sum + reading.records.length, 0);
    const answerNow =
      opened.partitions.length === 0 ||
      bytes >= request.minBytes ||
      readings.some((reading) => reading.errorCode !== ErrorCode.NONE || reading.diverging !== undefined);
    if (answerNow || runtime.clock.monotonicUs() >= deadlineUs) return readings;
    if (!(yield* waitForMore(readings, request.minBytes - bytes, deadlineUs, context.services)))
      return readings;
  }
}

/**
 * Parks until `missingBytes` more have become readable, or a partition must be looked at again, or the time is over.
 * Returns whether there is anything that the readings do not have: little that came belongs into the answer too.
 */
function* waitForMore(
  readings: readonly Reading[],
  missingBytes: number,
  deadlineUs: number,
  services: Services,
): Task<boolean> {
  const { runtime } = services;
  const label = 'fetch waits for records';
  let change = runtime.tasks.completion<boolean>(label);
  const leave = readings.map(({ partition }) => partition?.watch(() => change.settle(true)));
  let news: boolean | undefined;
  for (;;) {
    // Asked before each wait, the first too: what came while another partition was read has told nobody here.
    news = newsSince(readings, missingBytes, deadlineUs, services);
    if (news !== undefined) break;
    yield* runtime.within(change, (deadlineUs - runtime.clock.monotonicUs()) / 1000);
    if (change.settled) change = runtime.tasks.completion<boolean>(label);
  }
  for (const out of leave) out?.();
  return news;
}

/** Whether there is something to read again; undefined while it is too little, and there is time to wait for more. */
function newsSince(
  readings: readonly Reading[],
  missingBytes: number,
  deadlineUs: number,
  services: Services,
): boolean | undefined {
  let freshBytes = 0;
  for (const reading of readings) {
    if (mustLookAgain(reading, services)) return true;
    freshBytes += (reading.partition?.committedBytes ?? 0) - reading.committedBytes;
  }
  if (freshBytes >= missingBytes) return true;
  return services.runtime.clock.monotonicUs() >= deadlineUs ? freshBytes > 0 : undefined;
}

/** The next reading of this partition has an error, or is of another partition in its place. */
function mustLookAgain({ wanted, partition, leaderEpoch }: Reading, services: Services): boolean {
  if (partition === undefined) return false;
  return (
    partition.log.failed !== undefined ||
    services.replicas.get(partition) !== partition ||
    partition.leaderEpoch !== leaderEpoch ||
    partition.logStartOffset > wanted.fetchOffset
  );
}

function* readAll(
  request: Request,
  wanted: readonly FetchPartition[],
  context: RequestContext,
): Task<Reading[]> {
  const isolation: Isolation = request.isolationLevel === 1 ? 'read-committed' : 'read-uncommitted';
  let bytesLeft = Math.min(request.maxBytes, context.services.config.get('fetch.max.bytes'));
  let nothingYet = true;
  const readings: Reading[] = [];
  for (const one of wanted) {
    const reading = yield* readOne(request, one, isolation, bytesLeft, nothingYet, context);
    bytesLeft -= reading.records.length;
    if (reading.records.length > 0) nothingYet = false;
    readings.push(reading);
  }
  return readings;
}

function* readOne(
  request: Request,
  wanted: FetchPartition,
  isolation: Isolation,
  bytesLeft: number,
  nothingYet: boolean,
  context: RequestContext,
): Task<Reading> {
  const { services, version } = context;
  const by = version >= 13 ? { topicId: wanted.topicId } : { topic: wanted.topic };
  const found = services.replicas.find(by, wanted.partition);
  if (!found.ok) return failed(wanted, found.error, undefined);
  const partition = found.value;
  const replicaId = version >= 15 ? request.replicaState.replicaId : request.replicaId;
  const refused =
    replicaId >= 0
      ? ErrorCode.NOT_LEADER_OR_FOLLOWER
      : partition.state.checkLeaderEpoch(wanted.currentLeaderEpoch);
  if (refused !== ErrorCode.NONE) return failed(wanted, refused, partition);
  const { log, state, committedBytes, leaderEpoch } = partition;
  if (log.failed !== undefined) return failed(wanted, storageError(version), partition);
  // Before the range: whoever is ahead of us on an epoch of ours must learn where to cut, not that it is lost.
  const diverging = divergence(partition, wanted);
  if (diverging === 'unknown') return failed(wanted, ErrorCode.OFFSET_OUT_OF_RANGE, partition);
  const inRange = wanted.fetchOffset >= log.logStartOffset && wanted.fetchOffset <= state.logEndOffset;
  if (diverging === undefined && !inRange) return failed(wanted, ErrorCode.OFFSET_OUT_OF_RANGE, partition);
  const upToOffset = state.readableUpTo(isolation, log.producers.firstUndecidedOffset);
  const maxBytes = Math.min(wanted.maxBytes, bytesLeft);
  let records: Uint8Array = noRecords;
  if (diverging === undefined && wanted.fetchOffset < upToOffset && (maxBytes > 0 || nothingYet)) {
    const read = yield* log.read(wanted.fetchOffset, {
      maxBytes: Math.max(0, maxBytes),
      upToOffset,
      atLeastOneBatch: nothingYet,
    });
    if (!read.ok) {
      // The topic may have been deleted while we read.
      const still = services.replicas.find(by, wanted.partition);
      if (!still.ok) return failed(wanted, still.error, undefined);
      const outOfRange = read.error.kind === 'out-of-range';
      return failed(wanted, outOfRange ? ErrorCode.OFFSET_OUT_OF_RANGE : storageError(version), partition);
    }
    records = read.value;
  }
  traceRead(partition, wanted.fetchOffset, records.length, services);
  return {
    wanted,
    partition,
    errorCode: ErrorCode.NONE,
    records,
    highWatermark: state.highWatermark,
    lastStableOffset: partition.lastStableOffset,
    logStartOffset: log.logStartOffset,
    diverging,
    committedBytes,
    leaderEpoch,
  };
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
    committedBytes: 0,
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

/** Groups what belongs into the answer by topic, in the order of the readings. */
function toResponses(readings: readonly Reading[], opened: FetchContext, request: Request, version: number) {
  const topics = new Map<
    string,
    { topic: string; topicId: string; partitions: ReturnType<typeof toPartition>[] }
  >();
  for (const reading of readings) {
    const { wanted, errorCode, records, highWatermark, logStartOffset, diverging } = reading;
    const news = {
      errorCode,
      recordBytes: records.length,
      highWatermark,
      logStartOffset,
      diverging: diverging !== undefined,
    };
    if (!opened.include(wanted, news)) continue;
    const key = wanted.topic === '' ? wanted.topicId : wanted.topic;
    let topic = topics.get(key);
    if (topic === undefined) {
      topic = { topic: wanted.topic, topicId: wanted.topicId, partitions: [] };
      topics.set(key, topic);
    }
    topic.partitions.push(toPartition(reading, request.isolationLevel === 1, version));
  }
  return [...topics.values()];
}

function toPartition(reading: Reading, readCommitted: boolean, version: number) {
  const {
    wanted,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    records,
    diverging,
    partition,
  } = reading;
  const moved = errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH;
  return {
    partitionIndex: wanted.partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    // No transaction can be aborted here yet: an empty list for whoever asked for committed records only, and,
    // as in Kafka, where there is no log to ask.
    abortedTransactions:
      (readCommitted && errorCode === ErrorCode.NONE) || partition === undefined ? [] : null,
    records,
    ...(diverging === undefined ? {} : { divergingEpoch: diverging }),
    ...(moved && version >= 12 && partition !== undefined
      ? { currentLeader: { leaderId: partition.state.role.leader, leaderEpoch: partition.leaderEpoch } }
      : {}),
  };
}
