// OffsetDelete (key 47): committed offsets, one by one. Of a group with members only those may go whose topic no member
// subscribes to, which the broker knows for `consumer` groups alone.

import { ErrorCode } from '../../errors.ts';
import { offsetDelete } from '../../protocol/apis/offset-delete.ts';
import { handler, respond } from '../handler.ts';

export const offsetDeleteHandler = handler({
  api: offsetDelete,
  *handle(request, { services }) {
    const partitions = request.topics.flatMap(({ name: topic, partitions }) =>
      partitions.map(({ partitionIndex: partition }) => ({ topic, partition })),
    );
    const deleted = yield* services.groups.deleteOffsets(request.groupId, partitions);
    if (!deleted.ok) return respond({ errorCode: deleted.error, throttleTimeMs: 0, topics: [] });
    let next = 0;
    const topics = request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: deleted.value[next++] as number,
      })),
    }));
    return respond({ errorCode: ErrorCode.NONE, throttleTimeMs: 0, topics });
  },
});
