// A broker in its own process, on a port and a data directory of its own, for as long as one workload runs: also killed
// and started again, or paused, when the workload asks for it.

import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { countsMessage, type NodeCounts } from '../engine/host/index.ts';
import { type Address, assert } from '../engine/index.ts';
import { type ProcessUse, useOf } from './process-use.ts';
import { endOf } from './processes.ts';
import type { BrokerProgram, BrokerStart } from './programs/broker-program.ts';
import { odradekProgram } from './programs/odradek.ts';

const stoppedWithinMs = 20_000;
/** A busy broker answers in milliseconds; a build that does not know the question never does. */
const countsWithinMs = 3_000;
/** A signal to stop is obeyed in microseconds; on a machine that gives no processor, a little later. */
const stoppedStateWithinMs = 100;

interface Running {
  readonly child: ChildProcess;
  /** How it ended. */
  readonly ended: Promise<string>;
}

export class BrokerProcess {
  readonly address: Address;
  /** Settles when it ends without having been killed by `kill`, asked to or not, with how. */
  readonly ended: Promise<string>;
  /** When its first process was started, by the monotonic clock of this one. */
  readonly spawnedAtMs: number;
  readonly #program: BrokerProgram;
  readonly #start: BrokerStart;
  #running: Running;
  /** What the processes used that were killed. */
  #usedBefore = { userUs: 0, systemUs: 0 };
  #killed = false;
  #onEnd: (how: string) => void = () => {};

  private constructor(
    running: Running,
    address: Address,
    program: BrokerProgram,
    start: BrokerStart,
    spawnedAtMs: number,
  ) {
    this.#program = program;
    this.#running = running;
    this.#start = { ...start, port: address.port };
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
    properties: Readonly<Record<string, string>>,
    program: BrokerProgram = odradekProgram(),
  ): Promise<BrokerProcess> {
    const start = { dataDir, port: 0, properties };
    const spawnedAtMs = performance.now();
    const { running, address } = await spawned(program, start);
    return new BrokerProcess(running, address, program, start, spawnedAtMs);
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
    this.#running = (await spawned(this.#program, this.#start)).running;
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

  /** What it has done so far, by its own account; undefined when it does not answer, as Kafka does not. */
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

/** A process that is ready, on a port (0: any that is free). */
async function spawned(
  program: BrokerProgram,
  start: BrokerStart,
): Promise<{ running: Running; address: Address }> {
  const { child, ready } = await program.spawn(start);
  const ended = endOf(child);
  // A benchmark that is interrupted leaves no broker behind; this goes before the removal of its files.
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  process.prependOnceListener('exit', kill);
  void ended.then(() => process.off('exit', kill));
  try {
    const died = ended.then((how) => Promise.reject(new Error(`the broker did not start: ${how}`)));
    return { running: { child, ended }, address: await Promise.race([ready, died]) };
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
