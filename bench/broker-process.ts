// Our own broker in its own process, on a port and a data directory of its own, for as long as one workload
// runs.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Address } from '../engine/index.ts';

const readyWithinMs = 20_000;
const stoppedWithinMs = 20_000;
/** What is kept of its standard error, for the message when it dies. */
const complaintCharactersMax = 4_000;

/** Which Odradek is started, and how Node is told to. */
export interface BrokerProgram {
  readonly commandLine: string;
  readonly nodeWords: readonly string[];
  /** Beside the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

export class BrokerProcess {
  readonly address: Address;
  readonly processId: number;
  readonly #child: ChildProcess;
  readonly #ended: Promise<string>;

  private constructor(child: ChildProcess, ended: Promise<string>, address: Address) {
    this.#child = child;
    this.#ended = ended;
    this.address = address;
    this.processId = child.pid as number;
  }

  /** `program`: this very code, unless told otherwise. */
  static async start(
    dataDir: string,
    overrides: Readonly<Record<string, string>>,
    program: BrokerProgram = { commandLine: commandLinePath(), nodeWords: [], environment: {} },
  ): Promise<BrokerProcess> {
    const words = ['serve', '--listen', '127.0.0.1:0', '--data', dataDir, '--json', '--log-level', 'silent'];
    for (const [name, value] of Object.entries(overrides)) words.push('--override', `${name}=${value}`);
    const child = spawn(process.execPath, [...program.nodeWords, program.commandLine, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...program.environment },
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
      return new BrokerProcess(child, ended, await Promise.race([readyLine(child), died]));
    } catch (error) {
      kill();
      throw error;
    }
  }

  /** Settles when it ends, asked to or not, with how. */
  get ended(): Promise<string> {
    return this.#ended;
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
function commandLinePath(): string {
  const here = fileURLToPath(import.meta.url);
  return join(here, '..', '..', here.endsWith('.ts') ? 'cli.ts' : 'cli.js');
}

function readyLine(child: ChildProcess): Promise<Address> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => {
      reject(new Error(`the broker did not say that it is ready within ${readyWithinMs} ms`));
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

function endOf(child: ChildProcess): Promise<string> {
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-complaintCharactersMax);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(`${signal ?? `exit code ${code}`}\n${complaint}`.trim()));
  });
}
