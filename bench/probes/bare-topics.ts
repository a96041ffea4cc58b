// The topics of the bare probes: made by CreateTopics or by the first question about them, kept in one folder, gone
// with it.

import { join } from 'node:path';
import { BarePartition } from './bare-partition.ts';

const topicsMax = 1_000;
const partitionsMax = 10_000;
/** Kafka's rule for names; a name is part of the name of a file here. */
const legalName = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}$/;

export class BareTopics {
  readonly #folder: string;
  readonly #partitionsDefault: number;
  readonly #topics = new Map<string, readonly BarePartition[]>();

  constructor(folder: string, partitionsDefault: number) {
    this.#folder = folder;
    this.#partitionsDefault = partitionsDefault;
  }

  get names(): string[] {
    return [...this.#topics.keys()];
  }

  get(name: string): readonly BarePartition[] | undefined {
    return this.#topics.get(name);
  }

  /** Undefined: there cannot be such a topic here. One that is there stays as it is. */
  make(name: string, partitions = this.#partitionsDefault): readonly BarePartition[] | undefined {
    const there = this.#topics.get(name);
    if (there !== undefined) return there;
    if (!legalName.test(name) || this.#topics.size >= topicsMax) return undefined;
    if (partitions < 1 || partitions > partitionsMax) return undefined;
    const made = Array.from(
      { length: partitions },
      (_, index) => new BarePartition(join(this.#folder, `${name}-${index}.log`)),
    );
    this.#topics.set(name, made);
    return made;
  }
}
