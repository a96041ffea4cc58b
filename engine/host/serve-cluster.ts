// The command `serve --brokers N`: a cluster on this machine, each node a process of its own. The parent
// writes what each node is, starts them, says when all are ready, and ends them. It starts none again: who
// kills a broker wants to see what its cluster does, and is told how to start it again.
//
//   0 stopped on request, and every node ended well   1 a node ended that was not asked to, or did not end well
//   2 bad usage, bad configuration, address or directory taken   130 ended by a second signal
//
// SIGTERM and SIGINT stop the nodes: all hand over what they lead, then those that only serve end, then whoever
// votes.

import { resolve } from 'node:path';
import { failure, type Outcome, success } from '../base/outcome.ts';
import { ChildNode, type NodeEnd, type NodeReady } from './child-node.ts';
import { clusterIdFor, dataPath, propertiesPath, writeProperties } from './cluster-directory.ts';
import { addressText, bootstrapServers, type ClusterPlan, placeNodes, portsWanted } from './cluster-plan.ts';
import { type ClusterSettings, clusterSettings } from './cluster-settings.ts';
import { HeldPorts } from './held-ports.ts';
import { lockDirectory } from './lock-file.ts';
import type { ServeOptions } from './serve-settings.ts';

const exitCode = { ok: 0, failed: 1, usage: 2, killed: 130 } as const;
const leaveWithinMs = 20_000;
/** A node that takes longer to end is killed. */
const stopWithinMs = 60_000;

/** Serves until it is stopped; the exit code. */
export async function serveClusterCommand(options: ServeOptions): Promise<number> {
  const settings = clusterSettings(options);
  if (!settings.ok) return complain(settings.error);
  const { directory, nodes, listen, common } = settings.value;
  const prepared = prepare(settings.value);
  if (!prepared.ok) return complain([prepared.error]);
  const { clusterId, unlock } = prepared.value;
  process.once('exit', unlock);
  try {
    const held = await HeldPorts.hold(listen.host, listen.port, portsWanted(nodes));
    if (!held.ok) return complain([held.error]);
    const plan = { clusterId, nodes: placeNodes(nodes, listen.host, held.value.ports), common };
    writeProperties(directory, plan);
    held.value.release();
    return await new ServingCluster(settings.value, plan).run();
  } finally {
    process.off('exit', unlock);
    unlock();
  }
}

/** The directory, locked, so that two commands never write their properties into one. */
function prepare(settings: ClusterSettings): Outcome<{ clusterId: string; unlock: () => void }, string> {
  const { directory, nodes } = settings;
  try {
    const clusterId = clusterIdFor(directory, nodes);
    if (!clusterId.ok) return clusterId;
    const lock = lockDirectory(directory);
    return lock.ok ? success({ clusterId: clusterId.value, unlock: lock.value }) : lock;
  } catch (error) {
    return failure(`the directory ${directory}: ${error instanceof Error ? error.message : error}`);
  }
}

class ServingCluster {
  readonly #settings: ClusterSettings;
  readonly #plan: ClusterPlan;
  readonly #nodes: readonly ChildNode[];
  /** Settles at the first signal. */
  readonly #asked: Promise<void>;
  #ask: () => void = () => {};
  #stopping = false;
  #failed = false;

