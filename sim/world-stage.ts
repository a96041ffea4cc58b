// The stage of a real run: a `World` with a broker and clients in it, and what the director may do with it.

import { type Address, assert, Broker, type Runtime, type Task } from '../engine/index.ts';
import { ClusterModel } from './cluster-model.ts';
import { isAlone, type PlannedNode, planCluster } from './cluster-plan.ts';
import type { DiskConditions } from './disk-faults.ts';
import { stepsPerSlice } from './limits.ts';
import { MarkCounter } from './marks/counter.ts';
import type { Effect, LogFile, PendingWait, TracedEvent } from './material.ts';
import { ClusterMonitor } from './monitor/cluster-monitor.ts';
import { stateRules } from './monitor/rules/index.ts';
import type { NetworkConditions } from './network-links.ts';
import type { Life, YieldConditions } from './node.ts';
import { NodePatient } from './node-patient.ts';
import type { Crash, TraceLine } from './outcome.ts';
import type { Decision } from './random.ts';
import type { HistoryEntry, Moment } from './record/history.ts';
import type { RunOptions } from './run.ts';
import { ratioOf } from './scenario/pieces.ts';
import type { Scenario } from './scenario/schema.ts';
import { label } from './scheduler.ts';
import type { Client, Replication, Stage } from './stage.ts';
import { brokerPort } from './traffic.ts';
import { World } from './world.ts';

/** Events kept of a run that is traced. */
const tracedEventsMax = 500_000;

/** The kinds that judges ask for; a run that is not traced keeps only these. */
const judgedKinds: ReadonlySet<string> = new Set([
  'append-planned',
  'broker-halted',
  'broker-started',
  'config-changed',
  'coordinator-loaded',
  'coordinator-unloaded',
  'follower-began',
  'high-watermark-moved',
  'log-appended',
  'log-deleted',
  'log-flushed',
  'log-recovered',
  'log-start-moved',
  'log-truncated',
  'node-booted',
  'node-crashed',
  'node-halted',
  'offset-commit-began',
  'offset-committed',
  'partition-committed',
  'segment-deleted',
  'segment-rolled',
  'topic-deleted',
]);

export class WorldStage implements Stage {
  readonly bootstrap: readonly Address[];
  /** Watches the state of the cluster at every step. */
  readonly monitor: ClusterMonitor = new ClusterMonitor(stateRules);
  readonly #marks = new MarkCounter();
  readonly #world: World;
  readonly #scenario: Scenario;
  readonly #untilStep: number;
  /** What is done between two steps, by the number of the first of them; in that order. */
  readonly #between: { readonly afterStep: number; readonly act: () => void }[] = [];
  #drawn: Decision[] = [];
  readonly #judged: TracedEvent[] = [];
  readonly #plan: readonly PlannedNode[];
  readonly #model: ClusterModel;
  /** The broker that is the whole cluster: everything is led from there, as long as it runs. */
  readonly #only: string | undefined;
  readonly #patients: NodePatient[] = [];
  readonly #clients = new Set<string>();
  #cutReason = '';

