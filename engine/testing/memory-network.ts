// The network of a memory node: listeners, and pipes to them that a test holds by hand. Nothing is delayed, cut or
// lost; what is sent waits for `step`, so that no callback runs inside the call that started the wait.

import { assert } from '../base/assert.ts';
import type { Outcome } from '../base/outcome.ts';
import { failure, success } from '../base/outcome.ts';
import type { Address, Connection, ConnectionHandlers, Listener, Network, NetworkError } from '../ports.ts';
import { concat } from '../protocol/bytes.ts';

export class MemoryNetwork implements Network {
  #queue: (() => void)[] = [];
  #accept: ((connection: Connection) => void) | undefined;
  #pipes = 0;

  /** Lets the next thing happen. False when nothing waits. */
  step(): boolean {
    const next = this.#queue.shift();
    next?.();
    return next !== undefined;
  }

  /** The node died: what was under way never happens. */
  reset(): void {
    this.#queue = [];
    this.#accept = undefined;
  }

  later(work: () => void): void {
    this.#queue.push(work);
  }

  /** A connection from outside; what it sends arrives with `step`. */
  dial(): MemoryPipe {
    assert(this.#accept !== undefined, 'somebody listens');
    const pipe = new MemoryPipe(this, `client:${++this.#pipes}`);
    const accept = this.#accept;
    this.later(() => accept(pipe));
    return pipe;
  }

  listen(
    address: Address,
    onConnection: (connection: Connection) => void,
    done: (outcome: Outcome<Listener, NetworkError>) => void,
  ): void {
    this.later(() => {
      this.#accept = onConnection;
      const close = (): void => {
        this.#accept = undefined;
      };
      done(
        success({ address: { host: address.host, port: address.port === 0 ? 9092 : address.port }, close }),
      );
    });
  }

  /** A memory node is alone: whomever it calls refuses. */
  connect({ host, port }: Address, done: (outcome: Outcome<Connection, NetworkError>) => void): void {
    this.later(() => done(failure({ kind: 'refused', detail: `nobody listens at ${host}:${port}` })));
  }
}

/** The end of a connection that the node has; the test holds the other one through `arrive`, `sent` and `closed`. */
export class MemoryPipe implements Connection {
  readonly peer: string;
  readonly local = 'node';
  readonly #network: MemoryNetwork;
  #handlers: ConnectionHandlers | undefined;
  /** What the node sent so far. */
  sent: Uint8Array = new Uint8Array(0);
  /** One of the two ended the connection. */
  closed = false;

  constructor(network: MemoryNetwork, peer: string) {
    this.#network = network;
    this.peer = peer;
  }

  /** Bytes from the test to the node. */
  arrive(bytes: Uint8Array): void {
    this.#network.later(() => {
      if (!this.closed) this.#handlers?.bytes(bytes);
    });
  }

  /** The client goes away. */
  hangUp(): void {
    this.#network.later(() => {
      if (this.closed) return;
      this.closed = true;
      this.#handlers?.closed('the client hung up');
    });
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
  }

  send(chunks: readonly Uint8Array[]): number {
    assert(!this.closed, 'nothing is sent on a closed connection');
    this.sent = concat([this.sent, ...chunks]);
    return 0;
  }

  close(): void {
    this.closed = true;
  }

  /** Holds nothing back: what a test sends is small. */
  pause(): void {}
  resume(): void {}
}
