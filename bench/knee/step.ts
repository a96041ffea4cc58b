// Whether a run at some rate meets the objective. A percentile alone would be met by a broker that falls behind slowly
// or answers half of what it is asked; so the rate must be kept, and what waits must not grow. Pure.

import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { assert } from '../../engine/index.ts';
import type { Knee, LatencyReport, WorkloadRun } from '../result.ts';
import type { Objective } from './objective.ts';

export type KneePoint = Knee['points'][number];

/** Of what was meant to be sent in the measured time. */
const achievedShareMin = 0.99;
/** A growth of so few records is none. */
const growthRecordsMin = 10;

export function kneePointOf(run: WorkloadRun, objective: Objective, of: KneePoint['of']): KneePoint {
  const { throughput, stamps } = run;
  const latency = latencyOf(run);
  const { count, p50Us, p99Us, p999Us } = latency.whole;
  const objectiveUs =
    count === 0
      ? null
      : decodeFromCompressedBase64(latency.whole.hdrV2Base64).getValueAtPercentile(objective.percentile);
  return {
    offeredRecordsPerSecond: throughput.offeredRecordsPerSecond ?? 0,
    achievedRecordsPerSecond: throughput.recordsPerSecond,
    p50Us,
    p99Us,
    p999Us,
    objectiveUs,
    met: whyNot(run, objective, objectiveUs) === undefined,
    of,
    stamps,
  };
}

/** Why a run does not meet the objective; undefined when it does. */
export function whyNot(
  run: WorkloadRun,
  objective: Objective,
  objectiveUs: number | null,
): string | undefined {
  const { ledger, throughput, workload } = run;
  if (!ledger.sound) return 'the ledger has a gap';
  if (ledger.failed + ledger.unfinished > 0) return 'records failed or were unfinished';
  const meant = latencyOf(run).whole.count / workload.durationSeconds;
  if (meant === 0 || throughput.recordsPerSecond < achievedShareMin * meant) return 'the rate was not kept';
  const allowed = Math.max(growthRecordsMin, (meant * objective.latencyMs) / 1000);
  if (growthOf(run) > allowed) return 'more and more records waited';
  if (objectiveUs === null || objectiveUs > objective.latencyMs * 1000) return 'the latency was above it';
  return undefined;
}

/** How many more waited in the second half of the measured time than in the first, by medians. */
function growthOf(run: WorkloadRun): number {
  const { warmupSeconds } = run.workload;
  const { perSecond } = latencyOf(run);
  let waiting = 0;
  const atEnds = run.seconds.map(({ records }, second) => {
    waiting += (perSecond[second]?.count ?? 0) - records;
    return waiting;
  });
  const measured = atEnds.slice(warmupSeconds);
  const half = Math.floor(measured.length / 2);
  if (half === 0) return 0;
  return median(measured.slice(-half)) - median(measured.slice(0, half));
}

function latencyOf({ workload, latencies }: WorkloadRun): LatencyReport {
  const of = workload.kind === 'end-to-end' ? 'end-to-end' : 'acknowledge';
  const found = latencies.find((latency) => latency.of === of);
  assert(found?.fromIntendedTime === true, 'an open loop tells its latency from the intended time');
  return found;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] as number;
}
