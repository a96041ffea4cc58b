// A small world for the group coordinator's tests: a clock that stands still until it is told, uuids that count, and
// one partition of `__consumer_offsets` in memory.
//
// Fault model of the partition: commits are immediate, or held back until released; a write may be refused, or may be
// answered with an error although it is in the log and commits later; what is not committed may be cut off between two
// lives. Nothing else is lost and nothing is torn: that is the business of the log's own tests.

import { present } from '../base/assert.ts';
import { Heap } from '../base/heap.ts';
import { failure, type Outcome, success } from '../base/outcome.ts';
import type { Completion, Task } from '../base/task.ts';
import { type CoordinatorNode, GroupCoordinator } from '../cluster/group-coordinator.ts';
import type { CoordinatorPartition, GroupConfig } from '../cluster/group-slot.ts';
import type { Ports } from '../ports.ts';
import { concat } from '../protocol/bytes.ts';
import { batchAt } from '../protocol/record-batch.ts';
import { Runtime } from '../runtime.ts';
import type { TraceEvent } from '../trace-events.ts';

export const groupDefaults: GroupConfig = {
  groupMinSessionTimeoutMs: 6_000,
  groupMaxSessionTimeoutMs: 1_800_000,
  groupInitialRebalanceDelayMs: 3_000,
  groupMaxSize: 2_147_483_647,
  offsetMetadataMaxBytes: 4_096,
  offsetsRetentionMs: 10_080 * 60_000,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetsTopicPartitions: 1,
  offsetsCommitTimeoutMs: 5_000,
  loadBufferBytes: 5 * 1024 * 1024,
};

interface Timer {
  readonly atUs: number;
  readonly order: number;
  readonly fire: () => void;
  cancelled: boolean;
}

export class ManualTime {
  nowUs = 0;
  readonly wallStartMs = 1_000_000;
  readonly #timers = new Heap<Timer>((a, b) => (a.atUs === b.atUs ? a.order < b.order : a.atUs < b.atUs));
  #order = 0;

  after(delayUs: number, fire: () => void): () => void {
    const timer: Timer = { atUs: this.nowUs + delayUs, order: this.#order++, fire, cancelled: false };
    this.#timers.push(timer);
    return () => {
      timer.cancelled = true;
    };
  }

  advance(ms: number): void {
    const untilUs = this.nowUs + ms * 1000;
    for (let next = this.#timers.peek(); next !== undefined; next = this.#timers.peek()) {
      if (next.atUs > untilUs) break;
      this.#timers.pop();
      this.nowUs = Math.max(this.nowUs, next.atUs);
      if (!next.cancelled) next.fire();
    }
    this.nowUs = untilUs;
  }
}

export class MemoryPartition implements CoordinatorPartition {
  leaderEpoch = 0;
  logStartOffset = 0;
  logEndOffset = 0;
  highWatermark = 0;
  /** Commits wait for `release`. */
  holding = false;
  /** The next write is not done and answers this. */
  refuseNext: number | undefined;
  /** The next write is done, and answers this all the same. */
  doubtNext: number | undefined;
  reads = 0;
  batches: { baseOffset: number; lastOffset: number; bytes: Uint8Array }[] = [];
  readonly #runtime: Runtime;
  #held: { wait: Completion<void>; offset: number }[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  *appendCommitted(batch: Uint8Array, timeoutMs: number): Task<Outcome<number, number>> {
    if (this.refuseNext !== undefined) {
      const code = this.refuseNext;
      this.refuseNext = undefined;
      return failure(code);
    }
    const baseOffset = this.logEndOffset;
    const bytes = batch.slice();
    const count = batchAt(bytes).recordsCount;
    new DataView(bytes.buffer).setBigInt64(0, BigInt(baseOffset));
    this.logEndOffset += count;
    this.batches.push({ baseOffset, lastOffset: this.logEndOffset - 1, bytes });
    if (this.doubtNext !== undefined) {
      const code = this.doubtNext;
      this.doubtNext = undefined;
      return failure(code);
    }
    if (!this.holding) this.highWatermark = this.logEndOffset;
    const wait = this.#runtime.tasks.completion<void>('commit');
    this.#held.push({ wait, offset: this.logEndOffset });
    if (!this.holding) this.#runtime.after(0, () => this.#wake());
    const end = this.logEndOffset;
    yield* this.#runtime.within(wait, timeoutMs);
    return this.highWatermark >= end ? success(baseOffset) : failure(7);
  }

  *read(fromOffset: number, maxBytes: number): Task<Outcome<Uint8Array, number>> {
    this.reads++;
    yield* this.#runtime.sleep(0);
    const parts: Uint8Array[] = [];
    let sizeBytes = 0;
    for (const { lastOffset, bytes } of this.batches) {
      if (lastOffset < fromOffset || lastOffset >= this.highWatermark) continue;
      if (parts.length > 0 && sizeBytes + bytes.length > maxBytes) break;
      parts.push(bytes);
      sizeBytes += bytes.length;
    }
    return success(parts.length === 0 ? new Uint8Array(0) : concat(parts));
  }

