// How a port check talks to a life: it acts, then lets the world go on, step by step. A check is a generator that
// yields what it waits for, so that one and the same check runs in virtual time (the simulator, the toys) and in real
// time (the host). It knows no test runner: a check that is not content throws.

import { assert } from '../base/assert.ts';
import type { Outcome } from '../base/outcome.ts';
import type { Cancel, Connection, Ports } from '../ports.ts';

/** One node's ports in a world that can be told to go on. */
export interface Life {
  /** The node under test. */
  readonly ports: Ports;
  /** Another node of the same world: the far end of connections. */
  readonly peer: Ports;
  /** The host name under which the node under test listens and under which `peer` finds it. */
  readonly host: string;
  /** Lets the world go on until `until()` holds, or `limitMs` passed on the clock of the node under test. */
  advance(until: () => boolean, limitMs: number): void | Promise<void>;
  /** Ends this life of the node under test: from now on nothing may call back. */
  die(): void;
  /** After `die`: the next life of the same node, on the same disk. The death was that of a process, not of power. */
  reborn(): Ports;
  /** Ends the world. */
  dispose(): void | Promise<void>;
}

/** What a check waits for. The runner passes it to `Life.advance`. */
export interface Wait {
  readonly until: () => boolean;
  readonly limitMs: number;
}

export type Steps<T> = Generator<Wait, T, void>;

export interface Check {
  /** The sentence of `ports.ts` that is checked; names the test. */
  readonly sentence: string;
  readonly run: (probe: Probe) => Steps<void>;
}

/** More than any single step needs in a healthy world, in the node's own time. */
const patienceMs = 60_000;

/** Hands and ears of one run of one check. What goes wrong inside a callback is thrown at the next step. */
export class Probe {
  readonly life: Life;
  readonly ports: Ports;
  readonly peer: Ports;
  #calls = 0;
  readonly #complaints: string[] = [];

  constructor(life: Life) {
    this.life = life;
    this.ports = life.ports;
    this.peer = life.peer;
  }

  /** Every call of a port goes through here, so that a callback inside of it is noticed. */
  act<T>(work: () => T): T {
    this.#calls++;
    try {
      return work();
    } finally {
      this.#calls--;
    }
  }

