// The map counts every operation once, in the row of its latency; what is no histogram makes no map.

import { build, encodeIntoCompressedBase64 } from 'hdr-histogram-js';
import { expect, test } from 'vitest';
import type { LatencyReport } from '../../bench/result.ts';
import { sampleRun } from '../testing-bench.ts';
import { heatMap, heatPlot } from './heat.ts';

function latencyOf(seconds: readonly (readonly number[])[]): LatencyReport {
  const base = sampleRun().latencies[0] as LatencyReport;
  const perSecond = seconds.map((values, second) => {
    const histogram = build({ numberOfSignificantValueDigits: 3 });
    for (const value of values) histogram.recordValue(value);
    const hdrV2Base64 = encodeIntoCompressedBase64(histogram);
    return { ...{ second, count: values.length, censored: 0, p50Us: 1, p99Us: 1, maxUs: 1 }, hdrV2Base64 };
  });
  return { ...base, perSecond };
}

test('each operation is in the row between whose edges its latency lies', () => {
  const map = heatMap(latencyOf([[100, 101, 124], [1_000, 130], []]));
  expect(map?.edgesUs.slice(0, 3)).toEqual([100, 125, 160]);
  expect(map?.edgesUs.at(-2)).toBe(1_000);
  expect(map?.counts.map((fields) => fields.reduce((sum, count) => sum + count, 0))).toEqual([3, 2, 0]);
  expect(map?.counts[0]?.[0]).toBe(3);
  expect(map?.counts[1]?.[1]).toBe(1);
  expect(map?.counts[1]?.at(-1)).toBe(1);
});

test('a long load is gathered in columns, and loses nothing', () => {
  const map = heatMap(latencyOf(Array.from({ length: 250 }, () => [10, 20])));
  expect(map?.every).toBe(3);
  expect(map?.counts.flat().reduce((sum, count) => sum + count, 0)).toBe(500);
});

test('the picture shades by the part of a column, and has a row of its table for each', () => {
  const plot = heatPlot(latencyOf([[100, ...Array.from({ length: 99 }, () => 5_000)]]), 'x');
  const svg = plot?.draw() ?? '';
  // One in a hundred, and ninety-nine in a hundred.
  expect(svg).toContain('<path class="shade2" d="M84.0 ');
  expect(svg).toContain('<path class="shade4" d="M84.0 ');
  expect(plot?.table.rows).toEqual([['0', '100', '5.00 ms to 6.30 ms', '99 %', '5.00 ms']]);
});

test('an empty or damaged histogram makes no map', () => {
  const one = latencyOf([[100]]);
  const damaged = (hdrV2Base64: string) => ({
    ...one,
    perSecond: one.perSecond.map((s) => ({ ...s, hdrV2Base64 })),
  });
  expect(heatMap(damaged(''))).toBeNull();
  expect(heatMap(damaged('not base64 at all!'))).toBeNull();
  expect(heatMap(damaged(one.perSecond[0]?.hdrV2Base64.slice(0, 12) ?? ''))).toBeNull();
  expect(heatMap({ ...one, perSecond: [] })).toBeNull();
});