  constructor(settings: ClusterSettings, plan: ClusterPlan) {
    this.#settings = settings;
    this.#plan = plan;
    this.#asked = new Promise((resolve) => {
      this.#ask = resolve;
    });
    process.on('SIGTERM', this.#onSignal);
    process.on('SIGINT', this.#onSignal);
    this.#nodes = plan.nodes.map(
      ({ name }, at) => new ChildNode({ name, parameters: this.#parameters(name, at) }),
    );
  }

  async run(): Promise<number> {
    for (const node of this.#nodes) void node.ended.then((end) => this.#onEnd(node, end));
    const allEnded = Promise.all(this.#nodes.map(({ ended }) => ended));
    try {
      const ready = await this.#whenReady();
      if (!ready.ok) return await this.#giveUp(ready.error);
      if (ready.value !== undefined) this.#tellReady(ready.value);
      await Promise.race([this.#asked, allEnded]);
      this.#stopping = true;
      await this.#stop();
      return this.#failed ? exitCode.failed : exitCode.ok;
    } finally {
      process.off('SIGTERM', this.#onSignal);
      process.off('SIGINT', this.#onSignal);
    }
  }

  /** What each node said; undefined when a signal came first; the error is how a node ended instead. */
  async #whenReady(): Promise<Outcome<NodeReady[] | undefined, NodeEnd>> {
    const firstEnd = this.#nodes.map(async ({ ready }): Promise<Outcome<never, NodeEnd>> => {
      const outcome = await ready;
      return outcome.ok ? await new Promise(() => {}) : outcome;
    });
    const all = async (): Promise<Outcome<NodeReady[], NodeEnd>> => {
      const told = await Promise.all(this.#nodes.map(({ ready }) => ready));
      const failed = told.find(({ ok }) => !ok);
      if (failed?.ok === false) return failed;
      return success(told.flatMap((outcome) => (outcome.ok ? [outcome.value] : [])));
    };
    const asked = this.#asked.then(() => success(undefined));
    return await Promise.race([asked, ...firstEnd, all()]);
  }

  /** A cluster that does not come to be leaves no node behind; the code is that of the node that failed. */
  async #giveUp({ code }: NodeEnd): Promise<number> {
    this.#stopping = true;
    for (const node of this.#nodes) node.signal('SIGKILL');
    await Promise.all(this.#nodes.map(({ ended }) => ended));
    return code === null || code === 0 ? exitCode.failed : code;
  }

  async #stop(): Promise<void> {
    await this.#leave();
    const votes = (at: number): boolean => this.#plan.nodes[at]?.roles.includes('controller') ?? false;
    await this.#end(this.#nodes.filter((_, at) => !votes(at)));
    await this.#end(this.#nodes.filter((_, at) => votes(at)));
  }

  /** All hand over what they lead before the first that votes goes; who takes too long is asked to end as it is. */
  async #leave(): Promise<void> {
    let late: ReturnType<typeof setTimeout> | undefined;
    const tooLate = new Promise<void>((resolve) => {
      late = setTimeout(resolve, leaveWithinMs);
    });
    await Promise.race([tooLate, Promise.all(this.#nodes.map((node) => node.leave()))]);
    clearTimeout(late);
  }

  async #end(nodes: readonly ChildNode[]): Promise<void> {
    for (const node of nodes) node.signal('SIGTERM');
    const late = setTimeout(() => {
      for (const node of nodes.filter(({ hasEnded }) => !hasEnded)) {
        warn(`${node.name} did not end within ${stopWithinMs} ms and is killed`);
        node.signal('SIGKILL');
      }
    }, stopWithinMs);
    await Promise.all(nodes.map(({ ended }) => ended));
    clearTimeout(late);
  }

  #onEnd(node: ChildNode, { code, signal }: NodeEnd): void {
    if (this.#stopping && code === exitCode.ok) return;
    this.#failed = true;
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    if (this.#stopping) return warn(`${node.name} ended ${how}`);
    const again = `odradek serve --config ${propertiesPath(this.#settings.directory, node.name)}`;
    warn(`${node.name} ended ${how}; the others go on. To start it again: ${again}`);
  }

  readonly #onSignal = (signal: string): void => {
    if (this.#stopping) {
      warn(`${signal} again: ending at once`);
      for (const node of this.#nodes) node.signal('SIGKILL');
      process.exit(exitCode.killed);
    }
    this.#stopping = true;
    this.#ask();
  };

  #parameters(name: string, at: number): string[] {
    const { directory, logLevel, metrics } = this.#settings;
    const parameters = ['--config', propertiesPath(directory, name), '--log-level', logLevel];
    if (metrics === undefined) return parameters;
    const port = metrics.port === 0 ? 0 : metrics.port + at;
    return [...parameters, '--metrics', addressText(metrics.host, port)];
  }

  #tellReady(told: readonly NodeReady[]): void {
    const { directory, json } = this.#settings;
    const { clusterId } = this.#plan;
    const servers = bootstrapServers(this.#plan.nodes);
    const nodes = this.#plan.nodes.map(({ id, name, roles, rack, host, ports }, at) => ({
      id,
      name,
      roles,
      ...(rack !== undefined && { rack }),
      host,
      port: ports.broker ?? ports.controller ?? 0,
      pid: told[at]?.pid,
      ...(told[at]?.metrics && { metrics: told[at].metrics }),
      data: dataPath(directory, name),
      config: resolve(propertiesPath(directory, name)),
    }));
    if (json) {
      const ready = { ready: true, bootstrapServers: servers, clusterId, pid: process.pid, nodes };
      return print(JSON.stringify(ready));
    }
    for (const { name, roles, rack, host, port, pid } of nodes) {
      const where = rack === undefined ? '' : `, rack ${rack}`;
      print(`${name} on ${addressText(host, port)}, process ${pid} (${roles.join(' and ')}${where})`);
    }
    print(`a node that ended is started again by: odradek serve --config ${directory}/<name>.properties`);
    print(`odradek ready on ${servers} (cluster ${clusterId}, data ${directory})`);
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function warn(line: string): void {
  process.stderr.write(`odradek serve: ${line}\n`);
}

function complain(problems: readonly string[]): number {
  for (const problem of problems) warn(problem);
  return exitCode.usage;
}
