// Connecting: knocking at another machine until it answers, refuses, or the time is over, as TCP does.

import { type Connection, failure, type NetworkError, type Outcome, success } from '../engine/index.ts';
import type { Host } from './network-end.ts';
import type { Links } from './network-links.ts';
import { label, type Scheduler } from './scheduler.ts';
import { portOf, type Traffic, trafficTo } from './traffic.ts';

export type Connected = (outcome: Outcome<Connection, NetworkError>) => void;

/** A process that takes connections. */
export interface Listening {
  readonly host: Host;
  readonly onConnection: (connection: Connection) => void;
}

/** What dialling needs of its network. */
export interface DialGround {
  readonly scheduler: Scheduler;
  readonly links: Links;
  latencyUs(from: { host: Host }, to: { host: Host }, traffic: Traffic): number;
  flushDelayUs(): number;
  listeningAt(key: string): Listening | undefined;
  establish(from: Host, key: string, listening: Listening): Connection;
}

export interface ConnectRequest {
  readonly from: Host;
  /** undefined when the name leads nowhere. */
  readonly to: Host | undefined;
  /** `host:port`. */
  readonly key: string;
  /** Whether the life that asked still lives. */
  readonly isAlive: () => boolean;
  readonly done: Connected;
}

const knockLabel = label('network: connect arrives');
const answeredLabel = label('network: connect answered');
/** The first wait for an answer; each further one is twice as long. */
const firstWaitUs = 1_000_000;

export class Dialling {
  readonly #ground: DialGround;

  constructor(ground: DialGround) {
    this.#ground = ground;
  }

  connect(request: ConnectRequest): void {
    const { to, key } = request;
    if (to === undefined) {
      const error = { kind: 'unreachable', detail: `connect ${key}: no such host` } as const;
      this.#answer(request, this.#ground.flushDelayUs(), failure(error));
      return;
    }
    this.#knock(request, to, this.#ground.scheduler.nowUs, firstWaitUs);
  }

  #answer(request: ConnectRequest, delayUs: number, outcome: Outcome<Connection, NetworkError>): void {
    const { from, key, done } = request;
    if (!outcome.ok) {
      const reason = `${outcome.error.kind}: ${outcome.error.detail}`;
      from.record({ kind: 'connect-failed', from: from.name, to: key, reason });
    }
    this.#ground.scheduler.after(delayUs, from.owner, answeredLabel, () => done(outcome));
  }

  /** One try: what the other machine says when the knock arrives. Tries again while nothing answers. */
  #knock(request: ConnectRequest, to: Host, startedUs: number, waitUs: number): void {
    const { from, key, isAlive } = request;
    const ground = this.#ground;
    const { scheduler, links } = ground;
    const traffic = trafficTo(portOf(key), from.role);
    const thereUs = ground.latencyUs({ host: from }, { host: to }, traffic);
    scheduler.after(thereUs, scheduler.world, knockLabel, () => {
      if (!isAlive()) return;
      const there = links.state(from, to, traffic);
      const cut = there.cut ?? links.state(to, from, traffic).cut;
      if (cut !== undefined || !to.isPowered()) {
        if (cut !== undefined) cut.hits++;
        this.#knockAgain(request, to, startedUs, waitUs);
        return;
      }
      const backUs = ground.latencyUs({ host: to }, { host: from }, traffic);
      const listening = ground.listeningAt(key);
      if (there.refuse !== undefined) there.refuse.hits++;
      if (listening === undefined || there.refuse !== undefined) {
        const detail = `connect ${key}: nobody listens`;
        this.#answer(request, backUs, failure({ kind: 'refused', detail }));
        return;
      }
      this.#answer(request, backUs, success(ground.establish(from, key, listening)));
    });
  }

  #knockAgain(request: ConnectRequest, to: Host, startedUs: number, waitUs: number): void {
    const { scheduler, links } = this.#ground;
    const deadlineUs = startedUs + links.conditions.connectTimeoutUs;
    if (scheduler.nowUs + waitUs < deadlineUs) {
      scheduler.after(waitUs, scheduler.world, knockLabel, () =>
        this.#knock(request, to, startedUs, waitUs * 2),
      );
      return;
    }
    const detail = `connect ${request.key}: no answer`;
    scheduler.at(Math.max(scheduler.nowUs, deadlineUs), scheduler.world, knockLabel, () => {
      if (request.isAlive()) this.#answer(request, 0, failure({ kind: 'timeout', detail }));
    });
  }
}
