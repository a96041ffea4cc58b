// One thread that runs healthy seeds and counts how often each came by which places of the engine: the places are
// marked while the engine is loaded, and all jobs of a thread ask for the same.

import type { Job, Reply } from '../../swarm-worker.ts';
import { installEdits } from '../patch.ts';
import { counterName, type MarkedPlace, marked } from './marked.ts';

export interface Place extends MarkedPlace {
  /** From the root of the project. */
  readonly file: string;
}

export interface PassesJob {
  readonly job: Job;
  /** Numbered from zero. */
  readonly places: readonly Place[];
}

export interface PassesReply {
  readonly reply: Reply;
  /** By number of the place. */
  readonly passes: readonly number[];
}

let counts: Float64Array | undefined;

/** The entry of the pool. */
export async function work({ job, places }: PassesJob): Promise<PassesReply> {
  counts ??= counting(places);
  // Not before: it brings the engine with it.
  const { work: healthy } = await import('../../swarm-worker.ts');
  counts.fill(0);
  const reply = await healthy(job);
  return { reply, passes: [...counts] };
}

function counting(places: readonly Place[]): Float64Array {
  const fresh = new Float64Array(places.length);
  Object.defineProperty(globalThis, counterName, { value: fresh });
  installEdits(
    places.map(({ file }) => file),
    (file, text) =>
      marked(
        text,
        places.filter((place) => place.file === file),
      ),
  );
  return fresh;
}
