// What came of each fault, and of a backlog, read from the flow of records. Pure.

import { assert } from '../../engine/index.ts';
import type { DrainReport, FaultReport } from '../result.ts';
import type { Workload } from '../workload.ts';
import { type Flow, secondOf, slotAt } from './flow.ts';

/** A fault as it really happened; times by the clock of the load, from its start. */
export interface HappenedFault {
  readonly fault: FaultReport['fault'];
  /** What was done, in words and numbers. */
  readonly what: string;
  readonly fromUs: number;
  readonly untilUs: number;
}

/** Throughput counts as back when it holds this share of what it was, for `windowUs`. */
const recoveredShare = 0.9;
const windowUs = 500_000;
/** What it was before is the mean of so long, as far as the load ran by then without another fault. */
const beforeUs = 5_000_000;
/** Consumers are up with the producers when no more waits than these send in so long. */
const upWithSeconds = 0.1;
const curveStepUs = 100_000;

export function faultReports(
  happened: readonly HappenedFault[],
  flow: Flow,
  workload: Workload,
): FaultReport[] {
  const loadEndUs = (workload.warmupSeconds + workload.durationSeconds) * 1e6;
  const endUs = Math.max(loadEndUs, ...happened.map(({ untilUs }) => untilUs)) + workload.drainSeconds * 1e6;
  const done = flow.doneBefore(endUs);
  const waiting = flow.waiting(endUs);
  // From here on the fault before has no more to do with it.
  let freeFromUs = 0;
  return happened.map(({ fault, what, fromUs, untilUs }, index) => {
    assert(fromUs <= untilUs, 'a fault begins before it ends');
    const nextUs = happened[index + 1]?.fromUs;
    const drained = drainedSlot(waiting, freeFromUs, fromUs, untilUs, nextUs ?? endUs);
    const backToUs = recoveredUs(done, freeFromUs, fromUs, untilUs, nextUs ?? loadEndUs);
    const answered = answeredUs(done, untilUs);
    const watched = waiting.subarray(slotAt(fromUs), (drained ?? slotAt(nextUs ?? endUs)) + 1);
    freeFromUs = drained === undefined ? untilUs : Math.max(untilUs, secondOf(drained) * 1e6);
    return {
      fault,
      what,
      fromSecond: fromUs / 1e6,
      untilSecond: untilUs / 1e6,
      recoveredAfterSeconds: backToUs === undefined ? null : (backToUs - untilUs) / 1e6,
      answeredAfterSeconds: answered === undefined ? null : Math.max(0, answered - untilUs) / 1e6,
      drainedAfterSeconds:
        drained === undefined || workload.kind === 'consume'
          ? null
          : Math.max(0, secondOf(drained) - untilUs / 1e6),
      // Of a consumer nothing is meant: it takes what there is.
      backlogMaxRecords:
        workload.kind === 'consume' ? null : watched.reduce((most, n) => Math.max(most, n), 0),
    };
  });
}

/** The end of the first thousandth of a second after the fault in which anything was done. */
function answeredUs(done: Float64Array, untilUs: number): number | undefined {
  const from = slotAt(untilUs);
  for (let at = from + 1; at < done.length; at++)
    if ((done[at] as number) > (done[from] as number)) return secondOf(at) * 1e6;
  return undefined;
}

function recoveredUs(
  done: Float64Array,
  freeFromUs: number,
  fromUs: number,
  untilUs: number,
  endUs: number,
): number | undefined {
  const sinceUs = Math.max(freeFromUs, fromUs - beforeUs);
  if (fromUs - sinceUs < windowUs) return undefined;
  const doneAt = (us: number): number => done[slotAt(us)] as number;
  const before = (doneAt(fromUs) - doneAt(sinceUs)) / (fromUs - sinceUs);
  if (before === 0) return undefined;
  for (let us = untilUs; us + windowUs <= endUs; us += 1000) {
    if (doneAt(us + windowUs) - doneAt(us) >= recoveredShare * before * windowUs) return us;
  }
  return undefined;
}

/**
 * The first moment after the fault at which no more waits than usually did, by the median of the second before: on a
 * busy machine the most that ever waited may be a backlog itself.
 */
function drainedSlot(
  waiting: Float64Array,
  freeFromUs: number,
  fromUs: number,
  untilUs: number,
  endUs: number,
): number | undefined {
  const first = Math.min(slotAt(Math.max(freeFromUs, fromUs - 1e6)), slotAt(fromUs));
  const before = waiting.slice(first, slotAt(fromUs) + 1).sort();
  const usual = before[Math.floor(before.length / 2)] as number;
  for (let at = slotAt(untilUs); at <= slotAt(endUs); at++) if ((waiting[at] as number) <= usual) return at;
  return undefined;
}

/** `written` and `read`: what producers had acknowledged and the consumer was given, beyond `backlogRecords`. */
export function drainReportOf(
  backlogRecords: number,
  written: Flow,
  read: Flow,
  workload: Extract<Workload, { kind: 'end-to-end' }>,
): DrainReport {
  const endUs = (workload.warmupSeconds + workload.durationSeconds) * 1e6;
  const [added, taken] = [written.doneBefore(endUs), read.doneBefore(endUs)];
  const left = added.map((records, at) => Math.max(0, backlogRecords + records - (taken[at] as number)));
  const upWith = workload.load.recordsPerSecond * upWithSeconds;
  const drained = left.findIndex((records) => records <= upWith);
  const curve: DrainReport['curve'] = [];
  for (let us = 0; us <= endUs; us += curveStepUs)
    curve.push({ second: us / 1e6, backlogRecords: left[slotAt(us)] as number });
  return { backlogRecords, drainedAfterSeconds: drained < 0 ? null : secondOf(drained), curve };
}
