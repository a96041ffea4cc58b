// The embeddable cluster: `import { startCluster } from 'odradek'` in a test, and there are brokers in this
// process, on real sockets of the loopback, which any Kafka client can use. They can be stopped, killed and
// started again one by one.
//
//   await using cluster = await startCluster({ brokers: 3 });
//   const kafka = new Kafka({ brokers: cluster.bootstrapServers.split(',') });
//
// Left out: a seed. Time and sockets here are real, and nothing repeats itself; what repeats lives in the
// simulator.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import { BrokerConfig } from '../config/config.ts';
import {
  addressText,
  bootstrapServers,
  type ClusterPlan,
  commonProblems,
  nodeProperties,
  type PlacedNode,
  placeNodes,
  planNodes,
  portsWanted,
} from './cluster-plan.ts';
import { clusterIdIn } from './data-directory.ts';
import { EmbeddedNode } from './embedded-node.ts';
import { HeldPorts } from './held-ports.ts';
import { type LogLevel, logTrace, newLogger } from './logger.ts';
import { MemoryDisk } from './memory-disk.ts';
import { HostRandom } from './random.ts';

export interface ClusterOptions {
  /** How many; 3 unless said otherwise. Their ids are 1, 2, 3 .... */
  readonly brokers?: number;
  /**
   * `combined` (unless said otherwise): the first three brokers are controllers too. A number: so many controllers
   * apart, with the ids 101, 102 ....
   */
  readonly controllers?: 'combined' | number;
  /** Dealt to the brokers in turn. */
  readonly racks?: readonly string[];
  /**
   * `memory` (unless said otherwise); `temporary`: real files that the end of the cluster removes; a directory keeps
   * them, and a later cluster in it goes on with them.
   */
  readonly storage?: 'memory' | 'temporary' | { readonly directory: string };
  /** Kafka's broker properties, for all nodes alike. */
  readonly properties?: Readonly<Record<string, string>>;
  /** What the nodes log, to standard error; `silent` unless said otherwise. */
  readonly logLevel?: LogLevel;
}

/** One node of the cluster: a broker, or a controller apart. */
export interface ClusterNode {
  readonly id: number;
  /** `host:port`, the same in every life: where its clients go, or the other controllers. */
  readonly address: string;
  readonly running: boolean;
  /** Why it ended without being asked: its disk failed, or a bug of ours. Undefined when it did not. */
  readonly failure: string | undefined;
  /** Hands over what it leads and ends, as by SIGTERM. */
  stop(): Promise<void>;
  /** Ends it as SIGKILL does: connections break, nothing is handed over; what it wrote is still there. */
  kill(): Promise<void>;
  /** Starts it again, on its address and disk; settles when it serves. */
  restart(): Promise<void>;
}

export interface Cluster extends AsyncDisposable {
  /** For the `bootstrap.servers` of clients. */
  readonly bootstrapServers: string;
  readonly clusterId: string;
  readonly brokers: readonly ClusterNode[];
  /** Controllers apart; empty when brokers are the controllers. */
  readonly controllers: readonly ClusterNode[];
  /** The id of the active controller, as far as a running node knows; undefined while there is none. */
  controller(): number | undefined;
  /** Ends every node, brokers first, and removes what was temporary. May be called twice. */
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/** Kafka's controllers wait a second before they elect; in one process nobody is that far away. */
const quick = { 'controller.quorum.election.timeout.ms': '100' };

/** Starts a cluster in this process; settles when every node of it serves. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const { brokers = 3, controllers = 'combined', racks = [], storage = 'memory', properties = {} } = options;
  const common = new Map(Object.entries({ ...quick, ...properties }));
  const shape = planNodes({ brokers, controllers, racks });
  const problems = [...(shape.ok ? [] : shape.error), ...commonProblems(common)];
  if (!shape.ok || problems.length > 0) throw new Error(problems.join('; '));
  const held = await HeldPorts.hold(host, 0, portsWanted(shape.value));
  if (!held.ok) throw new Error(`no free ports: ${held.error}`);
  const directory = directoryOf(storage);
  try {
    const nodes = placeNodes(shape.value, host, held.value.ports);
    const known = directory && clusterIdIn(nodes.map(({ name }) => join(directory, name)));
    const plan: ClusterPlan = { clusterId: known ?? new HostRandom().uuid(), nodes, common };
    const cluster = new EmbeddedCluster(plan, directory, storage === 'temporary', options.logLevel);
    await cluster.start(held.value);
    return cluster;
  } catch (error) {
    held.value.release();
    if (directory !== undefined && storage === 'temporary') removeAll(directory);
    throw error;
  }
}

function directoryOf(storage: Required<ClusterOptions>['storage']): string | undefined {
  if (storage === 'memory') return undefined;
  return storage === 'temporary' ? mkdtempSync(join(tmpdir(), 'odradek-cluster-')) : storage.directory;
}

class EmbeddedCluster implements Cluster {
  readonly bootstrapServers: string;
  readonly clusterId: string;
  readonly brokers: readonly ClusterNode[];
  readonly controllers: readonly ClusterNode[];
  readonly #members: readonly Member[];
  /** What is removed at the end. */
  readonly #temporary: string | undefined;
  #stopped: Promise<void> | undefined;

