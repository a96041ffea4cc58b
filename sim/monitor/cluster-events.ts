// What each event does to the state of the cluster.

import type { RecordedEvent } from '../record/recorder.ts';
import { brokerList, type ClusterState, metadataTopic } from './cluster-state.ts';
import type { PartitionState } from './partition-state.ts';
import type { ReplicaState } from './replica-state.ts';
import type { Handlers } from './rule.ts';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

/** The handlers that keep `cluster` up to date. */
export function stateOf(cluster: ClusterState): Handlers {
  return {
    ...logEvents(cluster),
    ...roleEvents(cluster),
    ...controllerEvents(cluster),
    ...nodeEvents(cluster),
  };
}

function replicaOf(cluster: ClusterState, place: Place, node: string): ReplicaState {
  return cluster.partition(place.topic, place.partition).replica(node, cluster.node(node).brokerId);
}

function logEvents(cluster: ClusterState): Handlers {
  const replica = (event: Place, { node }: RecordedEvent) => replicaOf(cluster, event, node);
  return {
    'append-planned'(event, at) {
      const appending = replica(event, at);
      cluster.partition(event.topic, event.partition).unknownProducers.planned(appending, event, at.step);
      appending.log.plan(event, at.step);
    },
    'log-appended'(event, at) {
      const { log } = replica(event, at);
      log.written(event.logEndOffset);
      replica(event, at).gotBack(event.logEndOffset);
      cluster.partition(event.topic, event.partition).advance(at.step);
    },
    'append-failed': (event, at) => replica(event, at).log.failed(event.baseOffset, at.step),
    'log-flushed': (event, at) => replica(event, at).log.flushed(event.recoveryPoint),
    'log-truncated'(event, at) {
      const truncated = replica(event, at);
      truncated.log.truncated(event.logEndOffset, at.step);
      truncated.comparedTo = Math.min(truncated.comparedTo, event.logEndOffset);
    },
    'log-deleted'(event, at) {
      const deleted = replica(event, at);
      const partition = cluster.partition(event.topic, event.partition);
      if (deleted.role === 'leader') partition.reignEnded(deleted.node, at.step);
      deleted.role = 'none';
      deleted.thrownAway = true;
      deleted.isr = [];
      deleted.log.deleted(at.step);
      deleted.comparedTo = 0;
      deleted.lost = undefined;
    },
    'log-start-moved'(event, at) {
      replica(event, at).log.started(event.logStartOffset);
      if (event.reason !== 'retention' && event.reason !== 'delete-records') return;
      const partition = cluster.partition(event.topic, event.partition);
      partition.logStartOffset = Math.max(partition.logStartOffset, event.logStartOffset);
    },
    'log-recovered'(event, at) {
      recovered(cluster, replica(event, at), event, at.step);
      const partition = cluster.partition(event.topic, event.partition);
      partition.declareLosses(at.step);
      partition.advance(at.step);
    },
  };
}

function recovered(
  cluster: ClusterState,
  replica: ReplicaState,
  found: { logStartOffset: number; logEndOffset: number },
  step: number,
): void {
  const { logStartOffset, logEndOffset } = found;
  const { log } = replica;
  const { damage } = cluster.node(replica.node);
  if (replica.lost !== undefined && !replica.lost.decided) {
    if (logEndOffset >= replica.lost.to) replica.lost = undefined;
    else replica.lost = { ...replica.lost, from: logEndOffset, decided: true };
  } else if (damage !== '' && logEndOffset < log.writtenEnd) {
    replica.loses(logEndOffset, log.writtenEnd, damage, step, true);
  }
  log.recovered(logStartOffset, logEndOffset);
  replica.comparedTo = Math.min(replica.comparedTo, logEndOffset);
}

