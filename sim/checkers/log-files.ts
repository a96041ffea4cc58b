// The log files that lie on the simulated disks at the end, log by log, and what every batch in them begins with. Read
// by the judges themselves: one that shares the suspect's eyes sees nothing.

import { listOf } from '../lists.ts';
import type { LogFile } from '../material.ts';

/** Bytes of a batch header up to and including the record count (record format v2). */
export const batchHeaderBytes = 61;

/** The segments of each log of each node, the oldest first; no log is empty. */
export function logsOf(files: readonly LogFile[]): LogFile[][] {
  const logs = new Map<string, LogFile[]>();
  for (const file of files) {
    listOf(logs, `${file.node}:${file.path.slice(0, file.path.lastIndexOf('/'))}`).push(file);
  }
  return [...logs.values()].map((log) => log.sort((a, b) => (a.path < b.path ? -1 : 1)));
}
