// Runs one workload in a simulated world: a broker, a client, the network between them and a disk, all as the model
// says. What comes out is a function of the code, the workload and the model.

import { setImmediate as breath } from 'node:timers/promises';
import { Broker, type Ports, Runtime, type Task, Writer } from '../../engine/index.ts';
import { type Life, World } from '../../sim/index.ts';
import { durabilityOf, type WorkloadFile } from '../workload.ts';
import { type Charged, countCopies, inside } from './copies.ts';
import { countedPorts, countTasks } from './counted-ports.ts';
import type { WorkloadCost } from './document.ts';
import { type CostModel, costModel } from './model.ts';
import { holdSession, type SessionOutcome } from './session.ts';
import { between, type Counts, Tally } from './tally.ts';

const brokerName = 'broker';
const clientName = 'client';
const port = 9092;
/** Of virtual time, for the start of the broker, the read-back and the waits of a run that goes wrong. */
const aroundSeconds = 600;

const moreThanAnySlabBytes = 16 * 1024 ** 2;

/** Whatever goes the simplest way; `random`, what the engine draws for itself, is left out. */
const calm = ['schedule', 'network', 'disk', 'node', 'yield'];

export interface SimulateOptions {
  readonly model?: CostModel;
  /** Laid over the ports of the broker, where it is counted: for trying what the gate sees. */
  readonly overBroker?: (ports: Ports) => Ports;
}

/** Why a workload could not be simulated: the file asks for what is not there, or the broker refused. */
export class SimulationError extends Error {}

/** Lets the macrotask loop turn now and then, because native codecs free their buffers only there. */
export async function simulate(file: WorkloadFile, options: SimulateOptions = {}): Promise<WorkloadCost> {
  const complaint = notSimulated(file);
  if (complaint !== undefined) throw new SimulationError(`${file.name}: ${complaint}`);
  const simulation = new Simulation(file, options);
  const stop = countCopies();
  try {
    beginWithFreshSlab();
    return await simulation.run();
  } finally {
    stop();
  }
}

/**
 * The engine's writers share a slab for the whole process (`protocol/bytes.ts`), and whether one of them must move to
 * grow may depend on what is left of it. One that takes more than any slab has leaves nothing, so that every
 * simulation begins with a new one, whatever ran before.
 */
function beginWithFreshSlab(): void {
  new Writer(moreThanAnySlabBytes);
}

/** What of a workload the simulator cannot do; undefined when it can. */
export function notSimulated({ workload }: WorkloadFile): string | undefined {
  if (workload.generator !== 'odradek') {
    return `the generator ${workload.generator} cannot live in the simulator; only odradek can`;
  }
  if (workload.faults.length > 0) return 'a workload with faults is not simulated; scenarios are for that';
  if (workload.kind === 'end-to-end' && workload.backlogRecords > 0) {
    return 'a backlog is not simulated: the records of the load are counted, and it is made of others';
  }
  return undefined;
}

class Simulation {
  readonly #file: WorkloadFile;
  readonly #model: CostModel;
  readonly #world: World;
  readonly #tally = new Tally();
  #begun: Counts | undefined;
  #ended: Counts | undefined;
  /** Of the load; text when the broker refused. */
  #outcome: SessionOutcome | string | undefined;
  #brokerIsUp = false;
  readonly #runtimes: Runtime[] = [];

