// DeleteRecords (versions 0 to 2): moves a partition's log start offset up to any offset, also into the middle of a
// segment; -1 stands for the high watermark. Whole segments below it go away, the rest is hidden. Refused for topics
// that are only compacted (POLICY_VIOLATION), and beyond the high watermark (OFFSET_OUT_OF_RANGE).
//
// The answer waits until no live replica has records below it (REQUEST_TIMED_OUT when that takes too long): followers
// tell where their logs start with every fetch.

import type { Task } from '../../base/task.ts';
import type { Partition } from '../../cluster/partition.ts';
import { ErrorCode } from '../../errors.ts';
import { deleteRecords } from '../../protocol/apis/delete-records.ts';
import { handler, type RequestContext, respond } from '../handler.ts';

export const deleteRecordsHandler = handler({
  api: deleteRecords,
  *handle(request, context) {
    const topics = [];
    const { clock } = context.services.runtime;
    const deadlineUs = clock.monotonicUs() + Math.max(0, request.timeoutMs) * 1000;
    for (const topic of request.topics) {
      const partitions = [];
      for (const { partitionIndex, offset } of topic.partitions) {
        const result = yield* deleteUpTo(topic.name, partitionIndex, offset, deadlineUs, context);
        partitions.push({ partitionIndex, ...result });
      }
      topics.push({ name: topic.name, partitions });
    }
    return respond({ throttleTimeMs: 0, topics });
  },
});

function* deleteUpTo(
  topic: string,
  index: number,
  offset: number,
  deadlineUs: number,
  context: RequestContext,
): Task<{ lowWatermark: number; errorCode: number }> {
  const { replicas, metadata } = context.services;
  const refuse = (errorCode: number) => ({ lowWatermark: -1, errorCode });
  if (metadata.isInternal(topic)) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION);
  const found = replicas.find({ topic }, index);
  if (!found.ok) return refuse(found.error);
  const partition = found.value;
  const result = yield* deleteIn(partition, offset, deadlineUs, context);
  traceAnswered(partition, result, context);
  return { lowWatermark: result.lowWatermark, errorCode: result.errorCode };
}

interface Result {
  /** What was asked for, as an offset. */
  readonly target: number;
  readonly lowWatermark: number;
  readonly errorCode: number;
}

function* deleteIn(
  partition: Partition,
  offset: number,
  deadlineUs: number,
  context: RequestContext,
): Task<Result> {
  const { replicas, metadata } = context.services;
  const { topic, index } = partition;
  const target = offset === -1 ? partition.highWatermark : offset;
  const refuse = (errorCode: number) => ({ target, lowWatermark: -1, errorCode });
  const policy = metadata.topicConfig(topic).get('cleanup.policy');
  if (policy.includes('compact') && !policy.includes('delete')) return refuse(ErrorCode.POLICY_VIOLATION);
  if (target < 0 || target > partition.highWatermark) return refuse(ErrorCode.OFFSET_OUT_OF_RANGE);
  const { leaderEpoch } = partition;
  const deleted = yield* partition.log.deleteRecordsTo(target);
  if (!deleted.ok) {
    const still = replicas.find({ topic }, index);
    return refuse(still.ok ? ErrorCode.KAFKA_STORAGE_ERROR : still.error);
  }
  partition.changed();
  const errorCode = yield* waitForReplicas(partition, target, leaderEpoch, deadlineUs, context);
  return { target, lowWatermark: errorCode === ErrorCode.NONE ? partition.lowWatermark : -1, errorCode };
}

function traceAnswered(partition: Partition, result: Result, { services }: RequestContext): void {
  const { trace } = services.runtime;
  if (!trace.wants('delete-records-answered')) return;
  const { topic, index } = partition;
  const { target, lowWatermark, errorCode } = result;
  trace.emit({
    kind: 'delete-records-answered',
    topic,
    partition: index,
    error: errorCode,
    offset: target,
    lowWatermark,
  });
}

function* waitForReplicas(
  partition: Partition,
  target: number,
  leaderEpoch: number,
  deadlineUs: number,
  { services }: RequestContext,
): Task<number> {
  const { runtime } = services;
  let change = runtime.tasks.completion<void>('deleted records are gone everywhere');
  const leave = partition.watch(() => change.settle());
  let errorCode: number | undefined;
  while (errorCode === undefined) {
    if (!partition.stillLeads(leaderEpoch)) errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    else if (partition.lowWatermark >= target) errorCode = ErrorCode.NONE;
    else if (runtime.clock.monotonicUs() >= deadlineUs) errorCode = ErrorCode.REQUEST_TIMED_OUT;
    else yield* runtime.within(change, (deadlineUs - runtime.clock.monotonicUs()) / 1000);
    if (change.settled) change = runtime.tasks.completion<void>(change.label);
  }
  leave();
  return errorCode;
}
