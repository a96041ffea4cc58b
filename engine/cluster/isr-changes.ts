// Asks the active controller for other in-sync replicas (AlterPartition). Proposals of all partitions share one request
// at a time; what comes while it is under way goes with the next. A proposal is asked again until the controller says
// yes or no, or the metadata log has made it pointless (Kafka's AlterPartitionManager).

import { partitionIdKey } from '../base/ids.ts';
import type { Outcome } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { IsrAnswer, IsrProposal } from '../core/reign.ts';
import { ErrorCode } from '../errors.ts';
import { alterPartition } from '../protocol/apis/alter-partition.ts';
import type { Api, DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import type { Partition } from './partition.ts';

/** The way to the active controller. */
export interface AskController {
  request<A extends Api>(
    api: A,
    draft: EncodableRequestOf<A>,
    timeoutMs: number,
  ): Task<Outcome<DecodedResponseOf<A>, number>>;
}

export interface IsrChangesOptions {
  readonly runtime: Runtime;
  readonly nodeId: number;
  readonly brokerEpoch: () => number;
  readonly controllers: AskController;
  readonly requestTimeoutMs: () => number;
}

interface Wanted {
  readonly partition: Partition;
  readonly proposal: IsrProposal;
}

/** Kafka's pause before a request that brought nothing is sent again. */
const retryBackoffMs = 50;

export class IsrChanges {
  readonly #options: IsrChangesOptions;
  /** By topic id and index: a partition has one proposal at a time. */
  #wanted = new Map<string, Wanted>();
  #running = false;
  #stopped = false;

  constructor(options: IsrChangesOptions) {
    this.#options = options;
  }

  submit(partition: Partition, proposal: IsrProposal): void {
    this.#wanted.set(partitionIdKey(partition.log.topicId, partition.index), { partition, proposal });
    if (this.#running || this.#stopped) return;
    this.#running = true;
    this.#options.runtime.tasks.spawn('ISR changes', this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted.clear();
  }

  *#run(): Task<void> {
    for (;;) {
      const round = this.#takeCurrent();
      if (round.size === 0) break;
      const again = yield* this.#ask(round);
      if (again.length === 0) continue;
      yield* this.#options.runtime.sleep(retryBackoffMs, 'before ISR changes are asked for again');
      // What was proposed since is newer.
      for (const [key, wanted] of again) if (!this.#wanted.has(key)) this.#wanted.set(key, wanted);
    }
    this.#running = false;
  }

  /** What is still worth asking for; the metadata log may have overtaken some. */
  #takeCurrent(): Map<string, Wanted> {
    const taken = this.#wanted;
    this.#wanted = new Map();
    for (const [key, { partition, proposal }] of taken) {
      if (this.#stopped || partition.gone || partition.state.reign?.proposal !== proposal) taken.delete(key);
    }
    return taken;
  }

  /** Returns what must be asked again. */
  *#ask(round: ReadonlyMap<string, Wanted>): Task<[string, Wanted][]> {
    const { controllers, requestTimeoutMs, runtime } = this.#options;
    const answer = yield* controllers.request(alterPartition, this.#draft(round), requestTimeoutMs());
    yield* runtime.yieldPoint('leader: ISR change answered');
    if (!answer.ok || answer.value.errorCode !== ErrorCode.NONE) return [...round];
    const answers = answersOf(answer.value);
    return [...round].filter(([key, { partition, proposal }]) => {
      const said = answers.get(key);
      return said === undefined || partition.proposalAnswered(proposal, said);
    });
  }

  #draft(round: ReadonlyMap<string, Wanted>): EncodableRequestOf<typeof alterPartition> {
    const { nodeId, brokerEpoch } = this.#options;
    const topics = new Map<string, ReturnType<typeof asked>[]>();
    for (const wanted of round.values()) {
      const { topicId } = wanted.partition.log;
      const partitions = topics.get(topicId) ?? [];
      partitions.push(asked(wanted));
      topics.set(topicId, partitions);
    }
    return {
      brokerId: nodeId,
      brokerEpoch: brokerEpoch(),
      topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })),
    };
  }
}

// A leader that was elected uncleanly has nothing to recover but its own log, which it has done: every change says so
// (KIP-704), and Kafka's leaders do the same.
const recovered = 0;

function asked({ partition, proposal }: Wanted) {
  const { leaderEpoch, partitionEpoch, isr } = proposal;
  return {
    partitionIndex: partition.index,
    leaderEpoch,
    newIsr: [],
    newIsrWithEpochs: isr.map((member) => ({ ...member })),
    leaderRecoveryState: recovered,
    partitionEpoch,
  };
}

function answersOf({ topics }: DecodedResponseOf<typeof alterPartition>): Map<string, IsrAnswer> {
  const answers = new Map<string, IsrAnswer>();
  for (const { topicId, partitions } of topics) {
    for (const { partitionIndex, errorCode, leaderEpoch, partitionEpoch, isr } of partitions) {
      const answer: IsrAnswer =
        errorCode === ErrorCode.NONE
          ? { kind: 'accepted', leaderEpoch, partitionEpoch, isr }
          : { kind: 'error', errorCode };
      answers.set(partitionIdKey(topicId, partitionIndex), answer);
    }
  }
  return answers;
}