  /** Everything written so far commits. */
  release(): void {
    this.holding = false;
    this.highWatermark = this.logEndOffset;
    this.#runtime.tasks.enter(() => this.#wake());
  }

  /** Another leader did not have what was not committed: it is cut off. */
  truncate(): void {
    this.holding = false;
    this.batches = this.batches.filter(({ lastOffset }) => lastOffset < this.highWatermark);
    this.logEndOffset = this.highWatermark;
  }

  #wake(): void {
    const ready = this.#held.filter(({ offset }) => offset <= this.highWatermark);
    this.#held = this.#held.filter(({ offset }) => offset > this.highWatermark);
    for (const { wait } of ready) wait.settle();
  }
}

export class GroupWorld {
  readonly time = new ManualTime();
  readonly events: TraceEvent[] = [];
  readonly bugs: unknown[] = [];
  readonly runtime: Runtime;
  readonly coordinator: GroupCoordinator;
  readonly partitions: MemoryPartition[];
  /** Who leads every partition; undefined: nobody. */
  leader: number | undefined = 1;
  leaderOf = (_index: number): CoordinatorNode | undefined =>
    this.leader === undefined ? undefined : { nodeId: this.leader, host: `broker${this.leader}`, port: 9092 };
  /** Topics that exist, with as many partitions as one likes. */
  readonly topics = new Map([
    ['orders', 'AAAAAAAAAAAAAAAAAAAAAQ'],
    ['clicks', 'AAAAAAAAAAAAAAAAAAAAAg'],
  ]);
  #uuids = 0;

  constructor(config: Partial<GroupConfig> = {}) {
    const { time } = this;
    const ports = {
      clock: {
        wallMs: () => time.wallStartMs + Math.floor(time.nowUs / 1000),
        monotonicUs: () => time.nowUs,
      },
      timers: { after: (delayUs: number, fire: () => void) => time.after(delayUs, fire) },
      random: { below: () => 0, uuid: () => `${++this.#uuids}` },
      trace: { wants: () => true, emit: (event: TraceEvent) => this.events.push(event) },
    };
    // Disk and network are not there: a coordinator that touched them would fail loudly.
    this.runtime = new Runtime(ports as unknown as Ports, (error) => this.bugs.push(error));
    const whole = { ...groupDefaults, ...config };
    this.partitions = Array.from(
      { length: whole.offsetsTopicPartitions },
      () => new MemoryPartition(this.runtime),
    );
    this.coordinator = new GroupCoordinator({
      runtime: this.runtime,
      config: whole,
      offsetsPartitions: () => undefined,
      leaderOf: (index) => this.leaderOf(index),
      partitionOf: (index) => this.partitions[index],
      *ensureOffsetsTopic() {
        return true;
      },
      topicExists: (topic) => this.topics.has(topic),
      topicNameOf: (id) => [...this.topics].find(([, topicId]) => topicId === id)?.[0],
      topicIdOf: (topic) => this.topics.get(topic),
    });
  }

  get partition(): MemoryPartition {
    return present(this.partitions[0], 'the first partition');
  }

  startAndLoad(): void {
    this.coordinator.start();
    this.reload();
  }

  /** The partition goes to another broker. */
  resign(index = 0): void {
    const partition = present(this.partitions[index], `partition ${index}`);
    partition.leaderEpoch++;
    this.leader = 2;
    this.runtime.tasks.enter(() => this.coordinator.resigned(index, partition.leaderEpoch));
  }

  /** The topic is deleted, and there is another one of its name. */
  recreate(): void {
    for (const index of this.partitions.keys()) this.partitions[index] = new MemoryPartition(this.runtime);
  }

  /** All partitions come back, after having been away. */
  reload(): void {
    this.leader = 1;
    for (const [index, partition] of this.partitions.entries()) {
      this.runtime.tasks.enter(() => this.coordinator.resigned(index, ++partition.leaderEpoch));
      this.runtime.tasks.enter(() => this.coordinator.elected(index, ++partition.leaderEpoch));
    }
    this.time.advance(0);
  }

  /** Starts a task and tells its result to `heard` when it comes. */
  run<T>(task: Task<T>, heard: (value: T) => void): void {
    this.runtime.tasks.spawn('test', task).onSettled(heard);
  }

  /** Runs a task to its end, letting no time pass; undefined when it waits for something. */
  now<T>(task: Task<T>): T | undefined {
    let result: T | undefined;
    this.run(task, (value) => {
      result = value;
    });
    this.time.advance(0);
    return result;
  }
}
