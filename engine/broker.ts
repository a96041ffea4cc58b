// One node of a cluster: a broker, a controller, or both, by its `process.roles`. Ports and properties go in, rooms
// come out joined; what each part consists of is decided in `assembly/`, and this is where the parts meet: the disk,
// the metadata quorum that everything rests on, the controller and the broker.
//
// A node whose disk fails halts, as Kafka does when its last log directory goes offline: it ends every connection and
// tells `halted`; while it starts, the start fails. What it had acknowledged by then is the disk's to keep.

import { BrokerPart } from './assembly/broker-part.ts';
import { ControllerPart } from './assembly/controller-part.ts';
import { openQuorum } from './assembly/quorum.ts';
import { Storage } from './assembly/storage.ts';
import { assert } from './base/assert.ts';
import { failure, type Outcome, success } from './base/outcome.ts';
import type { Completion, Task } from './base/task.ts';
import { MetadataView } from './cluster/metadata-view.ts';
import type { RaftQuorum } from './cluster/raft-quorum.ts';
import { BrokerConfig } from './config/config.ts';
import type { Address, DiskError } from './ports.ts';
import type { Runtime } from './runtime.ts';

export interface BrokerOptions {
  /** Kafka's property names; what is not named has Kafka's default. */
  readonly properties: ReadonlyMap<string, string>;
}

/**
 * What Kafka's own sample `server.properties` says for a broker that is alone; without it the internal topics
 * would wait for two more brokers for ever.
 */
const aloneProperties: ReadonlyMap<string, string> = new Map([
  ['offsets.topic.replication.factor', '1'],
  ['transaction.state.log.replication.factor', '1'],
  ['transaction.state.log.min.isr', '1'],
]);

interface Parts {
  readonly config: BrokerConfig;
  readonly storage: Storage;
  readonly quorum: RaftQuorum;
  readonly controller: ControllerPart | undefined;
  readonly broker: BrokerPart | undefined;
  /** Settles with the reason when the disk failed. */
  readonly halted: Completion<string>;
}

export class Broker {
  readonly nodeId: number;
  readonly clusterId: string;
  /** Where it listens: for clients, or on a node that is only a controller for brokers. */
  readonly address: Address;
  /** Things of the configuration that were not listened to, for the operator. */
  readonly warnings: readonly string[];
  /** Settles with the reason when the node gives up. */
  readonly halted: Completion<string>;
  readonly #runtime: Runtime;
  readonly #parts: Parts;
  #stopping = false;
  #left: Completion<void> | undefined;

