// The active controller: takes commands one at a time, while this node leads the metadata quorum. Plan (pure, in
// `core/`), append the records as one batch, wait until they are committed and every listener on this node has acted on
// them, answer. So a command sees all that came before it, what is answered survives, and whoever leads next finds the
// same image by replay. On every other node it refuses with NOT_CONTROLLER.
//
// One at a time costs a round of the quorum for each command; Kafka plans on what is not committed yet and takes that
// back when it loses the leadership. Rejected: an image that may have to be unwound.

import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import {
  type AlterCommand,
  type AlteredResource,
  type ConfigOperation,
  planAlterConfigs,
  planIncrementalAlterConfigs,
} from '../core/alter-configs.ts';
import {
  type AlteredPartitions,
  type AlterPartitionCommand,
  planAlterPartition,
} from '../core/alter-partition.ts';
import {
  type AssignDirectoriesCommand,
  type AssignedDirectories,
  planAssignDirectories,
} from '../core/assign-directories.ts';
import { BrokerSessions } from '../core/broker-sessions.ts';
import {
  type CommandContext,
  type Plan,
  planProducerIds,
  producerIdBlockSize,
  type Refusal,
} from '../core/controller.ts';
import {
  type CreatePartitionsCommand,
  type GrownTopic,
  planCreatePartitions,
} from '../core/create-partitions.ts';
import { type CreatedTopic, type CreateTopicsCommand, planCreateTopics } from '../core/create-topics.ts';
import { type DeletedTopic, planDeleteTopics, type TopicToDelete } from '../core/delete-topics.ts';
import {
  type ElectedLeaders,
  type ElectLeadersCommand,
  planElectLeaders,
  planPreferredElections,
  planUncleanElections,
} from '../core/elect-leaders.ts';
import {
  type BrokerHeartbeat,
  type GrantedHeartbeat,
  planBrokerHeartbeat,
  planFencing,
} from '../core/heartbeat.ts';
import type { MetadataImage } from '../core/metadata-image.ts';
import {
  type OngoingTopic,
  ongoingReassignments,
  planAlterPartitionReassignments,
  type ReassignCommand,
  type ReassignedTopic,
} from '../core/reassignments.ts';
import {
  type BrokerRegistration,
  initialRecords,
  planBrokerRegistration,
  planUnregisterBroker,
  type RegisteredBroker,
} from '../core/registration.ts';
import { planUpdateFeatures, type UpdateFeaturesCommand } from '../core/update-features.ts';
import { ErrorCode } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import { ControllerTrace } from './controller-trace.ts';
import type { MetadataView } from './metadata-view.ts';
import type { Quorum } from './quorum.ts';

export interface ControllerOptions {
  readonly view: MetadataView;
  readonly quorum: Quorum;
}

/** Producer ids that nobody had before: `length` of them from `firstId` on. */
export interface ProducerIdBlock {
  readonly firstId: number;
  readonly length: number;
}

export class Controller {
  readonly #runtime: Runtime;
  readonly #view: MetadataView;
  readonly #quorum: Quorum;
  readonly #sessions: BrokerSessions;
  readonly #said: ControllerTrace;
  readonly #activity: ((active: boolean) => void)[] = [];
  /** Settles when the command before has been answered: commands queue up here. */
  #turn: Completion<void>;
  /** The epoch in which this node is the active controller; -1 while it is not. */
  #activeEpoch = -1;
  /** The metadata log failed: what became of the last batch is not known, and nothing is promised any more. */
  #storageFailed = false;

  constructor(runtime: Runtime, { view, quorum }: ControllerOptions) {
    this.#runtime = runtime;
    this.#view = view;
    this.#quorum = quorum;
    this.#sessions = new BrokerSessions(view.brokerConfig.get('broker.session.timeout.ms'));
    this.#said = new ControllerTrace(runtime, view);
    this.#turn = runtime.tasks.completion('the first command');
    this.#turn.settle();
  }

  get isActive(): boolean {
    return this.#activeEpoch >= 0;
  }

  get image(): MetadataImage {
    return this.#view.image;
  }

  /** Told when this node becomes the active controller, and when it is that no longer. */
  onActivity(listener: (active: boolean) => void): void {
    this.#activity.push(listener);
  }

