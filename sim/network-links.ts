// Links: the way from one node to another, one direction each, and what is wrong with it at the moment.
// Faults are laid over links and taken away again; several may lie over one link, and the worst of each kind
// counts.

import { never, type Ratio } from './random.ts';
import type { NodeRole } from './record/events.ts';
import type { Owner } from './scheduler.ts';
import { type Traffic, trafficKinds } from './traffic.ts';

/** Which links: those that fit all that is said. Nothing said: every link between two different nodes. */
export interface LinkSelector {
  /** One node, or any of several. */
  readonly from?: string | readonly string[];
  readonly to?: string | readonly string[];
  /** Only connections of these kinds; without it, all. */
  readonly traffic?: readonly Traffic[];
  readonly fromRole?: NodeRole;
  readonly toRole?: NodeRole;
}

export type LinkFault =
  /** Nothing passes; TCP keeps trying, so what was sent arrives after the fault, or its sender gives up. */
  | { readonly kind: 'cut' }
  /** Each byte takes longer: latency is added, bandwidth is capped (0 bytes per second: as before). */
  | { readonly kind: 'slow'; readonly extraLatencyUs: number; readonly bytesPerSecond: number }
  /** Connects are answered with a refusal, as by a firewall that rejects. */
  | { readonly kind: 'refuse' }
  /** Arriving bytes break their connection now and then, before or after they were delivered. */
  | { readonly kind: 'resets'; readonly ratio: Ratio; readonly when: ResetMoment };

export type ResetMoment = 'before-delivery' | 'after-delivery';

/** A fault as it lies over its links. `hits` counts how often it changed what happened. */
export class LaidFault {
  readonly name: string;
  readonly selector: LinkSelector;
  readonly fault: LinkFault;
  hits = 0;

  constructor(name: string, selector: LinkSelector, fault: LinkFault) {
    this.name = name;
    this.selector = selector;
    this.fault = fault;
  }
}

export interface Latency {
  readonly leastUs: number;
  /** Mean of what is added to the least, with an exponential tail. */
  readonly meanExtraUs: number;
}

/** What holds on every link while nothing is wrong. */
export interface NetworkConditions {
  readonly latency: Latency;
  readonly bytesPerSecond: number;
  /** How often a delivery is cut at a drawn place. */
  readonly cuts: Ratio;
  /** Buffers of one direction of a connection: sender's kernel, wire and receiver's kernel together. */
  readonly pipeBytes: number;
  /** How long a connect keeps trying. */
  readonly connectTimeoutUs: number;
  /** How long a sender's kernel retransmits before it gives the connection up. */
  readonly giveUpUs: number;
}

export const defaultConditions: NetworkConditions = {
  latency: { leastUs: 150, meanExtraUs: 250 },
  bytesPerSecond: 200_000_000,
  cuts: { numerator: 1, denominator: 12 },
  pipeBytes: 256 * 1024,
  connectTimeoutUs: 30_000_000,
  giveUpUs: 120_000_000,
};

/** The present state of one direction between two nodes. */
export interface LinkState {
  readonly cut: LaidFault | undefined;
  readonly refuse: LaidFault | undefined;
  readonly resets: readonly LaidFault[];
  readonly slow: readonly LaidFault[];
  readonly extraLatencyUs: number;
  readonly bytesPerSecond: number;
}

export interface LinkEnd {
  readonly name: string;
  readonly role: NodeRole;
  readonly owner: Owner;
}

export class Links {
  readonly conditions: NetworkConditions;
  readonly #laid: LaidFault[] = [];
  readonly #states = new Map<number, LinkState>();

  constructor(conditions: NetworkConditions) {
    this.conditions = conditions;
  }

  lay(fault: LaidFault): void {
    this.#laid.push(fault);
    this.#states.clear();
  }

  lift(fault: LaidFault): boolean {
    const at = this.#laid.indexOf(fault);
    if (at < 0) return false;
    this.#laid.splice(at, 1);
    this.#states.clear();
    return true;
  }

  get laid(): readonly LaidFault[] {
    return this.#laid;
  }

  state(from: LinkEnd, to: LinkEnd, traffic: Traffic): LinkState {
    const pair = from.owner.id * 65_536 + to.owner.id;
    const key = pair * trafficKinds.length + trafficKinds.indexOf(traffic);
    const known = this.#states.get(key);
    if (known !== undefined) return known;
    const state = this.#computed(from, to, traffic);
    this.#states.set(key, state);
    return state;
  }

  #computed(from: LinkEnd, to: LinkEnd, traffic: Traffic): LinkState {
    const here = this.#laid.filter(({ selector }) => selects(selector, from, to, traffic));
    const slow = here.filter(({ fault }) => fault.kind === 'slow');
    let extraLatencyUs = 0;
    let bytesPerSecond = this.conditions.bytesPerSecond;
    for (const { fault } of slow) {
      if (fault.kind !== 'slow') continue;
      extraLatencyUs += fault.extraLatencyUs;
      if (fault.bytesPerSecond > 0) bytesPerSecond = Math.min(bytesPerSecond, fault.bytesPerSecond);
    }
    return {
      cut: here.find(({ fault }) => fault.kind === 'cut'),
      refuse: here.find(({ fault }) => fault.kind === 'refuse'),
      resets: here.filter(({ fault }) => fault.kind === 'resets'),
      slow,
      extraLatencyUs,
      bytesPerSecond,
    };
  }
}

/** Whether traffic on the link from one node to another is meant. A node's link to itself is never hurt. */
export function selects(selector: LinkSelector, from: LinkEnd, to: LinkEnd, traffic: Traffic): boolean {
  if (from.name === to.name) return false;
  if (selector.traffic !== undefined && !selector.traffic.includes(traffic)) return false;
  if (!names(selector.from, from.name) || !names(selector.to, to.name)) return false;
  if (selector.fromRole !== undefined && selector.fromRole !== from.role) return false;
  return selector.toRole === undefined || selector.toRole === to.role;
}

function names(wanted: string | readonly string[] | undefined, name: string): boolean {
  if (wanted === undefined || wanted === name) return true;
  return typeof wanted !== 'string' && wanted.includes(name);
}

/** For a fault that decides by ratio. */
export function ratioOf(fault: LinkFault): Ratio {
  return fault.kind === 'resets' ? fault.ratio : never;
}
