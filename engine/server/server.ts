// The server: listens, and gives each connection its own `ServerConnection`, up to the limit of connections.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { Address, Connection, Listener } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { type ConnectionLimits, ServerConnection } from './connection.ts';
import { Dispatcher } from './dispatch.ts';
import type { CommonServices } from './services.ts';

export class Server {
  readonly #runtime: Runtime;
  readonly #limits: ConnectionLimits;
  readonly #connections = new Set<ServerConnection>();
  #listener: Listener | undefined;
  #dispatcher: Dispatcher | undefined;
  #accept: (connection: Connection) => void = (connection) => connection.close();

  constructor(runtime: Runtime, limits: ConnectionLimits) {
    this.#runtime = runtime;
    this.#limits = limits;
  }

  /**
   * Takes the port. Connections are refused until `serve`: a broker that is not ready must not look like one
   * that is.
   */
  *listen(address: Address): Task<Outcome<Address, string>> {
    const listening = yield* this.#runtime.listen(address, (connection) => this.#accept(connection));
    if (!listening.ok)
      return failure(`cannot listen on ${address.host}:${address.port}: ${listening.error.detail}`);
    this.#listener = listening.value;
    return success(listening.value.address);
  }

  serve(services: CommonServices): void {
    const dispatcher = new Dispatcher(services);
    this.#dispatcher = dispatcher;
    this.#accept = (connection) => {
      // May be changed while the broker runs: asked each time. One connection more is closed at once.
      const connectionsMax = services.metadata.brokerConfig.get('max.connections');
      if (this.#connections.size >= connectionsMax) return connection.close();
      const open = new ServerConnection(connection, services, dispatcher, this.#limits, {
        ended: (ended) => this.#connections.delete(ended),
        isBack: (peer) => [...this.#connections].some((other) => hostOf(other.peer) === hostOf(peer)),
      });
      this.#connections.add(open);
      open.open();
    };
  }

  /** Requests started so far, by the name of their API. */
  requestCounts(): Map<string, number> {
    return this.#dispatcher?.requestCounts() ?? new Map();
  }

  /** Takes no more connections, and ends those it has. */
  close(): void {
    this.#listener?.close();
    this.#accept = (connection) => connection.close();
    for (const connection of [...this.#connections]) connection.close('the broker stops');
  }
}

/** Of `host:port`; a host may have colons of its own. */
function hostOf(peer: string): string {
  return peer.slice(0, peer.lastIndexOf(':'));
}
