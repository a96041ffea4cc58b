import { describe, expect, test } from 'vitest';
import { type Outcome, success } from '../base/outcome.ts';
import type { Task } from '../base/task.ts';
import type { PartitionImage } from '../core/metadata-image.ts';
import { ErrorCode } from '../errors.ts';
import { MemoryNode } from '../testing/memory-node.ts';
import { DirectoryAssignments } from './directory-assignments.ts';
import type { AskController } from './isr-changes.ts';

interface Request {
  readonly brokerEpoch: number;
  readonly directories: readonly {
    readonly id: string;
    readonly topics: readonly { topicId: string; partitions: readonly { partitionIndex: number }[] }[];
  }[];
}

/** Broker 1, whose disk is `new`, in an image in which every partition of topic `t` is in the directory `old`. */
class World {
  readonly node = new MemoryNode();
  readonly partitions: PartitionImage[] = [];
  /** The indexes of each request, in their order. */
  readonly asked: number[][] = [];
  /** What the controller answers: of the whole, and of some partitions. */
  errorCode: number = ErrorCode.NONE;
  readonly refused = new Set<number>();
  readonly assignments: DirectoryAssignments;

  constructor(partitions: number) {
    const { asked } = this;
    for (let index = 0; index < partitions; index++) this.partitions.push(partition(index, 'old'));
    const answer = (request: Request) => this.#answer(request);
    const controllers = {
      *request(_api: unknown, draft: unknown): Task<Outcome<unknown, number>> {
        const request = draft as Request;
        asked.push(indexesOf(request));
        return success(answer(request));
      },
    } as AskController;
    this.assignments = new DirectoryAssignments({
      runtime: this.node.runtime,
      nodeId: 1,
      directoryId: 'new',
      image: { topicById: () => ({ name: 't', topicId: 'id', partitions: this.partitions }) },
      brokerEpoch: () => 5,
      controllers,
      requestTimeoutMs: () => 1000,
    });
  }

  place(): void {
    for (const one of this.partitions) this.assignments.placed('id', one);
  }

  /** What was asked within that time. */
  advance(ms: number): number[][] {
    this.node.advance(ms);
    return this.asked.splice(0);
  }

  #answer({ directories }: Request) {
    return {
      throttleTimeMs: 0,
      errorCode: this.errorCode,
      directories: directories.map(({ id, topics }) => ({
        id,
        topics: topics.map(({ topicId, partitions }) => ({
          topicId,
          partitions: partitions.map(({ partitionIndex }) => ({
            partitionIndex,
            errorCode: this.refused.has(partitionIndex) ? ErrorCode.NOT_LEADER_OR_FOLLOWER : ErrorCode.NONE,
          })),
        })),
      })),
    };
  }
}

function indexesOf({ directories }: Request): number[] {
  return directories.flatMap(({ topics }) =>
    topics.flatMap(({ partitions }) => partitions.map(({ partitionIndex }) => partitionIndex)),
  );
}

function partition(index: number, directory: string): PartitionImage {
  return {
    index,
    replicas: [2, 1],
    isr: [2],
    removingReplicas: [],
    addingReplicas: [],
    leader: 2,
    leaderRecoveryState: 0,
    leaderEpoch: 0,
    partitionEpoch: 0,
    directories: ['of another', directory],
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
  };
}

describe('directories of replicas', () => {
  test('that are wrong in the metadata are told once, together', () => {
    const world = new World(3);
    world.partitions[1] = partition(1, 'new');
    world.place();
    expect(world.advance(99)).toEqual([]);
    expect(world.advance(1)).toEqual([[0, 2]]);
    expect(world.advance(60_000)).toEqual([]);
  });

  test('are told again until they are taken, and more and more rarely', () => {
    const world = new World(2);
    world.errorCode = ErrorCode.STALE_BROKER_EPOCH;
    world.place();
    expect(world.advance(100)).toEqual([[0, 1]]);
    expect(world.advance(199)).toEqual([]);
    expect(world.advance(1)).toEqual([[0, 1]]);
    world.errorCode = ErrorCode.NONE;
    world.refused.add(1);
    expect(world.advance(400)).toEqual([[0, 1]]);
    world.refused.clear();
    expect(world.advance(800)).toEqual([[1]]);
    expect(world.advance(60_000)).toEqual([]);
  });

  test('are not told any more once the metadata has them, or the broker ends', () => {
    const world = new World(2);
    world.place();
    world.partitions[0] = partition(0, 'new');
    expect(world.advance(100)).toEqual([[1]]);
    world.place();
    world.assignments.stop();
    expect(world.advance(60_000)).toEqual([]);
  });

  test('go in several requests when they are many', () => {
    const world = new World(2251);
    world.place();
    expect(world.advance(200).map((indexes) => indexes.length)).toEqual([2250, 1]);
  });
});