  constructor(scenario: Scenario, seed: string, options: RunOptions) {
    this.#scenario = scenario;
    this.#plan = planCluster(scenario);
    this.#model = new ClusterModel(new Map(this.#plan.map(({ nodeId, name }) => [nodeId, name])));
    this.#only = isAlone(scenario.cluster) ? this.#plan[0]?.name : undefined;
    const brokers = this.#plan.filter(({ role }) => role === 'broker');
    this.bootstrap = brokers.map(({ name }) => ({ host: name, port: brokerPort }));
    this.#untilStep = options.untilStep ?? Number.MAX_SAFE_INTEGER;
    this.#world = new World({
      seed,
      network: networkConditions(scenario),
      yields: yieldConditions(scenario),
      limits: { keptEvents: options.trace ? tracedEventsMax : 0 },
      overrides: decisionsOf(scenario, options),
      calm: scenario.calm,
      ...(options.onStep === undefined ? {} : { onStep: options.onStep }),
    });
    this.#actBetween(options);
    this.#world.recorder.listen((recorded) => this.monitor.take(recorded));
    this.#world.recorder.listen((recorded) => this.#marks.take(recorded));
    this.#world.recorder.listen((recorded) => {
      if (judgedKinds.has(recorded.event.kind)) this.#judged.push(asTraced(recorded));
      this.#model.see(asTraced(recorded));
    });
    for (const planned of this.#plan) this.#addNode(planned);
  }

  // ---- for the director

  now(): Moment {
    return { timeUs: this.#world.nowUs, step: this.#world.scheduler.step };
  }

  draws(site: string) {
    return this.#world.randomness.chooser(site);
  }

  after(delayUs: number, what: string, act: () => void): () => void {
    const event = this.#world.act(delayUs, label(what), act);
    return () => this.#world.scheduler.cancel(event);
  }

  soon(what: string, act: () => void): void {
    this.after(0, what, act);
  }

  onEvent(listener: (event: TracedEvent) => void): void {
    this.#world.recorder.listen((recorded) => listener(asTraced(recorded)));
  }

  patients(): readonly NodePatient[] {
    return this.#patients;
  }

  tellFault(what: 'began' | 'ended', { fault, target, detail }: Effect, hits: number): void {
    if (what === 'began') this.#world.record({ kind: 'fault-began', fault, target, detail });
    else this.#world.record({ kind: 'fault-ended', fault, target, hits });
  }

  tellPhase(phase: string): void {
    this.#world.recorder.record('world', 0, { kind: 'note', text: `phase ${phase}` });
  }

  *go(until: number | (() => boolean)): Generator<void, 'reached' | 'quiet' | 'cut'> {
    const { scheduler } = this.#world;
    for (;;) {
      const left = this.#untilStep - scheduler.step;
      if (left <= 0) {
        this.#cutReason = `it was told to stop at step ${this.#untilStep}`;
        return 'cut';
      }
      const stop = scheduler.run(Math.min(stepsPerSlice, left, this.#stepsUntilThen()), until);
      if (stop === 'reached' || stop === 'quiet') return stop;
      if (stop === 'limit' || stop === 'stopped') {
        this.#cutReason =
          stop === 'limit' ? `a limit of the run: ${scheduler.limitMet}` : 'the engine has a bug';
        return 'cut';
      }
      yield;
    }
  }

  /** Steps until something is to be done between two of them; it is done here when it is time. */
  #stepsUntilThen(): number {
    for (;;) {
      const [next] = this.#between;
      if (next === undefined) return stepsPerSlice;
      const left = next.afterStep - this.#world.scheduler.step;
      if (left > 0) return left;
      this.#between.shift();
      next.act();
    }
  }

  #actBetween({ fork, drawsOf }: RunOptions): void {
    const { randomness } = this.#world;
    if (fork !== undefined) {
      this.#between.push({ afterStep: fork.afterStep, act: () => randomness.fork(fork.salt) });
    }
    if (drawsOf === undefined) return;
    let before = new Map<string, number>();
    const counted = () => new Map(randomness.counts().map(({ site, decisions }) => [site, decisions]));
    this.#between.push({
      afterStep: drawsOf - 1,
      act: () => {
        before = counted();
      },
    });
    this.#between.push({
      afterStep: drawsOf,
      act: () => {
        this.#drawn = [...counted().keys()].flatMap((site) =>
          randomness.decisions(site).slice(before.get(site) ?? 0),
        );
      },
    });
    this.#between.sort((a, b) => a.afterStep - b.afterStep);
  }

  bootCluster(): void {
    for (const { name } of this.#plan) this.#world.node(name).boot();
  }

  addClient(
    name: string,
    part: 'workload' | 'assistant',
    live: (runtime: Runtime, incarnation: number) => Task<void>,
  ): Client {
    let endedIn = 0;
    const program = (life: Life) => {
      const { runtime, incarnation } = life;
      runtime.tasks.spawn(name, live(runtime, incarnation)).onSettled(() => {
        endedIn = incarnation;
      });
    };
    const node = this.#world.addNode({ name, role: 'client', program });
    this.#clients.add(name);
    if (part === 'workload') this.#patients.push(new NodePatient(this.#world, node, false));
    node.boot();
    return { name, ended: () => node.incarnation === endedIn && node.isUp };
  }

  pendingWaits(): PendingWait[] {
    return this.#world.pending();
  }

  leaderOf(topic: string, partition: number): string | undefined {
    return this.#ifUp(this.#only ?? this.#model.leaderOf(topic, partition));
  }

  replicasOf(topic: string, partition: number): Replication | undefined {
    if (this.#only !== undefined) return { replicas: [this.#only], isr: [this.#only] };
    return this.#model.replicasOf(topic, partition);
  }

  coordinatorOf(group: string): string | undefined {
    return this.#ifUp(this.#only ?? this.#model.coordinatorOf(group));
  }

  controller(): string | undefined {
    return this.#ifUp(this.#only ?? this.#model.controller());
  }

  isInSync(node: string): boolean {
    return this.#only !== undefined || this.#model.isInSync(node);
  }

  /** Who is down leads nothing, whatever was committed: there is nobody to hurt. */
  #ifUp(name: string | undefined): string | undefined {
    return name !== undefined && this.#world.node(name).isUp ? name : undefined;
  }

  // ---- for the judges

  /** Why the run was cut short; empty when it was not. */
  cutReason(): string {
    return this.#cutReason;
  }

  crash(): Crash | null {
    const crash = this.#world.crash;
    if (crash === undefined) return null;
    const { node, label: where, message, stack } = crash;
    return { node, label: where, message, stack };
  }

  /** What was decided in the step that was asked about. */
  drawn(): readonly Decision[] {
    return this.#drawn;
  }

  events(): readonly TracedEvent[] {
    return this.#judged;
  }

  logFiles(): LogFile[] {
    return this.#plan.flatMap(({ name }) => {
      const { disk } = this.#world.node(name);
      const logs = disk.files().filter(({ path }) => /\/\d{20}\.log$/.test(path));
      return logs.map(({ path }) => ({ node: name, path, bytes: disk.content(path) ?? new Uint8Array(0) }));
    });
  }

  fingerprint(): string {
    return this.#world.fingerprint();
  }

  counters(entries: readonly HistoryEntry[]): Record<string, number> {
    const counters = new Map<string, number>();
    const count = (name: string) => counters.set(name, (counters.get(name) ?? 0) + 1);
    for (const entry of entries) {
      count(entry.kind);
      if ('outcome' in entry) count(`${entry.kind} ${entry.outcome}`);
    }
    for (const [kind, times] of this.#world.recorder.counts()) counters.set(`event ${kind}`, times);
    return Object.fromEntries(counters);
  }

  /** How often each sometimes mark was reached. */
  marks(): Record<string, number> {
    return this.#marks.counts();
  }

  trace(): readonly TraceLine[] {
    return this.#world.recorder.events;
  }

  #addNode({ name, role, votes, properties }: PlannedNode): void {
    const { clock, disk } = this.#scenario;
    const node = this.#world.addNode({
      name,
      role,
      program: (life) => void life.runtime.tasks.spawn('broker', serve(life, properties)),
      disk: disk as Partial<DiskConditions>,
    });
    if (clock?.offsetMs !== undefined) node.jumpClock(clock.offsetMs);
    if (clock?.driftPartsPerMillion !== undefined) node.driftClock(clock.driftPartsPerMillion);
    this.#patients.push(new NodePatient(this.#world, node, votes, clock?.driftPartsPerMillion));
  }
}

