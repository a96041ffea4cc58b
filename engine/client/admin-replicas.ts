// The admin client's part for replicas: who leads, and where replicas shall be. Asked of any broker, which passes it on
// to the controller.

import type { BrokerId, TopicPartition } from '../base/ids.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import { ErrorCode, errorName } from '../errors.ts';
import { alterPartitionReassignments } from '../protocol/apis/alter-partition-reassignments.ts';
import { electLeaders } from '../protocol/apis/elect-leaders.ts';
import { listPartitionReassignments } from '../protocol/apis/list-partition-reassignments.ts';
import type { DecodedResponseOf } from '../protocol/schema.ts';
import { type AdminRequests, nameOrNull } from './admin-requests.ts';

export interface PartitionResult extends TopicPartition {
  readonly error: string | null;
  readonly message: string | null;
}

export interface Reassignment extends TopicPartition {
  readonly replicas: readonly BrokerId[] | null;
}

export interface OngoingReassignment extends TopicPartition {
  readonly replicas: readonly BrokerId[];
  readonly addingReplicas: readonly BrokerId[];
  readonly removingReplicas: readonly BrokerId[];
}

const electionTypes = { preferred: 0, unclean: 1 } as const;

export class AdminReplicas {
  readonly #requests: AdminRequests;

  constructor(requests: AdminRequests) {
    this.#requests = requests;
  }

  /** `preferred`: the first replica leads again. `unclean`: whoever is there, where nobody leads. */
  *electLeaders(
    type: 'preferred' | 'unclean',
    partitions: readonly TopicPartition[],
  ): Task<PartitionResult[]> {
    const topicPartitions = byTopic(partitions).map(([topic, members]) => ({
      topic,
      partitions: members.map(({ partition }) => partition),
    }));
    const { requestTimeoutMs: timeoutMs } = this.#requests.config;
    const draft = { electionType: electionTypes[type], topicPartitions, timeoutMs };
    const answer = yield* this.#requests.anywhere(electLeaders, draft, (told) => [told.errorCode]);
    if (!answer.ok) return partitions.map((place) => ({ ...place, error: answer.error, message: null }));
    const whole = nameOrNull(answer.value.errorCode);
    if (whole !== null) return partitions.map((place) => ({ ...place, error: whole, message: null }));
    return answer.value.replicaElectionResults.flatMap(({ topic, partitionResult }) =>
      partitionResult.map(({ partitionId, errorCode, errorMessage }) =>
        asPartitionResult(topic, { partitionIndex: partitionId, errorCode, errorMessage }),
      ),
    );
  }

  /**
   * Wants these brokers for replicas, the preferred leader first; null takes a reassignment under way back. An answer
   * without error means that the wish was taken down: `listPartitionReassignments` tells when it is fulfilled.
   */
  *alterPartitionReassignments(wishes: readonly Reassignment[]): Task<PartitionResult[]> {
    const topics = byTopic(wishes).map(([name, members]) => ({
      name,
      partitions: members.map(({ partition, replicas }) => ({ partitionIndex: partition, replicas })),
    }));
    const draft = { timeoutMs: this.#requests.config.requestTimeoutMs, topics };
    const codes = (told: DecodedResponseOf<typeof alterPartitionReassignments>) => [told.errorCode];
    const answer = yield* this.#requests.anywhere(alterPartitionReassignments, draft, codes);
    const failed = (error: string, message: string | null) =>
      wishes.map(({ topic, partition }) => ({ topic, partition, error, message }));
    if (!answer.ok) return failed(answer.error, null);
    const { errorCode, errorMessage, responses } = answer.value;
    if (errorCode !== ErrorCode.NONE) return failed(errorName(errorCode), errorMessage);
    return responses.flatMap(({ name, partitions }) =>
      partitions.map((told) => asPartitionResult(name, told)),
    );
  }

  /** The reassignments under way, of all partitions or of these. */
  *listPartitionReassignments(
    partitions: readonly TopicPartition[] | null = null,
  ): Task<Outcome<OngoingReassignment[], string>> {
    const topics =
      partitions === null
        ? null
        : byTopic(partitions).map(([name, members]) => ({
            name,
            partitionIndexes: members.map(({ partition }) => partition),
          }));
    const draft = { timeoutMs: this.#requests.config.requestTimeoutMs, topics };
    const codes = (told: DecodedResponseOf<typeof listPartitionReassignments>) => [told.errorCode];
    const answer = yield* this.#requests.anywhere(listPartitionReassignments, draft, codes);
    if (!answer.ok) return answer;
    if (answer.value.errorCode !== ErrorCode.NONE) return failure(errorName(answer.value.errorCode));
    const ongoing = answer.value.topics.flatMap(({ name, partitions: members }) =>
      members.map(({ partitionIndex, ...replicas }) => ({
        topic: name,
        partition: partitionIndex,
        ...replicas,
      })),
    );
    return success(ongoing);
  }
}

function asPartitionResult(
  topic: string,
  told: { partitionIndex: number; errorCode: number; errorMessage: string | null },
): PartitionResult {
  const { partitionIndex: partition, errorCode, errorMessage: message } = told;
  return { topic, partition, error: nameOrNull(errorCode), message };
}

/** Grouped as requests want them, topics in the order in which they first come. */
function byTopic<T extends TopicPartition>(partitions: readonly T[]): [string, T[]][] {
  const topics = new Map<string, T[]>();
  for (const partition of partitions) {
    const members = topics.get(partition.topic);
    if (members === undefined) topics.set(partition.topic, [partition]);
    else members.push(partition);
  }
  return [...topics];
}
