// What each event says of where logs start. The metadata log is left out of restarts: its start is that of a snapshot,
// which whoever boots makes good before anybody reads.

import type { RecordedEvent } from '../record/recorder.ts';
import { type ClusterState, metadataTopic, type NodeState } from './cluster-state.ts';
import type { LogStart } from './log-start.ts';
import type { PartitionState } from './partition-state.ts';
import type { Handlers } from './rule.ts';

interface Place {
  readonly topic: string;
  readonly partition: number;
}

const never = Number.MAX_SAFE_INTEGER;

/** To be told after the state of the cluster itself (`stateOf`): its replicas are there then. */
export function logStartsOf(cluster: ClusterState): Handlers {
  return { ...movesOf(cluster), ...livesOf(cluster) };
}

function movesOf(cluster: ClusterState): Handlers {
  const known = ({ topic, partition: index }: Place, { node }: RecordedEvent) => {
    const partition = cluster.partition(topic, index);
    const replica = partition.replicas.get(node);
    return replica === undefined ? undefined : { partition, replica, start: replica.start };
  };
  return {
    'log-start-moved'(event, at) {
      // Recovery says the same again in `log-recovered`, where it is compared.
      if (event.reason === 'recovery') return;
      const { partition, replica, start } = known(event, at) ?? {};
      if (event.reason === 'truncation') partition?.starts.note(start?.cut(event.logStartOffset, at));
      else partition?.starts.note(start?.told(event.logStartOffset, at));
      if (replica?.role === 'leader') partition?.starts.leads(at.node, event.logStartOffset, at.step);
    },
    'log-recovered'(event, at) {
      const { partition, start } = known(event, at) ?? {};
      const { logStartOffset, logEndOffset } = event;
      const back = start?.recovered(logStartOffset, logStartOffset === logEndOffset, at);
      if (event.topic !== metadataTopic) partition?.starts.note(back);
    },
    'log-truncated': (event, at) => known(event, at)?.start.filesEnd(event.logEndOffset),
    'segment-deleted': (event, at) => known(event, at)?.start.segmentDeleted(event.baseOffset),
    'log-deleted'(event, at) {
      const { partition, start } = known(event, at) ?? {};
      start?.gone('log-deleted', at);
      partition?.starts.leadsNoMore(at.node, at.step);
    },
    'follower-began'(event, at) {
      const { partition, start } = known(event, at) ?? {};
      partition?.starts.note(start?.told(event.logStartOffset, at));
      partition?.starts.leadsNoMore(at.node, at.step);
    },
    'leader-began'(event, at) {
      const { partition, start } = known(event, at) ?? {};
      if (partition === undefined || start === undefined) return;
      partition.starts.note(start.told(event.logStartOffset, at));
      partition.starts.leads(at.node, event.logStartOffset, at.step);
      // Whoever was deposed already leads nobody that matters.
      if (event.leaderEpoch < (partition.now?.leaderEpoch ?? 0)) return;
      partition.starts.leaderBegan(start, at.node, event.leaderEpoch, at);
    },
    'delete-records-answered'(event, at) {
      const { partition, replica } = known(event, at) ?? {};
      if (partition === undefined || event.error !== 0 || !leadsNow(partition, replica)) return;
      const { step, timeUs, node } = at;
      partition.starts.acknowledged({ step, timeUs, node, offset: event.offset });
    },
  };
}

/** Whether the answer of this replica counts: a deposed leader that does not know it can promise nothing. */
export function leadsNow(
  { now }: PartitionState,
  replica: { readonly role: string; readonly leaderEpoch: number } | undefined,
): boolean {
  return now !== undefined && replica?.role === 'leader' && replica.leaderEpoch >= now.leaderEpoch;
}

function livesOf(cluster: ClusterState): Handlers {
  const died = (_: unknown, at: RecordedEvent) => ended(cluster, cluster.node(at.node), at);
  return {
    'node-booted'(_, { node }) {
      Object.assign(cluster.node(node), { servingSinceUs: never, stoppedCleanly: false });
    },
    'broker-started'(_, { node, timeUs }) {
      cluster.node(node).servingSinceUs = timeUs;
    },
    'broker-stopped'(_, { node }) {
      cluster.node(node).stoppedCleanly = true;
    },
    'node-crashed': died,
    'node-halted': died,
    'node-stopped': died,
    'power-lost'(_, at) {
      const node = cluster.node(at.node);
      ended(cluster, node, at);
      for (const start of startsAt(cluster, at.node)) start.lostPower();
    },
    'disk-wiped'(_, at) {
      for (const start of startsAt(cluster, at.node)) start.gone('wipe', at);
    },
  };
}

function ended(cluster: ClusterState, node: NodeState, { step, timeUs }: RecordedEvent): void {
  const { servingSinceUs, stoppedCleanly: clean } = node;
  for (const start of startsAt(cluster, node.name)) start.died({ step, timeUs, clean, servingSinceUs });
  for (const { starts } of cluster.partitions()) starts.leadsNoMore(node.name, step);
}

function* startsAt(cluster: ClusterState, node: string): Generator<LogStart> {
  for (const { replicas } of cluster.partitions()) {
    const start = replicas.get(node)?.start;
    if (start !== undefined) yield start;
  }
}
