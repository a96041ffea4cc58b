// ListPartitionReassignments (version 0): what is being reassigned, of some topics or of all.

import { errorText } from '../../errors.ts';
import { listPartitionReassignments } from '../../protocol/apis/list-partition-reassignments.ts';
import { controllerHandler, respond } from '../handler.ts';

export const listPartitionReassignmentsHandler = controllerHandler({
  api: listPartitionReassignments,
  *handle(request, { services }) {
    const ongoing = yield* services.controller.listPartitionReassignments(request.topics);
    if (!ongoing.ok) {
      const { error } = ongoing;
      return respond({ throttleTimeMs: 0, errorCode: error, errorMessage: errorText(error), topics: [] });
    }
    const topics = ongoing.value.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas, addingReplicas, removingReplicas }) => ({
        partitionIndex,
        replicas: [...replicas],
        addingReplicas: [...addingReplicas],
        removingReplicas: [...removingReplicas],
      })),
    }));
    return respond({ throttleTimeMs: 0, errorCode: 0, errorMessage: null, topics });
  },
});
