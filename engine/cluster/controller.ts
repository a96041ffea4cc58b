// The controller of a cluster of one. Commands are taken one at a time: plan (pure, in `core/`), append the
// records as one batch, wait until they are durable, replay what was written, tell the listeners, answer. So
// a command sees all that came before it, what is answered survives a power loss, and a restart finds the
// same image by replay.
//
// When the log fails, what became of the last batch is not known; the controller then answers
// KAFKA_STORAGE_ERROR to everything until the broker, which halts on a failed disk, is started again.
//
// Left out: a quorum of controllers (Raft), snapshots, and fetching the next block of producer ids ahead of
// time.

import { assert } from '../base/assert.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import type { BrokerConfig } from '../config/config.ts';
import type { TopicConfig } from '../config/topic-config.ts';
import {
  type AlterCommand,
  type AlteredResource,
  type ConfigOperation,
  planAlterConfigs,
  planIncrementalAlterConfigs,
} from '../core/alter-configs.ts';
import { type CommandContext, type Plan, planProducerIds, producerIdBlockSize } from '../core/controller.ts';
import {
  type CreatePartitionsCommand,
  type GrownTopic,
  planCreatePartitions,
} from '../core/create-partitions.ts';
import { type CreatedTopic, type CreateTopicsCommand, planCreateTopics } from '../core/create-topics.ts';
import { type DeletedTopic, planDeleteTopics, type TopicToDelete } from '../core/delete-topics.ts';
import { topicInPassing } from '../core/internal-topics.ts';
import { type MetadataDelta, MetadataImage, resourceType } from '../core/metadata-image.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import { registrationRecords } from '../core/registration.ts';
import { clusterMetadataTopic, isInternalTopic } from '../core/topic-names.ts';
import { ErrorCode } from '../errors.ts';
import type { Address } from '../ports.ts';
import type { Runtime } from '../runtime.ts';
import { type MetadataLog, metadataBatch, metadataBatchesOf } from './metadata-log.ts';

export interface ControllerOptions {
  readonly log: MetadataLog;
  readonly nodeId: number;
  readonly clusterId: string;
  /** The properties file; the dynamic layers come from the metadata log. */
  readonly config: BrokerConfig;
  /** Where clients are told to connect. */
  readonly advertised: Address;
  /** The id of the log directory, from its `meta.properties`. */
  readonly directoryId: string;
}

/**
 * Told of every change, in order, after the image has it. The command is answered when the listener's task
 * ended.
 */
export type DeltaListener = (delta: MetadataDelta) => Task<void> | void;

export class Controller {
  readonly image = new MetadataImage();
  readonly nodeId: number;
  readonly clusterId: string;
  readonly #runtime: Runtime;
  readonly #options: ControllerOptions;
  readonly #listeners: DeltaListener[] = [];
  #brokerConfig: BrokerConfig;
  readonly #topicConfigs = new Map<string, TopicConfig>();
  /**
   * Settles when the command before has been answered: commands queue up here, one for each connection at
   * most.
   */
  #turn: Completion<void>;
  /**
   * Topics that are being created in passing: asking for one again while it is does not queue another
   * command.
   */
  readonly #creating = new Set<string>();
  #failed = false;
  #nextProducerId = 0;
  #producerIdsLeft = 0;

  private constructor(runtime: Runtime, options: ControllerOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#brokerConfig = options.config;
    this.nodeId = options.nodeId;
    this.clusterId = options.clusterId;
    this.#turn = runtime.tasks.completion('the first command');
    this.#turn.settle();
  }

  /** Replays the log and registers this life of the broker. The error is a sentence for people. */
  static *open(runtime: Runtime, options: ControllerOptions): Task<Outcome<Controller, string>> {
    const controller = new Controller(runtime, options);
    const replayed = yield* controller.#replayLog();
    if (!replayed.ok) return replayed;
    const registered = yield* controller.#register();
    return registered.ok ? success(controller) : registered;
  }

  /** Listeners are called for what comes from now on; what is there already is in the image. */
  onDelta(listener: DeltaListener): void {
    this.#listeners.push(listener);
  }

  // ---- what is known

  /** The configuration of this broker with its dynamic layers, as of now. */
  get brokerConfig(): BrokerConfig {
    return this.#brokerConfig;
  }

