// Every sometimes mark there is: what is not in this list does not exist. The engine tells some (`engine/marks.ts`),
// the others are seen in the trace.

import { engineMarks } from '../../engine/index.ts';
import { brokerMarks } from './brokers.ts';
import { groupMarks } from './groups.ts';
import type { WatchedMark } from './mark.ts';
import { partitionMarks } from './partitions.ts';
import { quorumMarks } from './quorum.ts';
import { replicaMarks } from './replicas.ts';
import { worldMarks } from './world.ts';
import { writeMarks } from './writes.ts';

/** Those that are looked for in the trace. */
export const watchedMarks: readonly WatchedMark[] = [
  ...partitionMarks,
  ...replicaMarks,
  ...writeMarks,
  ...brokerMarks,
  ...quorumMarks,
  ...groupMarks,
  ...worldMarks,
];

/** One line on each, the engine's first. */
export const markDocs: ReadonlyMap<string, string> = new Map([
  ...Object.entries(engineMarks),
  ...watchedMarks.map(({ mark, doc }): [string, string] => [mark, doc]),
]);

export const markNames: readonly string[] = [...markDocs.keys()];
