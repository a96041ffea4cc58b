// ListOffsets (versions 1 to 11): the offset for a special timestamp, or of the first record at or after a time.
//
//   -1 latest (HW; LSO for read_committed)   -2 earliest   -3 the record with the largest timestamp (v7)
//   -4 earliest local (v8)   -5 latest tiered (v9)   -6 earliest pending upload (v11)   >= 0 by time
//
// Without tiered storage -4 is -2, and -5 and -6 have no answer (-1). A negative value that the version does not know
// is UNSUPPORTED_VERSION for that partition; a partition named twice is INVALID_REQUEST. "No such offset" is offset -1
// with no error. Replica id -2 (debugging) may ask any replica and reads to the log end, as followers do. Right after
// an election, while the new leader does not know how much is committed, consumers get OFFSET_NOT_AVAILABLE instead of
// an end that may lie behind one they were told before.

import { failure } from '../../base/outcome.ts';
import type { Task } from '../../base/task.ts';
import type { Partition } from '../../cluster/partition.ts';
import type { Isolation } from '../../core/partition.ts';
import { ErrorCode } from '../../errors.ts';
import { listOffsets } from '../../protocol/apis/list-offsets.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { handler, type RequestContext, respond } from '../handler.ts';

type Request = RequestOf<typeof listOffsets>;
type Wanted = Request['topics'][number]['partitions'][number];

const latest = -1;
const earliest = -2;
const maxTimestamp = -3;
const earliestLocal = -4;
const debugReplicaId = -2;
/** Answers carry the leader epoch of the offset from here on. */
const leaderEpochVersion = 4;

/** The first version that knows each special timestamp. */
const firstVersion = new Map([
  [latest, 1],
  [earliest, 1],
  [maxTimestamp, 7],
  [earliestLocal, 8],
  [-5, 9],
  [-6, 11],
]);

interface Found {
  readonly errorCode: number;
  readonly timestamp: number;
  readonly offset: number;
  readonly leaderEpoch: number;
  /** Nothing was found below what this reader may see, and there may be something behind it. */
  readonly beyond?: boolean;
}

export const listOffsetsHandler = handler({
  api: listOffsets,
  *handle(request, context) {
    const twice = namedTwice(request);
    const topics = [];
    for (const topic of request.topics) {
      const partitions = [];
      const answered = new Set<number>();
      for (const wanted of topic.partitions) {
        if (answered.has(wanted.partitionIndex)) continue;
        answered.add(wanted.partitionIndex);
        const found = twice.has(`${topic.name}-${wanted.partitionIndex}`)
          ? refused(ErrorCode.INVALID_REQUEST)
          : yield* find(topic.name, wanted, request, context);
        const leaderEpoch = context.version >= leaderEpochVersion ? found.leaderEpoch : -1;
        const { errorCode, timestamp, offset } = found;
        partitions.push({ partitionIndex: wanted.partitionIndex, errorCode, timestamp, offset, leaderEpoch });
      }
      topics.push({ name: topic.name, partitions });
    }
    return respond({ throttleTimeMs: 0, topics });
  },
});

function namedTwice(request: Request): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const topic of request.topics) {
    for (const { partitionIndex } of topic.partitions) {
      const key = `${topic.name}-${partitionIndex}`;
      if (seen.has(key)) twice.add(key);
      seen.add(key);
    }
  }
  return twice;
}

function* find(topic: string, wanted: Wanted, request: Request, context: RequestContext): Task<Found> {
  const { timestamp } = wanted;
  if (timestamp < 0 && context.version < (firstVersion.get(timestamp) ?? Number.POSITIVE_INFINITY)) {
    return refused(ErrorCode.UNSUPPORTED_VERSION);
  }
  const { replicas } = context.services;
  const replica = findReplica(topic, wanted, request, context);
  if (!replica.ok) return refused(replica.error);
  const partition = replica.value;
  const isolation = isolationOf(request);
  const upToOffset = partition.state.readableUpTo(isolation, partition.log.producers.firstUndecidedOffset);
  // A new leader may know less than was committed: consumers would be told of an end that lies behind them.
  const notYet = isolation !== 'log-end' && !partition.state.highWatermarkIsCurrent;
  if (timestamp === latest) {
    return notYet ? refused(notAvailable(context.version)) : at(upToOffset, -1, partition.leaderEpoch);
  }
  if (timestamp === earliest || timestamp === earliestLocal) {
    const { logStartOffset, log } = partition;
    return at(logStartOffset, -1, log.epochs.epochAt(logStartOffset));
  }
  if (timestamp < maxTimestamp) return at(-1, -1, -1);
  const found = yield* findByTime(partition, timestamp, upToOffset);
  // The topic may have been deleted while its log was read.
  const still = replicas.replica({ topic }, wanted.partitionIndex);
  if (!still.ok) return refused(still.error);
  return found.beyond && notYet ? refused(notAvailable(context.version)) : found;
}

/** Debugging may ask any replica, everybody else the leader. */
function findReplica(topic: string, wanted: Wanted, { replicaId }: Request, { services }: RequestContext) {
  const { partitionIndex, currentLeaderEpoch } = wanted;
  if (replicaId !== debugReplicaId)
    return services.replicas.findLeader({ topic }, partitionIndex, currentLeaderEpoch);
  const found = services.replicas.replica({ topic }, partitionIndex);
  const epochError = found.ok ? found.value.state.checkLeaderEpoch(currentLeaderEpoch) : found.error;
  return epochError === ErrorCode.NONE ? found : failure(epochError);
}

/** Followers and debugging see the whole log. */
function isolationOf({ replicaId, isolationLevel }: Request): Isolation {
  if (replicaId >= 0 || replicaId === debugReplicaId) return 'log-end';
  return isolationLevel === 1 ? 'read-committed' : 'read-uncommitted';
}

/** Old clients do not know the error. */
function notAvailable(version: number): number {
  return version >= 5 ? ErrorCode.OFFSET_NOT_AVAILABLE : ErrorCode.LEADER_NOT_AVAILABLE;
}

function* findByTime(partition: Partition, timestamp: number, upToOffset: number): Task<Found> {
  const { log } = partition;
  const found =
    timestamp === maxTimestamp
      ? yield* log.maxTimestamp()
      : yield* log.offsetForTimestamp(timestamp, upToOffset);
  if (!found.ok) return refused(ErrorCode.KAFKA_STORAGE_ERROR);
  if (found.value === undefined || found.value.offset >= upToOffset)
    return { ...at(-1, -1, -1), beyond: true };
  return at(found.value.offset, found.value.timestampMs, log.epochs.epochAt(found.value.offset));
}

function at(offset: number, timestamp: number, leaderEpoch: number): Found {
  return { errorCode: ErrorCode.NONE, timestamp, offset, leaderEpoch };
}

function refused(errorCode: number): Found {
  return { errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}