  /** As of now: ask again after a wait. A topic that is not there has the broker's defaults. */
  topicConfig(topic: string): TopicConfig {
    let config = this.#topicConfigs.get(topic);
    if (config === undefined) {
      config = this.#brokerConfig.topic(new Map(this.image.configs(resourceType.topic, topic)));
      if (this.image.topic(topic) !== undefined) this.#topicConfigs.set(topic, config);
    }
    return config;
  }

  isInternal(topic: string): boolean {
    return isInternalTopic(topic);
  }

  isMetadataLog(topic: string): boolean {
    return topic === clusterMetadataTopic;
  }

  // ---- commands; the failure is the error code for the whole request

  createTopics(command: CreateTopicsCommand): Task<Outcome<CreatedTopic[], number>> {
    return this.#command('create topics', (context) => planCreateTopics(context, command));
  }

  deleteTopics(topics: readonly TopicToDelete[]): Task<Outcome<DeletedTopic[], number>> {
    return this.#command('delete topics', (context) => planDeleteTopics(context, topics));
  }

  createPartitions(command: CreatePartitionsCommand): Task<Outcome<GrownTopic[], number>> {
    return this.#command('create partitions', (context) => planCreatePartitions(context, command));
  }

  alterConfigs(
    command: AlterCommand<{ readonly name: string; readonly value: string | null }>,
  ): Task<Outcome<AlteredResource[], number>> {
    return this.#command('alter configs', (context) => planAlterConfigs(context, command));
  }

  incrementalAlterConfigs(command: AlterCommand<ConfigOperation>): Task<Outcome<AlteredResource[], number>> {
    return this.#command('alter configs', (context) => planIncrementalAlterConfigs(context, command));
  }

  /**
   * Creates topics that a client asked about, or the broker needs: with the broker's defaults. Existing ones
   * stay.
   */
  *createInPassing(names: readonly string[]): Task<Outcome<CreatedTopic[], number>> {
    const wanted = names.filter((name) => this.image.topic(name) === undefined);
    const topics = wanted.flatMap((name) => topicInPassing(this.#brokerConfig, name) ?? []);
    if (topics.length === 0) return success([]);
    return yield* this.createTopics({ topics, validateOnly: false });
  }

  /** As `createInPassing`, without waiting for it: whoever asked is told to come back. */
  beginCreateInPassing(names: readonly string[]): void {
    const fresh = names.filter((name) => !this.#creating.has(name));
    if (fresh.length === 0) return;
    for (const name of fresh) this.#creating.add(name);
    this.#runtime.tasks.spawn('create topics in passing', this.#createAndForget(fresh));
  }

  *#createAndForget(names: readonly string[]): Task<void> {
    yield* this.createInPassing(names);
    for (const name of names) this.#creating.delete(name);
  }

  /** An id for an idempotent producer, never given before. The failure is an error code. */
  *nextProducerId(): Task<Outcome<number, number>> {
    while (this.#producerIdsLeft === 0) {
      // Many may come here at once; whoever waited for another's block uses what it left.
      const block = yield* this.#exclusive(() => this.#allocateProducerIds());
      if (!block.ok) return block;
    }
    this.#producerIdsLeft--;
    return success(this.#nextProducerId++);
  }

  *#allocateProducerIds(): Task<Outcome<undefined, number>> {
    if (this.#producerIdsLeft > 0) return success(undefined);
    const plan = planProducerIds(this.image, this.nodeId);
    const committed = yield* this.#commit(plan.records);
    if (!committed.ok) return failure(ErrorCode.KAFKA_STORAGE_ERROR);
    this.#nextProducerId = plan.response;
    this.#producerIdsLeft = producerIdBlockSize;
    return success(undefined);
  }

  // ---- how a command runs

  *#command<R>(label: string, plan: (context: CommandContext) => Plan<R>): Task<Outcome<R, number>> {
    return yield* this.#exclusive(() => this.#run(plan), label);
  }

  *#run<R>(plan: (context: CommandContext) => Plan<R>): Task<Outcome<R, number>> {
    const { records, response } = plan({
      image: this.image,
      config: this.#brokerConfig,
      nodeId: this.nodeId,
      uuid: () => this.#topicId(),
    });
    if (records.length === 0) return success(response);
    const committed = yield* this.#commit(records);
    return committed.ok ? success(response) : failure(ErrorCode.KAFKA_STORAGE_ERROR);
  }

  /** Kafka keeps ids that begin with '-' away from people who type them on a command line. */
  #topicId(): string {
    for (;;) {
      const id = this.#runtime.random.uuid();
      if (!id.startsWith('-')) return id;
    }
  }

