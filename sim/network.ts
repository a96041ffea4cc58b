// The network. Fault model: connections are byte pipes as TCP is, never packets.
//
// In a live pipe bytes arrive complete, in order, once. What a run draws: the latency of every segment, where
// a delivery is cut (also inside a frame's length), when a send leaves the process. What a fault may do:
// - cut a link in one direction: what is sent waits and arrives after the cut (retransmission), or the sender
//   gives up after `giveUpUs`; acknowledgements of the other direction do not travel either, so its buffers
//   fill; connects time out. A stall is a cut with an end.
// - slow a link: latency added, bandwidth capped.
// - refuse: connects are rejected at once.
// - reset a connection before delivery (bytes on their way are lost, both ends are told) or after delivery
//   (all that was sent arrives, then the reset: the answer to it is what gets lost).
// - sever a connection (half-open): nothing passes, nobody is told; who sends gives up late, who waits waits
//   for ever.
// - a process dies: its kernel ends its connections, by FIN after its last bytes or by RST, as drawn; what
//   the process had not yet handed to its kernel is lost.
// - a machine loses power: silence, of which a drawn part of its last bytes still escapes; when the machine
//   runs again it answers bytes of old connections with a reset.
// - a paused process: its kernel still accepts connections and buffers bytes, until the buffers are full.
// A chunk is scribbled over when its callback returns. The queue of a sender has no limit: the engine must
// have one.
//
// Not modelled: packet loss inside a pipe (it is delay), half-close (our Connection port has none), name
// resolution.

import {
  type Address,
  assert,
  failure,
  type Listener,
  type Network,
  type NetworkError,
  type Outcome,
  success,
} from '../engine/index.ts';
import { connections as connectionsMax, deliveryBytes } from './limits.ts';
import { type Connected, type DialGround, Dialling, type Listening } from './network-dial.ts';
import { type End, type EndGround, type Host, Wired } from './network-end.ts';
import {
  LaidFault,
  type LinkFault,
  type LinkSelector,
  type LinkState,
  Links,
  type NetworkConditions,
  type ResetMoment,
  ratioOf,
  selects,
} from './network-links.ts';
import type { Machine } from './network-pipe.ts';
import type { Chooser, Randomness } from './random.ts';
import { label, type Scheduler } from './scheduler.ts';
import { portOf, type Traffic, trafficTo } from './traffic.ts';

/** One row of `netstat`: one direction of one connection. */
export interface PipeState {
  readonly connection: number;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly queuedBytes: number;
  readonly travellingBytes: number;
}

const acceptLabel = label('network: connection accepted');
const listenLabel = label('network: listen answered');

const firstListenPort = 20_000;
const firstDialPort = 40_000;

export class SimulatedNetwork implements EndGround, DialGround {
  readonly scheduler: Scheduler;
  readonly links: Links;
  /** For what becomes of connections at a death. */
  readonly fates: Chooser;
  /** Where delivered bytes are shown; the port's own again after each callback. */
  readonly scratch = new Uint8Array(deliveryBytes);
  readonly #randomness: Randomness;
  readonly #latency: Chooser;
  readonly #cut: Chooser;
  readonly #hosts = new Map<string, Host>();
  readonly #dialling = new Dialling(this);
  readonly #listeners = new Map<string, Listening>();
  readonly #connections = new Set<Wired>();
  #connectionCount = 0;
  #nextListenPort = firstListenPort;
  #nextDialPort = firstDialPort;

  constructor(scheduler: Scheduler, randomness: Randomness, conditions: NetworkConditions) {
    this.scheduler = scheduler;
    this.links = new Links(conditions);
    this.#randomness = randomness;
    this.fates = randomness.chooser('network/fates');
    this.#latency = randomness.chooser('network/latency');
    this.#cut = randomness.chooser('network/cuts');
  }