  /** The quorum says who leads; `activated` when that is this node and its image is the newest. */
  leadershipChanged(epoch: number, activated: boolean): void {
    if (this.isActive && (!activated || epoch !== this.#activeEpoch)) this.#resign();
    if (activated && epoch !== this.#activeEpoch) this.#activate(epoch);
  }

  #resign(): void {
    const { trace } = this.#runtime;
    const epoch = this.#activeEpoch;
    this.#activeEpoch = -1;
    if (trace.wants('controller-resigned')) trace.emit({ kind: 'controller-resigned', epoch });
    for (const listener of this.#activity) listener(false);
  }

  #activate(epoch: number): void {
    const { trace } = this.#runtime;
    this.#activeEpoch = epoch;
    this.#sessions.begin(this.#nowMs());
    if (trace.wants('controller-activated')) trace.emit({ kind: 'controller-activated', epoch });
    this.#said.everything();
    // Before any other command: the queue is in the order in which commands came.
    if (this.image.features.size === 0) this.#runtime.tasks.spawn('the first records', this.#writeInitial());
    for (const listener of this.#activity) listener(true);
  }

  *#writeInitial(): Task<void> {
    yield* this.#command('the first records', ({ image, config }) => ({
      records: initialRecords(image, config),
      response: undefined,
    }));
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

  *alterConfigs(
    command: AlterCommand<{ readonly name: string; readonly value: string | null }>,
  ): Task<Outcome<AlteredResource[], number>> {
    const altered = yield* this.#command('alter configs', (context) => planAlterConfigs(context, command));
    this.#afterConfigs(command);
    return altered;
  }

