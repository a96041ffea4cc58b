// A simulated node in the hands of a fault.

import type { FileFacts } from './disk.ts';
import type { DiskFault, DiskSelector } from './disk-faults.ts';
import type { LinkScope, Patient, Trouble } from './fault.ts';
import type { LinkFault, LinkSelector, ResetMoment } from './network-links.ts';
import type { SimulatedNode } from './node.ts';
import type { NodeRole } from './record/events.ts';
import type { Draws } from './stage.ts';
import type { World } from './world.ts';

export class NodePatient implements Patient {
  readonly name: string;
  readonly role: NodeRole;
  readonly votes: boolean;
  readonly draws: Draws;
  readonly #world: World;
  readonly #node: SimulatedNode;
  /** The drift that a healed clock goes back to. */
  readonly #usualDrift: number;
  #troubles = 0;

  constructor(world: World, node: SimulatedNode, votes: boolean, usualDrift = 0) {
    this.name = node.name;
    this.role = node.role;
    this.votes = votes;
    this.draws = world.randomness.chooser(`patient/${node.name}`);
    this.#world = world;
    this.#node = node;
    this.#usualDrift = usualDrift;
  }

  alive(): boolean {
    return this.#node.isUp;
  }

  paused(): boolean {
    return this.#node.isPaused;
  }

  crash(): void {
    this.#node.crash('a fault');
  }

  terminate(ended: (byItself: boolean) => void): void {
    this.#node.terminate('a fault', ended);
  }

  losePower(): void {
    this.#node.losePower();
  }

  wipe(): void {
    this.#node.wipe();
  }

  boot(): void {
    this.#node.boot();
  }

  pause(): void {
    this.#node.pause('a fault');
  }

  resume(): void {
    // It may have died since, or lost power: then there is nobody to wake.
    if (this.#node.isUp && this.#node.isPaused) this.#node.resume();
  }

  jumpClock(milliseconds: number): void {
    this.#node.jumpClock(milliseconds);
  }

  driftClock(partsPerMillion: number): void {
    this.#node.driftClock(partsPerMillion === 0 ? this.#usualDrift : partsPerMillion);
  }

  troubleDisk(selector: DiskSelector, fault: DiskFault, timesMax?: number): Trouble {
    const { disk } = this.#node;
    const laid = disk.lay(this.#troubleName(), selector, fault, timesMax);
    return { remove: () => disk.lift(laid), felt: () => laid.hits };
  }

  files(): FileFacts[] {
    return this.#node.disk.files();
  }

  rot(path: string, bits: number, bytes?: readonly [number, number]): number {
    const range = bytes === undefined ? {} : { fromByte: bytes[0], toByte: bytes[1] };
    return this.#node.disk.rot({ pathContains: path, ...range }, bits);
  }

  troubleNetwork(direction: 'from' | 'to' | 'both', fault: LinkFault, scope: LinkScope = {}): Trouble {
    const { network } = this.#world;
    const name = this.#troubleName();
    const selectors: LinkSelector[] = [];
    if (direction !== 'to') selectors.push(this.#from(scope));
    if (direction !== 'from') {
      const { from, to, ...kinds } = this.#from(scope);
      selectors.push({ ...(to === undefined ? {} : { from: to }), to: from, ...kinds });
    }
    const laid = selectors.map((selector) => network.lay(name, selector, fault));
    return {
      remove: () => {
        for (const one of laid) network.lift(one);
      },
      felt: () => laid.reduce((sum, one) => sum + one.hits, 0),
    };
  }

  resetConnections(when: ResetMoment, scope: LinkScope = {}): number {
    return this.#world.network.resetAll(this.#from(scope), when);
  }

  severConnections(scope: LinkScope = {}): number {
    return this.#world.network.severAll(this.#from(scope));
  }

  #from({ others, traffic }: LinkScope): LinkSelector & { readonly from: string } {
    return {
      from: this.name,
      ...(others === undefined ? {} : { to: others }),
      ...(traffic === undefined ? {} : { traffic }),
    };
  }

  #troubleName(): string {
    return `trouble/${this.name}/${++this.#troubles}`;
  }
}