/** The life of a broker or controller: until its machine dies, until it gives up, or until it is asked to end. */
function* serve(life: Life, properties: ReadonlyMap<string, string>): Task<void> {
  const broker = yield* Broker.start(life.runtime, { properties });
  if (!broker.ok) {
    life.halt(`it could not start: ${broker.error.join('; ')}`);
    return;
  }
  assert(
    broker.value.warnings.length === 0,
    `scenarios know only known properties: ${broker.value.warnings}`,
  );
  life.onTerminate(() => void life.runtime.tasks.spawn('shutdown', shutDown(life, broker.value)));
  const reason = yield* broker.value.halted.wait();
  life.halt(reason);
}

function* shutDown(life: Life, broker: Broker): Task<void> {
  const stopped = yield* broker.stop();
  life.exit(stopped.ok ? 'it stopped cleanly' : `it stopped without a clean end: ${stopped.error}`);
}

function networkConditions(scenario: Scenario): Partial<NetworkConditions> {
  const { leastLatencyUs, meanExtraLatencyUs, bytesPerSecond, cuts } = scenario.network ?? {};
  const usual = { leastUs: 150, meanExtraUs: 250 };
  return {
    latency: {
      leastUs: leastLatencyUs ?? usual.leastUs,
      meanExtraUs: meanExtraLatencyUs ?? usual.meanExtraUs,
    },
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(cuts === undefined ? {} : { cuts: ratioOf(cuts) }),
  };
}

/** What the scenario decides by name, and what whoever runs it decides instead. */
function decisionsOf({ decisions = {} }: Scenario, options: RunOptions): ReadonlyMap<string, number> {
  return new Map([...Object.entries(decisions), ...(options.decisions ?? [])]);
}

function yieldConditions({ yields }: Scenario): YieldConditions | undefined {
  if (yields === undefined) return undefined;
  const [leastUs, mostUs] = yields.delayUs;
  return { ratio: ratioOf(yields.ratio), leastUs, mostUs };
}

function asTraced(recorded: TraceLine): TracedEvent {
  return recorded as unknown as TracedEvent;
}