function roleEvents(cluster: ClusterState): Handlers {
  return {
    'leader-began'(event, at) {
      const { node, step } = at;
      const partition = cluster.partition(event.topic, event.partition);
      const replica = replicaOf(cluster, event, node);
      if (replica.role !== 'leader' || replica.leaderEpoch !== event.leaderEpoch) {
        partition.reignEnded(node, step);
        partition.reignBegan(node, event.leaderEpoch, at);
        replica.followers.clear();
      }
      replica.role = 'leader';
      replica.thrownAway = false;
      replica.leaderEpoch = event.leaderEpoch;
      replica.partitionEpoch = event.partitionEpoch;
      replica.isr = brokerList(event.isr);
      replica.learned(event.partitionEpoch);
      const { proposal } = partition;
      if (proposal?.node === node && event.partitionEpoch >= proposal.partitionEpoch)
        partition.proposal = undefined;
      noteHighWatermark(replica, event.highWatermark, event.leaderEpoch);
      const { partitionEpoch } = event;
      if (partitionEpoch > (partition.read?.partitionEpoch ?? -1)) {
        partition.read = { leader: replica.brokerId, isr: replica.isr, partitionEpoch };
      }
      partition.advance(step);
    },
    'follower-began'(event, { node, step }) {
      const replica = replicaOf(cluster, event, node);
      if (replica.role === 'leader') cluster.partition(event.topic, event.partition).reignEnded(node, step);
      replica.role = 'follower';
      replica.thrownAway = false;
      replica.leaderEpoch = event.leaderEpoch;
      replica.partitionEpoch = event.partitionEpoch;
      replica.isr = [];
      replica.learned(Number.POSITIVE_INFINITY);
      // Of an epoch before: what the new leader tells may be less, and is where this epoch begins.
      replica.highWatermark = event.highWatermark;
    },
    'high-watermark-moved'(event, { node, step }) {
      const replica = replicaOf(cluster, event, node);
      const { highWatermark, leaderEpoch, logEndOffset } = event;
      // A follower that cut its log for a new leader has its mark at the cut, until it hears the leader's own.
      const isNewEpoch = replica.highWatermarkEpoch !== leaderEpoch;
      const isCut = isNewEpoch && highWatermark === logEndOffset && highWatermark < replica.highWatermark;
      if (isCut && !event.leads) replica.highWatermark = highWatermark;
      else noteHighWatermark(replica, highWatermark, leaderEpoch);
      if (!event.leads) return;
      cluster.partition(event.topic, event.partition).told(replica, highWatermark, leaderEpoch, step);
    },
    'follower-fetched'(event, { node }) {
      const { followers } = replicaOf(cluster, event, node);
      const { brokerEpoch, fetchOffset, leaderEpoch } = event;
      const note = followers.get(event.follower);
      if (note === undefined) followers.set(event.follower, { brokerEpoch, fetchOffset, leaderEpoch });
      else Object.assign(note, { brokerEpoch, fetchOffset, leaderEpoch });
    },
    'isr-proposed'(event, { node }) {
      const partition = cluster.partition(event.topic, event.partition);
      const { now } = partition;
      replicaOf(cluster, event, node).askedFor(event.partitionEpoch, brokerList(event.isr).length);
      const stale = now !== undefined && event.partitionEpoch < now.partitionEpoch;
      if (stale) return;
      const { followers } = replicaOf(cluster, event, node);
      const isr = brokerList(event.isr);
      const fresh = isr.filter((member) => !now?.isr.includes(member));
      const justified = new Map(fresh.map((member) => [member, followers.get(member)?.brokerEpoch ?? -1]));
      const { leaderEpoch, partitionEpoch } = event;
      partition.proposal = { node, leaderEpoch, partitionEpoch, isr, justified, answered: false };
    },
    // A yes is a commit of its own; what else was answered, only the leader knows, unless it tells.
    'response-sent'({ api }) {
      if (api !== 'AlterPartition') return;
      for (const { proposal } of cluster.partitions()) if (proposal !== undefined) proposal.answered = true;
    },
    'isr-refused'(event, { node }) {
      const partition = cluster.partition(event.topic, event.partition);
      if (partition.proposal?.node === node) partition.proposal = undefined;
    },
  };
}

