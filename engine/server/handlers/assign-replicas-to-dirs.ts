// AssignReplicasToDirs (version 0), from brokers: where replicas of theirs live. The rules are in
// `core/assign-directories.ts`.

import { assignReplicasToDirs } from '../../protocol/apis/assign-replicas-to-dirs.ts';
import { controllerHandler, respond } from '../handler.ts';

export const assignReplicasToDirsHandler = controllerHandler({
  api: assignReplicasToDirs,
  *handle(request, { services }) {
    const { brokerId, brokerEpoch } = request;
    const directories = request.directories.map(({ id, topics }) => ({
      id,
      topics: topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map(({ partitionIndex }) => partitionIndex),
      })),
    }));
    const assigned = yield* services.controller.assignDirectories({ brokerId, brokerEpoch, directories });
    if (!assigned.ok) return respond({ throttleTimeMs: 0, errorCode: assigned.error, directories: [] });
    return respond({
      throttleTimeMs: 0,
      errorCode: assigned.value.errorCode,
      directories: assigned.value.directories.map(({ id, topics }) => ({
        id,
        topics: topics.map(({ topicId, partitions }) => ({
          topicId,
          partitions: partitions.map((one) => ({ ...one })),
        })),
      })),
    });
  },
});
