// Our own broker in its own process, on a port and a data directory of its own, for as long as one workload
// runs: also killed and started again, or paused, when the workload asks for it.

import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countsMessage, type NodeCounts } from '../engine/host/index.ts';
import { type Address, assert } from '../engine/index.ts';
import { type ProcessUse, useOf } from './process-use.ts';

const readyWithinMs = 20_000;
const stoppedWithinMs = 20_000;
/** A busy broker answers in milliseconds; a build that does not know the question never does. */
const countsWithinMs = 3_000;
/** A signal to stop is obeyed in microseconds; on a machine that gives no processor, a little later. */
const stoppedStateWithinMs = 100;
/** What is kept of its standard error, for the message when it dies. */
const complaintCharactersMax = 4_000;

interface Running {
  readonly child: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<string>;
}

/** Which Odradek is started, and how Node is told to. */
export interface BrokerProgram {
  readonly commandLine: string;
  readonly nodeWords: readonly string[];
  /** Beside the environment of this process. */
  readonly environment: Readonly<Record<string, string>>;
}

export class BrokerProcess {
  readonly address: Address;
  /** Settles when it ends without having been killed by `kill`, asked to or not, with how. */
  readonly ended: Promise<string>;
  /** When its first process was started, by the monotonic clock of this one. */
  readonly spawnedAtMs: number;
  readonly #program: BrokerProgram;
  readonly #words: readonly string[];
  #running: Running;
  /** What the processes used that were killed. */
  #usedBefore = { userUs: 0, systemUs: 0 };
  #killed = false;
  #onEnd: (how: string) => void = () => {};

  private constructor(
    running: Running,
    address: Address,
    program: BrokerProgram,
    words: readonly string[],
    spawnedAtMs: number,
  ) {
    this.#program = program;
    this.#running = running;
    this.#words = words;
    this.address = address;
    this.spawnedAtMs = spawnedAtMs;
    this.ended = new Promise((resolve) => {
      this.#onEnd = resolve;
    });
    this.#watch();
  }

  /** `program`: this very code, unless told otherwise. */
  static async start(
    dataDir: string,
    overrides: Readonly<Record<string, string>>,
    program: BrokerProgram = { commandLine: commandLinePath(), nodeWords: [], environment: {} },
  ): Promise<BrokerProcess> {
    const words = ['--data', dataDir, '--json', '--log-level', 'silent'];
    for (const [name, value] of Object.entries(overrides)) words.push('--override', `${name}=${value}`);
    const spawnedAtMs = performance.now();
    const { running, address } = await spawned(program, 0, words);
    return new BrokerProcess(running, address, program, words, spawnedAtMs);
  }

  /** Of the process that runs now, or ran last. */
  get processId(): number {
    return this.#running.child.pid as number;
  }

  /** What its processes used so far, those that were killed among them. */
  use(): ProcessUse | undefined {
    const { userUs, systemUs } = this.#usedBefore;
    if (this.#killed) return { atUs: performance.now() * 1000, userUs, systemUs, rssBytes: 0 };
    const now = useOf(this.processId);
    return now && { ...now, userUs: userUs + now.userUs, systemUs: systemUs + now.systemUs };
  }

  /** Kills it as a crash of the process would: what it gave to the system stays in the page cache. */
  async kill(): Promise<void> {
    const used = this.use();
    if (used !== undefined) this.#usedBefore = { userUs: used.userUs, systemUs: used.systemUs };
    this.#killed = true;
    this.#running.child.kill('SIGKILL');
    await this.#running.ended;
  }

  /** A new process on the same data and port, after `kill`. */
  async startAgain(): Promise<void> {
    assert(this.#killed, 'only what was killed is started again');
    this.#running = (await spawned(this.#program, this.address.port, this.#words)).running;
    this.#killed = false;
    this.#watch();
  }

  /** Takes all processor time from it; when this returns, it stands still. */
  pause(): void {
    this.#running.child.kill('SIGSTOP');
    const untilMs = performance.now() + stoppedStateWithinMs;
    while (isRunning(this.processId) && performance.now() < untilMs);
  }

  goOn(): void {
    this.#running.child.kill('SIGCONT');
  }

  /** What it has done so far, by its own account; undefined when it does not answer. */
  counts(): Promise<NodeCounts | undefined> {
    const { child } = this.#running;
    return new Promise((resolve) => {
      const settle = (counts: NodeCounts | undefined): void => {
        clearTimeout(timeout);
        child.off('message', hear);
        resolve(counts);
      };
      const hear = (message: unknown): void => {
        if (typeof message === 'object' && message !== null && 'counts' in message)
          settle(message.counts as NodeCounts);
      };
      const timeout = setTimeout(() => settle(undefined), countsWithinMs);
      if (!child.connected) return settle(undefined);
      child.on('message', hear);
      child.send(countsMessage, (error) => error !== null && settle(undefined));
    });
  }

  /** Ends it cleanly, or by force when that takes too long. */
  async stop(): Promise<void> {
    this.#running.child.kill('SIGTERM');
    // A process that was paused hears nothing before it goes on.
    this.goOn();
    const force = setTimeout(() => this.#running.child.kill('SIGKILL'), stoppedWithinMs);
    await this.#running.ended;
    clearTimeout(force);
  }

  #watch(): void {
    void this.#running.ended.then((how) => {
      if (!this.#killed) this.#onEnd(how);
    });
  }
}

/** A process that says it is ready, on a port (0: any that is free). */
async function spawned(
  program: BrokerProgram,
  port: number,
  words: readonly string[],
): Promise<{ running: Running; address: Address }> {
  const serve = ['serve', '--listen', `127.0.0.1:${port}`, ...words];
  // The channel is for counts; and by its end the broker notices that nobody is there any more.
  const child = spawn(process.execPath, [...program.nodeWords, program.commandLine, ...serve], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
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
    return { running: { child, ended }, address: await Promise.race([readyLine(child, 'the broker'), died]) };
  } catch (error) {
    kill();
    throw error;
  }
}

/** False where the system says that it is stopped, or says nothing. */
function isRunning(processId: number): boolean {
  try {
    const stat = readFileSync(`/proc/${processId}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'T';
  } catch {
    return false;
  }
}

/** `cli.ts` beside this room, or `cli.js` when both are compiled. */
export function commandLinePath(): string {
  const here = fileURLToPath(import.meta.url);
  return join(here, '..', '..', here.endsWith('.ts') ? 'cli.ts' : 'cli.js');
}

/** Where it listens, by the line of JSON that it says first; `who` is for the complaint. */
export async function readyLine(child: ChildProcess, who: string): Promise<Address> {
  const { host, port } = await readyDocument<Address>(child, who, readyWithinMs);
  return { host, port };
}

/** What a process says first, as a line of JSON. */
export function readyDocument<T>(child: ChildProcess, who: string, withinMs: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timeout = setTimeout(() => {
      reject(new Error(`${who} did not say that it is ready within ${withinMs} ms`));
    }, withinMs);
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end < 0) return;
      clearTimeout(timeout);
      child.stdout?.removeAllListeners('data').resume();
      resolve(JSON.parse(text.slice(0, end)));
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
