// The life of a node: a machine (clock, disk, network host) that outlives its processes, and one process at a
// time.
//
//   off --boot--> up --crash--> down --boot--> up ...        the page cache lives on
//                 up --losePower--> unpowered --boot--> up    what was not durable is drawn away
//                 up --pause--> up, but nothing runs --resume--> up
//                 up --halt--> down                           it gave up by itself
//                 up --terminate--> up, until it exits --> down   SIGTERM: it may take its time, or never end
//
// Each boot is a new incarnation: new ports, new tasks, a new random site. Whatever a dead incarnation still
// had to come (timers, completions, bytes) is dropped by the scheduler; whatever it still says through its
// ports is ignored.

import {
  assert,
  BufferPool,
  type Ports,
  type Random,
  Runtime,
  type Trace,
  type YieldPoints,
} from '../engine/index.ts';
import { clockPort, MachineClock, timersPort } from './clock.ts';
import { type DiskLife, type InFlight, SimulatedDisk } from './disk.ts';
import type { DiskConditions } from './disk-faults.ts';
import { diskPort } from './disk-port.ts';
import type { PlainFile } from './disk-tree.ts';
import type { SimulatedNetwork } from './network.ts';
import type { Host } from './network-end.ts';
import type { Chooser, Randomness, Ratio } from './random.ts';
import type { NodeRole, WorldEvent } from './record/events.ts';
import type { Recorder } from './record/recorder.ts';
import { label, type Owner, type Scheduler } from './scheduler.ts';

/** One life of a node, from boot to death. */
export interface Life {
  readonly node: SimulatedNode;
  readonly incarnation: number;
  readonly ports: Ports;
  readonly runtime: Runtime;
  isAlive(): boolean;
  /** The process gives up by itself. Nothing of this life runs after this call. */
  halt(reason: string): void;
  /** What the process does when it is asked to end; without it, it is killed. It ends by `exit`. */
  onTerminate(handler: () => void): void;
  /** The process ends as it was asked to. Nothing of this life runs after this call. */
  exit(reason: string): void;
}

/** How often a task stays at a yield point, and for how long. */
export interface YieldConditions {
  readonly ratio: Ratio;
  readonly leastUs: number;
  readonly mostUs: number;
}

/** What a node runs: called at each boot, inside an event of the node. */
export type BootProgram = (life: Life) => void;

export type NodeState = 'off' | 'up' | 'down' | 'unpowered';

/** What a node needs of its world. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly randomness: Randomness;
  readonly network: SimulatedNetwork;
  readonly recorder: Recorder;
  bug(node: string, incarnation: number, error: unknown, label: string): void;
}

export interface NodeOptions {
  readonly name: string;
  readonly role: NodeRole;
  readonly disk: DiskConditions;
  /** How wrong the wall clock is at first, at most, either way. */
  readonly wallErrorMsMax: number;
  /** Without it nobody ever stays at a yield point. */
  readonly yields?: YieldConditions | undefined;
  readonly program: BootProgram;
}

const bootLabel = label('node: boot');
const terminateLabel = label('node: asked to end');

export class SimulatedNode implements Host {
  readonly name: string;
  readonly role: NodeRole;
  readonly owner: Owner;
  readonly clock: MachineClock;
  readonly disk: SimulatedDisk;
  readonly #surroundings: Surroundings;
  readonly #program: BootProgram;
  readonly #draws: Chooser;
  readonly #yields: YieldConditions | undefined;
  #state: NodeState = 'off';
  #incarnation = 0;
  #life: Life | undefined;
  #onTerminate: (() => void) | undefined;
  /** Whoever asked this life to end, in that order. */
  #onEnd: ((byItself: boolean) => void)[] = [];
  #diskLife: DiskLife | undefined;

