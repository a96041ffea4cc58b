// Which partition a record goes to. Pure, as Kafka's Java client does it: a key decides by murmur2 over all
// partitions of the topic, available or not; a record without key sticks to one partition until a batch's
// worth of bytes went there, then moves to one drawn with less weight for longer queues (KIP-794).

import { assert } from '../base/assert.ts';

/** Kafka's murmur2, a signed 32-bit result. */
export function murmur2(bytes: Uint8Array): number {
  const multiplier = 0x5bd1e995;
  let hash = 0x9747b28c ^ bytes.length;
  const words = bytes.length >> 2;
  for (let word = 0; word < words; word++) {
    const at = word * 4;
    const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
    let mixed = low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24);
    mixed = Math.imul(mixed, multiplier);
    mixed ^= mixed >>> 24;
    mixed = Math.imul(mixed, multiplier);
    hash = Math.imul(hash, multiplier) ^ mixed;
  }
  const rest = bytes.length & 3;
  const tail = words * 4;
  if (rest === 3) hash ^= (bytes[tail + 2] as number) << 16;
  if (rest >= 2) hash ^= (bytes[tail + 1] as number) << 8;
  if (rest >= 1) hash = Math.imul(hash ^ (bytes[tail] as number), multiplier);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, multiplier);
  return hash ^ (hash >>> 15);
}

export function partitionOfKey(key: Uint8Array, partitionsCount: number): number {
  assert(partitionsCount > 0, 'a topic has at least one partition');
  return (murmur2(key) & 0x7fffffff) % partitionsCount;
}

/** A partition that could take records without key, and how many batches wait for it already. */
export interface PartitionLoad {
  readonly partition: number;
  readonly queuedBatches: number;
}

/** Draws a partition; one with a queue of length q has the weight (longest queue + 1 - q). */
export function drawPartition(loads: readonly PartitionLoad[], below: (n: number) => number): number {
  assert(loads.length > 0, 'there is a partition to draw');
  let longest = 0;
  for (const { queuedBatches } of loads) longest = Math.max(longest, queuedBatches);
  let total = 0;
  for (const { queuedBatches } of loads) total += longest + 1 - queuedBatches;
  let left = below(total);
  for (const { partition, queuedBatches } of loads) {
    left -= longest + 1 - queuedBatches;
    if (left < 0) return partition;
  }
  return (loads.at(-1) as PartitionLoad).partition;
}

/** The partition that the records without key of one topic stick to. */
export class StickyPartition {
  readonly #batchSizeBytes: number;
  #partition = -1;
  #bytes = 0;

  constructor(batchSizeBytes: number) {
    this.#batchSizeBytes = Math.max(1, batchSizeBytes);
  }

  /**
   * The current one; `draw` is asked when there is none yet, or when it is no longer among those to be had.
   */
  current(draw: () => number, isAvailable: (partition: number) => boolean): number {
    if (this.#partition < 0 || !isAvailable(this.#partition)) {
      this.#partition = draw();
      this.#bytes = 0;
    }
    return this.#partition;
  }

  /**
   * Bytes went to the current partition. `batchIsFull` says that a switch now leaves no half-empty batch
   * behind.
   */
  appended(sizeBytes: number, batchIsFull: boolean): void {
    this.#bytes += sizeBytes;
    if (this.#bytes >= this.#batchSizeBytes * 2 || (batchIsFull && this.#bytes >= this.#batchSizeBytes)) {
      this.#partition = -1;
    }
  }
}
