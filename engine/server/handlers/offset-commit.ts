// OffsetCommit (key 8). v2 to v4 may carry a retention for these offsets alone; v10 names topics by id. Before v9 a
// commit with a generation to a group that is not there is told ILLEGAL_GENERATION, because those clients know no
// GROUP_ID_NOT_FOUND here.

import type { CommittingPartition } from '../../cluster/group-coordinator.ts';
import { ErrorCode } from '../../errors.ts';
import { offsetCommit } from '../../protocol/apis/offset-commit.ts';
import { handler, respond } from '../handler.ts';

export const offsetCommitHandler = handler({
  api: offsetCommit,
  *handle(request, { version, services }) {
    const { groups } = services;
    const byId = version >= 10;
    const names = request.topics.map(({ name, topicId }) => (byId ? groups.topicNameOf(topicId) : name));
    const committing: CommittingPartition[] = [];
    for (const [at, { topicId, partitions }] of request.topics.entries()) {
      const topic = names[at];
      if (topic === undefined) continue;
      for (const one of partitions) {
        committing.push({
          topic,
          topicId,
          partition: one.partitionIndex,
          offset: one.committedOffset,
          leaderEpoch: one.committedLeaderEpoch,
          metadata: one.committedMetadata ?? '',
        });
      }
    }
    const { groupId, memberId, groupInstanceId, generationIdOrMemberEpoch: generationId } = request;
    const member = { groupId, memberId, groupInstanceId, generationId };
    const codes = yield* groups.commitOffsets(member, committing, request.retentionTimeMs);
    let next = 0;
    const topics = request.topics.map(({ name, topicId, partitions }, at) => ({
      name,
      topicId,
      partitions: partitions.map(({ partitionIndex }) => {
        const code = names[at] === undefined ? ErrorCode.UNKNOWN_TOPIC_ID : (codes[next++] as number);
        return { partitionIndex, errorCode: forVersion(code, version) };
      }),
    }));
    return respond({ throttleTimeMs: 0, topics });
  },
});

function forVersion(code: number, version: number): number {
  return version < 9 && code === ErrorCode.GROUP_ID_NOT_FOUND ? ErrorCode.ILLEGAL_GENERATION : code;
}
