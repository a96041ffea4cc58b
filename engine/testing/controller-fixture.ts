// A controller for tests: over a metadata log in memory, on ports of which only clock, random and trace are
// used. The log answers at once or when told to, and can be made to fail.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { Controller } from '../cluster/controller.ts';
import type { ControllerChannel } from '../cluster/controller-channel.ts';
import { MetadataView } from '../cluster/metadata-view.ts';
import { ProducerIds } from '../cluster/producer-ids.ts';
import { BrokerConfig } from '../config/config.ts';
import type { CreatableTopic } from '../core/create-topics.ts';
import { supportedFeatures } from '../core/registration.ts';
import { errorName } from '../errors.ts';
import type { Cancel, Ports } from '../ports.ts';
import { batchAt } from '../protocol/record-batch.ts';
import { uuidToText } from '../protocol/uuid.ts';
import { Runtime } from '../runtime.ts';
import type { TraceEvent } from '../trace-events.ts';
import { LogQuorum, type MetadataLog } from './log-quorum.ts';

/** Keeps batches; survives the controllers that use it, as a disk would. */
export class MemoryMetadataLog implements MetadataLog {
  readonly batches: Uint8Array[] = [];
  /** Set to make appends wait until it settles. */
  gate: Completion<void> | undefined;
  /** Set to make appends fail. */
  broken: string | undefined;
  #nextOffset = 0;

  *readAll(): Task<Outcome<Uint8Array[], string>> {
    return success([...this.batches]);
  }

  *append(batch: Uint8Array): Task<Outcome<number, string>> {
    if (this.gate !== undefined) yield* this.gate.wait();
    if (this.broken !== undefined) return failure(this.broken);
    const baseOffset = this.#nextOffset;
    const view = batchAt(batch);
    view.assignOffsets(baseOffset, 1);
    this.#nextOffset = view.lastOffset + 1;
    this.batches.push(batch);
    return success(baseOffset);
  }
}

/** Time that stands still until a test moves it. */
export class SteppedTime {
  #nowUs = 0;
  readonly #timers = new Set<{ readonly atUs: number; readonly fire: () => void }>();

  monotonicUs(): number {
    return this.#nowUs;
  }