  /** Every callback opens with this. */
  heard(what: string): void {
    if (this.#calls > 0) this.complain(`${what}: called back inside a call of the port`);
  }

  complain(text: string): void {
    this.#complaints.push(text);
  }

  /** For demands inside callbacks, where throwing would hit the port. */
  demand(condition: boolean, text: string): void {
    if (!condition) this.complain(text);
  }

  /** Throws the first complaint. The runner calls it after the last step. */
  content(): void {
    const first = this.#complaints[0];
    assert(first === undefined, first ?? '');
  }

  /** Lets the world go on until `condition` holds, which must happen. */
  *until(what: string, condition: () => boolean, limitMs = patienceMs): Steps<void> {
    yield { until: () => this.#complaints.length > 0 || condition(), limitMs };
    this.content();
    assert(condition(), `must happen within ${limitMs} ms: ${what}`);
  }

  /** Lets `durationMs` pass. */
  *pass(durationMs: number): Steps<void> {
    yield { until: () => false, limitMs: durationMs };
    this.content();
  }

  /** One call that answers once, later. */
  *answer<T>(what: string, begin: (done: (value: T) => void) => void): Steps<T> {
    const answers: T[] = [];
    this.act(() =>
      begin((value) => {
        this.heard(what);
        answers.push(value);
        this.demand(answers.length === 1, `${what}: answered more than once`);
      }),
    );
    yield* this.until(`${what} answers`, () => answers.length > 0);
    return answers[0] as T;
  }

  /** One call whose outcome must be a success. */
  *ok<T, E>(what: string, begin: (done: (outcome: Outcome<T, E>) => void) => void): Steps<T> {
    const outcome = yield* this.answer(what, begin);
    assert(outcome.ok, `${what}: must succeed, but ${outcome.ok ? '' : JSON.stringify(outcome.error)}`);
    return outcome.value;
  }

  /** One call that must fail with `kind` and say why. */
  *fails<T>(
    what: string,
    kind: string,
    begin: (done: (outcome: Outcome<T, { kind: string; detail: string }>) => void) => void,
  ): Steps<void> {
    const outcome = yield* this.answer(what, begin);
    assert(!outcome.ok, `${what}: must fail`);
    assert(outcome.error.kind === kind, `${what}: must fail as "${kind}", not as "${outcome.error.kind}"`);
    assert(outcome.error.detail.length > 0, `${what}: a failure must say what happened`);
  }

  /** Sets a timer; the list gets the monotonic time of each firing. */
  timer(delayUs: number, firings: number[]): Cancel {
    return this.act(() =>
      this.ports.timers.after(delayUs, () => {
        this.heard('a timer');
        firings.push(this.ports.clock.monotonicUs());
      }),
    );
  }

  /** A pipe from the peer to the node under test. */
  *pipe(): Steps<{ dialled: Ear; accepted: Ear; stopListening: () => void }> {
    const { accepted, address, stopListening } = yield* this.listening();
    const dialled = yield* this.ok<Connection, unknown>('connect', (done) =>
      this.peer.network.connect(address, done),
    );
    yield* this.until('the listener tells of the connection', () => accepted.length === 1);
    return {
      dialled: new Ear(this, dialled, 'dialled'),
      accepted: new Ear(this, accepted[0] as Connection, 'accepted'),
      stopListening,
    };
  }

  /** A listener of the node under test on a free port. */
  *listening(): Steps<{
    accepted: Connection[];
    address: { host: string; port: number };
    stopListening: () => void;
  }> {
    const accepted: Connection[] = [];
    const listener = yield* this.ok('listen', (done: Parameters<Ports['network']['listen']>[2]) =>
      this.ports.network.listen(
        { host: this.life.host, port: 0 },
        (connection) => {
          this.heard('a new connection');
          accepted.push(connection);
        },
        done,
      ),
    );
    assert(listener.address.port > 0, 'the listener tells the port it got');
    return {
      accepted,
      address: listener.address,
      stopListening: () => this.act(() => listener.close()),
    };
  }
}

/** One end of a connection, written down. */
export class Ear {
  readonly connection: Connection;
  readonly #probe: Probe;
  readonly #name: string;
  /** Copies of what arrived, in order. */
  readonly chunks: Uint8Array[] = [];
  receivedBytes = 0;
  drains = 0;
  closedReason: string | undefined;
  #mayHear = true;
  /** Called after a chunk was written down. */
  onBytes: (chunk: Uint8Array) => void = () => {};

  constructor(probe: Probe, connection: Connection, name: string) {
    this.#probe = probe;
    this.connection = connection;
    this.#name = name;
  }

  attach(): this {
    this.#probe.act(() =>
      this.connection.attach({
        bytes: (chunk) => {
          this.#heard('bytes');
          this.#probe.demand(chunk.length > 0, `${this.#name}: bytes must not be called with none`);
          this.chunks.push(Uint8Array.from(chunk));
          this.receivedBytes += chunk.length;
          this.onBytes(chunk);
        },
        closed: (reason) => {
          this.#heard('closed');
          this.#probe.demand(reason.length > 0, `${this.#name}: the end of a connection must have a reason`);
          this.closedReason = reason;
          this.#mayHear = false;
        },
        drained: () => {
          this.#heard('drained');
          this.drains++;
        },
      }),
    );
    return this;
  }

  #heard(what: string): void {
    this.#probe.heard(`${this.#name}: ${what}`);
    this.#probe.demand(this.#mayHear, `${this.#name}: ${what} must not be called any more`);
  }

  send(...chunks: Uint8Array[]): number {
    return this.#probe.act(() => this.connection.send(chunks));
  }

  close(): void {
    this.#probe.act(() => this.connection.close());
    this.#mayHear = false;
  }

  pause(): void {
    this.#probe.act(() => this.connection.pause());
  }

  resume(): void {
    this.#probe.act(() => this.connection.resume());
  }

  received(): Uint8Array {
    return joined(this.chunks);
  }
}

export function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** Bytes in which every position tells where it is: a lost, doubled or moved piece shows. */
export function pattern(length: number, salt = 0): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = (at + (at >> 8) * 31 + (at >> 16) * 17 + salt * 101) & 255;
  return bytes;
}

export function text(value: string): Uint8Array {
  return Uint8Array.from(value, (letter) => letter.charCodeAt(0));
}

/** Demands the same bytes, naming the first difference. */
export function sameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  const common = Math.min(actual.length, expected.length);
  for (let at = 0; at < common; at++) {
    if (actual[at] !== expected[at]) {
      assert(false, `${what}: byte ${at} must be ${expected[at]}, not ${actual[at]}`);
    }
  }
  assert(
    actual.length === expected.length,
    `${what}: ${expected.length} bytes expected, not ${actual.length}`,
  );
}