  register(host: Host): void {
    assert(!this.#hosts.has(host.name), `the host ${host.name} is new`);
    this.#hosts.set(host.name, host);
  }

  /** The Network port of one life of `host`. Calls of a life that is over are ignored. */
  port(host: Host, isAlive: () => boolean): Network {
    return {
      listen: (address, onConnection, done) => {
        if (isAlive()) this.#listen({ host, onConnection }, address, isAlive, done);
      },
      connect: (address, done) => {
        if (isAlive()) this.#connect(host, address, isAlive, done);
      },
    };
  }

  // ---- faults

  /** Lays a fault over links until `lift`. */
  lay(name: string, selector: LinkSelector, fault: LinkFault): LaidFault {
    const laid = new LaidFault(name, selector, fault);
    this.links.lay(laid);
    return laid;
  }

  /**
   * Takes a fault away: what waited behind it goes on by retransmission. Harmless when it was taken away
   * already.
   */
  lift(laid: LaidFault): void {
    if (!this.links.lift(laid) || laid.fault.kind !== 'cut') return;
    for (const { there, back } of [...this.#connections]) {
      there.retransmit();
      back.retransmit();
    }
  }

  /** Takes every fault away. Severed connections stay severed. */
  heal(): void {
    for (const laid of [...this.links.laid]) this.lift(laid);
  }

  /** Resets every connection with a direction that is selected; returns how many. */
  resetAll(selector: LinkSelector, when: ResetMoment): number {
    const hit = this.#selected(selector);
    for (const connection of hit) this.reset(connection, when, 'reset by a fault');
    return hit.length;
  }

  /** Makes every selected connection half-open: silent for ever. Returns how many. */
  severAll(selector: LinkSelector): number {
    const hit = this.#selected(selector);
    for (const connection of hit) {
      connection.severed = true;
      const { dialler, acceptor, id } = connection;
      const event = { from: dialler.host.name, to: acceptor.host.name, connection: id };
      dialler.host.record({ kind: 'connection-abandoned', ...event });
    }
    return hit.length;
  }

  #selected(selector: LinkSelector): Wired[] {
    return [...this.#connections].filter(({ dialler, acceptor, traffic, severed }) => {
      const { host: from } = dialler;
      const { host: to } = acceptor;
      return !severed && (selects(selector, from, to, traffic) || selects(selector, to, from, traffic));
    });
  }

  reset(connection: Wired, when: ResetMoment, reason: string): void {
    const { dialler, acceptor, there, back, id } = connection;
    let lostBytes = 0;
    if (when === 'after-delivery') {
      there.end('rst');
      back.end('rst');
    } else {
      lostBytes = there.drop() + back.drop();
      dialler.brokenAfter(this.#latency.below(1000), reason);
      acceptor.brokenAfter(this.#latency.below(1000), reason);
    }
    const event = { connection: id, from: dialler.host.name, to: acceptor.host.name };
    dialler.host.record({ kind: 'connection-reset', ...event, lostBytes, reason: `${reason}, ${when}` });
  }

  // ---- deaths

  /** The process of a host died; its kernel lives on. */
  processDied(host: Host): void {
    this.#forgetListeners(host);
    for (const connection of this.#of(host)) {
      for (const end of [connection.dialler, connection.acceptor]) {
        if (end.host === host) end.processDied(this.fates.below(2) === 0);
      }
      this.tidy(connection);
    }
  }

  /** The machine is gone without a word. */
  machineVanished(host: Host): void {
    this.#forgetListeners(host);
    for (const connection of this.#of(host)) {
      for (const end of [connection.dialler, connection.acceptor]) {
        if (end.host === host) end.machineVanished();
      }
      this.tidy(connection);
    }
  }

  /** The machine runs again: peers that still send to its former life learn that it knows them no more. */
  machineRuns(host: Host): void {
    for (const connection of this.#of(host)) {
      connection.there.retransmit();
      connection.back.retransmit();
    }
  }

  #of(host: Host): Wired[] {
    return [...this.#connections].filter(
      ({ dialler, acceptor }) => dialler.host === host || acceptor.host === host,
    );
  }

  #forgetListeners(host: Host): void {
    for (const [key, listening] of this.#listeners) {
      if (listening.host === host) this.#listeners.delete(key);
    }
  }

  // ---- looking

  /** Every direction of every connection that still means something to somebody. */
  netstat(): PipeState[] {
    return [...this.#connections].flatMap(({ there, back, id, severed }) =>
      [there, back].map((pipe) => ({
        connection: id,
        from: pipe.from.host.name,
        to: pipe.to.host.name,
        state: severed ? 'severed' : `${pipe.from.state} to ${pipe.to.state}`,
        queuedBytes: pipe.queuedBytes,
        travellingBytes: pipe.travellingBytes,
      })),
    );
  }

  // ---- for ends and pipes

  link(from: End, to: End): LinkState {
    return this.links.state(from.host, to.host, from.connection.traffic);
  }

  isCut(from: End, to: End): boolean {
    return this.link(from, to).cut !== undefined;
  }

