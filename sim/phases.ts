// The course of a run: set up, the scenario's own phases (warm up, hurt), heal, converge, scan. Safety is judged from
// what happened on the way, liveness from whether it ends.
//
//   heal       every fault ends, whoever is down is started, producers are asked to finish
//   replicate  in a cluster: every partition has a leader and all its replicas in sync, as every broker tells it
//   converge   every producer ends; then every consumer has read what there is and ends
//   scan       a fresh reader reads every partition from its log start; in a cluster, once more through each replica

import { assert, type Task } from '../engine/index.ts';
import type { FaultPlan } from './fault-plan.ts';
import { drawUs } from './fault-plan.ts';
import type { History } from './record/history.ts';
import type { Scenario, ScenarioPhase, ScenarioWorkload } from './scenario/schema.ts';
import type { Client, Stage } from './stage.ts';
import type { Session, WorkloadKind } from './workload.ts';
import { createTopics } from './workloads/create-topics.ts';
import { finalScan } from './workloads/final-scan.ts';
import { replicaScan } from './workloads/replica-scan.ts';
import { awaitReplication } from './workloads/replication.ts';

export interface Cast {
  readonly stage: Stage;
  readonly plan: FaultPlan;
  readonly history: History;
  readonly scenario: Scenario;
  readonly workloads: ReadonlyMap<string, WorkloadKind>;
  readonly bootstrap: Session['bootstrap'];
}

/** How a run came to its end. `cut`: by a limit, a bug, or because it was told to stop at a step. */
export type Ending = 'converged' | 'stuck' | 'cut';

/** Virtual time for brokers to start and for topics to be made. */
const setUpSeconds = 60;
/** Virtual time that a phase that waits for operations may take. */
const phaseSeconds = 600;
const convergeSecondsDefault = 120;

/** When a phase of the scenario took place. */
export interface PhaseTimes {
  readonly phase: string;
  readonly begunUs: number;
  readonly endedUs: number;
}

interface Employed {
  readonly kind: WorkloadKind;
  readonly client: Client;
}

export class Direction {
  readonly #cast: Cast;
  readonly #employed: Employed[] = [];
  #phase = 0;
  #healed = false;
  #draining = false;
  /** Where the run is: for those who ask why it is stuck. */
  where = 'set-up';
  /** When each phase of the scenario began and ended. */
  readonly timeline: PhaseTimes[] = [];

  constructor(cast: Cast) {
    this.#cast = cast;
  }

  *run(): Generator<void, Ending> {
    const { stage, scenario } = this.#cast;
    const ready = yield* this.#setUp();
    if (ready !== 'converged') return ready;
    for (const [index, phase] of scenario.phases.entries()) {
      this.#phase = index;
      this.#enter(phase.name);
      if ((yield* this.#play(phase)) === 'cut') return 'cut';
    }
    this.#enter('heal');
    this.#phase = scenario.phases.length;
    this.#cast.plan.healAll();
    this.#healed = true;
    const whole = yield* this.#replicate();
    if (whole !== 'converged') return whole;
    const done = yield* this.#converge();
    if (done !== 'converged') return done;
    const scanned = yield* this.#scan();
    if (scanned !== 'converged') return scanned;
    return (yield* stage.go(stage.now().timeUs + 1_000_000)) === 'cut' ? 'cut' : 'converged';
  }

  *#replicate(): Generator<void, Ending> {
    if (this.#cast.scenario.cluster.brokers === 1) return 'converged';
    return yield* this.#assist('replicate', 'replication', awaitReplication);
  }

  *#converge(): Generator<void, Ending> {
    const { scenario } = this.#cast;
    this.#enter('converge');
    const producers = this.#employed.filter((one) => !one.kind.drains);
    const readers = this.#employed.filter((one) => one.kind.drains);
    const written = yield* this.#within(convergeSeconds(scenario), () => producers.every(isDone));
    if (written !== 'converged') return written;
    this.#draining = true;
    return yield* this.#within(convergeSeconds(scenario), () => readers.every(isDone));
  }

  *#scan(): Generator<void, Ending> {
    const { cluster, finalScan: how } = this.#cast.scenario;
    const scanned = yield* this.#assist('scan', 'scanner', finalScan);
    if (scanned !== 'converged' || cluster.brokers === 1 || how === 'leader') return scanned;
    return yield* this.#assist('scan-replicas', 'replica-scanner', replicaScan);
  }

