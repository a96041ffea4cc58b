// What the process of a generator written in Node asks of the client that it drives. `node-process.ts` does the
// talking, and a file for each client the work.

import type { Outcomes } from '../outcomes.ts';
import type { ThroughputSeries } from '../throughput.ts';
import type { Done, Ready } from './protocol.ts';

export type LoadResult = Omit<Done, 'type'>;

/** A load that is ready: connected, everything in memory. */
export interface GeneratorLoad {
  readonly ready: Omit<Ready, 'type'>;
  /** What was acknowledged so far, by the second from the start. */
  readonly series: ThroughputSeries;
  /** How many seconds are counted for good; undefined: all that are over. */
  readonly secondsCounted?: number;
  /** From `startAtUs` by the shared clock until everything is drained. */
  run(startAtUs: number): Promise<LoadResult>;
  /** What became of each record; undefined when the generator cannot tell, or makes none. */
  outcomes(): Outcomes | undefined;
  close(): Promise<void>;
}

/** Why a generator cannot do its work here: the caller's affair, not a bug of ours. */
export class GeneratorError extends Error {}
