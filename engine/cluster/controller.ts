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
import { type CommandContext, type Plan, planProducerIds, producerIdBlockSize } from '../core/controller.ts';
import {
  type CreatePartitionsCommand,
  type GrownTopic,
  planCreatePartitions,
} from '../core/create-partitions.ts';
import { type CreatedTopic, type CreateTopicsCommand, planCreateTopics } from '../core/create-topics.ts';
import { type DeletedTopic, planDeleteTopics, type TopicToDelete } from '../core/delete-topics.ts';
import type { MetadataImage } from '../core/metadata-image.ts';
import { type Registration, registrationRecords } from '../core/registration.ts';
import { ErrorCode } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
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
    this.#turn = runtime.tasks.completion('the first command');
    this.#turn.settle();
  }

  get isActive(): boolean {
    return this.#activeEpoch >= 0;
  }

  get image(): MetadataImage {
    return this.#view.image;
  }

  /** The quorum says who leads; `activated` when that is this node and its image is the newest. */
  leadershipChanged(epoch: number, activated: boolean): void {
    const { trace } = this.#runtime;
    if (this.isActive && (!activated || epoch !== this.#activeEpoch) && trace.wants('controller-resigned'))
      trace.emit({ kind: 'controller-resigned', epoch: this.#activeEpoch });
    const begins = activated && epoch !== this.#activeEpoch;
    this.#activeEpoch = activated ? epoch : -1;
    if (begins && trace.wants('controller-activated')) trace.emit({ kind: 'controller-activated', epoch });
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

  /** A block of producer ids for a broker. */
  *allocateProducerIds(brokerId: number): Task<Outcome<ProducerIdBlock, number>> {
    const first = yield* this.#command('allocate producer ids', ({ image }) =>
      planProducerIds(image, brokerId),
    );
    return first.ok ? success({ firstId: first.value, length: producerIdBlockSize }) : first;
  }

  /** A broker's new life; the value is its broker epoch. */
  register(registration: Registration): Task<Outcome<number, number>> {
    return this.#command('register a broker', ({ image }) => {
      const firstOffset = this.#quorum.logEndOffset;
      const records = registrationRecords(image, registration, firstOffset);
      const nth = records.findIndex(({ kind }) => kind === 'register-broker');
      return { records, response: firstOffset + nth };
    });
  }

  // ---- how a command runs

  *#command<R>(label: string, plan: (context: CommandContext) => Plan<R>): Task<Outcome<R, number>> {
    const before = this.#turn;
    const mine = this.#runtime.tasks.completion<void>(`the controller's command: ${label}`);
    this.#turn = mine;
    yield* before.wait();
    const outcome = yield* this.#run(plan);
    mine.settle();
    return outcome;
  }

  *#run<R>(plan: (context: CommandContext) => Plan<R>): Task<Outcome<R, number>> {
    if (this.#storageFailed) return failure(ErrorCode.KAFKA_STORAGE_ERROR);
    const epoch = this.#activeEpoch;
    if (epoch < 0) return failure(ErrorCode.NOT_CONTROLLER);
    const { records, response } = plan({
      image: this.image,
      config: this.#view.brokerConfig,
      nodeId: this.#view.nodeId,
      uuid: () => this.#topicId(),
    });
    if (records.length === 0) return success(response);
    const committed = yield* this.#quorum.append(records, epoch);
    if (committed.ok) return success(response);
    this.#storageFailed = committed.error === 'storage';
    return failure(this.#storageFailed ? ErrorCode.KAFKA_STORAGE_ERROR : ErrorCode.NOT_CONTROLLER);
  }

  /** Kafka keeps ids that begin with '-' away from people who type them on a command line. */
  #topicId(): string {
    for (;;) {
      const id = this.#runtime.random.uuid();
      if (!id.startsWith('-')) return id;
    }
  }
}