  after(delayUs: number, fire: () => void): Cancel {
    const timer = { atUs: this.#nowUs + delayUs, fire };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Timers that are set. */
  get pending(): number {
    return this.#timers.size;
  }

  advance(ms: number): void {
    const untilUs = this.#nowUs + ms * 1000;
    for (;;) {
      const [next] = [...this.#timers].sort((a, b) => a.atUs - b.atUs);
      if (next === undefined || next.atUs > untilUs) break;
      this.#timers.delete(next);
      this.#nowUs = next.atUs;
      next.fire();
    }
    this.#nowUs = untilUs;
  }
}

export interface Fixture {
  readonly runtime: Runtime;
  readonly time: SteppedTime;
  readonly controller: Controller;
  readonly view: MetadataView;
  readonly producerIds: ProducerIds;
  readonly log: MemoryMetadataLog;
  readonly events: TraceEvent[];
  /** Runs a task that does not wait for anything outside, and gives its result. */
  run<T>(task: Task<T>): T;
}

/** A runtime without disk and network: the wall clock stands at 1 000 ms, uuids count up from the seed. */
export function quietRuntime(seed: number, events: TraceEvent[] = [], time = new SteppedTime()): Runtime {
  let uuids = seed * 1000;
  const unused = new Proxy({}, { get: () => assert(false, 'this port is not there in the test') });
  const ports: Ports = {
    clock: { wallMs: () => 1000, monotonicUs: () => time.monotonicUs() },
    timers: time,
    disk: unused as Ports['disk'],
    network: unused as Ports['network'],
    random: {
      below: () => 0,
      uuid: () => {
        const bytes = new Uint8Array(16);
        new DataView(bytes.buffer).setUint32(0, ++uuids * 16);
        return uuidToText(bytes);
      },
    },
    trace: { wants: () => true, emit: (event) => events.push(event) },
  };
  return new Runtime(ports, (error) => {
    throw error;
  });
}

export function parsedConfig(properties: Readonly<Record<string, string>> = {}): BrokerConfig {
  const parsed = BrokerConfig.parse(new Map(Object.entries(properties)));
  assert(parsed.ok, `the configuration of the test is valid: ${parsed.ok ? '' : parsed.error.join('; ')}`);
  return parsed.value;
}

/** A broker's life on `log`: each call is another start. */
export function startController(
  properties: Readonly<Record<string, string>> = {},
  log = new MemoryMetadataLog(),
): Fixture {
  const events: TraceEvent[] = [];
  const time = new SteppedTime();
  const runtime = quietRuntime(log.batches.length + 1, events, time);
  const config = parsedConfig(properties);
  const nodeId = config.get('node.id');
  const view = new MetadataView(runtime, { nodeId, clusterId: 'cluster-of-the-test', config });
  const quorum = new LogQuorum(runtime, log, nodeId);
  const controller = new Controller(runtime, { view, quorum });
  quorum.onCommitted((batch) => view.publish(batch));
  quorum.onLeadership(({ epoch }, activated) => controller.leadershipChanged(epoch, activated));
  const opened = runTask(runtime, quorum.open());
  assert(opened.ok, `the quorum opens: ${opened.ok ? '' : opened.error}`);
  quorum.start();
  joinCluster(runtime, controller, config);
  const producerIds = new ProducerIds(runtime, () => {
    const brokerEpoch = view.image.brokers.get(nodeId)?.epoch ?? -1;
    return controller.allocateProducerIds(nodeId, brokerEpoch);
  });
  return {
    runtime,
    time,
    controller,
    view,
    producerIds,
    log,
    events,
    run: (task) => runTask(runtime, task),
  };
}

/** The broker of the test registers and is unfenced. */
function joinCluster(runtime: Runtime, controller: Controller, config: BrokerConfig): void {
  const brokerId = config.get('node.id');
  const registered = runTask(
    runtime,
    controller.registerBroker({
      brokerId,
      clusterId: 'cluster-of-the-test',
      incarnationId: runtime.random.uuid(),
      listeners: [{ name: 'PLAINTEXT', host: 'broker.test', port: 9092, securityProtocol: 0 }],
      features: supportedFeatures(),
      rack: config.get('broker.rack'),
      isMigratingZkBroker: false,
      logDirs: ['AAAAAAAAAAAAAAAAAAABBB'],
      // Each life in a test ends cleanly.
      previousBrokerEpoch: controller.image.brokers.get(brokerId)?.epoch ?? -1,
    }),
  );
  assert(registered.ok && registered.value.errorCode === 0, 'the broker of the test registers');
  const granted = runTask(
    runtime,
    controller.brokerHeartbeat({
      brokerId,
      brokerEpoch: registered.value.brokerEpoch,
      currentMetadataOffset: controller.image.highestOffset,
      wantFence: false,
      wantShutDown: false,
    }),
  );
  assert(granted.ok && !granted.value.isFenced, 'the broker of the test is unfenced');
}

export function runTask<T>(runtime: Runtime, task: Task<T>): T {
  const ended = runtime.tasks.spawn('test', task);
  let result: { value: T } | undefined;
  ended.onSettled((value) => {
    result = { value };
  });
  assert(result !== undefined, 'the task of the test ended without waiting');
  return result.value;
}

/** A channel that goes straight to the controller, for CreateTopics. */
export function channelTo(controller: Controller): ControllerChannel {
  return {
    *request(_api: unknown, draft: Parameters<Controller['createTopics']>[0]) {
      return success(yield* controller.createTopics(draft));
    },
  } as unknown as ControllerChannel;
}

export interface WantedTopic {
  readonly name: string;
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  readonly assignments?: { partitionIndex: number; brokerIds: number[] }[];
  readonly configs?: { name: string; value: string | null }[];
}

/** A topic of a CreateTopics request; what is left out is left to the broker. */
export function topicWanted(wanted: WantedTopic): CreatableTopic {
  return { numPartitions: -1, replicationFactor: -1, assignments: [], configs: [], ...wanted };
}

/** Creates topics and gives the names of the errors. */
export function createIn(fixture: Fixture, ...wanted: WantedTopic[]): string[] {
  const command = { topics: wanted.map(topicWanted), validateOnly: false };
  const created = fixture.run(fixture.controller.createTopics(command));
  if (!created.ok) return [errorName(created.error)];
  return created.value.map((one) => errorName(one.errorCode));
}
