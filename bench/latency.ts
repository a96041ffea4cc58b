// Latencies: one HDR histogram for each second of the load, by the second in which the operation was meant to
// begin, and one of the whole measured time made from them. Percentiles are never averaged.
//
// What failed or never finished is recorded too, at the age it had when it was given up (censored: the truth
// is at least that). Leaving it out would make a broker look better the more it drops.

import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';
import { assert } from '../engine/index.ts';
import type { TransferredLatencies } from './generators/protocol.ts';
import type { HistogramReport, SecondLatency } from './result.ts';

/** Ages above this count as this. */
const highestUs = 3_600_000_000;
const significantDigits = 3;
/** Below so many samples a percentile says more about luck than about the broker. */
const samplesForP999 = 10_000;
const samplesForP9999 = 100_000;

export class LatencyRecorder {
  readonly #warmupSeconds: number;
  readonly #durationSeconds: number;
  readonly #seconds: Histogram[];
  readonly #censored: number[];

  /** The measured time begins `warmupSeconds` after time 0 and is `durationSeconds` long. */
  constructor(warmupSeconds: number, durationSeconds: number) {
    this.#warmupSeconds = warmupSeconds;
    this.#durationSeconds = durationSeconds;
    this.#seconds = Array.from({ length: warmupSeconds + durationSeconds }, newHistogram);
    this.#censored = this.#seconds.map(() => 0);
  }

  /** An operation that was meant to begin at `intendedUs` and was through at `endUs`. */
  completed(intendedUs: number, endUs: number): void {
    this.#record(intendedUs, endUs);
  }

  /** One that failed or was given up at `endUs`. */
  censored(intendedUs: number, endUs: number): void {
    const second = this.#record(intendedUs, endUs);
    if (second !== undefined) this.#censored[second] = (this.#censored[second] as number) + 1;
  }

  /** The whole measured time; the warm-up is left out. */
  report(): HistogramReport {
    const merged = newHistogram();
    for (const histogram of this.#measured()) merged.add(histogram);
    const censored = this.#censored.slice(this.#warmupSeconds).reduce((sum, count) => sum + count, 0);
    return reportOf(merged, censored);
  }

  /** Each second from time 0 on, the warm-up included. */
  perSecond(): SecondLatency[] {
    return this.#seconds.map((histogram, second) => {
      const { p50Us, p99Us, maxUs, count, hdrV2Base64 } = reportOf(histogram, 0);
      return { second, count, censored: this.#censored[second] as number, p50Us, p99Us, maxUs, hdrV2Base64 };
    });
  }

  // ---- between processes

  /** Each second that has samples, for the harness to add up. */
  transferred(): TransferredLatencies['seconds'] {
    const seconds: TransferredLatencies['seconds'] = [];
    this.#seconds.forEach((histogram, second) => {
      if (histogram.totalCount === 0) return;
      const censored = this.#censored[second] as number;
      seconds.push({ second, censored, hdrV2Base64: encodeIntoCompressedBase64(histogram) });
    });
    return seconds;
  }

  /** What another process recorded. */
  add(seconds: TransferredLatencies['seconds']): void {
    for (const { second, censored, hdrV2Base64, counts } of seconds) {
      const histogram = this.#seconds[second];
      if (histogram === undefined) continue;
      if (hdrV2Base64 !== undefined) histogram.add(decodeFromCompressedBase64(hdrV2Base64));
      for (const [us, count] of counts ?? []) histogram.recordValueWithCount(Math.min(us, highestUs), count);
      this.#censored[second] = (this.#censored[second] as number) + censored;
    }
  }

  #measured(): Histogram[] {
    return this.#seconds.slice(this.#warmupSeconds, this.#warmupSeconds + this.#durationSeconds);
  }

  #record(intendedUs: number, endUs: number): number | undefined {
    const second = Math.floor(intendedUs / 1e6);
    const histogram = this.#seconds[second];
    if (histogram === undefined) return undefined;
    const ageUs = Math.ceil(endUs - intendedUs);
    assert(ageUs >= 0, 'an operation is through after it was meant to begin');
    histogram.recordValue(Math.min(ageUs, highestUs));
    return second;
  }
}

function newHistogram(): Histogram {
  return build({
    bitBucketSize: 32,
    autoResize: true,
    lowestDiscernibleValue: 1,
    highestTrackableValue: 1 << 22,
    numberOfSignificantValueDigits: significantDigits,
  });
}

function reportOf(histogram: Histogram, censored: number): HistogramReport {
  const count = histogram.totalCount;
  const at = (percentile: number): number => valueAt(histogram, percentile);
  return {
    count,
    censored,
    minUs: count === 0 ? null : at(0),
    meanUs: count === 0 ? null : histogram.mean,
    p50Us: count === 0 ? null : at(50),
    p90Us: count === 0 ? null : at(90),
    p99Us: count === 0 ? null : at(99),
    p999Us: count < samplesForP999 ? null : at(99.9),
    p9999Us: count < samplesForP9999 ? null : at(99.99),
    maxUs: count === 0 ? null : histogram.maxValue,
    curve: curveOf(histogram),
    hdrV2Base64: encodeIntoCompressedBase64(histogram),
  };
}

/** A histogram answers with the upper edge of a bucket, which may lie above everything that was recorded. */
function valueAt(histogram: Histogram, percentile: number): number {
  return Math.min(histogram.getValueAtPercentile(percentile), histogram.maxValue);
}

/** Points for a picture with the axis log(1/(1-p)): as many for each further nine. */
function curveOf(histogram: Histogram): { percentile: number; us: number }[] {
  const count = histogram.totalCount;
  if (count === 0) return [];
  const points: { percentile: number; us: number }[] = [];
  for (let step = 0; step <= 48; step++) {
    const beyond = 10 ** (-step / 8);
    if (beyond * count < 1) break;
    const percentile = 100 * (1 - beyond);
    points.push({ percentile, us: valueAt(histogram, percentile) });
  }
  points.push({ percentile: 100, us: histogram.maxValue });
  return points;
}
