// A stage without a world, for the tests of direction: a clock that the test moves, nodes that only remember.

import type { LinkScope, Patient, Trouble } from './fault.ts';
import type { Effect, TracedEvent } from './material.ts';
import { Randomness } from './random.ts';
import type { NodeRole } from './record/events.ts';
import type { Replication, Stage } from './stage.ts';

export class TestingPatient implements Patient {
  readonly name: string;
  readonly role: NodeRole;
  readonly votes: boolean;
  readonly draws: Patient['draws'];
  readonly deeds: string[];
  /** What a trouble says when it is asked how often it was felt. */
  felt = 1;
  #alive = true;
  #paused = false;

  /** What happens when it is asked to end; undefined while it was not. */
  ending: (() => void) | undefined;

  constructor(name: string, role: NodeRole, deeds: string[]) {
    this.name = name;
    this.role = role;
    this.votes = role === 'controller';
    this.deeds = deeds;
    this.draws = new Randomness('patient').chooser(name);
  }

  alive(): boolean {
    return this.#alive;
  }
  paused(): boolean {
    return this.#paused;
  }
  crash(): void {
    this.#alive = false;
    this.#did('crash');
  }
  terminate(ended: (byItself: boolean) => void): void {
    this.#did('terminate');
    this.ending = () => {
      this.ending = undefined;
      this.#alive = false;
      this.#did('end');
      ended(true);
    };
  }
  losePower(): void {
    this.#alive = false;
    this.#did('lose power');
  }
  wipe(): void {
    this.#did('wipe');
  }
  boot(): void {
    this.#alive = true;
    this.#did('boot');
  }
  pause(): void {
    this.#paused = true;
    this.#did('pause');
  }
  resume(): void {
    this.#paused = false;
    this.#did('resume');
  }
  jumpClock(milliseconds: number): void {
    this.#did(`jump ${milliseconds}`);
  }
  driftClock(partsPerMillion: number): void {
    this.#did(`drift ${partsPerMillion}`);
  }
  troubleDisk(_: unknown, fault: { kind: string }): Trouble {
    return this.#trouble(`disk ${fault.kind}`);
  }
  troubleNetwork(direction: string, fault: { kind: string }, scope: LinkScope = {}): Trouble {
    return this.#trouble(`network ${fault.kind} ${direction}${inWords(scope)}`);
  }
  files() {
    const path = (base: number) => `orders-0/${String(base).padStart(20, '0')}.log`;
    return [0, 50].map((base) => ({ path: path(base), sizeBytes: 10, durableBytes: 10, promisedBytes: 10 }));
  }
  rot(path: string, bits: number): number {
    this.#did(`rot ${path}`);
    return bits;
  }
  resetConnections(when: string, scope: LinkScope = {}): number {
    this.#did(`reset ${when}${inWords(scope)}`);
    return 1;
  }
  severConnections(scope: LinkScope = {}): number {
    this.#did(`sever${inWords(scope)}`);
    return 1;
  }

  #trouble(what: string): Trouble {
    this.#did(what);
    return { remove: () => this.#did(`no ${what}`), felt: () => this.felt };
  }

  #did(deed: string): void {
    this.deeds.push(`${this.name}: ${deed}`);
  }
}

function inWords({ others, traffic }: LinkScope): string {
  const towards = others === undefined ? '' : ` | ${others.join(' ')}`;
  return traffic === undefined ? towards : `${towards} (${traffic.join(' ')})`;
}

/** Time moves by `pass`; deeds are in the order in which they were done. */
export class TestingStage implements Stage {
  readonly deeds: string[] = [];
  readonly told: string[] = [];
  readonly nodes: TestingPatient[];
  #nowUs = 0;
  #step = 0;
  readonly #randomness: Randomness;
  #waiting: { atUs: number; order: number; act: () => void }[] = [];
  readonly #listeners: ((event: TracedEvent) => void)[] = [];

  /** By `topic/partition`; the first replica leads. */
  readonly partitions = new Map<string, Replication>();
  readonly behind = new Set<string>();

  constructor(
    seed: string,
    brokers: readonly string[],
    clients: readonly string[],
    controllers: readonly string[] = [],
  ) {
    this.#randomness = new Randomness(seed);
    this.nodes = [
      ...brokers.map((name) => new TestingPatient(name, 'broker', this.deeds)),
      ...controllers.map((name) => new TestingPatient(name, 'controller', this.deeds)),
      ...clients.map((name) => new TestingPatient(name, 'client', this.deeds)),
    ];
  }

  /** Lets time pass, and does what is due on the way. */
  pass(seconds: number): void {
    const untilUs = this.#nowUs + seconds * 1e6;
    for (;;) {
      const due = this.#waiting.filter(({ atUs }) => atUs <= untilUs);
      const next = due.sort((a, b) => a.atUs - b.atUs || a.order - b.order)[0];
      if (next === undefined) break;
      this.#waiting = this.#waiting.filter((one) => one !== next);
      this.#nowUs = next.atUs;
      this.#step++;
      next.act();
    }
    this.#nowUs = untilUs;
  }

  happens(kind: string, fields: Record<string, unknown> = {}, node = 'broker-1'): void {
    const event = {
      step: ++this.#step,
      timeUs: this.#nowUs,
      node,
      incarnation: 1,
      event: { kind, ...fields },
    };
    for (const listener of this.#listeners) listener(event);
    this.pass(0);
  }

  now() {
    return { step: this.#step, timeUs: this.#nowUs };
  }
  draws(site: string) {
    return this.#randomness.chooser(site);
  }
  after(delayUs: number, _: string, act: () => void): () => void {
    const waiting = { atUs: this.#nowUs + delayUs, order: ++this.#step, act };
    this.#waiting.push(waiting);
    return () => {
      this.#waiting = this.#waiting.filter((one) => one !== waiting);
    };
  }
  soon(what: string, act: () => void): void {
    this.after(0, what, act);
  }
  onEvent(listener: (event: TracedEvent) => void): void {
    this.#listeners.push(listener);
  }
  patients(): readonly Patient[] {
    return this.nodes;
  }
  tellFault(what: 'began' | 'ended', { fault, target }: Effect): void {
    this.told.push(`${fault} of ${target} ${what}`);
  }
  tellPhase(phase: string): void {
    this.told.push(phase);
  }
  leaderOf(topic: string, partition: number): string | undefined {
    return this.replicasOf(topic, partition)?.replicas[0] ?? this.nodes[0]?.name;
  }
  replicasOf(topic: string, partition: number): Replication | undefined {
    return this.partitions.get(`${topic}/${partition}`);
  }
  isInSync(node: string): boolean {
    return !this.behind.has(node);
  }
  coordinatorOf(): string | undefined {
    return this.nodes[0]?.name;
  }
  controller(): string | undefined {
    return this.nodes.find(({ role }) => role === 'controller')?.name ?? this.nodes[0]?.name;
  }
  pendingWaits() {
    return [];
  }
  bootCluster(): void {}
  addClient(): never {
    throw new Error('this stage has no world to put a client into');
  }
  go(): never {
    throw new Error('this stage has no world to run');
  }
}