  latencyUs(from: { host: Machine }, to: { host: Machine }, traffic: Traffic): number {
    if (from.host === to.host) return 10 + this.#latency.below(40);
    const { leastUs, meanExtraUs } = this.links.conditions.latency;
    const { extraLatencyUs } = this.links.state(from.host, to.host, traffic);
    return leastUs + extraLatencyUs + this.#latency.exponential(meanExtraUs);
  }

  flushDelayUs(): number {
    return this.#latency.below(30);
  }

  retransmissionUs(): number {
    return this.#latency.below(400_000);
  }

  /** Of `available` bytes, how many one delivery brings: all, or up to a drawn cut. */
  cutAt(available: number): number {
    if (available > 1 && this.#cut.ratio(this.links.conditions.cuts))
      return 1 + this.#cut.below(available - 1);
    return available;
  }

  drawnReset(link: LinkState): ResetMoment | undefined {
    for (const laid of link.resets) {
      if (!this.#randomness.chooser(`network/${laid.name}`).ratio(ratioOf(laid.fault))) continue;
      laid.hits++;
      return laid.fault.kind === 'resets' ? laid.fault.when : undefined;
    }
    return undefined;
  }

  /** `to` knows the connection no more: it answers bytes of `from` with a reset, if that can travel. */
  refuseBytes(from: End, to: End): void {
    if (this.isCut(to, from) || to.connection.severed) return;
    from.outgoing.drop();
    from.brokenAfter(this.latencyUs(to, from, from.connection.traffic), 'reset by the peer');
  }

  delivered(to: End, bytes: number): void {
    const from = to.incoming.from.host.name;
    to.host.record({ kind: 'bytes-delivered', connection: to.connection.id, from, bytes });
  }

  tidy(connection: Wired): void {
    if (connection.isOver) this.#connections.delete(connection);
  }

  // ---- listening and connecting

  #listen(
    listening: Listening,
    address: Address,
    isAlive: () => boolean,
    done: (outcome: Outcome<Listener, NetworkError>) => void,
  ): void {
    const { host } = listening;
    const answer = (outcome: Outcome<Listener, NetworkError>) =>
      this.scheduler.after(this.flushDelayUs(), host.owner, listenLabel, () => done(outcome));
    if (this.#resolve(host, address.host) !== host) {
      answer(failure({ kind: 'unreachable', detail: `${address.host} is no address of ${host.name}` }));
      return;
    }
    const port = address.port === 0 ? this.#freePort(host) : address.port;
    const key = `${host.name}:${port}`;
    if (this.#listeners.has(key)) {
      answer(failure({ kind: 'in-use', detail: `listen ${key}: the port is taken` }));
      return;
    }
    this.#listeners.set(key, listening);
    const close = () => {
      if (isAlive() && this.#listeners.get(key) === listening) this.#listeners.delete(key);
    };
    answer(success({ address: { host: address.host, port }, close }));
  }

  #freePort(host: Host): number {
    while (this.#listeners.has(`${host.name}:${this.#nextListenPort}`)) this.#nextListenPort++;
    return this.#nextListenPort++;
  }

  #resolve(from: Host, name: string): Host | undefined {
    if (name === 'localhost' || name === '127.0.0.1' || name === '0.0.0.0' || name === '') return from;
    return this.#hosts.get(name);
  }

  #connect(from: Host, address: Address, isAlive: () => boolean, done: Connected): void {
    const to = this.#resolve(from, address.host);
    const key = `${to?.name ?? address.host}:${address.port}`;
    this.#dialling.connect({ from, to, key, isAlive, done });
  }

  /** For dialling: the connection is made, both ends will be told. */
  establish(from: Host, key: string, listening: Listening): End {
    assert(this.#connections.size < connectionsMax, `at most ${connectionsMax} connections`);
    const { host: to, onConnection } = listening;
    const dials = `${from.name}:${this.#nextDialPort++}`;
    const id = ++this.#connectionCount;
    const dialler = { host: from, peer: key, local: dials };
    const traffic = trafficTo(portOf(key), from.role);
    const wired = new Wired(this, id, traffic, dialler, { host: to, peer: dials, local: key });
    this.#connections.add(wired);
    from.record({ kind: 'connection-made', connection: id, from: from.name, to: key });
    this.scheduler.after(this.flushDelayUs(), to.owner, acceptLabel, () => onConnection(wired.acceptor));
    return wired.dialler;
  }

  /** For dialling: who listens at `key` now. */
  listeningAt(key: string): Listening | undefined {
    return this.#listeners.get(key);
  }
}
