import { decodeFromCompressedBase64 } from 'hdr-histogram-js';
import { describe, expect, test } from 'vitest';
import { LatencyRecorder } from './latency.ts';

const second = 1_000_000;

describe('latency', () => {
  test('counts from the intended time and goes to the second of the intended time', () => {
    const recorder = new LatencyRecorder(0, 3);
    recorder.completed(0.9 * second, 2.5 * second);
    const seconds = recorder.perSecond();
    expect(seconds.map(({ count }) => count)).toEqual([1, 0, 0]);
    expect(recorder.report().maxUs).toBeGreaterThanOrEqual(1.599 * second);
    expect(recorder.report().maxUs).toBeLessThan(1.602 * second);
  });

  test('leaves the warm-up out of the whole, not out of the series', () => {
    const recorder = new LatencyRecorder(1, 1);
    recorder.completed(0.5 * second, 0.5 * second + 900_000);
    recorder.completed(1.5 * second, 1.5 * second + 100);
    expect(recorder.report()).toMatchObject({ count: 1, maxUs: 100 });
    expect(recorder.perSecond().map(({ count }) => count)).toEqual([1, 1]);
  });

  test('includes what was given up, at the age it had', () => {
    const recorder = new LatencyRecorder(0, 1);
    for (let at = 0; at < 99; at++) recorder.completed(at, at + 1000);
    recorder.censored(99, 99 + 30 * second);
    const report = recorder.report();
    expect(report).toMatchObject({ count: 100, censored: 1, p50Us: 1000 });
    expect(report.maxUs).toBeGreaterThanOrEqual(29.9 * second);
  });

  test('does not count as censored what was given up in the warm-up', () => {
    const recorder = new LatencyRecorder(1, 1);
    recorder.censored(0, 2 * second);
    expect(recorder.report()).toMatchObject({ count: 0, censored: 0 });
    expect(recorder.perSecond()[0]).toMatchObject({ count: 1, censored: 1 });
  });

  test('of the whole comes from the histograms, not from percentiles of seconds', () => {
    const recorder = new LatencyRecorder(0, 2);
    for (let at = 0; at < 990; at++) recorder.completed(at, at + 100);
    for (let at = 0; at < 10; at++) recorder.completed(second + at, second + at + 50_000);
    // The mean of the two medians would be 25 ms.
    expect(recorder.report().p50Us).toBe(100);
  });

  test('says nothing about tails that too few samples show', () => {
    const recorder = new LatencyRecorder(0, 1);
    for (let at = 0; at < 9_999; at++) recorder.completed(at, at + 10);
    expect(recorder.report().p999Us).toBeNull();
    recorder.completed(0, 10);
    expect(recorder.report()).toMatchObject({ p999Us: 10, p9999Us: null });
  });

  test('is all null without samples', () => {
    expect(new LatencyRecorder(0, 1).report()).toMatchObject({
      count: 0,
      p50Us: null,
      maxUs: null,
      curve: [],
    });
  });

  test('has no percentile above the maximum', () => {
    const recorder = new LatencyRecorder(0, 1);
    for (const us of [139_001, 138_000]) recorder.completed(0, us);
    const { p99Us, maxUs, curve } = recorder.report();
    expect(p99Us).toBeLessThanOrEqual(maxUs as number);
    for (const { us } of curve) expect(us).toBeLessThanOrEqual(maxUs as number);
  });

  test('is exported so that other tools can read it', () => {
    const recorder = new LatencyRecorder(0, 1);
    for (const us of [100, 200, 300_000]) recorder.completed(0, us);
    const histogram = decodeFromCompressedBase64(recorder.report().hdrV2Base64);
    expect(histogram.totalCount).toBe(3);
    expect(histogram.getValueAtPercentile(50)).toBe(200);
  });

  test('keeps ages of an hour, and counts longer ones as one', () => {
    const recorder = new LatencyRecorder(0, 1);
    recorder.censored(0, 7200 * second);
    expect(recorder.report().maxUs).toBeGreaterThanOrEqual(3597 * second);
  });

  test('has a curve that rises to the maximum at 100 %', () => {
    const recorder = new LatencyRecorder(0, 1);
    for (let us = 1; us <= 10_000; us++) recorder.completed(0, us);
    const { curve, maxUs } = recorder.report();
    expect(curve.at(-1)).toEqual({ percentile: 100, us: maxUs });
    for (let at = 1; at < curve.length; at++) {
      expect(curve[at]!.percentile).toBeGreaterThan(curve[at - 1]!.percentile);
      expect(curve[at]!.us).toBeGreaterThanOrEqual(curve[at - 1]!.us);
    }
  });
});