  constructor(file: WorkloadFile, { model = costModel, overBroker = (ports) => ports }: SimulateOptions) {
    this.#file = file;
    this.#model = model;
    this.#world = newWorld(model);
    this.#world.addNode({
      name: brokerName,
      role: 'broker',
      disk: diskOf(model),
      program: (life) => this.#live(life, overBroker, (runtime) => this.#serve(runtime)),
    });
    this.#world.addNode({
      name: clientName,
      role: 'client',
      disk: diskOf(model),
      program: (life) =>
        this.#live(
          life,
          (ports) => ports,
          (runtime) => this.#load(runtime),
        ),
    });
  }

  async run(): Promise<WorkloadCost> {
    this.#world.node(brokerName).boot();
    await this.#until(() => this.#brokerIsUp || this.#outcome !== undefined);
    if (this.#brokerIsUp) this.#world.node(clientName).boot();
    await this.#until(() => this.#outcome !== undefined);
    const outcome = this.#outcome as SessionOutcome | string;
    const { name, workload } = this.#file;
    if (typeof outcome === 'string') throw new SimulationError(`${name}: ${outcome}`);
    const load = between(this.#begun as Counts, this.#ended as Counts);
    const { ledger } = outcome;
    if (ledger.acknowledged === 0) throw new SimulationError(`${name}: not one record was acknowledged`);
    return {
      name,
      durability: durabilityOf(workload),
      counts: { ...load, ...recordCounts(outcome), ...latencyCounts(outcome) },
      sound: ledger.sound,
      gaps: ledger.examples,
    };
  }

  async #until(isReached: () => boolean): Promise<void> {
    const slices = this.#world.slices(isReached);
    let slice = slices.next();
    for (; !slice.done; slice = slices.next()) await breath();
    const { crash } = this.#world;
    if (crash !== undefined)
      throw new Error(`${this.#file.name}: ${crash.node}: ${crash.label}: ${crash.stack}`);
    if (slice.value === 'reached') return;
    const waits = this.#runtimes.flatMap(({ tasks }) => tasks.pending());
    const told = waits.map(({ task, waitingFor }) => `${task} waits for ${waitingFor}`).join('; ');
    throw new Error(`${this.#file.name}: the simulation does not end (${slice.value}): ${told}`);
  }

  /** A node's life over counted ports; `begin` is its only task of ours. */
  #live(life: Life, over: (ports: Ports) => Ports, begin: (runtime: Runtime) => Task<void>): void {
    const charged: Charged = { tally: this.#tally, node: life.node.name };
    const ports = over(countedPorts(life.ports, charged));
    // Thrown on: the world ends with it.
    const runtime = new Runtime(ports, (error) => {
      throw error;
    });
    countTasks(runtime, charged);
    this.#runtimes.push(runtime);
    inside(charged, () => void runtime.tasks.spawn(life.node.name, begin(runtime)));
  }

  *#serve(runtime: Runtime): Task<void> {
    const broker = yield* Broker.start(runtime, { properties: brokerProperties(this.#file) });
    const refused = broker.ok ? broker.value.warnings : broker.error;
    if (!broker.ok || refused.length > 0) {
      this.#outcome = `the broker does not take its properties: ${refused.join('; ')}`;
      return;
    }
    this.#brokerIsUp = true;
    const reason = yield* broker.value.halted.wait();
    throw new Error(`the broker halted: ${reason}`);
  }

  *#load(runtime: Runtime): Task<void> {
    this.#outcome = yield* holdSession({
      runtime,
      broker: { host: brokerName, port },
      workload: this.#file.workload,
      model: this.#model,
      begin: () => {
        this.#begun = this.#counts();
      },
      end: () => {
        this.#ended = this.#counts();
      },
    });
  }

  #counts(): Counts {
    const { nowUs, scheduler } = this.#world;
    return { ...this.#tally.counts(), virtualUs: nowUs, schedulerSteps: scheduler.step };
  }
}

function newWorld(model: CostModel): World {
  return new World({
    seed: model.seed,
    calm,
    limits: { keptEvents: 0, virtualUs: (model.virtualSecondsMax + aroundSeconds) * 1e6 },
    network: {
      latency: { leastUs: model.networkLatencyUs, meanExtraUs: 0 },
      bytesPerSecond: model.networkBytesPerSecond,
      pipeBytes: model.networkBufferBytes,
      cuts: { numerator: 0, denominator: 1 },
    },
  });
}

function diskOf(model: CostModel) {
  return {
    cacheUs: { least: model.diskOperationUs, meanExtra: 0 },
    syncUs: { least: model.diskSyncUs, meanExtra: 0 },
    bytesPerSecond: model.diskBytesPerSecond,
    capacityBytes: model.diskCapacityBytes,
  };
}

function brokerProperties({ workload }: WorkloadFile): ReadonlyMap<string, string> {
  return new Map([
    ['node.id', '1'],
    ['listeners', `PLAINTEXT://${brokerName}:${port}`],
    ['log.dirs', 'data'],
    ...Object.entries(workload.broker),
  ]);
}

function recordCounts({ ledger, delivered }: SessionOutcome): Counts {
  const { acknowledged, failed, unfinished } = ledger;
  return {
    'records.acknowledged': acknowledged,
    'records.delivered': delivered,
    'records.failed': failed,
    'records.unfinished': unfinished,
  };
}

/** Percentiles are counts as well: whole virtual microseconds. */
function latencyCounts({ latencies }: SessionOutcome): Counts {
  const counts: Record<string, number> = {};
  for (const { of, recorder } of latencies) {
    const { p50Us, p99Us, maxUs } = recorder.report();
    for (const [name, us] of Object.entries({ p50Us, p99Us, maxUs })) {
      if (us !== null) counts[`latency.${of}.${name}`] = us;
    }
  }
  return counts;
}
