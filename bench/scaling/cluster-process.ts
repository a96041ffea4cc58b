// Our cluster of N brokers on this machine, as `serve --brokers N` starts it: one process for each broker.

import { type ChildProcess, spawn } from 'node:child_process';
import { commandLinePath } from '../broker-process.ts';

const readyWithinMs = 60_000;
const stoppedWithinMs = 60_000;
const complaintCharactersMax = 4_000;

export interface ClusterNode {
  readonly id: number;
  readonly host: string;
  readonly port: number;
  readonly processId: number;
}

export class ClusterProcess {
  readonly nodes: readonly ClusterNode[];
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  private constructor(child: ChildProcess, ended: Promise<void>, nodes: readonly ClusterNode[]) {
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
    const ended = new Promise<void>((resolve) => {
      child.once('close', () => resolve());
    });
    // Its nodes end with it: they notice that nobody is there to end them.
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    process.prependOnceListener('exit', kill);
    void ended.then(() => process.off('exit', kill));
    try {
      return new ClusterProcess(child, ended, await readyNodes(child));
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

function readyNodes(child: ChildProcess): Promise<ClusterNode[]> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-complaintCharactersMax);
  });
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`the cluster did not start: ${why}\n${complaint}`.trim()));
    const timeout = setTimeout(() => fail(`not ready within ${readyWithinMs} ms`), readyWithinMs);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => {
      clearTimeout(timeout);
      fail(`exit code ${code}`);
    });
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timeout);
      child.stdout?.removeAllListeners('data').resume();
      const { nodes } = JSON.parse(text.slice(0, end)) as {
        nodes: { id: number; host: string; port: number; pid: number }[];
      };
      resolve(nodes.map(({ id, host, port, pid }) => ({ id, host, port, processId: pid })));
    });
  });
}