function noteHighWatermark(replica: ReplicaState, highWatermark: number, leaderEpoch: number): void {
  const sameEpoch = replica.highWatermarkEpoch === leaderEpoch;
  replica.highWatermark = highWatermark;
  replica.highWatermarkEpoch = leaderEpoch;
  replica.highWatermarkMax = sameEpoch ? Math.max(replica.highWatermarkMax, highWatermark) : highWatermark;
}

function controllerEvents(cluster: ClusterState): Handlers {
  return {
    'partition-committed'(event, { step }) {
      const partition = cluster.partition(event.topic, event.partition);
      const { now } = partition;
      if (now !== undefined && now.topicId !== event.topicId) partition.recreated();
      else if (now !== undefined && event.partitionEpoch <= now.partitionEpoch) return;
      const removed = now?.eligible.filter((brokerId) => isBackUncleanly(cluster, brokerId)) ?? [];
      partition.commit(
        {
          topicId: event.topicId,
          leader: event.leader,
          leaderEpoch: event.leaderEpoch,
          partitionEpoch: event.partitionEpoch,
          isr: brokerList(event.isr),
          replicas: brokerList(event.replicas),
          eligible: brokerList(event.eligibleLeaderReplicas),
          minInsyncReplicas: event.minInsyncReplicas,
          unclean: event.unclean,
        },
        step,
        removed,
      );
    },
    'topic-deleted'(event) {
      for (const partition of cluster.partitionsOf(event.topic)) {
        partition.recreated();
        partition.replicas.clear();
      }
    },
    'config-changed'(event) {
      if (event.key !== 'min.insync.replicas') return;
      const asked = Number(event.value);
      for (const partition of cluster.partitions()) raiseMinimum(partition, event.resource, asked);
    },
    'broker-registered'({ brokerId, brokerEpoch, cleanShutdown }, { step }) {
      cluster.brokers.set(brokerId, {
        brokerId,
        brokerEpoch,
        cleanShutdown,
        registeredStep: step,
        fenced: false,
      });
    },
    'broker-fenced'({ brokerId }) {
      const broker = cluster.brokers.get(brokerId);
      if (broker !== undefined) broker.fenced = true;
    },
    'broker-unfenced'({ brokerId }) {
      const broker = cluster.brokers.get(brokerId);
      if (broker !== undefined) broker.fenced = false;
    },
    'group-state'({ group, state, generation, members }, { node }) {
      cluster.groups.set(group, { state, generation, members, node });
    },
    'metadata-committed'({ offset }, { node, step }) {
      takeCommittedMetadata(cluster, node, offset, step);
    },
  };
}

/**
 * Its process died, and the next one is there: when it registers, it is an eligible leader of nothing any more
 * (KIP-966). The controller tells of that registration after what came of it.
 */
function isBackUncleanly(cluster: ClusterState, brokerId: number): boolean {
  const node = cluster.nodeOfBroker(brokerId);
  if (node === undefined || !node.up || node.bootedStep < node.uncleanStep) return false;
  return node.uncleanStep > (cluster.brokers.get(brokerId)?.registeredStep ?? -1);
}

/** Until the partition is committed again only a higher minimum counts: it makes the true high watermark lower. */
function raiseMinimum(partition: PartitionState, resource: string, asked: number): void {
  const { now } = partition;
  if (now === undefined || !Number.isInteger(asked) || !resource.includes(partition.topic)) return;
  if (asked > now.minInsyncReplicas) partition.now = { ...now, minInsyncReplicas: asked };
}