  constructor(plan: ClusterPlan, directory: string | undefined, temporary: boolean, logLevel?: LogLevel) {
    this.bootstrapServers = bootstrapServers(plan.nodes);
    this.clusterId = plan.clusterId;
    this.#temporary = temporary ? directory : undefined;
    this.#members = plan.nodes.map((node) => new Member(plan, node, directory, logLevel ?? 'silent'));
    this.brokers = this.#members.filter(({ plan }) => plan.roles.includes('broker'));
    this.controllers = this.#members.filter(({ plan }) => !plan.roles.includes('broker'));
  }

  /** All at once, for each waits until there is a quorum. One that cannot start ends the others. */
  async start(held: HeldPorts): Promise<void> {
    const starts = this.#members.map((member) => {
      held.release(Object.values(member.plan.ports));
      return member.restart();
    });
    try {
      await Promise.all(starts);
    } catch (error) {
      for (const member of this.#members) void member.kill();
      await Promise.allSettled(starts);
      throw error;
    }
  }

  controller(): number | undefined {
    for (const { node } of this.#members) {
      const id = node.broker?.activeControllerId;
      if (id !== undefined) return id;
    }
    return undefined;
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Brokers need controllers to hand over what they lead: all leave before the first that votes goes. */
  async #stop(): Promise<void> {
    await Promise.all(this.#members.map(({ node }) => node.leave()));
    const votes = ({ plan }: Member): boolean => plan.roles.includes('controller');
    const first = await settled(this.#members.filter((member) => !votes(member)));
    const last = await settled(this.#members.filter(votes));
    if (this.#temporary !== undefined) removeAll(this.#temporary);
    const reasons = [...first, ...last, ...this.#members.flatMap(({ failure }) => failure ?? [])];
    if (reasons.length > 0) throw new Error(`the cluster did not end well: ${reasons.join('; ')}`);
  }
}

/** Why those that did not stop cleanly did not. */
async function settled(members: readonly Member[]): Promise<string[]> {
  const outcomes = await Promise.allSettled(members.map((member) => member.stop()));
  return outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [String(outcome.reason)] : []));
}

class Member implements ClusterNode {
  readonly plan: PlacedNode;
  readonly node: EmbeddedNode;
  readonly id: number;
  readonly address: string;

  constructor(cluster: ClusterPlan, plan: PlacedNode, directory: string | undefined, logLevel: LogLevel) {
    this.plan = plan;
    this.id = plan.id;
    const port = plan.ports.broker ?? plan.ports.controller;
    assert(port !== undefined, 'a node has a role, and a port for it');
    this.address = addressText(plan.host, port);
    const dataDir = directory === undefined ? new MemoryDisk() : join(directory, plan.name);
    const properties = nodeProperties(cluster, plan, typeof dataDir === 'string' ? dataDir : plan.name);
    const config = BrokerConfig.parse(properties);
    if (!config.ok) throw new Error(config.error.join('; '));
    const listeners = logLevel === 'silent' ? [] : [logTrace(newLogger(logLevel).child({ node: plan.name }))];
    this.node = new EmbeddedNode({ name: plan.name, properties, dataDir, listeners });
  }

  get running(): boolean {
    return this.node.running;
  }

  get failure(): string | undefined {
    return this.node.failure;
  }

  stop(): Promise<void> {
    return this.node.stop();
  }

  async kill(): Promise<void> {
    this.node.kill();
  }

  restart(): Promise<void> {
    return this.node.start();
  }
}

function removeAll(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}