  *incrementalAlterConfigs(command: AlterCommand<ConfigOperation>): Task<Outcome<AlteredResource[], number>> {
    const altered = yield* this.#command('alter configs', (context) =>
      planIncrementalAlterConfigs(context, command),
    );
    this.#afterConfigs(command);
    return altered;
  }

  /** Who allows unclean elections wants one now, where a partition waits for a leader. */
  #afterConfigs(command: AlterCommand<{ readonly name: string }>): void {
    const touches = command.resources.some(({ configs }) =>
      configs.some(({ name }) => name === 'unclean.leader.election.enable'),
    );
    if (!touches || command.validateOnly || !this.isActive) return;
    this.#runtime.tasks.spawn('elect unclean leaders', this.#electAllUnclean());
  }

  *#electAllUnclean(): Task<void> {
    let more = true;
    while (more) more = yield* this.electUncleanLeaders();
  }

  /** A block of producer ids for a broker. */
  *allocateProducerIds(brokerId: number, brokerEpoch: number): Task<Outcome<ProducerIdBlock, number>> {
    const planned = yield* this.#command('allocate producer ids', (context) =>
      planProducerIds(context, brokerId, brokerEpoch),
    );
    const first = planned.ok ? planned.value : planned;
    return first.ok ? success({ firstId: first.value, length: producerIdBlockSize }) : first;
  }

  *alterPartition(command: AlterPartitionCommand): Task<Outcome<AlteredPartitions, number>> {
    const altered = yield* this.#command('alter partitions', (context) =>
      planAlterPartition(context, command),
    );
    if (altered.ok) this.#said.answeredIsrChange(altered.value);
    return altered;
  }

  assignDirectories(command: AssignDirectoriesCommand): Task<Outcome<AssignedDirectories, number>> {
    return this.#command('assign directories', (context) => planAssignDirectories(context, command));
  }

  electLeaders(command: ElectLeadersCommand): Task<Outcome<ElectedLeaders, number>> {
    return this.#command('elect leaders', (context) => planElectLeaders(context, command));
  }

  alterPartitionReassignments(command: ReassignCommand): Task<Outcome<ReassignedTopic[], number>> {
    return this.#command('reassign partitions', (context) =>
      planAlterPartitionReassignments(context, command),
    );
  }

  updateFeatures(command: UpdateFeaturesCommand): Task<Outcome<Refusal, number>> {
    return this.#command('update features', (context) => planUpdateFeatures(context, command));
  }

  /** In its turn, so that it tells of every reassignment that was answered before. */
  listPartitionReassignments(
    topics: Parameters<typeof ongoingReassignments>[1],
  ): Task<Outcome<OngoingTopic[], number>> {
    return this.#command('list reassignments', ({ image }) => ({
      records: [],
      response: ongoingReassignments(image, topics),
    }));
  }

  // ---- brokers

  /** A broker's new life. */
  *registerBroker(registration: BrokerRegistration): Task<Outcome<RegisteredBroker, number>> {
    const registered = yield* this.#command('register a broker', (context) =>
      planBrokerRegistration(context, registration),
    );
    if (registered.ok && registered.value.errorCode === ErrorCode.NONE) {
      const { brokerEpoch, cleanShutdown } = registered.value;
      this.#said.registered(registration.brokerId, brokerEpoch, registration.incarnationId, cleanShutdown);
    }
    const refusal = registered.ok ? registered.value.errorCode : ErrorCode.NONE;
    if (refusal === ErrorCode.DUPLICATE_BROKER_REGISTRATION) {
      this.#runtime.reached('registration-refused-by-session');
    }
    return registered;
  }

  *brokerHeartbeat(heartbeat: BrokerHeartbeat): Task<Outcome<GrantedHeartbeat, number>> {
    const { brokerId, brokerEpoch, currentMetadataOffset } = heartbeat;
    // The broker is alive now, however long its turn takes to come.
    if (this.isActive && this.image.brokers.get(brokerId)?.epoch === brokerEpoch) {
      this.#sessions.touch(brokerId, brokerEpoch, this.#nowMs());
      this.#sessions.reached(brokerId, brokerEpoch, currentMetadataOffset);
    }
    const granted = yield* this.#command('broker heartbeat', (context) =>
      planBrokerHeartbeat(context, heartbeat),
    );
    if (granted.ok && granted.value.errorCode === ErrorCode.STALE_BROKER_EPOCH)
      this.#runtime.reached('stale-broker-epoch-refused');
    if (granted.ok && granted.value.inControlledShutdown) {
      this.#runtime.reached('controlled-shutdown-moved-leaders');
      this.#sessions.leaves(brokerId, brokerEpoch, this.image.highestOffset);
    }
    if (granted.ok && granted.value.shouldShutDown) this.#sessions.end(brokerId, brokerEpoch);
    return granted;
  }

  unregisterBroker(brokerId: number): Task<Outcome<Refusal, number>> {
    return this.#command('unregister a broker', (context) => planUnregisterBroker(context, brokerId));
  }

  // ---- duties; the value is whether there is more to do at once

  /** Fences the broker that was not heard of for longest, if any was not for too long. */
  *fenceOneSilentBroker(): Task<boolean> {
    const unfenced = this.image.brokers.all().filter((broker) => !broker.fenced);
    const brokerId = this.#sessions.expired(unfenced, this.#nowMs());
    if (brokerId === undefined) return false;
    yield* this.#runtime.yieldPoint('controller: broker found silent');
    const fenced = yield* this.#command('fence a silent broker', (context) => {
      // Its heartbeat may have come while this waited for its turn.
      const broker = context.image.brokers.get(brokerId);
      const isSilent =
        broker !== undefined && this.#sessions.endsAtMs(brokerId, broker.epoch) <= context.nowMs;
      if (isSilent) return planFencing(context, brokerId, broker.epoch);
      this.#runtime.reached('heartbeat-just-in-time');
      return { records: [], response: false };
    });
    return fenced.ok && fenced.value;
  }

  *electPreferredLeaders(): Task<boolean> {
    const elected = yield* this.#command('elect preferred leaders', planPreferredElections);
    return elected.ok && elected.value;
  }

  *electUncleanLeaders(): Task<boolean> {
    const elected = yield* this.#command('elect unclean leaders', planUncleanElections);
    return elected.ok && elected.value;
  }

  // ---- how a command runs

  *#command<R>(label: string, plan: (context: CommandContext) => Plan<R>): Task<Outcome<R, number>> {
    const before = this.#turn;
    const mine = this.#runtime.tasks.completion<void>(`the controller's command: ${label}`);
    this.#turn = mine;
    const began = this.#activeEpoch;
    yield* before.wait();
    yield* this.#runtime.yieldPoint('controller: turn of a command');
    if (began >= 0 && began !== this.#activeEpoch) this.#runtime.reached('command-after-deposition');
    const outcome = yield* this.#run(plan);
    // Not before it is said: whoever acts on what was committed must not be told of before it.
    yield* this.#runtime.yieldPoint('controller: command committed');
    mine.settle();
    return outcome;
  }

  *#run<R>(plan: (context: CommandContext) => Plan<R>): Task<Outcome<R, number>> {
    if (this.#storageFailed) return failure(ErrorCode.KAFKA_STORAGE_ERROR);
    const epoch = this.#activeEpoch;
    if (epoch < 0) return failure(ErrorCode.NOT_CONTROLLER);
    const { records, response } = plan(this.#context());
    if (records.length === 0) return success(response);
    const say = this.#said.note(records);
    const committed = yield* this.#quorum.append(records, epoch);
    if (committed.ok) {
      say();
      return success(response);
    }
    this.#storageFailed = committed.error === 'storage';
    return failure(this.#storageFailed ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_CONTROLLER);
  }

  #context(): CommandContext {
    return {
      image: this.image,
      config: this.#view.brokerConfig,
      clusterId: this.#view.clusterId,
      nextOffset: this.#quorum.logEndOffset,
      sessions: this.#sessions,
      nowMs: this.#nowMs(),
      uuid: () => this.#topicId(),
      below: (n) => this.#runtime.random.below(n),
    };
  }

  #nowMs(): number {
    return this.#runtime.clock.monotonicUs() / 1000;
  }

  /** Kafka keeps ids that begin with '-' away from people who type them on a command line. */
  #topicId(): string {
    for (;;) {
      const id = this.#runtime.random.uuid();
      if (!id.startsWith('-')) return id;
    }
  }
}
