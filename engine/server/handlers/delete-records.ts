// DeleteRecords (versions 0 to 2): moves a partition's log start offset up to any offset, also into the middle of a
// segment; -1 stands for the high watermark. Whole segments below it go away, the rest is hidden. Refused for topics
// that are only compacted (POLICY_VIOLATION), and beyond the high watermark (OFFSET_OUT_OF_RANGE).
//
// The answer waits for all live replicas in Kafka; the leader is the only one here.

import type { Task } from '../../base/task.ts';
import { ErrorCode } from '../../errors.ts';
import { deleteRecords } from '../../protocol/apis/delete-records.ts';
import { handler, type RequestContext, respond } from '../handler.ts';

export const deleteRecordsHandler = handler({
  api: deleteRecords,
  *handle(request, context) {
    const topics = [];
    for (const topic of request.topics) {
      const partitions = [];
      for (const { partitionIndex, offset } of topic.partitions) {
        const result = yield* deleteUpTo(topic.name, partitionIndex, offset, context);
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
  context: RequestContext,
): Task<{ lowWatermark: number; errorCode: number }> {
  const { replicas, metadata } = context.services;
  const refuse = (errorCode: number) => ({ lowWatermark: -1, errorCode });
  if (metadata.isInternal(topic)) return refuse(ErrorCode.INVALID_TOPIC_EXCEPTION);
  const found = replicas.find({ topic }, index);
  if (!found.ok) return refuse(found.error);
  const partition = found.value;
  const policy = metadata.topicConfig(topic).get('cleanup.policy');
  if (policy.includes('compact') && !policy.includes('delete')) return refuse(ErrorCode.POLICY_VIOLATION);
  const target = offset === -1 ? partition.highWatermark : offset;
  if (target < 0 || target > partition.highWatermark) return refuse(ErrorCode.OFFSET_OUT_OF_RANGE);
  const deleted = yield* partition.log.deleteRecordsTo(target);
  if (!deleted.ok) {
    const still = replicas.find({ topic }, index);
    return refuse(still.ok ? ErrorCode.KAFKA_STORAGE_ERROR : still.error);
  }
  partition.changed();
  return { lowWatermark: partition.logStartOffset, errorCode: ErrorCode.NONE };
}
