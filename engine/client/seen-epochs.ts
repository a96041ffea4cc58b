// The newest leader epoch that a client has seen of each partition, from whomever. It outlives what the metadata
// says of a topic at the moment: a broker that lags behind may not know the topic at all, and the next one may
// tell of an old leader. Only another topic under the same name, told by its id, begins anew (KIP-320, KIP-516).

import { type LeaderEpoch, zeroUuid } from '../base/ids.ts';

interface Seen {
  /** The zero uuid while brokers without topic ids told of it. */
  id: string;
  readonly epochs: Map<number, LeaderEpoch>;
}

export class SeenEpochs {
  readonly #topics = new Map<string, Seen>();

  /** -1 where none was seen. */
  of(topic: string, partition: number): LeaderEpoch {
    return this.#topics.get(topic)?.epochs.get(partition) ?? -1;
  }

  /** Told of this topic under this id: epochs of another topic that had its name are forgotten. */
  topic(name: string, id: string): void {
    const seen = this.#topics.get(name);
    if (seen === undefined || (seen.id !== id && seen.id !== zeroUuid && id !== zeroUuid)) {
      this.#topics.set(name, { id, epochs: new Map() });
    } else if (id !== zeroUuid) seen.id = id;
  }

  /** Brokers too old for reliable epochs told of the topic: what others said before cannot be held against them. */
  forget(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Remembers the epoch of a partition; false when a newer one was seen before. */
  take(topic: string, partition: number, epoch: LeaderEpoch): boolean {
    if (epoch < this.of(topic, partition)) return false;
    if (epoch >= 0) this.#topics.get(topic)?.epochs.set(partition, epoch);
    return true;
  }
}
