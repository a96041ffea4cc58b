// For the tests of this room: what the small broker of `testing-broker.ts` knows of replicas. Every broker is one, and
// in sync, unless a test says otherwise. A reassignment is done at once, or when a test completes it.

import { ErrorCode } from '../errors.ts';

// biome-ignore lint/suspicious/noExplicitAny: handlers are written against the declarations by hand
type Loose = any;

interface Led {
  leaderId: number;
  leaderEpoch: number;
}

export class TestingReplicas {
  /** Reassignments wait for `complete`. */
  slow = false;
  readonly #nodeIds: readonly number[];
  readonly #partition: (topic: string, partition: number) => Led | undefined;
  readonly #replicas = new Map<string, readonly number[]>();
  readonly #behind = new Map<string, ReadonlySet<number>>();
  readonly #wishes = new Map<string, { topic: string; partition: number; replicas: readonly number[] }>();

  constructor(nodeIds: readonly number[], partition: (topic: string, partition: number) => Led | undefined) {
    this.#nodeIds = nodeIds;
    this.#partition = partition;
  }

  replicasOf(topic: string, partition: number): readonly number[] {
    return this.#replicas.get(`${topic}-${partition}`) ?? this.#nodeIds;
  }

  isrOf(topic: string, partition: number): readonly number[] {
    const behind = this.#behind.get(`${topic}-${partition}`);
    return this.replicasOf(topic, partition).filter((id) => behind?.has(id) !== true);
  }

  /** From now on these replicas are not in sync. */
  fallBehind(topic: string, partition: number, ...ids: number[]): void {
    this.#behind.set(`${topic}-${partition}`, new Set(ids));
  }

  complete(): void {
    for (const [key, { replicas }] of this.#wishes) this.#replicas.set(key, replicas);
    this.#wishes.clear();
  }

  handle(api: string, request: Loose): Loose | undefined {
    if (api === 'ElectLeaders') return this.#elect(request);
    if (api === 'AlterPartitionReassignments') return this.#alter(request);
    if (api === 'ListPartitionReassignments') return this.#list();
    return api === 'DescribeQuorum' ? this.#quorum(request) : undefined;
  }

  /** Every broker votes, and the first one leads. */
  #quorum({ topics: [{ topicName }] }: Loose): Loose {
    const currentVoters = this.#nodeIds.map((replicaId) => ({ replicaId, logEndOffset: 10 * replicaId }));
    const [leaderId] = this.#nodeIds;
    const partition = { partitionIndex: 0, errorCode: 0, leaderId, leaderEpoch: 7, highWatermark: 20 };
    const partitions = [{ ...partition, currentVoters, observers: [] }];
    return { errorCode: 0, topics: [{ topicName, partitions }], nodes: [] };
  }

  #elect(request: Loose): Loose {
    const replicaElectionResults = request.topicPartitions.map(({ topic, partitions }: Loose) => ({
      topic,
      partitionResult: partitions.map((partitionId: number) => ({
        partitionId,
        errorCode: this.#electOne(topic, partitionId),
        errorMessage: null,
      })),
    }));
    return { throttleTimeMs: 0, errorCode: 0, replicaElectionResults };
  }

  #electOne(topic: string, partition: number): number {
    const led = this.#partition(topic, partition);
    if (led === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    const [preferred] = this.replicasOf(topic, partition);
    if (preferred === undefined || led.leaderId === preferred) return ErrorCode.ELECTION_NOT_NEEDED;
    led.leaderId = preferred;
    led.leaderEpoch++;
    return ErrorCode.NONE;
  }

  #alter(request: Loose): Loose {
    const responses = request.topics.map(({ name, partitions }: Loose) => ({
      name,
      partitions: partitions.map(({ partitionIndex, replicas }: Loose) => ({
        partitionIndex,
        errorCode: this.#alterOne(name, partitionIndex, replicas),
        errorMessage: null,
      })),
    }));
    if (!this.slow) this.complete();
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, responses };
  }

  #alterOne(topic: string, partition: number, replicas: readonly number[] | null): number {
    const key = `${topic}-${partition}`;
    if (this.#partition(topic, partition) === undefined) return ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    if (replicas !== null) this.#wishes.set(key, { topic, partition, replicas });
    else if (!this.#wishes.delete(key)) return ErrorCode.NO_REASSIGNMENT_IN_PROGRESS;
    return ErrorCode.NONE;
  }

  #list(): Loose {
    const topics = [...this.#wishes.values()].map(({ topic, partition, replicas }) => {
      const present = this.replicasOf(topic, partition);
      const addingReplicas = replicas.filter((id) => !present.includes(id));
      const removingReplicas = present.filter((id) => !replicas.includes(id));
      const all = [...replicas, ...removingReplicas];
      return {
        name: topic,
        partitions: [{ partitionIndex: partition, replicas: all, addingReplicas, removingReplicas }],
      };
    });
    return { throttleTimeMs: 0, errorCode: 0, errorMessage: null, topics };
  }
}
