// What the controller committed of a partition, as far as its replicas care.

import type { BrokerId, LeaderEpoch } from '../base/ids.ts';

export interface PartitionRole {
  /** -1: nobody can lead. */
  readonly leader: BrokerId;
  readonly leaderEpoch: LeaderEpoch;
  readonly partitionEpoch: number;
  readonly replicas: readonly BrokerId[];
  readonly isr: readonly BrokerId[];
}
