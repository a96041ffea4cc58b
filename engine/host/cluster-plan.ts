// What a cluster on one machine looks like: which nodes there are, what each of them is for, and the
// properties that make it so. The command `serve --brokers` and the embedded cluster share it; neither ports
// nor directories are taken here.
//
// Brokers are 1, 2, 3 ...; the first three of them are controllers too, unless controllers apart are asked
// for: those are 101, 102 ....

import { failure, type Outcome, success } from '../base/outcome.ts';

export interface ClusterShape {
  readonly brokers: number;
  /** `combined`: the first brokers are controllers as well; a number: so many nodes that are nothing else. */
  readonly controllers: 'combined' | number;
  /** Dealt to the brokers in turn; none: no broker has a rack. */
  readonly racks: readonly string[];
}

export type Role = 'broker' | 'controller';

export interface NodePlan {
  readonly id: number;
  /** Also the name of its directory. */
  readonly name: string;
  readonly roles: readonly Role[];
  readonly rack: string | undefined;
}

/** A node with its place in the network; a port for each of its roles. */
export interface PlacedNode extends NodePlan {
  readonly host: string;
  readonly ports: Readonly<Partial<Record<Role, number>>>;
}

const brokersMax = 100;
const controllersMax = 9;
const combinedMax = 3;
const firstControllerId = 101;
/** Kafka's own number of replicas for what must not be lost, as far as there are brokers for it. */
const replicasMax = 3;

/** The properties that make a node this node. They are the plan's, and nobody else's. */
const planned: ReadonlySet<string> = new Set([
  'node.id',
  'broker.id',
  'process.roles',
  'listeners',
  'advertised.listeners',
  'controller.listener.names',
  'listener.security.protocol.map',
  'controller.quorum.voters',
  'controller.quorum.bootstrap.servers',
  'log.dirs',
  'log.dir',
  'broker.rack',
  'odradek.cluster.id',
]);

/** The nodes of a cluster; or what is wrong with the wish. */
export function planNodes({ brokers, controllers, racks }: ClusterShape): Outcome<NodePlan[], string[]> {
  const problems: string[] = [];
  if (!Number.isInteger(brokers) || brokers < 1 || brokers > brokersMax)
    problems.push(`a cluster has 1 to ${brokersMax} brokers, not ${brokers}`);
  const apart = controllers === 'combined' ? 0 : controllers;
  if (controllers !== 'combined' && !(Number.isInteger(apart) && apart >= 1 && apart <= controllersMax))
    problems.push(
      `a cluster has 1 to ${controllersMax} controllers apart, or combined ones, not ${controllers}`,
    );
  if (racks.some((rack) => rack.trim() === '')) problems.push('a rack needs a name');
  if (racks.length > brokers) problems.push(`${racks.length} racks are too many for ${brokers} brokers`);
  if (problems.length > 0) return failure(problems);
  const nodes = Array.from({ length: brokers }, (_, at): NodePlan => {
    const isController = apart === 0 && at < combinedMax;
    const roles: Role[] = isController ? ['broker', 'controller'] : ['broker'];
    return { id: at + 1, name: `broker-${at + 1}`, roles, rack: racks[at % Math.max(1, racks.length)] };
  });
  for (let id = firstControllerId; id < firstControllerId + apart; id++)
    nodes.push({ id, name: `controller-${id}`, roles: ['controller'], rack: undefined });
  return success(nodes);
}

/** How many ports the nodes need: one for each role of each. */
export function portsWanted(nodes: readonly NodePlan[]): number {
  return nodes.reduce((sum, { roles }) => sum + roles.length, 0);
}

/** Ports are dealt to the brokers first, so that their clients find them one after the other. */
export function placeNodes(nodes: readonly NodePlan[], host: string, ports: readonly number[]): PlacedNode[] {
  const brokers = nodes.filter(({ roles }) => roles.includes('broker'));
  const controllers = nodes.filter(({ roles }) => roles.includes('controller'));
  const portOf = (among: readonly NodePlan[], node: NodePlan, offset: number): number | undefined => {
    const at = among.indexOf(node);
    return at < 0 ? undefined : ports[offset + at];
  };
  return nodes.map((node) => {
    const broker = portOf(brokers, node, 0);
    const controller = portOf(controllers, node, brokers.length);
    return {
      ...node,
      host,
      ports: { ...(broker && { broker }), ...(controller && { controller }) },
    };
  });
}

export interface ClusterPlan {
  readonly clusterId: string;
  readonly nodes: readonly PlacedNode[];
  /** What the user wants of all nodes; stronger than the defaults of the plan. */
  readonly common: ReadonlyMap<string, string>;
}

/** What is wrong with properties that are meant for all nodes alike. */
export function commonProblems(common: ReadonlyMap<string, string>): string[] {
  return [...common.keys()]
    .filter((name) => planned.has(name))
    .map((name) => `${name} differs from node to node and cannot be given for all of them`);
}

/** All that one node is told; its directory is whatever holds `dataDir`. */
export function nodeProperties(plan: ClusterPlan, node: PlacedNode, dataDir: string): Map<string, string> {
  const address = (port: number | undefined): string => addressText(node.host, port ?? 0);
  const clients = `PLAINTEXT://${address(node.ports.broker)}`;
  const peers = `CONTROLLER://${address(node.ports.controller)}`;
  const listeners = node.roles.map((role) => (role === 'broker' ? clients : peers));
  const voters = plan.nodes.filter(({ roles }) => roles.includes('controller'));
  const properties = new Map([...clusterDefaults(plan), ...plan.common]);
  const own: Readonly<Record<string, string>> = {
    'node.id': `${node.id}`,
    'process.roles': node.roles.join(','),
    listeners: listeners.join(','),
    ...(node.roles.includes('broker') && { 'advertised.listeners': clients }),
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.quorum.voters': voters
      .map(({ id, host, ports }) => `${id}@${addressText(host, ports.controller ?? 0)}`)
      .join(','),
    ...(node.rack !== undefined && { 'broker.rack': node.rack }),
    'odradek.cluster.id': plan.clusterId,
    'log.dirs': dataDir,
  };
  for (const [name, value] of Object.entries(own)) properties.set(name, value);
  return properties;
}

/** As many replicas as Kafka advises for a real cluster; `min.insync.replicas` stays at Kafka's default, 1. */
function clusterDefaults({ nodes }: ClusterPlan): ReadonlyMap<string, string> {
  const brokers = nodes.filter(({ roles }) => roles.includes('broker')).length;
  const replicas = Math.min(replicasMax, brokers);
  return new Map([
    ['default.replication.factor', `${replicas}`],
    ['offsets.topic.replication.factor', `${replicas}`],
    ['transaction.state.log.replication.factor', `${replicas}`],
    ['transaction.state.log.min.isr', `${Math.min(2, brokers)}`],
  ]);
}

export function addressText(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Where clients begin: the brokers, one after the other. */
export function bootstrapServers(nodes: readonly PlacedNode[]): string {
  return nodes
    .flatMap(({ host, ports }) => (ports.broker === undefined ? [] : [addressText(host, ports.broker)]))
    .join(',');
}
