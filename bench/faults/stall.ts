// What an open loop must report when its broker stands still once, worked out without looking at a latency of the
// stall: the proof that nothing is left out.
//
//   Arrivals come at an even rate over D seconds. The broker stands still for S of them; it answers again a seconds
//   after its end (somebody must wake it), and d seconds after its end the backlog is gone. Whoever arrives x seconds
//   into these L = S + d waits H (1 - x/L) with H = S + a: the whole at its beginning, nothing at the end, and a
//   straight line between, for the queue is first come first served and drains at an even rate. So
//
//     P(wait > w) = L/D (1 - w/H)      and the percentile p waits      H (1 - (1 - p) D/L)
//
//   wherever 1 - p is below L/D; other percentiles the stall does not reach. To it comes what a record takes anyway:
//   the median of the run, as long as the stall reaches less than half of it.
//
// S is the stall as it was measured, by the clock, at the signals; a and d are read from counts of records, never
// from their latencies. With a = d = 0 it is the answer of the textbook. An even rate of draining is an assumption:
// where the backlog takes more than a few percent of the stall to go, or the generator itself is that late, the machine
// had no processor to spare, and this says so.

import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { assert } from '../../engine/index.ts';
import type { WorkloadRun } from '../result.ts';

/** How far from the analytic answer a reported percentile may be. */
export const stallAgreesWithin = 0.02;
/** Of the stall: above these the machine stalled the run as well, and what agrees or not is not the broker's stall. */
const drainedWithin = 0.05;
const lateWithin = 0.05;

export interface Stall {
  readonly durationSeconds: number;
  readonly stallSeconds: number;
  readonly answeredAfterSeconds: number;
  readonly drainedAfterSeconds: number;
  /** What a record takes when nothing stands still. */
  readonly usualUs: number;
}

/** Undefined for percentiles that the stall does not reach. */
export function stalledPercentileUs(stall: Stall, percentile: number): number | undefined {
  const { durationSeconds, stallSeconds, answeredAfterSeconds, drainedAfterSeconds, usualUs } = stall;
  assert(percentile >= 0 && percentile <= 100, 'a percentile is between 0 and 100');
  const reached = (stallSeconds + drainedAfterSeconds) / durationSeconds;
  const beyond = 1 - percentile / 100;
  if (beyond >= reached) return undefined;
  return usualUs + (stallSeconds + answeredAfterSeconds) * 1e6 * (1 - beyond / reached);
}

export interface StallRow {
  /** 100 is the longest wait. */
  readonly percentile: number;
  readonly reportedUs: number;
  readonly analyticUs: number;
  /** Reported over analytic, minus 1. */
  readonly error: number;
}

export interface StallReport {
  readonly stall: Stall;
  readonly rows: readonly StallRow[];
  readonly agrees: boolean;
  /** The generator was on time, and the backlog gone so soon that its draining hardly matters. */
  readonly clean: boolean;
}

const percentiles = [90, 95, 99, 99.5, 99.9, 100] as const;

/** Undefined of a run in which there was not one pause under an open loop, or the backlog never went. */
export function stallReportOf({ workload, faults, latencies }: WorkloadRun): StallReport | undefined {
  const [pause, ...others] = faults;
  const acknowledge = latencies.find(({ of, fromIntendedTime }) => of === 'acknowledge' && fromIntendedTime);
  if (pause?.fault !== 'pause' || others.length > 0 || acknowledge === undefined) return undefined;
  const { answeredAfterSeconds, drainedAfterSeconds } = pause;
  const { p50Us, hdrV2Base64 } = acknowledge.whole;
  const stallSeconds = pause.untilSecond - pause.fromSecond;
  if (answeredAfterSeconds === null || drainedAfterSeconds === null || p50Us === null) return undefined;
  const { durationSeconds } = workload;
  if (stallSeconds + drainedAfterSeconds >= durationSeconds / 2) return undefined;
  const stall: Stall = {
    durationSeconds,
    stallSeconds,
    answeredAfterSeconds,
    drainedAfterSeconds,
    usualUs: p50Us,
  };
  const histogram = decodeFromCompressedBase64(hdrV2Base64);
  const rows: StallRow[] = [];
  for (const percentile of percentiles) {
    const analyticUs = stalledPercentileUs(stall, percentile);
    if (analyticUs === undefined) continue;
    const reportedUs =
      percentile === 100
        ? histogram.maxValue
        : Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue);
    rows.push({ percentile, reportedUs, analyticUs, error: reportedUs / analyticUs - 1 });
  }
  const agrees = rows.length > 0 && rows.every(({ error }) => Math.abs(error) <= stallAgreesWithin);
  const lateUs = latencies.find(({ of }) => of === 'send-lateness')?.whole.p99Us ?? 0;
  const onTime = lateUs <= lateWithin * stallSeconds * 1e6;
  return { stall, rows, agrees, clean: onTime && drainedAfterSeconds <= drainedWithin * stallSeconds };
}
