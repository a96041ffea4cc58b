// What can be wrong with a disk at the moment, beside the deaths: faults laid over operations, and what a
// healthy disk takes in time and space.

import type { Ratio } from './random.ts';

export type DiskOperation =
  | 'open'
  | 'list'
  | 'makeDir'
  | 'rename'
  | 'remove'
  | 'syncDir'
  | 'append'
  | 'writeAt'
  | 'readAt'
  | 'sync'
  | 'truncate';

/** Which operations: those that fit all that is said; nothing said is every operation. */
export interface DiskSelector {
  readonly operations?: readonly DiskOperation[];
  readonly pathContains?: string;
}

export type DiskFault =
  /** The device answers with an error, in `ratio` of the cases; a write has left a drawn prefix. */
  | { readonly kind: 'io'; readonly ratio: Ratio }
  /** No space for another byte; what is there can be read, written over and removed. */
  | { readonly kind: 'full' }
  /** Operations take longer, by an exponential tail of this mean. */
  | { readonly kind: 'slow'; readonly meanExtraUs: number }
  /** Operations do not complete at all until the fault is lifted. */
  | { readonly kind: 'stuck' }
  /** fsync fails, and what it should have written is marked clean. */
  | { readonly kind: 'sync-fails'; readonly ratio: Ratio }
  /** fsync answers success and has made nothing durable. */
  | { readonly kind: 'sync-lies'; readonly ratio: Ratio };

/** A fault as it lies over operations. `hits` counts how often it changed what happened. */
export class LaidDiskFault {
  readonly name: string;
  readonly selector: DiskSelector;
  readonly fault: DiskFault;
  /** After so many hits it does nothing more. */
  readonly hitsMax: number;
  hits = 0;

  constructor(name: string, selector: DiskSelector, fault: DiskFault, hitsMax: number) {
    this.name = name;
    this.selector = selector;
    this.fault = fault;
    this.hitsMax = hitsMax;
  }

  fits(operation: DiskOperation, path: string): boolean {
    if (this.hits >= this.hitsMax) return false;
    const { operations, pathContains } = this.selector;
    if (operations !== undefined && !operations.includes(operation)) return false;
    return pathContains === undefined || path.includes(pathContains);
  }
}

export interface DiskConditions {
  /** Latency of an operation: the least, and the mean of an exponential tail. */
  readonly cacheUs: { readonly least: number; readonly meanExtra: number };
  /** The same for sync and syncDir, which wait for the device. */
  readonly syncUs: { readonly least: number; readonly meanExtra: number };
  /** What reading and writing adds. */
  readonly bytesPerSecond: number;
  readonly capacityBytes: number;
}

export const defaultDiskConditions: DiskConditions = {
  cacheUs: { least: 5, meanExtra: 20 },
  syncUs: { least: 500, meanExtra: 1500 },
  bytesPerSecond: 1_000_000_000,
  capacityBytes: 1024 ** 3,
};
