// The network of the toy world: one pipe each way, with a buffer of fixed size between the ends.

import { failure } from '../base/outcome.ts';
import type { Address, Connection, ConnectionHandlers, Network } from '../ports.ts';
import { joined } from './probe.ts';
import type { ToyNode, ToyWorld } from './toy-world.ts';

const stepUs = 20;
const bufferBytes = 256 * 1024;
const cutBytes = 48 * 1024 + 5;

interface Listening {
  readonly node: ToyNode;
  readonly onConnection: (connection: Connection) => void;
  readonly accepted: ToyEnd[];
}

export class ToyNetwork {
  readonly #world: ToyWorld;
  readonly #listening = new Map<number, Listening>();
  #nextPort = 20_000;
  #connections = 0;

  constructor(world: ToyWorld) {
    this.#world = world;
  }

  of(node: ToyNode): Network {
    return {
      listen: (address, onConnection, done) => {
        node.later(stepUs, () => {
          const port = address.port === 0 ? this.#nextPort++ : address.port;
          if (this.#listening.has(port) && !this.#world.makes('a port can be taken twice')) {
            return done(failure({ kind: 'in-use', detail: `port ${port}` }));
          }
          const listening: Listening = { node, onConnection, accepted: [] };
          this.#listening.set(port, listening);
          const told = this.#world.makes('port zero stays zero') ? 0 : port;
          const close = (): void => this.#close(port, listening);
          done({ ok: true, value: { address: { host: address.host, port: told }, close } });
        });
      },
      connect: (address, done) => node.later(stepUs, () => this.#connect(node, address, done)),
    };
  }

  #connect(node: ToyNode, address: Address, done: Parameters<Network['connect']>[1]): void {
    const listening = this.#listening.get(address.port);
    const full = this.#world.makes('only fifty connections') && this.#connections >= 50;
    if (full || (listening === undefined && !this.#world.makes('connect always succeeds'))) {
      return done(failure({ kind: 'refused', detail: `nobody listens at ${address.host}:${address.port}` }));
    }
    this.#connections++;
    const listens = `${address.host}:${address.port}`;
    const dials = `toy:${this.#nextPort++}`;
    const near = new ToyEnd(node, listens, dials);
    const far = new ToyEnd(listening?.node ?? node, dials, listens);
    near.far = far;
    far.far = near;
    listening?.accepted.push(far);
    far.node.later(stepUs, () => listening?.onConnection(far));
    done({ ok: true, value: near });
  }

  #close(port: number, listening: Listening): void {
    this.#listening.delete(port);
    if (!this.#world.makes('a closing listener breaks its connections')) return;
    for (const end of listening.accepted) end.close();
  }
}

class ToyEnd implements Connection {
  readonly node: ToyNode;
  readonly peer: string;
  readonly local: string;
  far: ToyEnd | undefined;
  #handlers: ConnectionHandlers | undefined;
  #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  /** Arrived at this end, not delivered. */
  #arrived: Uint8Array[] = [];
  #arrivedBytes = 0;
  #paused = false;
  #closing = false;
  #farEnded = false;
  #over = false;
  #pumping = false;
  #delivering = false;

  constructor(node: ToyNode, peer: string, local: string) {
    this.node = node;
    this.peer = peer;
    this.local = local;
  }

  attach(handlers: ConnectionHandlers): void {
    this.#handlers = handlers;
    if (this.#makes('bytes before attach are lost')) this.#arrived = [];
    if (this.#makes('an end before attach is lost') && this.#farEnded) this.#over = true;
    this.#deliverLater();
  }

  send(chunks: readonly Uint8Array[]): number {
    if (this.#over || this.#closing) return this.#queuedBytes;
    this.#queue.push(...chunks);
    if (this.#makes('chunks change places')) this.#queue.reverse();
    this.#queuedBytes += joined(chunks).length;
    this.#pumpLater();
    return this.#makes('send tells nothing') ? 0 : this.#queuedBytes;
  }

  close(): void {
    if (this.#over || this.#closing) return;
    this.#closing = true;
    const waiting = (this.far as ToyEnd).#arrivedBytes > 0;
    if (this.#makes('close drops the queue')) this.#queue = [];
    if (this.#makes('close drops what waits behind') && waiting) this.#queue.splice(1);
    if (this.#makes('own close is told')) this.node.later(stepUs, () => this.#handlers?.closed('own'));
    this.#pumpLater();
  }

  pause(): void {
    if (this.#makes('pause comes late')) this.node.later(stepUs * 5, () => this.#setPaused(true));
    else this.#setPaused(true);
  }

  resume(): void {
    this.#setPaused(false);
    this.#deliverLater();
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
  }

  #makes(mistake: Parameters<ToyWorld['makes']>[0]): boolean {
    return this.node.world.makes(mistake);
  }

  #pumpLater(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.node.later(stepUs, () => this.#pump());
  }

  /** Moves from the queue into the buffer of the far end, as far as there is room. */
  #pump(): void {
    this.#pumping = false;
    const far = this.far as ToyEnd;
    const room = this.#makes('buffers without end') ? Number.MAX_SAFE_INTEGER : bufferBytes;
    while (this.#queue.length > 0 && far.#arrivedBytes < room) {
      const chunk = this.#queue.shift() as Uint8Array;
      const length = Math.min(chunk.length, room - far.#arrivedBytes);
      const part = this.#makes('keeps what was lent') ? chunk.subarray(0, length) : chunk.slice(0, length);
      if (part.length < chunk.length) this.#queue.unshift(chunk.subarray(part.length));
      far.#arrived.push(part);
      far.#arrivedBytes += part.length;
      this.#queuedBytes -= part.length;
      if (this.#queue.length === 0 && !this.#closing && !this.#over) this.#handlers?.drained();
    }
    if (this.#queue.length === 0 && this.#closing) far.#farEnded = true;
    far.#deliverLater();
  }

  #deliverLater(): void {
    if (this.#delivering || this.#handlers === undefined) return;
    this.#delivering = true;
    this.node.later(stepUs, () => this.#deliver());
  }

  #deliver(): void {
    this.#delivering = false;
    if (this.#over) return;
    const deaf = this.#closing && !this.#makes('bytes after own close');
    if (this.#farEnded && this.#makes('the end overtakes bytes') && this.#paused) this.#arrivedBytes = 0;
    if (this.#paused && !this.#closing && this.#arrivedBytes > 0) return;
    const next = this.#arrived.shift();
    if (next === undefined || this.#arrivedBytes === 0) {
      if (this.#farEnded) this.#end();
      return;
    }
    if (next.length > cutBytes) this.#arrived.unshift(next.subarray(cutBytes));
    const chunk = next.subarray(0, cutBytes);
    this.#arrivedBytes -= chunk.length;
    if (chunk.length > 0 && !deaf) this.#handlers?.bytes(chunk);
    (this.far as ToyEnd).#pumpLater();
    this.#deliverLater();
  }

  #end(): void {
    this.#over = true;
    this.#queue = [];
    if (!this.#closing) this.#handlers?.closed('the peer closed');
    (this.far as ToyEnd).#over = true;
  }
}
