// From what a scenario says of its cluster to nodes and their configuration: who is a broker, who votes in the metadata
// quorum, who listens where. One broker with nothing said of controllers is its own quorum and needs none of this.

import type { NodeRole } from './record/events.ts';
import type { Scenario } from './scenario/schema.ts';
import { brokerPort, controllerPort } from './traffic.ts';

export interface PlannedNode {
  readonly name: string;
  readonly nodeId: number;
  readonly role: Exclude<NodeRole, 'client'>;
  /** Whether it is a voter of the metadata quorum. */
  readonly votes: boolean;
  readonly properties: ReadonlyMap<string, string>;
}

/** Controllers that are nodes of their own count from here. */
const firstControllerId = 101;

/** Every node formats its empty disk with this id: nodes that were born apart are one cluster. */
const clusterId = 'OdradekSimulatedClustA';

const combinedVotersMax = 3;
const usualReplicationFactor = 3;

/** Whether the one broker is a cluster by itself, as a broker is that was told nothing of controllers. */
export function isAlone({ brokers, controllers }: Scenario['cluster']): boolean {
  return brokers === 1 && controllers === undefined;
}

export function replicationFactorOf({ brokers }: Pick<Scenario['cluster'], 'brokers'>): number {
  return Math.min(usualReplicationFactor, brokers);
}

/** Brokers first, then the controllers that are nothing else. */
export function planCluster(scenario: Scenario): PlannedNode[] {
  const { cluster } = scenario;
  const { brokers, controllers = 'combined' } = cluster;
  const combined = controllers === 'combined' && !isAlone(cluster) ? Math.min(combinedVotersMax, brokers) : 0;
  const bare: Omit<PlannedNode, 'properties'>[] = [];
  for (let nodeId = 1; nodeId <= brokers; nodeId++) {
    const votes = nodeId <= combined || isAlone(cluster);
    bare.push({ name: `broker-${nodeId}`, nodeId, role: 'broker', votes });
  }
  for (let n = 1; controllers !== 'combined' && n <= controllers; n++) {
    const nodeId = firstControllerId + n - 1;
    bare.push({ name: `controller-${n}`, nodeId, role: 'controller', votes: true });
  }
  return bare.map((node) => ({ ...node, properties: propertiesOf(scenario, node, bare) }));
}

type Setting = readonly [name: string, value: string];

function propertiesOf(
  scenario: Scenario,
  node: Omit<PlannedNode, 'properties'>,
  nodes: readonly Omit<PlannedNode, 'properties'>[],
): ReadonlyMap<string, string> {
  const given = Object.entries(scenario.config ?? {}).flatMap(([name, value]): Setting[] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const own: Setting[] = [
    ['node.id', String(node.nodeId)],
    ['listeners', `PLAINTEXT://${node.name}:${brokerPort}`],
    ['log.dirs', 'data'],
    ['offsets.topic.num.partitions', '1'],
    ['offsets.topic.replication.factor', '1'],
    ['group.initial.rebalance.delay.ms', '500'],
    ['auto.create.topics.enable', 'false'],
  ];
  const together = isAlone(scenario.cluster) ? [] : clusterSettings(scenario.cluster, node, nodes);
  return new Map([...own, ...together, ...given]);
}

function clusterSettings(
  cluster: Scenario['cluster'],
  node: Omit<PlannedNode, 'properties'>,
  nodes: readonly Omit<PlannedNode, 'properties'>[],
): Setting[] {
  const voters = nodes.filter(({ votes }) => votes);
  const roles = node.role === 'controller' ? 'controller' : node.votes ? 'broker,controller' : 'broker';
  const listeners = [
    ...(node.role === 'broker' ? [`PLAINTEXT://${node.name}:${brokerPort}`] : []),
    ...(node.votes ? [`CONTROLLER://${node.name}:${controllerPort}`] : []),
  ];
  const { racks } = cluster;
  const rack = racks?.[(node.nodeId - 1) % racks.length];
  return [
    ['odradek.cluster.id', clusterId],
    ['process.roles', roles],
    ['listeners', listeners.join(',')],
    ['controller.listener.names', 'CONTROLLER'],
    ['listener.security.protocol.map', 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT'],
    [
      'controller.quorum.voters',
      voters.map(({ name, nodeId }) => `${nodeId}@${name}:${controllerPort}`).join(','),
    ],
    ...(rack === undefined || node.role === 'controller' ? [] : [['broker.rack', rack] as const]),
    ...replicatedTopics(cluster),
    ...shortTimes,
  ];
}

function replicatedTopics(cluster: Scenario['cluster']): Setting[] {
  const factor = replicationFactorOf(cluster);
  return [
    ['default.replication.factor', String(factor)],
    ['offsets.topic.num.partitions', '3'],
    ['offsets.topic.replication.factor', String(factor)],
    ['transaction.state.log.replication.factor', String(factor)],
    ['transaction.state.log.min.isr', String(Math.min(2, factor))],
  ];
}

/**
 * A dead broker is found dead sooner than by Kafka's defaults, so that a run sees many failovers in a minute. The times
 * of the quorum's elections are Kafka's own, written down so that they stay what they are.
 */
const shortTimes: readonly Setting[] = [
  ['broker.session.timeout.ms', '3000'],
  ['broker.heartbeat.interval.ms', '500'],
  ['replica.lag.time.max.ms', '3000'],
  ['controller.quorum.election.timeout.ms', '1000'],
  ['controller.quorum.fetch.timeout.ms', '2000'],
];
