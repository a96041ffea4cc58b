// What the active controller says of a batch that it committed. What there is to say is noted before the batch is
// appended, while the image is still the one from before; it is said when the batch is committed, of the image
// from after.

import type { AlteredPartitions } from '../core/alter-partition.ts';
import { effectiveMinInsyncReplicas } from '../core/leadership.ts';
import type { MetadataImage, PartitionImage, TopicImage } from '../core/metadata-image.ts';
import type { MetadataRecord } from '../core/metadata-record.ts';
import { isUncleanElection, leaderRecoveryState } from '../core/partition-change.ts';
import { ErrorCode } from '../errors.ts';
import type { Runtime } from '../runtime.ts';
import type { MetadataView } from './metadata-view.ts';

const refusedIsrChanges = new Map([
  [ErrorCode.FENCED_LEADER_EPOCH, 'isr-change-refused-by-epoch'],
  [ErrorCode.INVALID_UPDATE_VERSION, 'isr-change-refused-by-epoch'],
  [ErrorCode.INELIGIBLE_REPLICA, 'isr-change-refused-ineligible'],
  [ErrorCode.NEW_LEADER_ELECTED, 'last-of-reassignment-by-removed'],
] as const);

export class ControllerTrace {
  readonly #runtime: Runtime;
  readonly #view: MetadataView;

  constructor(runtime: Runtime, view: MetadataView) {
    this.#runtime = runtime;
    this.#view = view;
  }

  /** What will have to be said when `records` are committed. */
  note(records: readonly MetadataRecord[]): () => void {
    const { image } = this.#view;
    // By partition: a batch may change one twice, and only where it ends is a state of the cluster.
    const partitions = new Map<string, { topicId: string; index: number; unclean: boolean }>();
    const brokers: (() => void)[] = [];
    const touch = (topicId: string, index: number, unclean: boolean) => {
      const key = `${topicId}-${index}`;
      const before = partitions.get(key)?.unclean ?? false;
      partitions.set(key, { topicId, index, unclean: unclean || before });
    };
    for (const record of records) {
      if (record.kind === 'partition') touch(record.body.topicId, record.body.partitionId, false);
      else if (record.kind === 'partition-change') {
        const { topicId, partitionId } = record.body;
        const before = image.topicById(topicId)?.partitions[partitionId];
        touch(topicId, partitionId, before !== undefined && isUncleanElection(before, record.body));
      } else if (record.kind === 'clear-elr') {
        for (const { topicId, index } of clearedBy(image, record.body.topicName))
          touch(topicId, index, false);
      } else if (record.kind === 'broker-registration-change') {
        const { brokerId, brokerEpoch, fenced } = record.body;
        if (fenced !== 0) brokers.push(() => this.#broker(fenced > 0, brokerId, brokerEpoch));
      }
    }
    return () => {
      for (const { topicId, index, unclean } of partitions.values()) {
        const topic = image.topicById(topicId);
        const partition = topic?.partitions[index];
        if (topic !== undefined && partition !== undefined) this.#partition(topic, partition, unclean);
      }
      for (const say of brokers) say();
    };
  }

  /**
   * The state of every partition, and who is not fenced, for a controller that begins: what its predecessor appended
   * last may have been committed without anybody saying so.
   */
  everything(): void {
    for (const { id, epoch, fenced } of this.#view.image.brokers.all()) {
      if (!fenced) this.#broker(false, id, epoch);
    }
    if (!this.#runtime.trace.wants('partition-committed')) return;
    for (const topic of this.#view.image.topics()) {
      for (const partition of topic.partitions) {
        this.#partition(topic, partition, partition.leaderRecoveryState === leaderRecoveryState.recovering);
      }
    }
  }

  registered(brokerId: number, brokerEpoch: number, incarnationId: string, cleanShutdown: boolean): void {
    const { trace } = this.#runtime;
    if (!trace.wants('broker-registered')) return;
    trace.emit({ kind: 'broker-registered', brokerId, brokerEpoch, incarnationId, cleanShutdown });
  }

  /** What a leader was answered that asked for another ISR. */
  answeredIsrChange({ errorCode, topics }: AlteredPartitions): void {
    if (!this.#runtime.trace.wants('reached')) return;
    if (errorCode === ErrorCode.STALE_BROKER_EPOCH) this.#runtime.reached('stale-broker-epoch-refused');
    for (const answer of topics.flatMap(({ partitions }) => partitions)) {
      const mark = refusedIsrChanges.get(answer.errorCode);
      if (mark !== undefined) this.#runtime.reached(mark);
    }
  }

  #broker(fenced: boolean, brokerId: number, brokerEpoch: number): void {
    const { trace } = this.#runtime;
    const kind = fenced ? 'broker-fenced' : 'broker-unfenced';
    if (trace.wants(kind)) trace.emit({ kind, brokerId, brokerEpoch });
  }

  #partition(topic: TopicImage, partition: PartitionImage, unclean: boolean): void {
    const { trace } = this.#runtime;
    if (!trace.wants('partition-committed')) return;
    const { index, leader, leaderEpoch, partitionEpoch } = partition;
    trace.emit({
      kind: 'partition-committed',
      topic: topic.name,
      partition: index,
      topicId: topic.topicId,
      leader,
      leaderEpoch,
      partitionEpoch,
      isr: ascending(partition.isr),
      replicas: ascending(partition.replicas),
      eligibleLeaderReplicas: ascending(partition.eligibleLeaderReplicas),
      minInsyncReplicas: effectiveMinInsyncReplicas(
        { image: this.#view.image, config: this.#view.brokerConfig },
        topic,
      ),
      unclean,
    });
  }
}

function clearedBy(image: MetadataImage, topicName: string): { topicId: string; index: number }[] {
  return [...image.topics()]
    .filter(({ name }) => topicName === '' || name === topicName)
    .flatMap(({ topicId, partitions }) =>
      partitions
        .filter((one) => one.eligibleLeaderReplicas.length > 0 || one.lastKnownElr.length > 0)
        .map(({ index }) => ({ topicId, index })),
    );
}

function ascending(ids: readonly number[]): string {
  return [...ids].sort((a, b) => a - b).join(',');
}
