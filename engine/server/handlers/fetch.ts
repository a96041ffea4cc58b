// Fetch (versions 4 to 18): record batches from partitions, in request order, as Kafka does it:
// - three bounds (request, partition, broker), and yet the first partition that has anything gives at least one whole
//   batch, whatever its size (KIP-74); only whole batches leave;
// - parked until `minBytes` are there, an error is there, or `maxWaitMs` is over;
// - sessions (KIP-227): see `core/fetch-session.ts`; versions below 7 have none, and 0/-1 asks for none;
// - names up to v12, topic ids from v13;
// - what each partition gives to whom (consumers, followers, from which replica): `../fetch-reading.ts`. Diverging
//   epochs are told to whoever asks with lastFetchedEpoch, as in Kafka.

import type { Task } from '../../base/task.ts';
import type { FetchContext, FetchPartition } from '../../core/fetch-session.ts';
import { ErrorCode } from '../../errors.ts';
import { fetch } from '../../protocol/apis/fetch.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { type FetchingParty, namedBy, type Reading, readableBytes, readPartition } from '../fetch-reading.ts';
import { handler, respond } from '../handler.ts';
import { MovedLeaders } from '../moved-leaders.ts';
import type { Services } from '../services.ts';

type Request = RequestOf<typeof fetch>;

const consumerReplicaId = -1;
const zeroUuid = 'AAAAAAAAAAAAAAAAAAAAAA';

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
    const readings = yield* readOrWait(request, opened, partyOf(request, version), services);
    const moved = new MovedLeaders(services);
    const response = {
      throttleTimeMs: 0,
      errorCode: ErrorCode.NONE,
      sessionId: opened.sessionId,
      responses: toResponses(readings, opened, request, version, moved),
      nodeEndpoints: moved.endpoints,
    };
    return respond(response, { lent: buffersOf(readings) });
  },
});

function partyOf(request: Request, version: number): FetchingParty {
  const { replicaState, rackId, isolationLevel } = request;
  const replicaId = version >= 15 ? replicaState.replicaId : request.replicaId;
  const brokerEpoch = version >= 15 ? replicaState.replicaEpoch : -1;
  const follower = replicaId >= 0 ? { id: replicaId, brokerEpoch } : undefined;
  const consumer = replicaId === consumerReplicaId;
  return {
    version,
    follower,
    isolation: !consumer ? 'log-end' : isolationLevel === 1 ? 'read-committed' : 'read-uncommitted',
    leaderOnly: follower !== undefined || (consumer && version < 11),
    rackId,
  };
}

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
function* readOrWait(
  request: Request,
  opened: FetchContext,
  party: FetchingParty,
  services: Services,
): Task<Reading[]> {
  const { runtime } = services;
  const deadlineUs = runtime.clock.monotonicUs() + request.maxWaitMs * 1000;
  for (let firstTime = true; ; firstTime = false) {
    const readings = yield* readAll(request, opened.partitions, party, firstTime, services);
    const bytes = readings.reduce((sum, reading) => sum + reading.records.length, 0);
    const answerNow =
      opened.partitions.length === 0 || bytes >= request.minBytes || readings.some(answersAtOnce);
    const isOver = runtime.clock.monotonicUs() >= deadlineUs;
    if ((answerNow || isOver) && !firstTime) {
      runtime.reached(bytes > 0 ? 'fetch-answered-after-parking' : 'fetch-parked-to-its-end');
    }
    if (answerNow || isOver) return readings;
    for (const buffer of buffersOf(readings)) runtime.buffers.giveBack(buffer);
    // What is told of watermarks is of the moment of the answer, so it is read again even when nothing came.
    yield* waitForMore(readings, request.minBytes - bytes, party, deadlineUs, services);
  }
}

/** Each reading has a buffer of its own. */
function buffersOf(readings: readonly Reading[]): Uint8Array[] {
  return readings.map(({ records }) => records).filter((records) => records.length > 0);
}

function answersAtOnce({ errorCode, diverging, preferredReadReplica }: Reading): boolean {
  return errorCode !== ErrorCode.NONE || diverging !== undefined || preferredReadReplica >= 0;
}

