// Which replica a consumer should read from (KIP-392), by its rack and those of the brokers. Pure. Kafka's
// RackAwareReplicaSelector, the only selector there is here.

import type { BrokerId, Offset } from '../base/ids.ts';

/** The value of `replica.selector.class` that asks for it. */
export const rackAwareReplicaSelector = 'org.apache.kafka.common.replica.RackAwareReplicaSelector';

export interface ReplicaView {
  readonly id: BrokerId;
  readonly rack: string | null;
  readonly logEndOffset: Offset;
  readonly sinceCaughtUpMs: number;
}

/** The replica to read from; the leader itself unless a replica stands in the rack of the client and it does not. */
export function replicaForRack(
  rack: string,
  leader: ReplicaView,
  followers: readonly ReplicaView[],
): BrokerId {
  if (rack === '' || leader.rack === rack) return leader.id;
  let best: ReplicaView | undefined;
  for (const follower of followers) {
    if (follower.rack === rack && (best === undefined || isBetter(follower, best))) best = follower;
  }
  return best?.id ?? leader.id;
}

/** The furthest log, then the one that kept up last, then the higher id. */
function isBetter(one: ReplicaView, other: ReplicaView): boolean {
  if (one.logEndOffset !== other.logEndOffset) return one.logEndOffset > other.logEndOffset;
  if (one.sinceCaughtUpMs !== other.sinceCaughtUpMs) return one.sinceCaughtUpMs < other.sinceCaughtUpMs;
  return one.id > other.id;
}
