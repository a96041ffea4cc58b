// One generator process, seen from the harness: started, made ready, told when to begin, listened to, ended.

import { type ChildProcess, spawn } from 'node:child_process';
import { GeneratorError } from './load.ts';
import { type Done, type GeneratorMessage, parseMessage, type Ready, startLine } from './protocol.ts';

/** Preparing means connecting, drawing payloads, and for a consumer finding its place. */
const readyWithinMs = 60_000;
const endedWithinMs = 5_000;
/** What is kept of its standard error, for the message when it dies. */
const complaintCharactersMax = 2_000;
/** A histogram for each second of a long run is one line of some megabytes. */
const lineCharactersMax = 256 << 20;

export interface GeneratorCommand {
  readonly file: string;
  readonly words: readonly string[];
}

type SecondHandler = (second: number, records: number, bytes: number) => void;

export class GeneratorProcess {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #onSecond: SecondHandler;
  readonly #ended: Promise<string>;
  readonly #kill: () => void;
  #fail!: (error: Error) => void;
  readonly #failed: Promise<never>;
  #settleReady!: (ready: Ready) => void;
  readonly ready: Promise<Ready>;
  #settleDone!: (done: Done) => void;
  readonly done: Promise<Done>;

  constructor(name: string, command: GeneratorCommand, onSecond: SecondHandler) {
    this.#name = name;
    this.#onSecond = onSecond;
    this.#failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    // Somebody waits for it later, or nobody when all went well.
    this.#failed.catch(() => {});
    const settledReady = new Promise<Ready>((resolve) => {
      this.#settleReady = resolve;
    });
    const settledDone = new Promise<Done>((resolve) => {
      this.#settleDone = resolve;
    });
    this.ready = this.#orFailure(settledReady, readyWithinMs, 'did not get ready');
    this.ready.catch(() => {});
    this.done = Promise.race([settledDone, this.#failed]);
    this.done.catch(() => {});
    this.#child = spawn(command.file, command.words, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#kill = () => void this.#child.kill('SIGKILL');
    process.prependOnceListener('exit', this.#kill);
    this.#ended = this.#listen();
    // A generator that died has nobody who reads the line that starts it; its end is told elsewhere.
    this.#child.stdin?.on('error', () => {});
  }

  get processId(): number | undefined {
    return this.#child.pid;
  }

  start(startAtUs: number): void {
    this.#child.stdin?.write(startLine(startAtUs));
  }

  /** What it did, when it says so within that time. */
  doneWithin(ms: number): Promise<Done> {
    return this.#orFailure(this.done, ms, 'did not come to an end');
  }

  /** Lets it go: it ends when nothing can be said to it any more, and by force when that takes too long. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    const force = setTimeout(this.#kill, endedWithinMs);
    await this.#ended;
    clearTimeout(force);
    process.off('exit', this.#kill);
  }

  async kill(): Promise<void> {
    this.#kill();
    await this.#ended;
    process.off('exit', this.#kill);
  }

  #orFailure<T>(settled: Promise<T>, ms: number, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(this.#error(`${what} within ${Math.round(ms / 1000)} s`)), ms);
    });
    return Promise.race([settled, this.#failed, late]).finally(() => clearTimeout(timer));
  }

  #listen(): Promise<string> {
    let complaint = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      complaint = (complaint + chunk).slice(-complaintCharactersMax);
    });
    let left = '';
    this.#child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (left + chunk).split('\n');
      left = lines.pop() as string;
      if (left.length > lineCharactersMax) this.#fail(this.#error('writes a line without an end'));
      for (const line of lines) this.#take(parseMessage(line));
    });
    return new Promise((resolve) => {
      const over = (how: string): void => {
        this.#fail(this.#error(`ended: ${how}\n${complaint}`.trim()));
        resolve(how);
      };
      this.#child.once('error', (error) => over(error.message));
      this.#child.once('close', (code, signal) => over(signal ?? `exit code ${code}`));
    });
  }

  #take(message: GeneratorMessage | string): void {
    if (typeof message === 'string') this.#fail(this.#error(`says ${message}`));
    else if (message.type === 'error') this.#fail(this.#error(message.message));
    else if (message.type === 'ready') this.#settleReady(message);
    else if (message.type === 'done') this.#settleDone(message);
    else this.#onSecond(message.second, message.records, message.bytes);
  }

  #error(what: string): GeneratorError {
    return new GeneratorError(`the generator ${this.#name} ${what}`);
  }
}
