// AlterPartitionReassignments (versions 0 and 1), from operators: other replicas for partitions, or a change of mind.
// The answer says that the reassignment began; when it is over is seen in the metadata. The rules are in
// `core/reassignments.ts`.

import { errorText } from '../../errors.ts';
import { alterPartitionReassignments } from '../../protocol/apis/alter-partition-reassignments.ts';
import { controllerHandler, respond } from '../handler.ts';

export const alterPartitionReassignmentsHandler = controllerHandler({
  api: alterPartitionReassignments,
  *handle(request, { services }) {
    // Where nothing is asked, Kafka does not even look at the permission.
    const allowReplicationFactorChange = request.allowReplicationFactorChange || request.topics.length === 0;
    const reassigned = yield* services.controller.alterPartitionReassignments(request);
    const whole = { throttleTimeMs: 0, allowReplicationFactorChange };
    if (!reassigned.ok) {
      const { error } = reassigned;
      return respond({ ...whole, errorCode: error, errorMessage: errorText(error), responses: [] });
    }
    const responses = reassigned.value.map(({ name, partitions }) => ({ name, partitions: [...partitions] }));
    return respond({ ...whole, errorCode: 0, errorMessage: null, responses });
  },
});
