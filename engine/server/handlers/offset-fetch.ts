// OffsetFetch (key 9). No offset is not an error: -1 with empty metadata. v1 has no place for an error of the
// whole, so it goes to each partition; from v2 null topics mean all; from v7 stable offsets may be demanded; from
// v8 many groups are asked at once; v10 names topics by id. Classic groups pay no heed to the member epoch of v9.

import { zeroUuid } from '../../base/ids.ts';
import type { Task } from '../../base/task.ts';
import type { FetchedOffset, GroupCoordinator } from '../../cluster/group-coordinator.ts';
import { ErrorCode } from '../../errors.ts';
import { offsetFetch } from '../../protocol/apis/offset-fetch.ts';
import { handler, respond } from '../handler.ts';

interface WantedTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitionIndexes: readonly number[];
}

interface AnsweredPartition {
  readonly partitionIndex: number;
  readonly committedOffset: number;
  readonly committedLeaderEpoch: number;
  readonly metadata: string;
  readonly errorCode: number;
}

interface AnsweredTopic {
  readonly name: string;
  readonly topicId: string;
  readonly partitions: readonly AnsweredPartition[];
}

interface AnsweredGroup {
  readonly groupId: string;
  readonly errorCode: number;
  readonly topics: readonly AnsweredTopic[];
}

export const offsetFetchHandler = handler({
  api: offsetFetch,
  *handle(request, { version, services }) {
    const { requireStable } = request;
    if (version >= 8) {
      const groups: AnsweredGroup[] = [];
      for (const { groupId, topics } of request.groups) {
        groups.push(yield* answer(services.groups, groupId, topics, requireStable, version));
      }
      return respond({ throttleTimeMs: 0, topics: [], groups });
    }
    const wanted = request.topics?.map((topic) => ({ ...topic, topicId: zeroUuid })) ?? null;
    const { errorCode, topics } = yield* answer(
      services.groups,
      request.groupId,
      wanted,
      requireStable,
      version,
    );
    return respond({ throttleTimeMs: 0, errorCode, topics, groups: [] });
  },
});

function* answer(
  groups: GroupCoordinator,
  groupId: string,
  wanted: readonly WantedTopic[] | null,
  requireStable: boolean,
  version: number,
): Task<AnsweredGroup> {
  const fetched = yield* groups.fetchOffsets(groupId, requireStable);
  if (!fetched.ok) {
    const errorCode = fetched.error;
    const topics =
      version >= 2
        ? []
        : (wanted ?? []).map(({ name, topicId, partitionIndexes }) => ({
            name,
            topicId,
            partitions: partitionIndexes.map((partition) => noOffset(partition, errorCode)),
          }));
    return { groupId, errorCode, topics };
  }
  const byId = version >= 10;
  const topics =
    wanted === null
      ? allTopics(groups, fetched.value, byId)
      : wantedTopics(groups, wanted, fetched.value, byId);
  return { groupId, errorCode: ErrorCode.NONE, topics };
}

function wantedTopics(
  groups: GroupCoordinator,
  wanted: readonly WantedTopic[],
  fetched: readonly FetchedOffset[],
  byId: boolean,
): AnsweredTopic[] {
  const byName = new Map<string, Map<number, FetchedOffset>>();
  for (const one of fetched) {
    const partitions = byName.get(one.topic) ?? new Map<number, FetchedOffset>();
    byName.set(one.topic, partitions.set(one.partition, one));
  }
  return wanted.map(({ name, topicId, partitionIndexes }) => {
    const topic = byId ? groups.topicNameOf(topicId) : name;
    const partitions = partitionIndexes.map((partition) => {
      if (topic === undefined) return noOffset(partition, ErrorCode.UNKNOWN_TOPIC_ID);
      const found = byName.get(topic)?.get(partition);
      // An offset of an earlier topic of this name says nothing about the one that was asked for.
      if (found === undefined || (byId && isOfAnother(found, topicId)))
        return noOffset(partition, ErrorCode.NONE);
      return answered(found);
    });
    return { name, topicId, partitions };
  });
}

/** By id, topics that are no more cannot be named and are left out. */
function allTopics(
  groups: GroupCoordinator,
  fetched: readonly FetchedOffset[],
  byId: boolean,
): AnsweredTopic[] {
  const topics = new Map<string, AnsweredPartition[]>();
  const ids = new Map<string, string>();
  for (const one of fetched) {
    const topicId = byId ? groups.topicIdOf(one.topic) : zeroUuid;
    if (topicId === undefined || (byId && isOfAnother(one, topicId))) continue;
    const partitions = topics.get(one.topic) ?? [];
    partitions.push(answered(one));
    topics.set(one.topic, partitions);
    ids.set(one.topic, topicId);
  }
  return [...topics].map(([name, partitions]) => ({ name, topicId: ids.get(name) ?? zeroUuid, partitions }));
}

function isOfAnother({ value }: FetchedOffset, topicId: string): boolean {
  return value.topicId !== zeroUuid && value.topicId !== topicId;
}

function answered({ partition, value }: FetchedOffset): AnsweredPartition {
  return {
    partitionIndex: partition,
    committedOffset: value.offset,
    committedLeaderEpoch: value.leaderEpoch,
    metadata: value.metadata,
    errorCode: ErrorCode.NONE,
  };
}

function noOffset(partitionIndex: number, errorCode: number): AnsweredPartition {
  return { partitionIndex, committedOffset: -1, committedLeaderEpoch: -1, metadata: '', errorCode };
}
