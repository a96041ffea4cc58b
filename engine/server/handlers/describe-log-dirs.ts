// DescribeLogDirs (versions 1 to 5): the sizes of logs in each log directory, of all partitions (null) or of
// those asked for; partitions that are not here are passed over. Partitions never move between directories
// here, so there are no future replicas, and no directory is ever cordoned.

import type { LogDirView } from '../../cluster/replicas.ts';
import { ErrorCode } from '../../errors.ts';
import { describeLogDirs } from '../../protocol/apis/describe-log-dirs.ts';
import type { RequestOf, ResponseOf } from '../../protocol/schema.ts';
import { handler, respond } from '../handler.ts';

type Request = RequestOf<typeof describeLogDirs>;
type Result = ResponseOf<typeof describeLogDirs>['results'][number];
type TopicAnswer = Result['topics'][number];

export const describeLogDirsHandler = handler({
  api: describeLogDirs,
  *handle(request, { services }) {
    const results = services.replicas.describeLogDirs().map((directory) => describe(directory, request));
    return respond({ throttleTimeMs: 0, errorCode: ErrorCode.NONE, results });
  },
});

function describe(directory: LogDirView, request: Request): Result {
  return {
    errorCode: ErrorCode.NONE,
    logDir: directory.path,
    topics: topicsOf(directory, request),
    totalBytes: directory.totalBytes,
    usableBytes: directory.usableBytes,
    isCordoned: false,
  };
}

/** By topic in the order in which they turn up, partitions ascending. */
function topicsOf(directory: LogDirView, request: Request): TopicAnswer[] {
  const wanted = wantedPartitions(request);
  const byTopic = new Map<string, TopicAnswer['partitions'][number][]>();
  for (const { topic, partition, sizeBytes, offsetLag } of directory.partitions) {
    if (wanted !== undefined && !wanted.get(topic)?.has(partition)) continue;
    const partitions = byTopic.get(topic) ?? [];
    partitions.push({ partitionIndex: partition, partitionSize: sizeBytes, offsetLag, isFutureKey: false });
    byTopic.set(topic, partitions);
  }
  return [...byTopic].map(([name, partitions]) => ({
    name,
    partitions: partitions.sort((a, b) => a.partitionIndex - b.partitionIndex),
  }));
}

/** Undefined for all. */
function wantedPartitions(request: Request): Map<string, Set<number>> | undefined {
  if (request.topics === null) return undefined;
  const wanted = new Map<string, Set<number>>();
  for (const { topic, partitions } of request.topics) {
    const indexes = wanted.get(topic) ?? new Set<number>();
    for (const partition of partitions) indexes.add(partition);
    wanted.set(topic, indexes);
  }
  return wanted;
}
