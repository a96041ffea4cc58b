// One TCP connection of the host. What is sent during a turn leaves in one write; while that write is with the
// system, more is gathered.

import type net from 'node:net';
import { assert } from '../base/assert.ts';
import type { Connection, ConnectionHandlers } from '../ports.ts';

/** Chunks up to this size are copied together: cheaper than one more piece of a gathered write. */
const smallChunkBytes = 4 * 1024;
/** How long a connection that we closed may take to send its rest and to hear of the other end. */
const lingerMsMax = 30_000;

/** Takes bytes out of the slab; false stops reading at once. */
export type Reader = (length: number, slab: Uint8Array) => boolean;

/** Bytes counted over all connections. */
export interface Traffic {
  receivedBytes: number;
  sentBytes: number;
}

export class HostConnection implements Connection {
  readonly socket: net.Socket;
  peer = '';
  local = '';
  readonly #traffic: Traffic;
  readonly #onGone: (connection: HostConnection) => void;
  #handlers: ConnectionHandlers | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** Pending and with the system. */
  #queuedBytes = 0;
  #flushPlanned = false;
  #writesInFlight = 0;
  #paused = false;
  /** We closed it, or its end was told, or the node died: no callback any more. */
  #silent = false;
  /** Why it ended, as long as nobody could be told. */
  #reason: string | undefined;
  /** Arrived in 'data' events that came after a pause. */
  #held: Uint8Array[] = [];

  /** `make` makes the socket; when it can read into a slab it hands what it reads to the reader it is given. */
  constructor(
    make: (reader: Reader) => net.Socket,
    traffic: Traffic,
    onGone: (connection: HostConnection) => void,
  ) {
    this.#traffic = traffic;
    this.#onGone = onGone;
    let reads = false;
    this.socket = make((length, slab) => {
      reads = true;
      this.#arrived(slab.subarray(0, length));
      return !this.#paused;
    });
    // Nothing may be read before somebody listens.
    this.socket.pause();
    this.socket.on('data', (chunk: Uint8Array) => {
      assert(!reads, 'a socket reads into the slab or tells by data events, never both');
      this.#arrived(chunk);
    });
    this.socket.pause();
    this.socket.on('end', () => this.#ended('the peer closed the connection'));
    this.socket.on('error', (error) => this.#ended(error.message));
    this.socket.on('close', () => {
      this.#ended('the connection broke');
      this.#onGone(this);
    });
  }

  /** The connection stands: its peer has a name. */
  established(): void {
    const { remoteAddress = '', remotePort = 0, localAddress = '', localPort = 0 } = this.socket;
    this.peer = written(remoteAddress, remotePort);
    this.local = written(localAddress, localPort);
  }

  attach(handlers: ConnectionHandlers): void {
    assert(this.#handlers === undefined, 'a connection is attached once');
    this.#handlers = handlers;
    if (this.#reason !== undefined) setImmediate(() => this.#tellEnd());
    else if (!this.#paused) this.socket.resume();
  }

  send(chunks: readonly Uint8Array[]): number {
    if (this.#silent || this.#reason !== undefined) return this.#queuedBytes;
    for (const chunk of chunks) {
      if (chunk.length === 0) continue;
      this.#pending.push(chunk);
      this.#pendingBytes += chunk.length;
      this.#queuedBytes += chunk.length;
    }
    if (!this.#flushPlanned && this.#writesInFlight === 0 && this.#pending.length > 0) {
      this.#flushPlanned = true;
      queueMicrotask(() => this.#flush());
    }
    return this.#queuedBytes;
  }

  close(): void {
    if (this.#silent) return;
    this.#silent = true;
    if (this.#reason !== undefined) return;
    this.#write();
    this.socket.end();
    // Read on, for the end of the other side: with bytes unread the system would reset what we still send.
    this.#paused = false;
    this.socket.resume();
    const linger = setTimeout(() => this.socket.destroy(), lingerMsMax);
    this.socket.once('close', () => clearTimeout(linger));
  }

  pause(): void {
    if (this.#silent) return;
    this.#paused = true;
    this.socket.pause();
  }

  resume(): void {
    if (this.#silent || !this.#paused) return;
    this.#paused = false;
    if (this.#handlers === undefined) return;
    if (this.#held.length > 0) setImmediate(() => this.#release());
    else this.socket.resume();
  }

  /** The node died: breaks the connection without a word. */
  destroy(): void {
    this.#silent = true;
    this.socket.destroy();
  }

  #arrived(chunk: Uint8Array): void {
    this.#traffic.receivedBytes += chunk.length;
    if (this.#silent) return;
    if (this.#paused || this.#held.length > 0) this.#held.push(Uint8Array.from(chunk));
    else this.#handlers?.bytes(chunk);
  }

  #release(): void {
    while (this.#held.length > 0 && !this.#paused && !this.#silent) {
      this.#handlers?.bytes(this.#held.shift() as Uint8Array);
    }
    if (this.#paused || this.#silent) return;
    if (this.#reason === undefined) this.socket.resume();
    else this.#tellEnd();
  }

  #ended(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.socket.destroy();
    if (this.#held.length === 0) this.#tellEnd();
  }

  #tellEnd(): void {
    if (this.#silent || this.#handlers === undefined || this.#reason === undefined) return;
    this.#silent = true;
    this.#handlers.closed(this.#reason);
  }

  #flush(): void {
    this.#flushPlanned = false;
    if (this.#writesInFlight === 0) this.#write();
  }

  /** Hands everything pending to the system in one write. */
  #write(): void {
    if (this.#pending.length === 0 || this.#reason !== undefined) return;
    const pieces = gathered(this.#pending);
    const bytes = this.#pendingBytes;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#writesInFlight++;
    const taken = (error?: Error | null): void => {
      this.#writesInFlight--;
      // A failed write is followed by the socket's end, which tells.
      if (error != null) return;
      this.#queuedBytes -= bytes;
      this.#traffic.sentBytes += bytes;
      if (this.#queuedBytes === 0 && !this.#silent) this.#handlers?.drained();
      this.#flush();
    };
    if (pieces.length === 1) {
      this.socket.write(pieces[0] as Uint8Array, taken);
      return;
    }
    this.socket.cork();
    const last = pieces.length - 1;
    pieces.forEach((piece, index) => {
      if (index === last) this.socket.write(piece, taken);
      else this.socket.write(piece);
    });
    this.socket.uncork();
  }
}

/** The same bytes in fewer pieces: neighbours that are small become one. */
function gathered(chunks: readonly Uint8Array[]): Uint8Array[] {
  if (chunks.length === 1) return [chunks[0] as Uint8Array];
  const pieces: Uint8Array[] = [];
  let small: Uint8Array[] = [];
  const join = (): void => {
    if (small.length === 1) pieces.push(small[0] as Uint8Array);
    else if (small.length > 1) pieces.push(Buffer.concat(small));
    small = [];
  };
  for (const chunk of chunks) {
    if (chunk.length <= smallChunkBytes) {
      small.push(chunk);
    } else {
      join();
      pieces.push(chunk);
    }
  }
  join();
  return pieces;
}

/** An address as `host:port`; one of IPv6 in brackets. */
function written(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