  constructor(surroundings: Surroundings, options: NodeOptions) {
    const { scheduler, randomness, network } = surroundings;
    this.name = options.name;
    this.role = options.role;
    this.#surroundings = surroundings;
    this.#program = options.program;
    this.#yields = options.yields;
    this.owner = scheduler.owner(options.name);
    this.#draws = randomness.chooser(`node/${options.name}`);
    const most = options.wallErrorMsMax;
    this.clock = new MachineClock(scheduler, this.#draws.between(-most, most));
    this.disk = new SimulatedDisk(options.name, scheduler, randomness, options.disk, {
      wallMs: () => this.clock.wallMs(),
      record: (event) => this.record(event),
    });
    network.register(this);
  }

  get state(): NodeState {
    return this.#state;
  }

  /** Boots so far; 0 before the first. */
  get incarnation(): number {
    return this.#incarnation;
  }

  /** The present life; undefined while there is none. */
  get life(): Life | undefined {
    return this.#life;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  get isPaused(): boolean {
    return this.#surroundings.scheduler.isPaused(this.owner);
  }

  isPowered(): boolean {
    return this.#state !== 'unpowered';
  }

  record(event: WorldEvent): void {
    this.#surroundings.recorder.record(this.name, this.#incarnation, event);
  }

  /** Every wait of the present life: the answer to "why is it stuck?". */
  pending(): { task: string; waitingFor: string }[] {
    return this.#life?.runtime.tasks.pending() ?? [];
  }

  // ---- life and death

  /** Begins a new life; the program starts as an event of its own. */
  boot(): Life {
    assert(this.#state !== 'up', `${this.name} is not up when it boots`);
    const { scheduler, network } = this.#surroundings;
    const wasUnpowered = this.#state === 'unpowered';
    this.#state = 'up';
    this.#incarnation++;
    scheduler.nextIncarnation(this.owner);
    if (wasUnpowered) network.machineRuns(this);
    const life = this.#newLife();
    this.#life = life;
    scheduler.after(0, this.owner, bootLabel, () => {
      this.record({ kind: 'node-booted', role: this.role });
      this.#program(life);
    });
    return life;
  }

  /** The process dies; its machine does not. */
  crash(reason: string): void {
    assert(this.#state === 'up', `${this.name} is up when it crashes`);
    this.record({ kind: 'node-crashed', reason });
    this.#processDies();
    this.#surroundings.network.processDied(this);
  }

  /**
   * Asks the process to end, as SIGTERM does; one that is paused hears of it when it goes on. `ended` is called,
   * between two steps, when this life is over: by itself, or because something else ended it first. Who asks again
   * waits with the first: two operators are no reason to hurry.
   */
  terminate(reason: string, ended: (byItself: boolean) => void): void {
    assert(this.#state === 'up', `${this.name} is up when it is asked to end`);
    const { scheduler } = this.#surroundings;
    this.record({ kind: 'node-terminated', reason });
    const wasAsked = this.#onEnd.length > 0;
    this.#onEnd.push((byItself) => {
      scheduler.after(0, scheduler.world, terminateLabel, () => ended(byItself));
    });
    if (wasAsked) return;
    scheduler.after(0, this.owner, terminateLabel, () => {
      if (this.#onTerminate !== undefined) this.#onTerminate();
      else this.#exit('killed');
    });
  }

  /** The machine stops, whatever its process does. */
  losePower(): void {
    assert(this.#state !== 'unpowered', `${this.name} has power to lose`);
    if (this.#state === 'up') this.#processDies();
    this.#state = 'unpowered';
    this.#surroundings.network.machineVanished(this);
    this.record({ kind: 'power-lost', ...this.disk.losePower() });
  }

  /** Nothing of the process runs until `resume`; its machine goes on. */
  pause(reason: string): void {
    assert(this.#state === 'up' && !this.isPaused, `${this.name} runs when it is paused`);
    this.record({ kind: 'node-paused', reason });
    this.#surroundings.scheduler.pause(this.owner);
  }

  resume(): void {
    assert(this.#state === 'up' && this.isPaused, `${this.name} is paused when it resumes`);
    const heldEvents = this.#surroundings.scheduler.resume(this.owner);
    this.record({ kind: 'node-resumed', heldEvents });
  }

  /** An empty disk in the place of the old one; the node must not be up. */
  wipe(): void {
    assert(this.#state !== 'up', `${this.name} is not up when its disk is replaced`);
    this.disk.wipe();
  }

  jumpClock(byMs: number): void {
    this.clock.jump(byMs);
    this.record({ kind: 'clock-jumped', byMs });
  }

  driftClock(partsPerMillion: number): void {
    this.clock.drift(partsPerMillion);
    this.record({ kind: 'clock-drifts', partsPerMillion });
  }

  #exit(reason: string): void {
    this.record({ kind: 'node-stopped', reason });
    this.#processDies(true);
    this.#surroundings.network.processDied(this);
  }

  #processDies(byItself = false): void {
    const { scheduler } = this.#surroundings;
    const life = this.#life;
    const diskLife = this.#diskLife;
    assert(life !== undefined && diskLife !== undefined, 'a node that is up has a life');
    this.#life = undefined;
    this.#onTerminate = undefined;
    const asked = this.#onEnd;
    this.#onEnd = [];
    this.#diskLife = undefined;
    this.#state = 'down';
    scheduler.nextIncarnation(this.owner);
    life.runtime.tasks.stop();
    this.disk.processDied(diskLife);
    for (const end of asked) end(byItself);
  }

  // ---- ports

  #newLife(): Life {
    const { network } = this.#surroundings;
    const incarnation = this.#incarnation;
    const isAlive = () => this.#state === 'up' && this.#incarnation === incarnation;
    const diskLife: DiskLife = {
      owner: this.owner,
      isAlive,
      inFlight: new Set<InFlight>(),
      openings: new Set<PlainFile>(),
    };
    this.#diskLife = diskLife;
    const ports: Ports = {
      clock: clockPort(this.clock, 1 + this.#draws.below(1_000_000_000)),
      timers: this.#timers(isAlive),
      disk: diskPort(this.disk, diskLife),
      network: network.port(this, isAlive),
      random: this.#random(incarnation),
      trace: this.#trace(incarnation, isAlive),
    };
    const onBug = (error: unknown, what: string) =>
      this.#surroundings.bug(this.name, incarnation, error, what);
    const runtime = new Runtime(ports, onBug, this.#yieldPoints(), new BufferPool({ scribbles: true }));
    const halt = (reason: string): void => {
      if (!isAlive()) return;
      this.record({ kind: 'node-halted', reason });
      this.#processDies();
      network.processDied(this);
    };
    const onTerminate = (handler: () => void): void => {
      if (isAlive()) this.#onTerminate = handler;
    };
    const exit = (reason: string): void => {
      if (isAlive()) this.#exit(reason);
    };
    return { node: this, incarnation, ports, runtime, isAlive, halt, onTerminate, exit };
  }

  /** One site for each place of each node: a decision at one place leaves those of all others as they were. */
  #yieldPoints(): YieldPoints | undefined {
    const conditions = this.#yields;
    if (conditions === undefined) return undefined;
    const { ratio, leastUs, mostUs } = conditions;
    const { randomness } = this.#surroundings;
    return (name) => {
      const chooser = randomness.chooser(`yield/${this.name}/${name}`);
      // Both are drawn each time, so that one decision taken back moves no other.
      const stays = chooser.ratio(ratio);
      const delayUs = chooser.between(leastUs, mostUs);
      return stays ? delayUs : 0;
    };
  }

  #timers(isAlive: () => boolean): Ports['timers'] {
    const timers = timersPort(this.#surroundings.scheduler, this.owner, this.clock);
    return { after: (delayUs, fire) => (isAlive() ? timers.after(delayUs, fire) : () => {}) };
  }

  #random(incarnation: number): Random {
    const chooser = this.#surroundings.randomness.chooser(`random/${this.name}/${incarnation}`);
    return { below: (n) => chooser.below(n), uuid: () => drawnUuid(chooser) };
  }

  #trace(incarnation: number, isAlive: () => boolean): Trace {
    const { recorder } = this.#surroundings;
    return {
      wants: () => true,
      emit: (event) => {
        if (isAlive()) recorder.record(this.name, incarnation, event);
      },
    };
  }
}

const base64Letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** A version 4 uuid as 22 characters of base64url; never one that begins with a dash, as Kafka draws them. */
function drawnUuid(chooser: Chooser): string {
  const bytes = new Uint8Array(18);
  for (let word = 0; word < 4; word++) {
    const drawn = chooser.next();
    for (let byte = 0; byte < 4; byte++) bytes[word * 4 + byte] = drawn >>> (byte * 8);
  }
  // The first six bits are the first letter; 62 is the dash.
  if ((bytes[0] as number) >> 2 === 62) bytes[0] = (bytes[0] as number) & 3;
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  let text = '';
  for (let at = 0; at < 18; at += 3) {
    const triple =
      ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    for (let shift = 18; shift >= 0; shift -= 6) text += base64Letters.charAt((triple >> shift) & 63);
  }
  return text.slice(0, 22);
}