  *#exclusive<T>(
    work: () => Task<Outcome<T, number>>,
    label = 'allocate producer ids',
  ): Task<Outcome<T, number>> {
    const before = this.#turn;
    const mine = this.#runtime.tasks.completion<void>(`the controller's command: ${label}`);
    this.#turn = mine;
    yield* before.wait();
    const outcome = this.#failed ? failure(ErrorCode.KAFKA_STORAGE_ERROR) : yield* work();
    mine.settle();
    return outcome;
  }

  *#commit(records: readonly MetadataRecord[]): Task<Outcome<undefined, string>> {
    const batch = metadataBatch(records, this.#runtime.clock.wallMs());
    // Decoded before it is handed over: what is replayed is what was written, whatever the codec made of it.
    const decoded = metadataBatchesOf(batch);
    assert(decoded.ok && decoded.value.length === 1, 'a metadata batch can be read back');
    const expected = this.image.highestOffset + 1;
    const appended = yield* this.#options.log.append(batch);
    if (!appended.ok) {
      this.#failed = true;
      return appended;
    }
    assert(appended.value === expected, 'the metadata log continues where the image ends');
    const replayed = decoded.value[0]?.records ?? [];
    const delta = this.image.replay(replayed, appended.value + records.length - 1);
    this.#afterReplay(delta);
    this.#traceDelta(delta);
    for (const listener of this.#listeners) {
      const following = listener(delta);
      if (following !== undefined) yield* following;
    }
    return success(undefined);
  }

  *#replayLog(): Task<Outcome<undefined, string>> {
    const chunks = yield* this.#options.log.readAll();
    if (!chunks.ok) return chunks;
    for (const chunk of chunks.value) {
      const batches = metadataBatchesOf(chunk);
      if (!batches.ok) return batches;
      for (const { records, lastOffset } of batches.value) {
        this.#afterReplay(this.image.replay(records, lastOffset));
      }
    }
    return success(undefined);
  }

  *#register(): Task<Outcome<undefined, string>> {
    const { advertised, directoryId, config } = this.#options;
    const registration = {
      brokerId: this.nodeId,
      incarnationId: this.#runtime.random.uuid(),
      endPoints: [{ name: config.listener.name, ...advertised, securityProtocol: 0 }],
      rack: config.get('broker.rack'),
      directoryId,
    };
    return yield* this.#commit(registrationRecords(this.image, registration, this.image.highestOffset + 1));
  }

  /** What is derived from the image and remembered is forgotten when its source changed. */
  #afterReplay(delta: MetadataDelta): void {
    for (const topic of delta.deleted) this.#topicConfigs.delete(topic.name);
    for (const change of delta.configsChanged) {
      if (change.resourceType === resourceType.topic) this.#topicConfigs.delete(change.resourceName);
    }
    if (!delta.configsChanged.some((change) => change.resourceType === resourceType.broker)) return;
    this.#brokerConfig = this.#options.config.withDynamic(
      new Map(this.image.configs(resourceType.broker, '')),
      new Map(this.image.configs(resourceType.broker, String(this.nodeId))),
    );
    this.#topicConfigs.clear();
  }

  #traceDelta(delta: MetadataDelta): void {
    const { trace } = this.#runtime;
    for (const { name, topicId, partitions } of delta.created) {
      if (trace.wants('topic-created'))
        trace.emit({ kind: 'topic-created', topic: name, topicId, partitions: partitions.length });
    }
    for (const { name, topicId } of delta.deleted) {
      if (trace.wants('topic-deleted')) trace.emit({ kind: 'topic-deleted', topic: name, topicId });
    }
    for (const change of trace.wants('config-changed') ? delta.configsChanged : []) {
      const kind = change.resourceType === resourceType.topic ? 'topic' : 'broker';
      const resource = `${kind}:${change.resourceName}`;
      trace.emit({ kind: 'config-changed', resource, key: change.name, value: change.value ?? '' });
    }
  }
}
