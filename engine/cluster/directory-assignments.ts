// Tells the active controller in which log directory replicas live (AssignReplicasToDirs, KIP-858) where the metadata
// says another one: on a broker that came back with a new disk. Until it knows, the controller lets them lead nothing.
//
// What comes together goes together: a request waits a little for company, and the longer the more requests before it
// failed, as in Kafka's AssignmentsManager. An assignment is told again until the controller takes it, or until the
// metadata says that there is nothing to tell any more.

import { partitionIdKey } from '../base/ids.ts';
import type { Task } from '../base/task.ts';
import type { MetadataImage, PartitionImage } from '../core/metadata-image.ts';
import { ErrorCode } from '../errors.ts';
import { assignReplicasToDirs } from '../protocol/apis/assign-replicas-to-dirs.ts';
import type { DecodedResponseOf, EncodableRequestOf } from '../protocol/schema.ts';
import type { Runtime } from '../runtime.ts';
import type { AskController } from './isr-changes.ts';

export interface DirectoryAssignmentsOptions {
  readonly runtime: Runtime;
  readonly nodeId: number;
  /** The one log directory, in which every replica of this broker lives. */
  readonly directoryId: string;
  readonly image: Pick<MetadataImage, 'topicById'>;
  readonly brokerEpoch: () => number;
  readonly controllers: AskController;
  readonly requestTimeoutMs: () => number;
}

interface Replica {
  readonly topicId: string;
  readonly index: number;
}

/** Kafka's number for one request. */
const assignmentsPerRequestMax = 2250;
/** Before a request, and doubled with each that failed before it. */
const waitLeastMs = 100;
const waitMostMs = 10_000;

export class DirectoryAssignments {
  readonly #options: DirectoryAssignmentsOptions;
  /** One at most for each partition of the image. */
  readonly #wanted = new Map<string, Replica>();
  #running = false;
  #stopped = false;

  constructor(options: DirectoryAssignmentsOptions) {
    this.#options = options;
  }

  /** A replica lives here as `partition` says; what it says of the directory may be wrong. */
  placed(topicId: string, partition: PartitionImage): void {
    if (this.#stopped || !this.#isWrong(partition)) return;
    const { index } = partition;
    this.#wanted.set(partitionIdKey(topicId, index), { topicId, index });
    if (this.#running) return;
    this.#running = true;
    this.#options.runtime.tasks.spawn('directory assignments', this.#run());
  }

  stop(): void {
    this.#stopped = true;
    this.#wanted.clear();
  }

  *#run(): Task<void> {
    let failed = 0;
    while (this.#wanted.size > 0) {
      const waitMs = Math.min(waitMostMs, waitLeastMs * 2 ** failed);
      yield* this.#options.runtime.sleep(waitMs, 'before directories of replicas are told');
      const round = this.#takeCurrent();
      if (round.size === 0) continue;
      const again = yield* this.#tell(round);
      failed = again.length === 0 ? 0 : failed + 1;
      if (this.#stopped) break;
      for (const [key, replica] of again) this.#wanted.set(key, replica);
    }
    this.#running = false;
  }

  /** What still has to be told, as far as one request goes. */
  #takeCurrent(): Map<string, Replica> {
    const taken = new Map<string, Replica>();
    for (const [key, replica] of this.#wanted) {
      if (taken.size === assignmentsPerRequestMax) break;
      this.#wanted.delete(key);
      const partition = this.#options.image.topicById(replica.topicId)?.partitions[replica.index];
      if (partition !== undefined && this.#isWrong(partition)) taken.set(key, replica);
    }
    return taken;
  }

  #isWrong({ replicas, directories }: PartitionImage): boolean {
    const { nodeId, directoryId } = this.#options;
    const at = replicas.indexOf(nodeId);
    return at >= 0 && directories[at] !== directoryId;
  }

  /** Returns what must be told again. */
  *#tell(round: ReadonlyMap<string, Replica>): Task<[string, Replica][]> {
    const { controllers, requestTimeoutMs, runtime } = this.#options;
    const answer = yield* controllers.request(assignReplicasToDirs, this.#draft(round), requestTimeoutMs());
    yield* runtime.yieldPoint('broker: directories answered');
    if (!answer.ok || answer.value.errorCode !== ErrorCode.NONE) return [...round];
    const taken = takenOf(answer.value);
    return [...round].filter(([key]) => !taken.has(key));
  }

  #draft(round: ReadonlyMap<string, Replica>): EncodableRequestOf<typeof assignReplicasToDirs> {
    const { nodeId, brokerEpoch, directoryId } = this.#options;
    const topics = new Map<string, { partitionIndex: number }[]>();
    for (const { topicId, index } of round.values()) {
      const partitions = topics.get(topicId) ?? [];
      partitions.push({ partitionIndex: index });
      topics.set(topicId, partitions);
    }
    return {
      brokerId: nodeId,
      brokerEpoch: brokerEpoch(),
      directories: [
        { id: directoryId, topics: [...topics].map(([topicId, partitions]) => ({ topicId, partitions })) },
      ],
    };
  }
}

function takenOf({ directories }: DecodedResponseOf<typeof assignReplicasToDirs>): Set<string> {
  const taken = new Set<string>();
  for (const { topics } of directories) {
    for (const { topicId, partitions } of topics) {
      for (const { partitionIndex, errorCode } of partitions) {
        if (errorCode === ErrorCode.NONE) taken.add(partitionIdKey(topicId, partitionIndex));
      }
    }
  }
  return taken;
}
