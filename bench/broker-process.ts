// Our own broker in its own process, on a port and a data directory of its own, for as long as one workload
// runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countsMessage, type NodeCounts } from '../engine/host/index.ts';
import type { Address } from '../engine/index.ts';

const readyWithinMs = 20_000;
const stoppedWithinMs = 20_000;
/** A busy broker answers in milliseconds; a build that does not know the question never does. */
const countsWithinMs = 3_000;
/** What is kept of its standard error, for the message when it dies. */
const complaintCharactersMax = 4_000;

export class BrokerProcess {
  readonly address: Address;
  readonly processId: number;
  /** When its process was started, by the monotonic clock of this one. */
  readonly spawnedAtMs: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;

  private constructor(child: ChildProcess, ended: Promise<string>, address: Address, spawnedAtMs: number) {
    this.#child = child;
    this.#ended = ended;
    this.address = address;
    this.processId = child.pid as number;
    this.spawnedAtMs = spawnedAtMs;
  }

  static async start(dataDir: string, overrides: Readonly<Record<string, string>>): Promise<BrokerProcess> {
    const words = ['serve', '--listen', '127.0.0.1:0', '--data', dataDir, '--json', '--log-level', 'silent'];
    for (const [name, value] of Object.entries(overrides)) words.push('--override', `${name}=${value}`);
    const spawnedAtMs = performance.now();
    // The channel is for counts; and by its end the broker notices that nobody is there any more.
    const child = spawn(process.execPath, [commandLinePath(), ...words], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const ended = endOf(child);
    // A benchmark that is interrupted leaves no broker behind; this goes before the removal of its files.
    const kill = (): void => {
      child.kill('SIGKILL');
    };
    process.prependOnceListener('exit', kill);
    void ended.then(() => process.off('exit', kill));
    try {
      const died = ended.then((how) => Promise.reject(new Error(`the broker did not start: ${how}`)));
      const address = await Promise.race([readyLine(child, 'the broker'), died]);
      return new BrokerProcess(child, ended, address, spawnedAtMs);
    } catch (error) {
      kill();
      throw error;
    }
  }

  /** Settles when it ends, asked to or not, with how. */
  get ended(): Promise<string> {
    return this.#ended;
  }

  /** What it has done so far, by its own account; undefined when it does not answer. */
  counts(): Promise<NodeCounts | undefined> {
    return new Promise((resolve) => {
      const settle = (counts: NodeCounts | undefined): void => {
        clearTimeout(timeout);
        this.#child.off('message', hear);
        resolve(counts);
      };
      const hear = (message: unknown): void => {
        if (typeof message === 'object' && message !== null && 'counts' in message)
          settle(message.counts as NodeCounts);
      };
      const timeout = setTimeout(() => settle(undefined), countsWithinMs);
      if (!this.#child.connected) return settle(undefined);
      this.#child.on('message', hear);
      this.#child.send(countsMessage, (error) => error !== null && settle(undefined));
    });
  }

  /** Ends it cleanly, or by force when that takes too long. */
  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), stoppedWithinMs);
    await this.#ended;
    clearTimeout(force);
  }
}

/** `cli.ts` beside this room, or `cli.js` when both are compiled. */
export function commandLinePath(): string {
  const here = fileURLToPath(import.meta.url);
  return join(here, '..', '..', here.endsWith('.ts') ? 'cli.ts' : 'cli.js');
}

/** Where it listens, by the line of JSON that it says first; `who` is for the complaint. */
export function readyLine(child: ChildProcess, who: string): Promise<Address> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => {
      reject(new Error(`${who} did not say that it is ready within ${readyWithinMs} ms`));
    }, readyWithinMs);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timeout);
      child.stdout?.removeAllListeners('data').resume();
      const { host, port } = JSON.parse(text.slice(0, end));
      resolve({ host, port });
    });
    child.once('exit', () => clearTimeout(timeout));
  });
}

/** How it ended, with the end of what it complained. */
export function endOf(child: ChildProcess): Promise<string> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-complaintCharactersMax);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`}\n${complaint}`.trim()));
  });
}
