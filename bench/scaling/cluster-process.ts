// Our cluster of N brokers on this machine, as `serve --brokers N` starts it: one process for each broker.

import { type ChildProcess, spawn } from 'node:child_process';
import { endOf, readyDocument } from '../processes.ts';
import { commandLinePath } from '../programs/odradek.ts';

const readyWithinMs = 60_000;
const stoppedWithinMs = 60_000;

export interface ClusterNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly processId: number;
}

export class ClusterProcess {
  readonly nodes: readonly ClusterNode[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;

  private constructor(child: ChildProcess, ended: Promise<string>, nodes: readonly ClusterNode[]) {
    this.#child = child;
    this.#ended = ended;
    this.nodes = nodes;
  }

  /** Fails with what the cluster said when it does not come to be. */
  static async start(
    brokers: number,
    dataDir: string,
    overrides: Readonly<Record<string, string>>,
  ): Promise<ClusterProcess> {
    const words = ['serve', '--brokers', String(brokers), '--listen', '127.0.0.1:0', '--data', dataDir];
    words.push('--json', '--log-level', 'silent');
    for (const [name, value] of Object.entries(overrides)) words.push('--override', `${name}=${value}`);
    const child = spawn(process.execPath, [commandLinePath(), ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = endOf(child);
    // Its nodes end with it: they notice that nobody is there to end them.
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    process.prependOnceListener('exit', kill);
    void ended.then(() => process.off('exit', kill));
    try {
      return new ClusterProcess(child, ended, await readyNodes(child, ended));
    } catch (error) {
      kill();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), stoppedWithinMs);
    await this.#ended;
    clearTimeout(force);
  }
}

async function readyNodes(child: ChildProcess, ended: Promise<string>): Promise<ClusterNode[]> {
  const died = ended.then((how) => Promise.reject(new Error(`the cluster did not start: ${how}`)));
  const ready = readyDocument<{ nodes: readonly Told[] }>(child, 'the cluster', readyWithinMs);
  const { nodes } = await Promise.race([ready, died]);
  return nodes.map(({ id, host, port, pid }) => ({ id, host, port, processId: pid }));
}

interface Told {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly pid: number;
}
