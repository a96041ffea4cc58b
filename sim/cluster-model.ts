// Who leads what, as the trace told it: leaders and ISRs as the active controller committed them, the controller that
// was activated last. Faults aim with it. It knows what was committed, not what every broker has heard of by now.

import { partitionKey, partitionOfGroup } from '../engine/index.ts';
import type { TracedEvent } from './material.ts';

interface PartitionState {
  readonly topicId: string;
  readonly topic: string;
  readonly partitionEpoch: number;
  /** -1: nobody. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly isr: readonly number[];
}

const offsetsTopic = '__consumer_offsets';

export class ClusterModel {
  readonly #nameOf: ReadonlyMap<number, string>;
  readonly #partitions = new Map<string, PartitionState>();
  #controller: { readonly node: string; readonly epoch: number } | undefined;
  /** The newest epoch in which a controller was active. */
  #controllerEpoch = -1;

  /** `nameOf`: from node ids to names of nodes. */
  constructor(nameOf: ReadonlyMap<number, string>) {
    this.#nameOf = nameOf;
  }

  see({ event, node }: TracedEvent): void {
    if (event.kind === 'partition-committed') this.#committed(event);
    else if (event.kind === 'topic-deleted') this.#deleted(event);
    else if (event.kind === 'controller-activated') {
      const epoch = event['epoch'] as number;
      // A controller that slept may say so late, of an epoch that is over.
      if (epoch < this.#controllerEpoch) return;
      this.#controllerEpoch = epoch;
      this.#controller = { node, epoch };
    } else if (event.kind === 'controller-resigned') {
      if (this.#controller?.node === node) this.#controller = undefined;
    }
  }

  /** The active controller's node; it may be down by now. */
  controller(): string | undefined {
    return this.#controller?.node;
  }

  leaderOf(topic: string, partition: number): string | undefined {
    return this.#nameOf.get(this.#partitions.get(partitionKey(topic, partition))?.leader ?? -1);
  }

  replicasOf(topic: string, partition: number): { replicas: string[]; isr: string[] } | undefined {
    const state = this.#partitions.get(partitionKey(topic, partition));
    if (state === undefined) return undefined;
    return { replicas: this.#names(state.replicas), isr: this.#names(state.isr) };
  }

  /** The leader of the group's partition of the offsets topic; undefined before that topic is there. */
  coordinatorOf(group: string): string | undefined {
    let partitions = 0;
    for (const { topic } of this.#partitions.values()) if (topic === offsetsTopic) partitions++;
    return partitions === 0 ? undefined : this.leaderOf(offsetsTopic, partitionOfGroup(group, partitions));
  }

  isInSync(node: string): boolean {
    for (const { replicas, isr } of this.#partitions.values()) {
      if (this.#names(replicas).includes(node) && !this.#names(isr).includes(node)) return false;
    }
    return true;
  }

  #committed(event: TracedEvent['event']): void {
    const topic = event['topic'] as string;
    const key = partitionKey(topic, event['partition'] as number);
    const topicId = event['topicId'] as string;
    const partitionEpoch = event['partitionEpoch'] as number;
    const known = this.#partitions.get(key);
    // Said again by a controller that replays, or late by one that was paused.
    if (known !== undefined && known.topicId === topicId && known.partitionEpoch > partitionEpoch) return;
    this.#partitions.set(key, {
      topic,
      topicId,
      partitionEpoch,
      leader: event['leader'] as number,
      replicas: readIds(event['replicas'] as string),
      isr: readIds(event['isr'] as string),
    });
  }

  /** Every broker says it when it learns of it, perhaps after another topic took the name. */
  #deleted(event: TracedEvent['event']): void {
    for (const [key, { topic, topicId }] of this.#partitions) {
      if (topic === event['topic'] && topicId === event['topicId']) this.#partitions.delete(key);
    }
  }

  #names(ids: readonly number[]): string[] {
    return ids.flatMap((id) => this.#nameOf.get(id) ?? []);
  }
}

/** Ids as events write them: `1,2,3`. */
function readIds(text: string): number[] {
  return text === '' ? [] : text.split(',').map(Number);
}
