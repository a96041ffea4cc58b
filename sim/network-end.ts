// One end of a connection: the Connection port as one process sees it.

import { assert, type Connection, type ConnectionHandlers } from '../engine/index.ts';
import { type Ground, type Joint, type Machine, Pipe, type PipeEnd } from './network-pipe.ts';
import type { WorldEvent } from './record/events.ts';
import { label } from './scheduler.ts';
import type { Traffic } from './traffic.ts';

const closedLabel = label('connection: closed');

/** A machine, and where its news go. */
export interface Host extends Machine {
  record(event: WorldEvent): void;
}

/** What an end needs of its network. */
export interface EndGround extends Ground {
  delivered(to: End, bytes: number): void;
  tidy(connection: Wired): void;
}

/** Two ends and the two pipes between them. */
export class Wired implements Joint {
  readonly id: number;
  readonly traffic: Traffic;
  readonly dialler: End;
  readonly acceptor: End;
  readonly there: Pipe;
  readonly back: Pipe;
  severed = false;

  constructor(network: EndGround, id: number, traffic: Traffic, dialler: EndParts, acceptor: EndParts) {
    this.id = id;
    this.traffic = traffic;
    this.dialler = new End(network, this, dialler);
    this.acceptor = new End(network, this, acceptor);
    this.there = new Pipe(network, this.dialler, this.acceptor);
    this.back = new Pipe(network, this.acceptor, this.dialler);
  }

  /** Nothing can happen on it any more. */
  get isOver(): boolean {
    return !this.dialler.isOpen && !this.acceptor.isOpen && !this.dialler.closing && !this.acceptor.closing;
  }
}

export interface EndParts {
  readonly host: Host;
  readonly peer: string;
  readonly local: string;
}

/**
 * open: in use. closing: closed by its owner, what is queued still goes out. closed: over. dead: its process
 * died. vanished: its machine lost power; nobody was told.
 */
type EndState = 'open' | 'closing' | 'closed' | 'dead' | 'vanished';

export class End implements Connection, PipeEnd {
  readonly network: EndGround;
  readonly connection: Wired;
  readonly host: Host;
  readonly peer: string;
  readonly local: string;
  #state: EndState = 'open';
  #handlers: ConnectionHandlers | undefined;
  #paused = false;
  /** The connection broke before anybody was attached: told then. */
  #brokenReason: string | undefined;

  constructor(network: EndGround, connection: Wired, { host, peer, local }: EndParts) {
    this.network = network;
    this.connection = connection;
    this.host = host;
    this.peer = peer;
    this.local = local;
  }

  // ---- the port

  attach(handlers: ConnectionHandlers): void {
    assert(this.#handlers === undefined, 'a connection is attached once');
    if (this.#state !== 'open') return;
    this.#handlers = handlers;
    if (this.#brokenReason !== undefined) this.brokenAfter(0, this.#brokenReason);
    else this.incoming.arm();
  }

  send(chunks: readonly Uint8Array[]): number {
    if (this.#state !== 'open') return 0;
    return this.outgoing.push(chunks);
  }

  close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#handlers = undefined;
    this.incoming.discard();
    this.outgoing.scheduleFlush(this.network.flushDelayUs());
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#state === 'open') this.incoming.arm();
  }

  // ---- for the pipes

  get outgoing(): Pipe {
    return this === this.connection.dialler ? this.connection.there : this.connection.back;
  }

  get incoming(): Pipe {
    return this === this.connection.dialler ? this.connection.back : this.connection.there;
  }

  get state(): EndState {
    return this.#state;
  }

  get isOpen(): boolean {
    return this.#state === 'open';
  }

  get closing(): boolean {
    return this.#state === 'closing';
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  get vanished(): boolean {
    return this.#state === 'vanished';
  }

  /** Whether the sender's process is there to send. */
  get mayFlush(): boolean {
    return this.#state === 'open' || this.#state === 'closing';
  }

  get takesBytes(): boolean {
    return this.#state === 'open' && this.#handlers !== undefined && !this.#paused;
  }

  bytes(chunk: Uint8Array): void {
    this.network.delivered(this, chunk.length);
    this.#handlers?.bytes(chunk);
  }

  drained(): void {
    this.#handlers?.drained();
  }

  /** The end of the incoming pipe was reached. Inside an event of this end's owner. */
  ended(reason: string): void {
    if (this.#state !== 'open') return;
    const handlers = this.#handlers;
    this.over();
    handlers?.closed(reason);
  }

  /** The connection is broken; its owner is told after `delayUs`. */
  brokenAfter(delayUs: number, reason: string): void {
    if (this.#state === 'closing') this.over();
    if (this.#state !== 'open') return;
    this.#brokenReason = reason;
    if (this.#handlers === undefined) return;
    this.network.scheduler.after(delayUs, this.host.owner, closedLabel, () => this.ended(reason));
  }

  /** Nothing happens at this end any more. */
  over(): void {
    this.#state = 'closed';
    this.#handlers = undefined;
    this.incoming.discard();
    this.outgoing.abandon();
    this.network.tidy(this.connection);
  }

  /** The closing of this end is complete: its last bytes and its end are on the wire. */
  finished(): void {
    if (this.#state === 'closing') this.#state = 'closed';
  }

  // ---- deaths

  /** The process died: its kernel ends the connection, in an orderly way or with a reset. */
  processDied(orderly: boolean): void {
    if (this.#state !== 'open' && this.#state !== 'closing') return;
    this.#state = 'dead';
    this.#handlers = undefined;
    this.incoming.discard();
    if (!orderly) this.outgoing.drop();
    this.outgoing.end('fin');
    const peer = this.outgoing.to;
    if (!orderly) this.network.refuseBytes(peer, this);
  }

  machineVanished(): void {
    if (this.#state === 'closed') return;
    this.#state = 'vanished';
    this.#handlers = undefined;
    this.outgoing.dropTail();
  }
}
