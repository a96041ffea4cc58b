// AlterPartition (versions 2 and 3), from leaders: another ISR. Version 2 does not say in which life each member was
// when it fetched, so that cannot be checked. The rules are in `core/alter-partition.ts`.

import type { PartitionToAlter } from '../../core/alter-partition.ts';
import { alterPartition } from '../../protocol/apis/alter-partition.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import { controllerHandler, respond } from '../handler.ts';

type PartitionRow = RequestOf<typeof alterPartition>['topics'][number]['partitions'][number];

export const alterPartitionHandler = controllerHandler({
  api: alterPartition,
  *handle(request, { services, version }) {
    const { brokerId, brokerEpoch } = request;
    const topics = request.topics.map(({ topicId, partitions }) => ({
      topicId,
      partitions: partitions.map((row) => toAlter(row, version)),
    }));
    const altered = yield* services.controller.alterPartition({ brokerId, brokerEpoch, topics });
    if (!altered.ok) return respond({ throttleTimeMs: 0, errorCode: altered.error, topics: [] });
    return respond({
      throttleTimeMs: 0,
      errorCode: altered.value.errorCode,
      topics: altered.value.topics.map(({ topicId, partitions }) => ({
        topicId,
        partitions: partitions.map((one) => ({ ...one, isr: [...one.isr] })),
      })),
    });
  },
});

function toAlter(row: PartitionRow, version: number): PartitionToAlter {
  const { partitionIndex, leaderEpoch, leaderRecoveryState, partitionEpoch } = row;
  const newIsr =
    version >= 3 ? row.newIsrWithEpochs : row.newIsr.map((brokerId) => ({ brokerId, brokerEpoch: -1 }));
  return { partitionIndex, leaderEpoch, leaderRecoveryState, partitionEpoch, newIsr };
}