  /** A phase that is over when an assistant of the director has done its work. */
  *#assist(phase: string, name: string, live: (session: Session) => Task<void>): Generator<void, Ending> {
    this.#enter(phase);
    const assistant = this.#assistant(name, live);
    return yield* this.#within(convergeSeconds(this.#cast.scenario), () => assistant.ended());
  }

  /** Brokers up, topics made: nothing is judged before. */
  *#setUp(): Generator<void, Ending> {
    const { stage } = this.#cast;
    const starting = new Set(stage.patients().flatMap(({ name, role }) => (role === 'broker' ? [name] : [])));
    stage.onEvent(({ event, node }) => {
      if (event.kind === 'broker-started') starting.delete(node);
    });
    stage.bootCluster();
    const up = yield* this.#within(setUpSeconds, () => starting.size === 0);
    if (up !== 'converged') return up;
    const administrator = this.#assistant('administrator', (session) =>
      createTopics(session, this.#cast.scenario.cluster.topics),
    );
    return yield* this.#within(setUpSeconds, () => administrator.ended());
  }

  *#play(phase: ScenarioPhase): Generator<void, 'played' | 'cut'> {
    const { stage, plan, history } = this.#cast;
    const hired = (phase.workloads ?? []).flatMap((workload) => this.#employ(workload));
    plan.beginPhase(phase.name, phase.faults ?? []);
    const { until } = phase;
    const begunUs = stage.now().timeUs;
    let reached: string;
    if ('virtualSeconds' in until) {
      reached = yield* stage.go(
        begunUs + drawUs(stage.draws(`phase/${phase.name}/length`), until.virtualSeconds),
      );
    } else {
      const before = history.counts.completed;
      const over = () =>
        'operations' in until ? history.counts.completed - before >= until.operations : hired.every(isDone);
      reached = yield* stage.go(() => over() || stage.now().timeUs - begunUs > phaseSeconds * 1e6);
    }
    plan.endPhase();
    this.timeline.push({ phase: phase.name, begunUs, endedUs: stage.now().timeUs });
    return reached === 'cut' ? 'cut' : 'played';
  }

  *#within(seconds: number, over: () => boolean): Generator<void, Ending> {
    const { stage } = this.#cast;
    const deadlineUs = stage.now().timeUs + seconds * 1e6;
    // An event that never comes would not be asked after: the deadline is an event of its own.
    const cancel = stage.after(seconds * 1e6, `${this.where} must be over`, () => {});
    const reached = yield* stage.go(() => over() || stage.now().timeUs >= deadlineUs);
    cancel();
    if (reached === 'cut') return 'cut';
    return over() ? 'converged' : 'stuck';
  }

  #enter(phase: string): void {
    this.where = phase;
    this.#cast.stage.tellPhase(phase);
  }

  #employ(workload: ScenarioWorkload): Employed[] {
    const { scenario, history } = this.#cast;
    const kind = this.#cast.workloads.get(workload.workload);
    assert(kind !== undefined, `the schema knows the workload ${workload.workload}`);
    const name = workload.name ?? workload.workload;
    const lastPhase = scenario.phases.findIndex((phase) => phase.name === workload.through);
    const clients = workload.clients ?? 1;
    kind.declare(history, workload);
    const hired: Employed[] = [];
    for (let index = 0; index < clients; index++) {
      const last = Math.max(lastPhase, this.#phase);
      const stopping = () => this.#healed || this.#phase > last;
      const client = this.#client(
        `${name}-${index + 1}`,
        'workload',
        { index, clients, stopping },
        (session) => kind.live(session, workload),
      );
      hired.push({ kind, client });
    }
    this.#employed.push(...hired);
    return hired;
  }

  /** A client of the director's own. */
  #assistant(name: string, live: (session: Session) => Task<void>): Client {
    return this.#client(name, 'assistant', { index: 0, clients: 1, stopping: () => false }, live);
  }

  #client(
    name: string,
    part: 'workload' | 'assistant',
    place: Pick<Session, 'index' | 'clients' | 'stopping'>,
    live: (session: Session) => Task<void>,
  ): Client {
    const { stage, history, bootstrap, scenario } = this.#cast;
    return stage.addClient(name, part, (runtime, incarnation) =>
      live({
        ...place,
        runtime,
        history,
        client: name,
        name: `${name}#${incarnation}`,
        life: incarnation,
        bootstrap,
        topics: scenario.cluster.topics,
        draining: () => this.#draining,
      }),
    );
  }
}

function isDone(one: Employed): boolean {
  return one.client.ended();
}

function convergeSeconds(scenario: Scenario): number {
  return scenario.convergeSeconds ?? convergeSecondsDefault;
}
