// ListOffsets (versions 1 to 11): the offset for a special timestamp, or of the first record at or after a time.
//
//   -1 latest (HW; LSO for read_committed)   -2 earliest   -3 the record with the largest timestamp (v7)
//   -4 earliest local (v8)   -5 latest tiered (v9)   -6 earliest pending upload (v11)   >= 0 by time
//
// Without tiered storage -4 is -2, and -5 and -6 have no answer (-1). A negative value that the version does not know
// is UNSUPPORTED_VERSION for that partition; a partition named twice is INVALID_REQUEST. "No such offset" is offset -1
// with no error. Replica id -2 (debugging) reads to the log end.

import type { Task } from '../../base/task.ts';
import type { Partition } from '../../cluster/partition.ts';
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
        partitions.push({ partitionIndex: wanted.partitionIndex, ...found, leaderEpoch });
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
  const replica = context.services.replicas.find({ topic }, wanted.partitionIndex);
  if (!replica.ok) return refused(replica.error);
  const partition = replica.value;
  const epochError = partition.state.checkLeaderEpoch(wanted.currentLeaderEpoch);
  if (epochError !== ErrorCode.NONE) return refused(epochError);
  const isolation =
    request.replicaId === debugReplicaId
      ? 'log-end'
      : request.isolationLevel === 1
        ? 'read-committed'
        : 'read-uncommitted';
  const upToOffset = partition.state.readableUpTo(isolation, partition.log.producers.firstUndecidedOffset);
  if (timestamp === latest) return at(upToOffset, -1, partition.leaderEpoch);
  if (timestamp === earliest || timestamp === earliestLocal) {
    const { logStartOffset, log } = partition;
    return at(logStartOffset, -1, log.epochs.epochAt(logStartOffset));
  }
  if (timestamp < maxTimestamp) return at(-1, -1, -1);
  const found = yield* findByTime(partition, timestamp, upToOffset);
  // The topic may have been deleted while its log was read.
  const still = context.services.replicas.find({ topic }, wanted.partitionIndex);
  return still.ok ? found : refused(still.error);
}

function* findByTime(partition: Partition, timestamp: number, upToOffset: number): Task<Found> {
  const { log } = partition;
  const found =
    timestamp === maxTimestamp
      ? yield* log.maxTimestamp()
      : yield* log.offsetForTimestamp(timestamp, upToOffset);
  if (!found.ok) return refused(ErrorCode.KAFKA_STORAGE_ERROR);
  if (found.value === undefined || found.value.offset >= upToOffset) return at(-1, -1, -1);
  return at(found.value.offset, found.value.timestampMs, log.epochs.epochAt(found.value.offset));
}

function at(offset: number, timestamp: number, leaderEpoch: number): Found {
  return { errorCode: ErrorCode.NONE, timestamp, offset, leaderEpoch };
}

function refused(errorCode: number): Found {
  return { errorCode, timestamp: -1, offset: -1, leaderEpoch: -1 };
}
