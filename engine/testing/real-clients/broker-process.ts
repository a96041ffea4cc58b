// The broker as its users run it: the command `serve` in a process of its own, on a real disk, over TCP. It
// can be killed and started again on the same port and data directory, which is what its clients must
// survive.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const cli = join(import.meta.dirname, '../../../cli.ts');
const readyTimeoutMs = 60_000;

/** What makes a test of groups short; all else is Kafka's default. */
const quick = ['group.initial.rebalance.delay.ms=0', 'offsets.topic.num.partitions=3'];

export class BrokerProcess {
  readonly #folder: string;
  readonly #overrides: readonly string[];
  #child: ChildProcess | undefined;
  #exit: Promise<number | null> = Promise.resolve(null);
  #errors = '';
  host = '127.0.0.1';
  port = 0;

  private constructor(overrides: readonly string[]) {
    this.#folder = mkdtempSync(join(tmpdir(), 'odradek-real-clients-'));
    this.#overrides = overrides;
  }

  static async start(overrides: readonly string[] = []): Promise<BrokerProcess> {
    const broker = new BrokerProcess([...quick, ...overrides]);
    await broker.start();
    return broker;
  }

  get address(): string {
    return `${this.host}:${this.port}`;
  }

  get dataDirectory(): string {
    return join(this.#folder, 'data');
  }

  /**
   * All that the broker wrote to standard error, over all its lives. A broker without complaints wrote
   * nothing.
   */
  get errors(): string {
    return this.#errors;
  }

  /** Starts it again after `end`; on the port that it had. */
  async start(): Promise<void> {
    const options = ['serve', '--json', '--log-level', 'warn', '--data', this.dataDirectory];
    options.push('--listen', this.address, ...this.#overrides.flatMap((one) => ['--override', one]));
    const child = spawn(process.execPath, [cli, ...options], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    child.stderr.on('data', (text) => {
      this.#errors += text;
    });
    this.#exit = new Promise((resolve) => child.once('close', resolve));
    const ready = await firstLine(child, this.#exit, () => this.#errors);
    this.port = JSON.parse(ready).port;
  }

  /** Ends this life; its exit code, null after SIGKILL. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    this.#child?.kill(signal);
    return await this.#exit;
  }

  async endAndStart(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    const code = await this.end(signal);
    await this.start();
    return code;
  }

  /** Ends it for good and takes its data away. */
  async discard(): Promise<void> {
    await this.end('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function firstLine(child: ChildProcess, exit: Promise<number | null>, errors: () => string): Promise<string> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready in time: ${errors()}`)), readyTimeoutMs);
    let output = '';
    child.stdout?.on('data', (text) => {
      output += text;
      if (!output.includes('\n')) return;
      clearTimeout(late);
      resolve(output.slice(0, output.indexOf('\n')));
    });
    exit.then((code) => {
      clearTimeout(late);
      reject(new Error(`the broker ended with ${code}: ${errors()}`));
    });
  });
}