/** The committed metadata log grows by what the node that knows it committed has written below `offset`. */
function takeCommittedMetadata(cluster: ClusterState, node: string, offset: number, step: number): void {
  const metadata = cluster.partition(metadataTopic, 0);
  const replica = metadata.replicas.get(node);
  if (replica === undefined) return;
  const { batches } = replica.log;
  for (;;) {
    const place = batches.placeOf(metadata.trueHighWatermark);
    if (place < 0 || batches.lastAt(place) >= offset) return;
    const last = batches.lastAt(place);
    metadata.committed.push(batches.at(place), step);
    metadata.trueHighWatermark = last + 1;
  }
}

function nodeEvents(cluster: ClusterState): Handlers {
  const died = (name: string, step: number) => {
    const node = cluster.node(name);
    node.up = false;
    for (const { partition, replica } of replicasAt(cluster, name)) {
      if (replica.role === 'leader') partition.reignEnded(name, step);
      replica.died();
    }
  };
  const diedUncleanly = (name: string, step: number) => {
    died(name, step);
    cluster.node(name).uncleanStep = step;
  };
  const damaged = (name: string, path: string, damage: string, what: (replica: ReplicaState) => void) => {
    cluster.node(name).damage = damage;
    for (const { partition, replica } of replicasAt(cluster, name)) {
      if (path.includes(`${partition.topic}-${partition.partition}/`)) what(replica);
    }
  };
  return {
    'node-booted'(_, { node, step, incarnation }) {
      Object.assign(cluster.node(node), { up: true, bootedStep: step, incarnation });
    },
    'broker-started'({ brokerId }, { node }) {
      cluster.node(node).brokerId = brokerId;
    },
    'node-crashed': (_, { node, step }) => diedUncleanly(node, step),
    'node-halted': (_, { node, step }) => diedUncleanly(node, step),
    'node-stopped': (_, { node, step }) => died(node, step),
    'power-lost'(_, { node, step }) {
      diedUncleanly(node, step);
      cluster.node(node).lossStep = step;
      for (const { partition, replica } of replicasAt(cluster, node)) {
        const end = replica.log.writtenEnd;
        const because = `power loss of ${node} at step ${step}`;
        replica.log.powerLost();
        replica.loses(replica.log.writtenEnd, end, because, step, false);
        noteLoss(partition, replica, replica.log.writtenEnd, because, step);
      }
    },
    'disk-wiped'(_, { node, step }) {
      Object.assign(cluster.node(node), { lossStep: step, wipedStep: step });
      for (const { partition, replica } of replicasAt(cluster, node)) {
        const end = replica.log.writtenEnd;
        replica.log.wiped();
        replica.comparedTo = 0;
        const because = `wipe of ${node} at step ${step}`;
        replica.loses(0, Math.max(end, replica.lost?.to ?? 0), because, step, true);
        noteLoss(partition, replica, 0, because, step);
        partition.declareLosses(step);
      }
    },
    'sync-failed': ({ path }, { node, step }) =>
      damaged(node, path, `failed fsync of ${node} at step ${step}`, (replica) => replica.log.doubt()),
    'sync-lied': ({ path }, { node, step }) =>
      damaged(node, path, `lying fsync of ${node} at step ${step}`, (replica) => replica.log.doubt()),
    'bits-rotted': ({ path }, { node, step }) =>
      damaged(node, path, `rotten bits of ${node} at step ${step}`, (replica) => replica.log.rotted()),
  };
}

function noteLoss(
  partition: PartitionState,
  replica: ReplicaState,
  from: number,
  because: string,
  step: number,
): void {
  partition.everLost.set(replica.brokerId, because);
  if (partition.now?.leader === replica.brokerId) partition.leaderLosses.push({ step, from, because });
}

function* replicasAt(
  cluster: ClusterState,
  node: string,
): Generator<{ partition: PartitionState; replica: ReplicaState }> {
  for (const partition of cluster.partitions()) {
    const replica = partition.replicas.get(node);
    if (replica !== undefined) yield { partition, replica };
  }
}