  private constructor(runtime: Runtime, parts: Parts, address: Address) {
    this.#runtime = runtime;
    this.#parts = parts;
    this.address = address;
    this.nodeId = parts.config.get('node.id');
    this.clusterId = parts.storage.logs.clusterId;
    this.warnings = parts.config.warnings;
    this.halted = parts.halted;
    this.halted.onSettled((reason) => this.#halt(reason));
  }

  /** The active controller, as far as this node knows; undefined while it knows of none. */
  get activeControllerId(): number | undefined {
    const { leaderId } = this.#parts.quorum.leader;
    return leaderId < 0 ? undefined : leaderId;
  }

  /**
   * Recovers what the disk holds, joins the cluster and serves. A broker waits here for its controllers, however long
   * they take. The error is every reason why not.
   */
  static *start(runtime: Runtime, options: BrokerOptions): Task<Outcome<Broker, string[]>> {
    const config = configOf(options.properties);
    if (!config.ok) return config;
    const parts = yield* openParts(runtime, config.value);
    if (!parts.ok) return failure([parts.error]);
    const address = yield* startUnlessHalted(runtime, parts.value);
    if (!address.ok) {
      closeParts(parts.value);
      return failure([address.error]);
    }
    const broker = new Broker(runtime, parts.value, address.value);
    // A disk that failed behind recovery's back, while the last rooms were opened.
    if (broker.halted.settled) return failure([yield* broker.halted.wait()]);
    const { cleanShutdown } = parts.value.storage.logs;
    if (runtime.trace.wants('broker-started'))
      runtime.trace.emit({ kind: 'broker-started', brokerId: broker.nodeId, cleanShutdown });
    return success(broker);
  }

  /** Requests started so far by the name of their API, of clients and of other nodes. */
  requestCounts(): Map<string, number> {
    const { broker, controller } = this.#parts;
    const counts = broker?.requestCounts() ?? new Map<string, number>();
    for (const [api, count] of controller?.requestCounts() ?? []) {
      counts.set(api, (counts.get(api) ?? 0) + count);
    }
    return counts;
  }

  /**
   * Hands leaderships over and serves nobody any more, but still votes. Where a whole cluster stops, its brokers leave
   * before the first controller goes: whoever is left without a quorum has nobody to hand over to.
   */
  *leave(): Task<void> {
    if (this.#left !== undefined) return yield* this.#left.wait();
    this.#left = this.#runtime.tasks.completion('the broker has left');
    if (this.#parts.broker !== undefined) yield* this.#parts.broker.stop();
    this.#left.settle();
  }

  /**
   * Hands leaderships over, ends every connection, makes everything durable, leaves the clean-shutdown file. Requests
   * in process are not answered: their clients do not know, which is the truth. The error: the disk failed, nothing
   * promises a clean end, and the next start recovers.
   */
  *stop(): Task<Outcome<undefined, string>> {
    assert(!this.#stopping, 'a broker is stopped once');
    this.#stopping = true;
    const { broker, controller, quorum, storage } = this.#parts;
    yield* this.leave();
    yield* quorum.stop();
    controller?.close();
    const shutDown = yield* storage.logs.shutdown(broker?.brokerEpoch ?? -1);
    if (!shutDown.ok) return failure(storageFailed(shutDown.error));
    const { trace } = this.#runtime;
    if (trace.wants('broker-stopped')) trace.emit({ kind: 'broker-stopped', brokerId: this.nodeId });
    return success(undefined);
  }

  #halt(reason: string): void {
    closeParts(this.#parts);
    const { trace } = this.#runtime;
    if (trace.wants('broker-halted')) trace.emit({ kind: 'broker-halted', brokerId: this.nodeId, reason });
  }
}

function configOf(properties: ReadonlyMap<string, string>): Outcome<BrokerConfig, string[]> {
  const asGiven = BrokerConfig.parse(properties);
  if (!asGiven.ok || asGiven.value.voters.length > 1 || !asGiven.value.roles.controller) return asGiven;
  return BrokerConfig.parse(new Map([...aloneProperties, ...properties]));
}

function* openParts(runtime: Runtime, config: BrokerConfig): Task<Outcome<Parts, string>> {
  const halted = runtime.tasks.completion<string>('the node halts');
  const onStorageFailure = (error: DiskError): void => {
    halted.settle(storageFailed(error));
  };
  const storage = yield* Storage.open(runtime, config, onStorageFailure);
  if (!storage.ok) return storage;
  const { clusterId } = storage.value.logs;
  const metadata = new MetadataView(runtime, { nodeId: config.get('node.id'), clusterId, config });
  const quorum = yield* openQuorum(runtime, {
    config,
    storage: storage.value,
    metadata,
    onFailure: (reason) => halted.settle(`storage failed: ${reason}`),
  });
  if (!quorum.ok) return quorum;
  const controller = config.roles.controller
    ? new ControllerPart(runtime, { config, clusterId, metadata, quorum: quorum.value })
    : undefined;
  const common = { config, storage: storage.value, metadata, quorum: quorum.value, onStorageFailure };
  const broker = config.roles.broker
    ? new BrokerPart(runtime, {
        ...common,
        answerHere: controller === undefined ? undefined : (frame, peer) => controller.answer(frame, peer),
      })
    : undefined;
  quorum.value.onLeadership(({ epoch }, activated) =>
    controller?.controller.leadershipChanged(epoch, activated),
  );
  return success({ config, storage: storage.value, quorum: quorum.value, controller, broker, halted });
}

/** To join may take as long as the controllers like; a disk that fails meanwhile ends the wait, and the node. */
function* startUnlessHalted(runtime: Runtime, parts: Parts): Task<Outcome<Address, string>> {
  const first = runtime.tasks.completion<Outcome<Address, string>>(
    'the node has joined its cluster, or halts',
  );
  parts.halted.onSettled((reason) => first.settle(failure(reason)));
  runtime.tasks.spawn('joining', startParts(parts)).onSettled((address) => first.settle(address));
  return yield* first.wait();
}

/** Where the node listens, once it has joined its cluster. */
function* startParts({ controller, broker, quorum }: Parts): Task<Outcome<Address, string>> {
  // The ports first: who finds one taken shall not have touched anybody's cluster.
  const forClients = yield* broker?.listen() ?? nowhere();
  if (!forClients.ok) return forClients;
  const forControllers = yield* controller?.listen() ?? nowhere();
  if (!forControllers.ok) return forControllers;
  quorum.start();
  if (broker !== undefined && forClients.value !== undefined) {
    const started = yield* broker.start(forClients.value);
    if (!started.ok) return started;
  }
  const address = forClients.value ?? forControllers.value;
  assert(address !== undefined, 'a node listens for somebody');
  return success(address);
}

function* nowhere(): Task<Outcome<Address | undefined, string>> {
  return success(undefined);
}

function closeParts({ broker, controller, quorum }: Parts): void {
  broker?.halt();
  controller?.close();
  quorum.halt();
}

function storageFailed({ kind, detail }: DiskError): string {
  return `storage failed (${kind}): ${detail}`;
}