/** Parks until `missingBytes` more are readable, or a partition must be looked at again, or the time is over. */
function* waitForMore(
  readings: readonly Reading[],
  missingBytes: number,
  party: FetchingParty,
  deadlineUs: number,
  services: Services,
): Task<void> {
  const { runtime } = services;
  const label = 'fetch waits for records';
  let change = runtime.tasks.completion<void>(label);
  const what = party.isolation === 'log-end' ? 'written' : 'committed';
  const leave = readings.map(({ partition }) => partition?.watch(() => change.settle(), what));
  // Asked before each wait, the first too: what came while another partition was read has told nobody here.
  while (!isWorthALook(readings, missingBytes, party, services)) {
    const leftMs = (deadlineUs - runtime.clock.monotonicUs()) / 1000;
    if (leftMs <= 0) break;
    yield* runtime.within(change, leftMs);
    if (change.settled) change = runtime.tasks.completion<void>(label);
  }
  for (const out of leave) out?.();
}

/** Whether there is as much more as was missing, or a partition that is not as it was. */
function isWorthALook(
  readings: readonly Reading[],
  missingBytes: number,
  party: FetchingParty,
  services: Services,
): boolean {
  let freshBytes = 0;
  for (const reading of readings) {
    if (mustLookAgain(reading, services)) return true;
    const { partition } = reading;
    if (partition !== undefined) freshBytes += readableBytes(partition, party) - reading.readableBytes;
  }
  return freshBytes >= missingBytes;
}

/** The next reading of this partition has an error, or is of another partition in its place. */
function mustLookAgain({ wanted, partition, leaderEpoch }: Reading, services: Services): boolean {
  if (partition === undefined) return false;
  return (
    partition.log.failed !== undefined ||
    services.replicas.get(partition) !== partition ||
    partition.leaderEpoch !== leaderEpoch ||
    partition.logStartOffset > wanted.fetchOffset ||
    partition.logEndOffset < wanted.fetchOffset
  );
}

function* readAll(
  request: Request,
  wanted: readonly FetchPartition[],
  party: FetchingParty,
  firstTime: boolean,
  services: Services,
): Task<Reading[]> {
  let bytesLeft = Math.min(request.maxBytes, services.config.get('fetch.max.bytes'));
  let nothingYet = true;
  const readings: Reading[] = [];
  for (const one of wanted) {
    const reading = yield* readPartition(one, party, { bytesLeft, nothingYet, firstTime }, services);
    bytesLeft -= reading.records.length;
    if (reading.records.length > 0) nothingYet = false;
    readings.push(reading);
  }
  return readings;
}

/** Groups what belongs into the answer by topic, in the order of the readings. */
function toResponses(
  readings: readonly Reading[],
  opened: FetchContext,
  request: Request,
  version: number,
  moved: MovedLeaders,
) {
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
      preferredReadReplica: reading.preferredReadReplica,
    };
    if (!opened.include(wanted, news)) continue;
    const key = wanted.topic === '' ? wanted.topicId : wanted.topic;
    let topic = topics.get(key);
    if (topic === undefined) {
      topic = { topic: wanted.topic, topicId: wanted.topicId, partitions: [] };
      topics.set(key, topic);
    }
    topic.partitions.push(toPartition(reading, request.isolationLevel === 1, version, moved));
  }
  return [...topics.values()];
}

function toPartition(reading: Reading, readCommitted: boolean, version: number, moved: MovedLeaders) {
  const {
    wanted,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    records,
    diverging,
    preferredReadReplica,
  } = reading;
  const elsewhere =
    errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER || errorCode === ErrorCode.FENCED_LEADER_EPOCH;
  return {
    partitionIndex: wanted.partition,
    errorCode,
    highWatermark,
    lastStableOffset,
    logStartOffset,
    // No transaction can be aborted here yet: an empty list for whoever asked for committed records only, and,
    // as in Kafka, where there is no log to ask.
    abortedTransactions: (readCommitted && errorCode === ErrorCode.NONE) || isUnknown(errorCode) ? [] : null,
    records,
    ...(version >= 11 ? { preferredReadReplica } : {}),
    ...(diverging === undefined ? {} : { divergingEpoch: diverging }),
    ...(elsewhere && version >= 16
      ? { currentLeader: moved.leaderOf(namedBy(wanted, version), wanted.partition) }
      : {}),
  };
}

function isUnknown(errorCode: number): boolean {
  return errorCode === ErrorCode.UNKNOWN_TOPIC_OR_PARTITION || errorCode === ErrorCode.UNKNOWN_TOPIC_ID;
}
