// Whether the cluster has come to rest after a heal, and if not, whether it may be stuck: for the phases that wait for
// it, and for the liveness checkers.
//
// A partition may lawfully stay without a leader when nobody is left whom the controller may elect: each broker of the
// ISR and of the eligible leader replicas is down for good. With neither left (all were removed after unclean
// shutdowns) the same holds when every replica is down or has lost something. A partition with a leader may lawfully
// refuse acks=all while too few of its replicas are up. That unclean elections are on, and one was due, is not told by
// any event and not judged.

import type { ClusterState } from './cluster-state.ts';
import type { PartitionState } from './partition-state.ts';

/** A partition that is not at rest. */
export interface Unsettled {
  readonly topic: string;
  readonly partition: number;
  readonly what: string;
  /** Why it may stay so for ever; undefined when it may not. */
  readonly lawful: string | undefined;
}

/** Every partition whose leader is missing, whose ISR is not all living replicas, or whose log is not all committed. */
export function unsettled(cluster: ClusterState): Unsettled[] {
  const found: Unsettled[] = [];
  for (const state of cluster.partitions()) {
    const what = disorderOf(cluster, state);
    if (what === undefined) continue;
    const { topic, partition } = state;
    found.push({ topic, partition, what, lawful: whyUnavailable(cluster, state) });
  }
  return found;
}

function disorderOf(cluster: ClusterState, state: PartitionState): string | undefined {
  const { now } = state;
  if (now === undefined) return undefined;
  if (now.leader < 0) return 'it has no leader';
  const leader = state.replicaOf(now.leader);
  // Replicas that never told of a role are not judged by it.
  if (state.reigns.length === 0) return undefined;
  if (leader === undefined || leader.role !== 'leader' || leader.leaderEpoch !== now.leaderEpoch) {
    return `broker ${now.leader} was elected in epoch ${now.leaderEpoch} and does not lead`;
  }
  const living = now.replicas.filter((id) => cluster.nodeOfBroker(id)?.up === true);
  const missing = living.filter((id) => !now.isr.includes(id));
  if (missing.length > 0) return `${missing.join(', ')} live and are not in the ISR ${now.isr.join(', ')}`;
  const gone = now.isr.filter((id) => !living.includes(id));
  if (gone.length > 0) return `${gone.join(', ')} are down and still in the ISR`;
  const { writtenEnd } = leader.log;
  const waits = leader.highWatermark >= 0 && leader.highWatermark < writtenEnd;
  if (waits) return `the high watermark is ${leader.highWatermark} and the log ends at ${writtenEnd}`;
  return undefined;
}

/** Why nobody may expect this partition to be led or to take acks=all; undefined when everybody may. */
export function whyUnavailable(cluster: ClusterState, state: PartitionState): string | undefined {
  const { now } = state;
  if (now === undefined) return undefined;
  const isUp = (id: number) => cluster.nodeOfBroker(id)?.up === true;
  if (now.leader < 0) {
    const electable = [...now.isr, ...now.eligible];
    const asked = electable.length > 0 ? electable : now.replicas;
    const excuses = asked.map((id) => whyNotElectable(state, id, isUp(id), electable.length === 0));
    if (excuses.some((excuse) => excuse === undefined)) return undefined;
    const set = electable.length > 0 ? 'of the ISR and the eligible leader replicas' : 'of the replicas';
    return `nobody ${set} may lead: ${excuses.join(', ')}`;
  }
  const living = now.replicas.filter(isUp);
  if (living.length >= state.effectiveMinimum()) return undefined;
  return `${living.length} replicas are up, and min.insync.replicas is ${state.effectiveMinimum()}`;
}

function whyNotElectable(
  state: PartitionState,
  brokerId: number,
  up: boolean,
  nobodyEligible: boolean,
): string | undefined {
  if (!up) return `broker ${brokerId} is down`;
  const because = state.everLost.get(brokerId);
  return nobodyEligible && because !== undefined ? because : undefined;
}
