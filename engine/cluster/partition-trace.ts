// What a replica tells of itself in the trace. Lists of brokers are ascending.

import type { FollowerFetch } from '../core/follower-progress.ts';
import type { PartitionState } from '../core/partition.ts';
import type { IsrProposal } from '../core/reign.ts';
import type { Runtime } from '../runtime.ts';

/** Of a partition, what is told. */
interface Traced {
  readonly topic: string;
  readonly index: number;
  readonly log: { readonly topicId: string; readonly logStartOffset: number };
  readonly state: PartitionState;
}

export function traceRole({ trace }: Runtime, partition: Traced): void {
  const { topic, index, log, state } = partition;
  const { leader, leaderEpoch, partitionEpoch, isr, replicas } = state.role;
  const { topicId, logStartOffset } = log;
  const { logEndOffset, highWatermark } = state;
  const common = { topic, partition: index, topicId, leaderEpoch, partitionEpoch };
  const offsets = { logStartOffset, logEndOffset, highWatermark };
  if (!state.isLeader) {
    if (trace.wants('follower-began')) trace.emit({ kind: 'follower-began', ...common, leader, ...offsets });
  } else if (trace.wants('leader-began')) {
    trace.emit({
      kind: 'leader-began',
      ...common,
      isr: ascending(isr),
      replicas: ascending(replicas),
      ...offsets,
    });
  }
}

export function traceHighWatermark({ trace }: Runtime, { topic, index, state }: Traced): void {
  if (!trace.wants('high-watermark-moved')) return;
  const { highWatermark, logEndOffset, leaderEpoch, isLeader } = state;
  const of = { topic, partition: index, highWatermark, logEndOffset, leaderEpoch };
  trace.emit({ kind: 'high-watermark-moved', ...of, leads: isLeader });
}

export function traceFetched(
  { trace }: Runtime,
  { topic, index, state }: Traced,
  fetch: FollowerFetch,
): void {
  if (!trace.wants('follower-fetched')) return;
  const { follower, brokerEpoch, fetchOffset } = fetch;
  const { leaderEpoch } = state;
  const of = { topic, partition: index, follower, brokerEpoch, fetchOffset, leaderEpoch };
  trace.emit({ kind: 'follower-fetched', ...of });
}

export function traceProposed({ trace }: Runtime, { topic, index }: Traced, proposal: IsrProposal): void {
  if (!trace.wants('isr-proposed')) return;
  const { leaderEpoch, partitionEpoch, isr } = proposal;
  const of = { topic, partition: index, leaderEpoch, partitionEpoch };
  trace.emit({ kind: 'isr-proposed', ...of, isr: ascending(isr.map(({ brokerId }) => brokerId)) });
}

function ascending(brokers: readonly number[]): string {
  return [...brokers].sort((a, b) => a - b).join();
}
