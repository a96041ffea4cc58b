// The host's network: TCP by node:net, without delay, with one write per connection and turn.
//
// Incoming bytes are read into one slab that all connections share (a chunk is the port's again when `bytes` returns):
// measured at 1.3 to 2.2 times less processor time than a new buffer per read. That needs two habits of Node which it
// does not promise (a server's socket can be wrapped anew, one buffer can serve many sockets); where they are
// missing, and on Windows, where reads are posted ahead, plain 'data' events do the same work, slower.
//
// A peer that ends its half is taken as gone, as Kafka takes it: what was still to be answered is dropped.

import net from 'node:net';
import type { Outcome } from '../base/outcome.ts';
import { failure } from '../base/outcome.ts';
import type { Address, Connection, Listener, Network, NetworkError } from '../ports.ts';
import { HostConnection, type Reader, type Traffic } from './connection.ts';

/** Large enough for a megabyte frame in few reads, small enough to stay in the processor's cache. */
const slabBytes = 256 * 1024;
/** Connections waiting to be accepted; the system may hold fewer. Kafka's socket.listen.backlog.size is 50. */
const backlogConnections = 1024;
const listenAgainMs = 10;
/** Kafka's socket.connection.setup.timeout.max.ms. */
const connectTimeoutMs = 30_000;

interface WithHandle {
  _handle?: net.SocketConstructorOpts['handle'] | null;
}

export interface NetworkOptions {
  readonly sharedSlab?: boolean;
  /**
   * How long a port that is taken is asked for again; default 0. For those who had it themselves a moment ago: a
   * process that is being started meanwhile, from any thread, has all of our sockets until it becomes another program,
   * also those that we close. (Closed, and asked for again at once, while another thread started processes: 38 of
   * 25,526 were taken.)
   */
  readonly listenPatienceMs?: number;
}

export class HostNetwork implements Network {
  readonly #connections = new Set<HostConnection>();
  readonly #servers = new Set<net.Server>();
  /** Undefined: read with 'data' events. */
  readonly #slab: Uint8Array | undefined;
  readonly #listenPatienceMs: number;
  #closed = false;
  /** A listen failed in this life: what the command that serves tells apart from a failing disk. */
  listenFailed = false;
  /** For the metrics: bytes of all connections so far. */
  readonly traffic: Traffic = { receivedBytes: 0, sentBytes: 0 };

  constructor({ sharedSlab = process.platform !== 'win32', listenPatienceMs = 0 }: NetworkOptions = {}) {
    this.#slab = sharedSlab ? new Uint8Array(slabBytes) : undefined;
    this.#listenPatienceMs = listenPatienceMs;
  }

  listen(
    address: Address,
    onConnection: (connection: Connection) => void,
    done: (outcome: Outcome<Listener, NetworkError>) => void,
  ): void {
    const server = net.createServer({ pauseOnConnect: true, noDelay: true }, (accepted) => {
      const connection = this.#accept(accepted);
      if (connection === undefined) return;
      onConnection(connection);
    });
    this.#servers.add(server);
    let told = false;
    const tell = (outcome: Outcome<Listener, NetworkError>): void => {
      if (told || this.#closed) return;
      told = true;
      if (!outcome.ok) this.listenFailed = true;
      done(outcome);
    };
    const endMs = performance.now() + this.#listenPatienceMs;
    const { host, port } = address;
    const take = (): void => {
      if (!this.#closed) server.listen({ host, port, backlog: backlogConnections });
    };
    // Stays for good: a failed accept (no descriptors left) concerns one client, the listener goes on.
    server.on('error', (error) => {
      const isTaken = 'code' in error && error.code === 'EADDRINUSE';
      if (isTaken && performance.now() < endMs) setTimeout(take, listenAgainMs);
      else tell(failure(networkError(`listen on ${address.host}:${address.port}`, error)));
    });
    server.once('listening', () => {
      const bound = server.address() as net.AddressInfo;
      const close = (): void => {
        this.#servers.delete(server);
        server.close();
      };
      tell({ ok: true, value: { address: { host: address.host, port: bound.port }, close } });
    });
    take();
  }

  connect(address: Address, done: (outcome: Outcome<Connection, NetworkError>) => void): void {
    const what = `connect to ${address.host}:${address.port}`;
    const connection = new HostConnection(
      (reader) => {
        return new net.Socket({ noDelay: true, ...(this.#slab && readingInto(this.#slab, reader)) });
      },
      this.traffic,
      this.#forget,
    );
    this.#connections.add(connection);
    const { socket } = connection;
    let told = false;
    const tell = (outcome: Outcome<Connection, NetworkError>): void => {
      clearTimeout(timeout);
      if (told || this.#closed) return;
      told = true;
      done(outcome);
    };
    const fail = (error: Error): void => {
      tell(failure(networkError(what, error)));
      socket.destroy();
    };
    const timeout = setTimeout(() => {
      const detail = `${what}: no answer within ${connectTimeoutMs} ms`;
      tell({ ok: false, error: { kind: 'timeout', detail } });
      socket.destroy();
    }, connectTimeoutMs);
    socket.once('error', fail);
    socket.connect({ host: address.host, port: address.port });
    socket.once('connect', () => {
      socket.off('error', fail);
      connection.established();
      tell({ ok: true, value: connection });
    });
  }

  /** Breaks every connection and stops every listener; nothing is told any more. */
  close(): void {
    this.#closed = true;
    for (const server of this.#servers) server.close();
    for (const connection of [...this.#connections]) connection.destroy();
  }

  readonly #forget = (connection: HostConnection): void => {
    this.#connections.delete(connection);
  };

  #accept(accepted: net.Socket): HostConnection | undefined {
    const handle = (accepted as unknown as WithHandle)._handle;
    if (this.#closed || handle === null) {
      accepted.destroy();
      return undefined;
    }
    const slab = this.#slab;
    const connection = new HostConnection(
      (reader) => {
        if (slab === undefined || handle === undefined) return accepted;
        (accepted as unknown as WithHandle)._handle = null;
        const options = { ...readingInto(slab, reader), handle, pauseOnCreate: true };
        return new net.Socket(options as net.SocketConstructorOpts);
      },
      this.traffic,
      this.#forget,
    );
    this.#connections.add(connection);
    connection.established();
    return connection;
  }
}

/** The options by which a socket reads into `slab`. */
function readingInto(slab: Uint8Array, reader: Reader): net.SocketConstructorOpts {
  return { onread: { buffer: slab, callback: reader } };
}

const kinds: ReadonlyMap<string, NetworkError['kind']> = new Map([
  ['ECONNREFUSED', 'refused'],
  ['ECONNRESET', 'refused'],
  ['EADDRINUSE', 'in-use'],
  ['ETIMEDOUT', 'timeout'],
]);

function networkError(what: string, error: Error): NetworkError {
  const code = 'code' in error ? String(error.code) : '';
  return { kind: kinds.get(code) ?? 'unreachable', detail: `${what}: ${error.message}` };
}
