// A world: one seed, its scheduler, network, nodes and recorder. Whoever drives it schedules what shall
// happen as events of the world (`act`), and lets it run: at once (`run`), or in slices (`slices`) between
// which the real macrotask loop must turn, because native codecs free their buffers only there.

import { assert } from '../engine/index.ts';
import type { DiskConditions } from './disk-faults.ts';
import { defaultDiskConditions } from './disk-faults.ts';
import { defaultLimits, stepsPerSlice, type WorldLimits } from './limits.ts';
import { SimulatedNetwork } from './network.ts';
import { defaultConditions, type NetworkConditions } from './network-links.ts';
import { type BootProgram, SimulatedNode, type YieldConditions } from './node.ts';
import { type Overrides, Randomness } from './random.ts';
import type { NodeRole, WorldEvent } from './record/events.ts';
import { Recorder } from './record/recorder.ts';
import { type EventId, type Label, type RunStop, Scheduler, type StepListener } from './scheduler.ts';

export interface WorldOptions {
  readonly seed: string;
  readonly limits?: Partial<WorldLimits>;
  readonly network?: Partial<NetworkConditions>;
  /** How often tasks stay at yield points; without it, never. */
  readonly yields?: YieldConditions | undefined;
  /** Decisions that shall fall otherwise than drawn. */
  readonly overrides?: Overrides;
  /** Sites that choose what is simplest, by the first words of their names. */
  readonly calm?: readonly string[] | undefined;
  /** Hears every step, for comparing two runs. */
  readonly onStep?: StepListener;
}

export interface NewNode {
  readonly name: string;
  readonly role: NodeRole;
  readonly program: BootProgram;
  readonly disk?: Partial<DiskConditions>;
  readonly wallErrorMsMax?: number;
}

/** A bug of the engine that ended the run. */
export interface EngineCrash {
  readonly node: string;
  readonly incarnation: number;
  readonly step: number;
  readonly timeUs: number;
  readonly label: string;
  readonly message: string;
  /** For people; not part of the fingerprint, since it names files of this machine. */
  readonly stack: string;
}

export class World {
  readonly seed: string;
  readonly randomness: Randomness;
  readonly scheduler: Scheduler;
  readonly recorder: Recorder;
  readonly network: SimulatedNetwork;
  readonly #yields: YieldConditions | undefined;
  readonly #nodes = new Map<string, SimulatedNode>();
  #crash: EngineCrash | undefined;

  constructor(options: WorldOptions) {
    const limits = { ...defaultLimits, ...options.limits };
    this.seed = options.seed;
    this.#yields = options.yields;
    this.randomness = new Randomness(options.seed, options.overrides, options.calm);
    this.scheduler = new Scheduler(this.randomness, limits);
    this.recorder = new Recorder(this.scheduler, limits.keptEvents);
    this.scheduler.watch(this.recorder.fingerprint, options.onStep);
    this.scheduler.onBug = (owner, error, what) => {
      this.#bug(owner.name, this.#nodes.get(owner.name)?.incarnation ?? 0, error, what);
    };
    const conditions = { ...defaultConditions, ...options.network };
    this.network = new SimulatedNetwork(this.scheduler, this.randomness, conditions);
  }

  // ---- nodes

  addNode({ name, role, program, disk, wallErrorMsMax = 0 }: NewNode): SimulatedNode {
    assert(!this.#nodes.has(name) && name !== 'world', `the node ${name} is new`);
    const { scheduler, randomness, network, recorder } = this;
    const surroundings = {
      scheduler,
      randomness,
      network,
      recorder,
      bug: (node: string, incarnation: number, error: unknown, what: string) =>
        this.#bug(node, incarnation, error, what),
    };
    const conditions = { ...defaultDiskConditions, ...disk };
    const yields = this.#yields;
    const options = { name, role, program, wallErrorMsMax, disk: conditions, yields };
    const node = new SimulatedNode(surroundings, options);
    this.#nodes.set(name, node);
    return node;
  }

  /** In the order in which they were added. */
  get nodes(): readonly SimulatedNode[] {
    return [...this.#nodes.values()];
  }

  node(name: string): SimulatedNode {
    const node = this.#nodes.get(name);
    assert(node !== undefined, `there is a node ${name}`);
    return node;
  }

  // ---- what the driver does

  /** Schedules what the world itself does: hurting, healing, looking. It survives every death. */
  act(delayUs: number, what: Label, fire: () => void): EventId {
    return this.scheduler.after(delayUs, this.scheduler.world, what, fire);
  }

  /** Records an event that belongs to no node. */
  record(event: WorldEvent): void {
    this.recorder.record('world', 0, event);
  }

  /** Lifts every fault of network and disks and resumes who is paused. Boots nobody and restores no clock. */
  heal(): void {
    this.network.heal();
    for (const node of this.nodes) {
      node.disk.heal();
      if (node.isUp && node.isPaused) node.resume();
    }
  }

  /** Runs until virtual time `until`, or until it says so, without letting the real loop turn. */
  run(until: number | (() => boolean)): RunStop {
    return this.scheduler.run(Number.MAX_SAFE_INTEGER, until);
  }

  /** The same in slices: let the real macrotask loop turn at each yield. */
  *slices(until: number | (() => boolean)): Generator<undefined, RunStop, void> {
    for (;;) {
      const stop = this.scheduler.run(stepsPerSlice, until);
      if (stop !== 'slice') return stop;
      yield undefined;
    }
  }

  // ---- what a run leaves behind

  get nowUs(): number {
    return this.scheduler.nowUs;
  }

  /** The bug that ended the run, if one did. */
  get crash(): EngineCrash | undefined {
    return this.#crash;
  }

  /** Covers every step and every event so far. */
  fingerprint(): string {
    return this.recorder.fingerprint.text();
  }

  /** Every wait of every node that is up. */
  pending(): { node: string; task: string; waitingFor: string }[] {
    return this.nodes.flatMap((node) => node.pending().map((wait) => ({ node: node.name, ...wait })));
  }

  #bug(node: string, incarnation: number, error: unknown, what: string): void {
    this.scheduler.stop();
    if (this.#crash !== undefined) return;
    const message = error instanceof Error ? error.message : String(error);
    const stack = error instanceof Error ? (error.stack ?? message) : message;
    const { step, nowUs } = this.scheduler;
    this.#crash = { node, incarnation, step, timeUs: nowUs, label: what, message, stack };
    this.recorder.record(node, incarnation, { kind: 'engine-crashed', label: what, message });
  }
}
