// One node of a cluster in a process of its own: the command `serve` with the node's properties file. What
// it says goes to standard error, line by line with its name, so that standard output stays for the
// cluster's own ready line.
//
// The child has its own process group, so that Ctrl-C in a terminal reaches the parent alone, who ends the
// nodes in their order; and a channel to the parent, by whose end it notices that there is none any more.

import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { failure, type Outcome, success } from '../base/outcome.ts';

/** Said to a node: hand over what you lead, but keep voting; and said by it when it has. */
export const leaveMessage = 'leave';

export interface ChildNodeOptions {
  readonly name: string;
  /** The parameters of `serve`. */
  readonly parameters: readonly string[];
}

/** What a node says of itself when it serves. */
export interface NodeReady {
  readonly pid: number;
  readonly metrics?: { readonly host: string; readonly port: number };
}

export interface NodeEnd {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: string | null;
}

export class ChildNode {
  readonly name: string;
  /** Settles when the node serves, or when it has ended before that. */
  readonly ready: Promise<Outcome<NodeReady, NodeEnd>>;
  readonly ended: Promise<NodeEnd>;
  readonly #child: ChildProcess;
  #hasEnded = false;

  constructor({ name, parameters }: ChildNodeOptions) {
    this.name = name;
    this.#child = spawn(process.execPath, [commandLinePath(), 'serve', '--json', ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: process.platform !== 'win32',
    });
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#say(error.message);
        this.#end(resolve, { code: 1, signal: null });
      });
      this.#child.once('close', (code, signal) => this.#end(resolve, { code, signal }));
    });
    this.ready = this.#listen();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Settles when it has handed over what it led, or has ended. */
  async leave(): Promise<void> {
    if (this.#hasEnded || !this.#child.connected) return;
    const left = new Promise<void>((resolve) => {
      this.#child.on('message', (message) => message === leaveMessage && resolve());
    });
    this.#child.send(leaveMessage, () => {});
    await Promise.race([left, this.ended]);
  }

  signal(signal: 'SIGTERM' | 'SIGKILL'): void {
    if (!this.#hasEnded) this.#child.kill(signal);
  }

  #listen(): Promise<Outcome<NodeReady, NodeEnd>> {
    const { stdout, stderr } = this.#child;
    if (stderr !== null) createInterface({ input: stderr }).on('line', (line) => this.#say(line));
    return new Promise((resolve) => {
      void this.ended.then((end) => resolve(failure(end)));
      if (stdout === null) return;
      let isReady = false;
      createInterface({ input: stdout }).on('line', (line) => {
        if (isReady) return this.#say(line);
        isReady = true;
        resolve(success(JSON.parse(line) as NodeReady));
      });
    });
  }

  #end(resolve: (end: NodeEnd) => void, end: NodeEnd): void {
    this.#hasEnded = true;
    resolve(end);
  }

  #say(line: string): void {
    process.stderr.write(`${this.name}: ${line}\n`);
  }
}

/** `cli.ts` of these sources, or `cli.js` when they are compiled. */
function commandLinePath(): string {
  const ending = import.meta.filename.endsWith('.ts') ? 'ts' : 'js';
  return join(import.meta.dirname, '..', '..', `cli.${ending}`);
}
