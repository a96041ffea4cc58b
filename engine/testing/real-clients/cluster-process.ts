// A cluster as its users run it: `serve --brokers` in a process, and a process for each node below it. Nodes
// are killed from outside, as an operator or a bad day would, and started again by the command that the
// cluster itself names.

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { inTime } from './mass-client.ts';

const cli = join(import.meta.dirname, '../../../cli.ts');
const readyTimeoutMs = 120_000;
const deathTimeoutMs = 30_000;
const pollMs = 20;

/** What makes tests of groups and of deaths short; all else is Kafka's default. */
const quick = [
  'group.initial.rebalance.delay.ms=0',
  'offsets.topic.num.partitions=3',
  'broker.heartbeat.interval.ms=500',
  'broker.session.timeout.ms=3000',
];

export interface ClusterNodeTold {
  readonly id: number;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  pid: number;
  readonly config: string;
}

export interface ClusterProcessOptions {
  readonly brokers: number;
  readonly parameters?: readonly string[];
  readonly overrides?: readonly string[];
}

export class ClusterProcess {
  readonly #folder = mkdtempSync(join(tmpdir(), 'odradek-cluster-clients-'));
  /** The command, and nodes that were started again. */
  readonly #children: ChildProcess[] = [];
  #errors = '';
  bootstrapServers = '';
  clusterId = '';
  nodes: readonly ClusterNodeTold[] = [];
  /** The ids of the nodes that died of SIGKILL, one after the other. */
  readonly killed: number[] = [];

  static async start(options: ClusterProcessOptions): Promise<ClusterProcess> {
    const cluster = new ClusterProcess();
    try {
      await cluster.#start(options);
      return cluster;
    } catch (error) {
      await cluster.discard();
      throw error;
    }
  }

  /** What all nodes wrote to standard error. Others that come and go are worth a warning, bugs are not. */
  get errors(): string {
    return this.#errors;
  }

  node(id: number): ClusterNodeTold {
    const node = this.nodes.find((each) => each.id === id);
    if (node === undefined) throw new Error(`there is no node ${id}`);
    return node;
  }

  async kill(id: number): Promise<void> {
    const { pid } = this.node(id);
    process.kill(pid, 'SIGKILL');
    await inTime(`the death of node ${id}`, deathTimeoutMs, gone(pid));
    this.killed.push(id);
  }

  /** Settles when it serves again. */
  async startAgain(id: number): Promise<void> {
    const node = this.node(id);
    const child = this.#spawn(['--config', node.config]);
    node.pid = JSON.parse(await this.#firstLine(child)).pid;
  }

  /** Ends all of it as Ctrl-C does; the exit codes of the command and of the nodes that were started again. */
  async stop(): Promise<(number | null)[]> {
    // Who was started again votes too: everybody is asked at once, so that nobody waits for a quorum that is
    // gone.
    const codes = this.#children.map((child) => {
      const closed = new Promise<number | null>((resolve) => {
        if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
        else child.once('close', resolve);
      });
      child.kill('SIGTERM');
      return closed;
    });
    return await Promise.all(codes);
  }

  /** Ends it for good and takes its data away. */
  async discard(): Promise<void> {
    // The nodes before their parent: it is the parent who takes note of their end.
    const pids = [...this.nodes.map(({ pid }) => pid), ...this.#children.flatMap(({ pid }) => pid ?? [])];
    for (const pid of pids) {
      killQuietly(pid);
      await inTime(`the end of process ${pid}`, deathTimeoutMs, gone(pid));
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start({ brokers, parameters = [], overrides = [] }: ClusterProcessOptions): Promise<void> {
    const place = ['--listen', '127.0.0.1:0', '--data', join(this.#folder, 'data')];
    const properties = [...quick, ...overrides].flatMap((one) => ['--override', one]);
    const child = this.#spawn(['--brokers', `${brokers}`, ...place, ...parameters, ...properties]);
    const ready = JSON.parse(await this.#firstLine(child));
    this.bootstrapServers = ready.bootstrapServers;
    this.clusterId = ready.clusterId;
    this.nodes = ready.nodes;
  }

  #spawn(parameters: readonly string[]): ChildProcess {
    const child = spawn(process.execPath, [cli, 'serve', '--json', '--log-level', 'warn', ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    child.stderr?.on('data', (text) => {
      this.#errors += text;
    });
    this.#children.push(child);
    return child;
  }

  #firstLine(child: ChildProcess): Promise<string> {
    const line = new Promise<string>((resolve, reject) => {
      let output = '';
      child.stdout?.on('data', (text) => {
        output += text;
        if (output.includes('\n')) resolve(output.slice(0, output.indexOf('\n')));
      });
      child.once('close', (code) => reject(new Error(`it ended with ${code}: ${this.#errors}`)));
    });
    return inTime('being ready', readyTimeoutMs, line);
  }
}

/** Settles when no process of that number runs. */
async function gone(pid: number): Promise<void> {
  while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, pollMs));
}

/** A process whose parent has not taken note of its end is gone too: it holds nothing any more. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    const stat = existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'latin1') : '';
    return !/\) [ZX] /.test(stat);
  } catch {
    return false;
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already, which is what is wanted.
  }
}
